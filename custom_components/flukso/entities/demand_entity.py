"""What the entities of a demand meter have in common."""

from typing import override

from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from ..const import DOMAIN, MANUFACTURER
from ..demand.meter import DemandMeterHub

# What is only true while readings arrive; the rest is remembered.
RUNNING_KEYS = frozenset(
    {"demand", "projected_demand", "available_power", "peak_risk", "peak_certain"}
)


class DemandEntity(Entity):
    """An entity of a demand meter; written at each tick and closed window."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, meter: DemandMeterHub, description: EntityDescription) -> None:
        """Belong to the service device of the demand meter."""
        self.meter = meter
        self.entity_description = description
        self._attr_unique_id = f"{meter.subentry_id}_{description.key}"
        device = DeviceInfo(
            identifiers={(DOMAIN, meter.subentry_id)},
            entry_type=DeviceEntryType.SERVICE,
            manufacturer=MANUFACTURER,
            model="Demand meter",
            name=meter.name,
        )
        if (measures := meter.feed.registry_id) is not None:
            device["via_device_id"] = measures
        self._attr_device_info = device

    @property
    @override
    def available(self) -> bool:
        if self.entity_description.key in RUNNING_KEYS:
            return self.meter.alive
        return True

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.meter.on_update.add(self.async_write_ha_state))
