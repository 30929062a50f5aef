"""Fluksometers in Home Assistant: readings, and the peaks that are billed."""

from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_NAME, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .const import (
    CONF_COUNTER_INTERVAL,
    CONF_DEMAND_OFFERED,
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
from .demand_defaults import default_demand_data
from .demand_meter import DemandMeterHub
from .devices import (
    async_remove_strangers,
    async_rename_devices,
    async_update_hub_device,
)
from .errors import raised_for_setup
from .flow_helpers import broker_address
from .hub import FluksometerHub
from .importer import async_clear
from .issues import async_update_issues
from .reading_book import ConfigChange
from .runtime import FluksoConfigEntry, FluksoRuntime
from .services import async_register_services
from .slugs import unique_slug
from .store import async_remove_store

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, which work on all entries."""
    async_register_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: FluksoConfigEntry) -> bool:
    """Connect to a Fluksometer and add what it measures."""
    hub = _make_hub(hass, entry)
    entry.async_on_unload(hub.link.close)
    with raised_for_setup():
        await hub.async_open()
    _offer_demand_meter(hass, entry, hub)
    runtime = entry.runtime_data = FluksoRuntime(hub)
    async_update_hub_device(hass, entry.entry_id, hub)
    async_remove_strangers(hass, entry.entry_id, hub)
    async_update_issues(hass, entry.entry_id, hub)
    for subentry in entry.get_subentries_of_type(SUBENTRY_DEMAND):
        meter = DemandMeterHub(hass, subentry, hub)
        await meter.async_load()
        runtime.demand[subentry.subentry_id] = meter
        entry.async_on_unload(meter.start())
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    _follow(hass, entry, hub)
    entry.async_create_background_task(hass, hub.link.run(), "flukso link")
    return True


async def async_unload_entry(hass: HomeAssistant, entry: FluksoConfigEntry) -> bool:
    """Remove the entities and put what the demand meters know on disk."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        for meter in entry.runtime_data.demand.values():
            await meter.memory.async_flush()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget the demand meters of a device that was removed."""
    for subentry in entry.get_subentries_of_type(SUBENTRY_DEMAND):
        await async_remove_store(hass, subentry.subentry_id)
        async_clear(hass, subentry.data[CONF_SLUG])


def _make_hub(hass: HomeAssistant, entry: FluksoConfigEntry) -> FluksometerHub:
    options = entry.options
    return FluksometerHub(
        hass,
        broker_address(entry.data),
        entry.data[CONF_DEVICE_ID],
        gauge_interval=options.get(CONF_GAUGE_INTERVAL, DEFAULT_GAUGE_INTERVAL),
        counter_interval=options.get(CONF_COUNTER_INTERVAL, DEFAULT_COUNTER_INTERVAL),
    )


def _offer_demand_meter(
    hass: HomeAssistant, entry: FluksoConfigEntry, hub: FluksometerHub
) -> None:
    """Add a demand meter where the grid is obvious; once, so that it can be removed."""
    if entry.data.get(CONF_DEMAND_OFFERED):
        return
    data = default_demand_data(hass, hub.config)
    if not data[CONF_IMPORT_SENSORS]:
        return
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_DEMAND_OFFERED: True}
    )
    hass.config_entries.async_add_subentry(
        entry,
        ConfigSubentry(
            data=MappingProxyType(
                data | {CONF_SLUG: unique_slug(hass, data[CONF_NAME])}
            ),
            subentry_type=SUBENTRY_DEMAND,
            title=data[CONF_NAME],
            unique_id=None,
        ),
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

    entry.async_on_unload(hub.start())
    entry.async_on_unload(hub.on_config.add(on_config))
    entry.async_on_unload(hub.on_status.add(on_status))
    entry.async_on_unload(hub.on_refused.add(on_refused))
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, on_stop))
    entry.async_on_unload(entry.add_update_listener(_async_entry_changed))


async def _async_entry_changed(hass: HomeAssistant, entry: FluksoConfigEntry) -> None:
    """Begin again with other settings; forget demand meters that are gone."""
    gone = [
        meter
        for subentry_id, meter in entry.runtime_data.demand.items()
        if subentry_id not in entry.subentries
    ]
    await hass.config_entries.async_reload(entry.entry_id)
    for meter in gone:
        await async_remove_store(hass, meter.subentry_id)
        async_clear(hass, meter.slug)
