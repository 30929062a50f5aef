"""What the entities of a P1 meter have in common."""

from collections.abc import Callable
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...core.p1.book import P1Reading
from ...device import P1ConfigEntry
from .hub import P1Hub
from .registries import meter_identifier, owner_device_info


class P1HubEntity(Entity):
    """An entity about the meter's line; available also while the meter is silent."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, hub: P1Hub, description: EntityDescription) -> None:
        """Belong to the device of the P1 meter."""
        self.hub = hub
        self.entity_description = description
        self._attr_unique_id = f"{hub.meter}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={meter_identifier(hub)})

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.hub.on_status.add(self.async_write_ha_state))


class P1ReadingEntity(Entity):
    """An entity that shows one reading."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, hub: P1Hub, reading: P1Reading) -> None:
        """Belong to the meter of the reading."""
        self.hub = hub
        self.reading = reading
        self._attr_unique_id = reading.unique_id
        self._attr_translation_key = reading.row.translation_key
        self._attr_translation_placeholders = dict(reading.row.places)
        self._attr_entity_registry_enabled_default = reading.row.enabled_default
        self._attr_device_info = owner_device_info(hub, reading.child)

    @property
    @override
    def available(self) -> bool:
        return self.hub.available(self.reading)

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.hub.attach(self.reading, self.async_write_ha_state))


def async_follow_p1_readings(
    entry: P1ConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[P1Hub, P1Reading], P1ReadingEntity],
) -> None:
    """Add the entities of what the meter has sent, and of what it comes to send."""
    hub = entry.runtime_data.hub

    @callback
    def add(readings: list[P1Reading]) -> None:
        async_add_entities(make(hub, reading) for reading in readings)

    add(list(hub.book))
    entry.async_on_unload(hub.on_readings.add(add))
