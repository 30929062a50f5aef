"""Set up the entry of a quarter monitor."""

from typing import Any

from homeassistant.const import CONF_HOST, CONF_PORT, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util

from ...const import DOMAIN, PLATFORMS
from ...core.quarter_monitor.answers import Peak
from ...core.quarter_monitor.quarter import Quarter
from ...core.tariff.flanders import ZONE
from ...demand.defaults import common_demand_data
from ...demand.tariff import billed_direction
from ...device import MonitorConfigEntry, MonitorRuntime
from ...helpers.errors import raised_for_setup
from ...transport.http.quarter_monitor import QuarterMonitorClient
from ..demand_meters import async_start_demand_meters, offer_demand_meter
from .card_import import CardImport, ImportedMeter
from .demand_source import MonitorSource
from .hub import MonitorHub

MODEL = "Digital power meter monitor"


async def async_setup_monitor_entry(
    hass: HomeAssistant, entry: MonitorConfigEntry
) -> None:
    """Ask a quarter monitor for the first time; its card is read in the background."""
    client = QuarterMonitorClient(
        async_get_clientsession(hass), entry.data[CONF_HOST], entry.data[CONF_PORT]
    )
    hub = MonitorHub(hass, client)
    with raised_for_setup():
        await hub.async_open()
    offer_demand_meter(hass, entry, common_demand_data(hass))
    zone = await dt_util.async_get_time_zone(ZONE)
    card = CardImport(hub, zone or dt_util.get_default_time_zone())
    entry.runtime_data = MonitorRuntime(hub, card)
    _update_device(hass, entry, hub)
    await async_start_demand_meters(
        hass,
        entry,
        lambda subentry: MonitorSource(hub, billed_direction(subentry.data)),
    )
    card.meters = {
        name: ImportedMeter(meter, billed_direction(entry.subentries[name].data))
        for name, meter in entry.runtime_data.demand.items()
    }
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    _follow(hass, entry, hub, card)


def _update_device(
    hass: HomeAssistant, entry: MonitorConfigEntry, hub: MonitorHub
) -> None:
    """Create or refresh the device."""
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        model=MODEL,
        translation_key="quarter_monitor",
    )
    hub.registry_id = device.id


def _follow(
    hass: HomeAssistant, entry: MonitorConfigEntry, hub: MonitorHub, card: CardImport
) -> None:
    """Let the entry follow the monitor."""

    @callback
    def on_stop(_event: Event[Any]) -> None:
        for meter in entry.runtime_data.demand.values():
            meter.memory.touch()

    @callback
    def on_peak(_peak: Peak, stored: Quarter | None) -> None:
        if stored is not None:
            entry.async_create_background_task(
                hass, card.async_take([stored]), "flukso month peak"
            )

    entry.async_on_unload(hub.on_peak.add(on_peak))
    entry.async_on_unload(hub.on_missed.add(card.want))
    entry.async_on_unload(hub.start())
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, on_stop))
    card.want(card.start)
    entry.async_create_background_task(hass, card.run(), "flukso quarter monitor card")
