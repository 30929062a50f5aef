"""The devices of an FLM02 that is read over HTTP: one for each sensor."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo

from ...const import DOMAIN, MANUFACTURER
from ...core.fluksometer.rest.sensors import RestSensor
from ...device import RestConfigEntry
from ..fluksometer.registries import hub_identifier
from .hub import RestHub

# Only this generation is read so.
MODEL = "FLM02"


def async_update_devices(
    hass: HomeAssistant, entry: RestConfigEntry, hub: RestHub
) -> None:
    """Create the device of the Fluksometer, remove those of sensors that are gone."""
    registry = dr.async_get(hass)
    identifier = hub_identifier(hub.device_id)
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
