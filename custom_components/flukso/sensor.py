"""Readings, device condition and quarter-hour demand as sensors."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.importlib import async_import_module

from .core.fluksometer.book import net_unique_id
from .core.fluksometer.live import LiveReading
from .device import (
    AnyConfigEntry,
    is_fluksometer_entry,
    is_monitor_entry,
    is_p1_entry,
    is_rest_entry,
)
from .devices.fluksometer.entities import (
    HubEntity,
    ReadingEntity,
    async_follow_hub,
    async_follow_readings,
)
from .devices.fluksometer.hub import FluksometerHub
from .entities.demand import async_add_demand_sensors
from .entities.displays import DISPLAYS, state_class

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class HubSensorDescription(SensorEntityDescription):
    """A sensor about the device itself."""

    value_fn: Callable[[FluksometerHub], str | int | None]
    exists_fn: Callable[[FluksometerHub], bool] = lambda _hub: True


HUB_SENSORS: tuple[HubSensorDescription, ...] = (
    HubSensorDescription(
        key="clock_offset",
        translation_key="clock_offset",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.clock_offset,
    ),
    HubSensorDescription(
        key="firmware",
        translation_key="firmware",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.self_test.firmware if hub.self_test else None,
        exists_fn=lambda hub: hub.self_test is not None,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: AnyConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a config entry."""
    if is_p1_entry(entry):
        p1_sensor = await async_import_module(
            hass, f"{__package__}.devices.p1.entities"
        )
        p1_sensor.async_add_p1_sensors(entry, async_add_entities)
    elif is_monitor_entry(entry):
        monitor = await async_import_module(
            hass, f"{__package__}.devices.quarter_monitor.entities"
        )
        monitor.async_add_monitor_sensors(entry, async_add_entities)
    elif is_fluksometer_entry(entry):
        async_follow_hub(entry, async_add_entities, HUB_SENSORS, HubSensor)
        async_follow_readings(hass, entry, async_add_entities, reading_sensors)
    elif is_rest_entry(entry):
        rest_sensor = await async_import_module(
            hass, f"{__package__}.devices.fluksometer_rest.entities"
        )
        rest_sensor.async_add_rest_sensors(entry, async_add_entities)
    async_add_demand_sensors(entry, async_add_entities)


def reading_sensors(
    hub: FluksometerHub, reading: LiveReading
) -> Iterable[ReadingSensor]:
    """Return the sensors of one reading."""
    if reading.channel.row.quantity not in DISPLAYS:
        return
    yield ReadingSensor(hub, reading)
    for power_import, power_export in hub.book.net_pairs():
        if reading in (power_import, power_export):
            yield NetPowerSensor(hub, power_import, power_export)


class HubSensor(HubEntity, SensorEntity):
    """The condition of the Fluksometer."""

    entity_description: HubSensorDescription

    def __init__(self, hub: FluksometerHub, description: HubSensorDescription) -> None:
        """Show one aspect."""
        super().__init__(hub, description.key)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> str | int | None:
        return self.entity_description.value_fn(self.hub)


class ReadingSensor(ReadingEntity, SensorEntity):
    """A quantity that the device measures."""

    def __init__(self, hub: FluksometerHub, reading: LiveReading) -> None:
        """Look up how the quantity is shown."""
        super().__init__(hub, reading)
        row = reading.channel.row
        self._attr_device_class = DISPLAYS[row.quantity].device_class
        self._attr_state_class = state_class(row)
        self._attr_native_unit_of_measurement = row.units[row.default_unit].unit
        self._attr_suggested_display_precision = row.precision
        if row.diagnostic:
            self._attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def native_value(self) -> float | None:
        return self.reading.shown


class NetPowerSensor(ReadingSensor):
    """Import less export of one clamp."""

    def __init__(
        self, hub: FluksometerHub, reading: LiveReading, export: LiveReading
    ) -> None:
        """Combine the import with the export beside it."""
        super().__init__(hub, reading)
        self.readings = (reading, export)
        self._export = export
        self._showed = (False, False)
        self._attr_unique_id = net_unique_id(reading.channel)
        self._attr_translation_key = "power_net"

    @override
    async def async_added_to_hass(self) -> None:
        self.attached = True
        for reading in self.readings:
            self.async_on_remove(self.hub.attach(reading, self._show_turn))
        # At the tick both sides are of the same interval.
        self.async_on_remove(self.hub.on_tick.add(self.show))

    @property
    @override
    def available(self) -> bool:
        return super().available and self.hub.available(self._export)

    @property
    @override
    def native_value(self) -> float | None:
        if self.reading.shown is None or self._export.shown is None:
            return None
        return self.reading.shown - self._export.shown

    @callback
    def _show_turn(self) -> None:
        """Show at once that it is known, or available, or no longer."""
        showed = (self.available, self.native_value is not None)
        if showed != self._showed:
            self._showed = showed
            self.show()
