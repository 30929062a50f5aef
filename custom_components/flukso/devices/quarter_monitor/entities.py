"""What a quarter monitor measures, and how far its card has been read, as sensors."""

from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfPower
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...const import DOMAIN
from ...core.tariff.rule import Direction
from ...entities.described import DescribedSensor, SensorDescription
from .card_import import CardImport
from .hub import MonitorHub


def _power(key: str, direction: Direction) -> SensorDescription[MonitorHub]:
    return SensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        value_fn=lambda hub: hub.powers.get(direction),
    )


MONITOR_SENSORS: tuple[SensorDescription[MonitorHub], ...] = (
    _power("power_import", Direction.IMPORT),
    _power("power_export", Direction.EXPORT),
)

CARD_SENSORS: tuple[SensorDescription[CardImport], ...] = (
    SensorDescription(
        key="card_import",
        translation_key="card_import",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda card: None if card.progress is None else 100 * card.progress,
    ),
)


class MonitorSensor(DescribedSensor[MonitorHub]):
    """What the monitor measures, while it does."""

    def __init__(
        self, hub: MonitorHub, description: EntityDescription, entry_id: str
    ) -> None:
        """Belong to the monitor, which is known by its entry alone."""
        super().__init__(
            hub,
            description,
            source_id=entry_id,
            device=_device_info(entry_id),
            news=hub.on_tick,
        )

    @property
    @override
    def available(self) -> bool:
        return self.source.alive


class CardSensor(DescribedSensor[CardImport]):
    """How far the card has been read; known also while the monitor is silent."""

    def __init__(
        self, card: CardImport, description: EntityDescription, entry_id: str
    ) -> None:
        """Belong to the monitor, which is known by its entry alone."""
        super().__init__(
            card,
            description,
            source_id=entry_id,
            device=_device_info(entry_id),
            news=card.on_step,
        )


def _device_info(entry_id: str) -> DeviceInfo:
    return DeviceInfo(identifiers={(DOMAIN, entry_id)})


@callback
def async_add_sensors(
    entry_id: str,
    hub: MonitorHub,
    card: CardImport,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a quarter monitor."""
    measured = (MonitorSensor(hub, item, entry_id) for item in MONITOR_SENSORS)
    imported = (CardSensor(card, item, entry_id) for item in CARD_SENSORS)
    sensors: list[SensorEntity] = [*measured, *imported]
    async_add_entities(sensors)
