"""What a P1 meter measures, and how well it is heard, as sensors."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...core.p1.book import P1Reading
from ...device import P1ConfigEntry
from ...entities.p1_descriptions import P1_DISPLAYS, P1_UNITS
from .hub import P1Hub
from .p1_entity import P1HubEntity, P1ReadingEntity, async_follow_p1_readings


@dataclass(frozen=True, kw_only=True)
class P1HubSensorDescription(SensorEntityDescription):
    """A sensor about the line to the meter."""

    value_fn: Callable[[P1Hub], int | None]


P1_HUB_SENSORS: tuple[P1HubSensorDescription, ...] = (
    P1HubSensorDescription(
        key="clock_offset",
        translation_key="clock_offset",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.clock_offset,
    ),
    P1HubSensorDescription(
        key="telegram_rate",
        translation_key="telegram_rate",
        native_unit_of_measurement="1/min",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.rate,
    ),
    P1HubSensorDescription(
        key="telegram_errors",
        translation_key="telegram_errors",
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: sum(hub.refused.values()),
    ),
)


@callback
def async_add_p1_sensors(
    entry: P1ConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of a P1 meter and of the meters behind it."""
    hub = entry.runtime_data.hub
    async_add_entities(P1HubSensor(hub, description) for description in P1_HUB_SENSORS)
    async_follow_p1_readings(entry, async_add_entities, P1ReadingSensor)


class P1HubSensor(P1HubEntity, SensorEntity):
    """The condition of the line to the meter."""

    entity_description: P1HubSensorDescription

    @property
    @override
    def native_value(self) -> int | None:
        return self.entity_description.value_fn(self.hub)


class P1ReadingSensor(P1ReadingEntity, SensorEntity):
    """A value that the meter sends."""

    def __init__(self, hub: P1Hub, reading: P1Reading) -> None:
        """Look up how the value is shown."""
        super().__init__(hub, reading)
        row = reading.row
        self._attr_device_class, self._attr_state_class = P1_DISPLAYS[row.measure]
        if row.unit is not None:
            self._attr_native_unit_of_measurement = P1_UNITS[row.unit]
        self._attr_suggested_display_precision = row.precision
        if row.options:
            self._attr_options = list(row.options)
        if row.diagnostic:
            self._attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def native_value(self) -> float | str | datetime | None:
        return self.reading.shown
