"""What a quarter monitor measures, and how far its card has been read, as sensors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfPower
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...const import DOMAIN
from ...core.tariff.rule import Direction
from .card_import import CardImport
from .hub import MonitorHub


@dataclass(frozen=True, kw_only=True)
class MonitorSensorDescription(SensorEntityDescription):
    """A sensor of a quarter monitor; `live` while the monitor measures."""

    value_fn: Callable[[MonitorHub, CardImport], float | None]
    live: bool = True


def _power(key: str, direction: Direction) -> MonitorSensorDescription:
    return MonitorSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        value_fn=lambda hub, _card: hub.powers.get(direction),
    )


MONITOR_SENSORS: tuple[MonitorSensorDescription, ...] = (
    _power("power_import", Direction.IMPORT),
    _power("power_export", Direction.EXPORT),
    MonitorSensorDescription(
        key="card_import",
        translation_key="card_import",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        live=False,
        value_fn=lambda _hub, card: (
            None if card.progress is None else 100 * card.progress
        ),
    ),
)


@callback
def async_add_sensors(
    entry_id: str,
    hub: MonitorHub,
    card: CardImport,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a quarter monitor."""
    async_add_entities(
        MonitorSensor(entry_id, hub, card, description)
        for description in MONITOR_SENSORS
    )


class MonitorSensor(SensorEntity):
    """A sensor of a quarter monitor."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    entity_description: MonitorSensorDescription

    def __init__(
        self,
        entry_id: str,
        hub: MonitorHub,
        card: CardImport,
        description: MonitorSensorDescription,
    ) -> None:
        """Belong to the device; its address is in no identifier."""
        self.entity_description = description
        self._hub = hub
        self._card = card
        self._attr_unique_id = f"{entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry_id)})

    @property
    @override
    def available(self) -> bool:
        return self._hub.alive or not self.entity_description.live

    @property
    @override
    def native_value(self) -> float | None:
        return self.entity_description.value_fn(self._hub, self._card)

    @override
    async def async_added_to_hass(self) -> None:
        news = self._hub.on_tick
        if not self.entity_description.live:
            news = self._card.on_step
        self.async_on_remove(news.add(self.async_write_ha_state))
