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
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...core.p1.book import P1Reading
from ...device import FluksoConfigEntry
from ...entities.p1_descriptions import P1_DISPLAYS, P1_UNITS
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
    entry: FluksoConfigEntry,
    hub: P1Hub,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[P1Hub, P1Reading], P1ReadingEntity],
) -> None:
    """Add the entities of what the meter has sent, and of what it comes to send."""

    @callback
    def add(readings: list[P1Reading]) -> None:
        async_add_entities(make(hub, reading) for reading in readings)

    add(list(hub.book))
    entry.async_on_unload(hub.on_readings.add(add))


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
def async_add_sensors(
    entry: FluksoConfigEntry,
    hub: P1Hub,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a P1 meter and of the meters behind it."""
    async_add_entities(P1HubSensor(hub, description) for description in P1_HUB_SENSORS)
    async_follow_p1_readings(entry, hub, async_add_entities, P1ReadingSensor)


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
