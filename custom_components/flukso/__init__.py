"""Fluksometers and P1 meters in Home Assistant, and the peaks that are billed."""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.typing import ConfigType

from .actions.register import async_register_services
from .const import (
    CONF_COUNTER_INTERVAL,
    CONF_DEVICE_ID,
    CONF_GAUGE_INTERVAL,
    CONF_IMPORT_SENSORS,
    CONF_SLUG,
    DEFAULT_COUNTER_INTERVAL,
    DEFAULT_GAUGE_INTERVAL,
    DOMAIN,
    PLATFORMS,
    SUBENTRY_DEMAND,
)
from .core.fluksometer.book import ConfigChange
from .demand.defaults import default_demand_data
from .demand.tariff import measured_sensors
from .device import (
    AnyConfigEntry,
    FluksoConfigEntry,
    FluksoRuntime,
    is_energy_entry,
    is_monitor_entry,
    is_p1_entry,
    is_rest_entry,
)
from .devices.demand_meters import (
    async_forget,
    async_start_demand_meters,
    offer_demand_meter,
)
from .devices.energy_meter.device import async_setup_energy_entry
from .devices.energy_meter.energy_issues import async_delete_missing
from .devices.fluksometer.demand_source import FluksometerSource
from .devices.fluksometer.dongles import DongleSearch
from .devices.fluksometer.history.healer import async_start_healing
from .devices.fluksometer.history.holes import async_forget_holes
from .devices.fluksometer.hub import FluksometerHub
from .devices.fluksometer.issues import async_update_issues
from .devices.fluksometer.registries import (
    async_remove_strangers,
    async_rename_devices,
    async_update_hub_device,
)
from .helpers.errors import raised_for_setup
from .helpers.storage import async_remove_file, rest_key
from .transport.mqtt.session import BROKER_DATA, broker_address

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, which work on all entries."""
    async_register_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: AnyConfigEntry) -> bool:
    """Connect to a device and add what it measures."""
    if is_p1_entry(entry):
        p1_setup = await async_import_module(hass, f"{__package__}.devices.p1.device")
        await p1_setup.async_setup_p1_entry(hass, entry)
    elif is_energy_entry(entry):
        await async_setup_energy_entry(hass, entry)
    elif is_monitor_entry(entry):
        monitor_setup = await async_import_module(
            hass, f"{__package__}.devices.quarter_monitor.device"
        )
        await monitor_setup.async_setup_monitor_entry(hass, entry)
    elif is_rest_entry(entry):
        rest_setup = await async_import_module(
            hass, f"{__package__}.devices.fluksometer_rest.device"
        )
        await rest_setup.async_setup_rest_entry(hass, entry)
    else:
        await _async_setup_fluksometer(hass, entry)
    entry.async_on_unload(entry.add_update_listener(_async_entry_changed))
    return True


async def _async_setup_fluksometer(
    hass: HomeAssistant, entry: FluksoConfigEntry
) -> None:
    hub = _make_hub(hass, entry)
    entry.async_on_unload(hub.link.close)
    with raised_for_setup():
        await hub.async_open()
    data = default_demand_data(hass, hub.config)
    if data[CONF_IMPORT_SENSORS]:
        offer_demand_meter(hass, entry, data)
    entry.runtime_data = FluksoRuntime(hub)
    async_update_hub_device(hass, entry.entry_id, hub)
    async_remove_strangers(hass, entry.entry_id, hub)
    async_update_issues(hass, entry.entry_id, hub)
    await async_start_demand_meters(hass, entry, lambda subentry: _feed(hub, subentry))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    _follow(hass, entry, hub)
    await async_start_healing(hass, entry)
    entry.async_create_background_task(hass, hub.link.run(), "flukso link")


async def async_unload_entry(hass: HomeAssistant, entry: AnyConfigEntry) -> bool:
    """Remove the entities and put what the demand meters know on disk."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        for meter in entry.runtime_data.demand.values():
            # What still arrives would be written after the flush, by a dead meter.
            meter.stop()
            await meter.memory.async_flush()
        if is_rest_entry(entry):
            await entry.runtime_data.hub.async_flush()
    return unloaded


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: AnyConfigEntry, device: DeviceEntry
) -> bool:
    """Tell whether a device may be removed: a meter that no P1 meter speaks for."""
    if not is_p1_entry(entry):
        return False
    p1_devices = await async_import_module(hass, f"{__package__}.devices.p1.registries")
    return not p1_devices.is_heard(entry.runtime_data.hub, device)


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget the demand meters of a device that was removed."""
    async_delete_missing(hass, entry.entry_id)
    await async_forget_holes(hass, entry.entry_id)
    await async_remove_file(hass, rest_key(entry.entry_id))
    for subentry in entry.get_subentries_of_type(SUBENTRY_DEMAND):
        await async_forget(hass, subentry.subentry_id, subentry.data[CONF_SLUG])


def _feed(hub: FluksometerHub, subentry: ConfigSubentry) -> FluksometerSource:
    return FluksometerSource(hub, *measured_sensors(subentry.data))


def _make_hub(hass: HomeAssistant, entry: FluksoConfigEntry) -> FluksometerHub:
    options = entry.options
    return FluksometerHub(
        hass,
        broker_address(entry.data),
        entry.data[CONF_DEVICE_ID],
        gauge_interval=options.get(CONF_GAUGE_INTERVAL, DEFAULT_GAUGE_INTERVAL),
        counter_interval=options.get(CONF_COUNTER_INTERVAL, DEFAULT_COUNTER_INTERVAL),
    )


def _follow(hass: HomeAssistant, entry: FluksoConfigEntry, hub: FluksometerHub) -> None:
    """Let the entry follow what happens to the device and to its settings."""

    @callback
    def on_config(_change: ConfigChange) -> None:
        async_remove_strangers(hass, entry.entry_id, hub)
        async_update_issues(hass, entry.entry_id, hub)

    @callback
    def on_status() -> None:
        async_update_hub_device(hass, entry.entry_id, hub)
        async_rename_devices(hass, entry.entry_id, hub)

    @callback
    def on_refused() -> None:
        entry.async_start_reauth(hass)

    @callback
    def on_stop(_event: Event[Any]) -> None:
        for meter in entry.runtime_data.demand.values():
            meter.memory.touch()
        hub.link.close()

    broker = {key: entry.data[key] for key in BROKER_DATA if key in entry.data}
    entry.async_on_unload(hub.start())
    entry.async_on_unload(DongleSearch(hass, hub, broker).start())
    entry.async_on_unload(hub.on_config.add(on_config))
    entry.async_on_unload(hub.on_status.add(on_status))
    entry.async_on_unload(hub.on_refused.add(on_refused))
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, on_stop))


async def _async_entry_changed(hass: HomeAssistant, entry: AnyConfigEntry) -> None:
    """Begin again with other settings; forget demand meters that are gone."""
    gone = [
        meter
        for subentry_id, meter in entry.runtime_data.demand.items()
        if subentry_id not in entry.subentries
    ]
    await hass.config_entries.async_reload(entry.entry_id)
    for meter in gone:
        await async_forget(hass, meter.subentry_id, meter.slug)
