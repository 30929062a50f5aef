"""Fluksometers and P1 meters in Home Assistant, and the peaks that are billed."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType

from .actions.register import async_register_services
from .const import CONF_SLUG, DOMAIN, PLATFORMS, SUBENTRY_DEMAND
from .device import FluksoConfigEntry, Runtime
from .devices.demand_meters import (
    async_forget,
    async_start_demand_meters,
    offer_demand_meter,
)
from .devices.kinds import async_make_device, kind_of
from .helpers.issues import async_delete_issues
from .helpers.storage import async_remove_file, entry_key

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, which work on all entries."""
    async_register_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: FluksoConfigEntry) -> bool:
    """Connect to a device and add what it measures."""
    device = await async_make_device(hass, entry)
    entry.async_on_unload(device.async_close)
    await device.async_open()
    if (data := device.demand_data()) is not None:
        offer_demand_meter(hass, entry, data)
    entry.runtime_data = Runtime(device)
    await async_start_demand_meters(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    _close_when_home_assistant_stops(hass, entry)
    entry.async_on_unload(device.start())
    entry.async_on_unload(entry.add_update_listener(_async_entry_changed))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: FluksoConfigEntry) -> bool:
    """Remove the entities and put what the demand meters know on disk."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        for meter in entry.runtime_data.meters.values():
            # What still arrives would be written after the flush, by a dead meter.
            meter.stop()
            await meter.memory.async_flush()
    return unloaded


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: FluksoConfigEntry, device: DeviceEntry
) -> bool:
    """Tell whether a device may be removed: one that nobody speaks for any more."""
    return not entry.runtime_data.device.owns(device)


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget what was stored and reported of a device that was removed."""
    async_delete_issues(hass, entry.entry_id)
    for name in kind_of(entry.data).files:
        await async_remove_file(hass, entry_key(name, entry.entry_id))
    for subentry in entry.get_subentries_of_type(SUBENTRY_DEMAND):
        await async_forget(hass, subentry.subentry_id, subentry.data[CONF_SLUG])


def _close_when_home_assistant_stops(
    hass: HomeAssistant, entry: FluksoConfigEntry
) -> None:
    async def on_stop(_event: Event[Any]) -> None:
        for meter in entry.runtime_data.meters.values():
            meter.memory.touch()
        await entry.runtime_data.device.async_close()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, on_stop))


async def _async_entry_changed(hass: HomeAssistant, entry: FluksoConfigEntry) -> None:
    """Begin again with other settings; forget demand meters that are gone."""
    gone = [
        meter
        for subentry_id, meter in entry.runtime_data.meters.items()
        if subentry_id not in entry.subentries
    ]
    await hass.config_entries.async_reload(entry.entry_id)
    for meter in gone:
        await async_forget(hass, meter.subentry_id, meter.slug)
