"""What an FLM02 tells over HTTP, and what that has come to, as sensors."""

from typing import override

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...const import DOMAIN, MANUFACTURER
from ...core.fluksometer.channels import Channel
from ...core.fluksometer.rest.sensors import RestSensor
from ...device import FluksoConfigEntry
from ...entities.displays import DISPLAYS
from ...entities.reading import ReadingEntity
from .hub import RestHub
from .reading import RestReading

# Only this generation is read so.
MODEL = "FLM02"


class RestSensorEntity(ReadingEntity[RestReading], SensorEntity):
    """An entity of one sensor."""

    def __init__(self, hub: RestHub, reading: RestReading, channel: Channel) -> None:
        """Look up how the quantity is shown."""
        super().__init__(hub, reading, sensor_device_info(hub, reading.sensor))
        row = channel.row
        self._attr_device_class, self._attr_state_class = DISPLAYS[row.quantity]
        self._attr_native_unit_of_measurement = row.units[
            reading.sensor.kind.unit if channel is reading.gauge else row.default_unit
        ].unit
        self._attr_suggested_display_precision = row.precision


class GaugeSensor(RestSensorEntity):
    """The power or flow that a sensor measures."""

    def __init__(self, hub: RestHub, reading: RestReading) -> None:
        """Show the gauge."""
        super().__init__(hub, reading, reading.gauge)
        self._attr_unique_id = reading.gauge.unique_id
        self._attr_translation_key = reading.gauge.row.key

    @property
    @override
    def native_value(self) -> float | None:
        return self.reading.shown


class ComputedSensor(RestSensorEntity):
    """The sum of a power or flow: no counter of the device, as its name says."""

    def __init__(self, hub: RestHub, reading: RestReading) -> None:
        """Show the sum."""
        super().__init__(hub, reading, reading.counter)
        self._attr_unique_id = f"{reading.sensor.id}_0_computed"
        self._attr_translation_key = f"{reading.counter.row.key}_computed"

    @property
    @override
    def native_value(self) -> float:
        return self.reading.shown_total


@callback
def async_add_sensors(
    hub: RestHub, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the power or flow of each sensor, and its sum."""
    for reading in hub.readings.values():
        async_add_entities([GaugeSensor(hub, reading), ComputedSensor(hub, reading)])


def async_update_devices(
    hass: HomeAssistant, entry: FluksoConfigEntry, hub: RestHub
) -> None:
    """Create the device of the Fluksometer, remove those of sensors that are gone."""
    registry = dr.async_get(hass)
    identifier = (DOMAIN, hub.device_id)
    device = registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={identifier},
        manufacturer=MANUFACTURER,
        name=entry.title,
        model=MODEL,
    )
    hub.registry_id = device.id
    known = {(DOMAIN, sensor) for sensor in hub.readings} | {identifier}
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        if device.config_subentry_id is None and not known & device.identifiers:
            registry.async_remove_device(device.id)


def sensor_device_info(hub: RestHub, sensor: RestSensor) -> DeviceInfo:
    """Describe what a sensor measures."""
    return DeviceInfo(
        identifiers={(DOMAIN, sensor.id)},
        manufacturer=MANUFACTURER,
        model=MODEL,
        name=sensor.name,
        via_device_id=hub.registry_id,
    )
