"""Set up the entry of a P1 meter."""

from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback

from ...const import (
    CONF_COUNTER_INTERVAL,
    CONF_GAUGE_INTERVAL,
    CONF_KEY,
    CONF_KIND,
    DEFAULT_COUNTER_INTERVAL,
    DEFAULT_GAUGE_INTERVAL,
    KIND_P1_BROKER,
    P1_DONGLE_KINDS,
    PLATFORMS,
)
from ...demand.defaults import common_demand_data
from ...demand.tariff import billed_direction
from ...device import P1ConfigEntry, P1Runtime
from ...helpers.errors import raised_for_p1_setup, raised_for_setup
from ..demand_meters import async_start_demand_meters, offer_demand_meter
from .demand_source import P1Source
from .hub import P1Hub
from .issues import P1Issues
from .links import MakeLink, async_link_maker
from .registries import async_update_meter_device


async def async_setup_p1_entry(hass: HomeAssistant, entry: P1ConfigEntry) -> None:
    """Open the source of a P1 meter; entities come with what it sends."""
    hub = _make_hub(hass, entry, await async_link_maker(hass, entry.data))
    entry.async_on_unload(hub.link.close)
    on_broker = entry.data[CONF_KIND] == KIND_P1_BROKER
    with raised_for_setup() if on_broker else raised_for_p1_setup():
        await hub.async_open()
    offer_demand_meter(hass, entry, common_demand_data(hass))
    entry.runtime_data = P1Runtime(hub)
    async_update_meter_device(hass, entry, hub)
    await async_start_demand_meters(
        hass, entry, lambda subentry: P1Source(hub, billed_direction(subentry.data))
    )
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    _follow(hass, entry, hub)
    entry.async_create_background_task(hass, hub.link.run(), "flukso P1 link")


def _make_hub(
    hass: HomeAssistant, entry: P1ConfigEntry, make_source: MakeLink
) -> P1Hub:
    key = entry.data.get(CONF_KEY)
    return P1Hub(
        hass,
        make_source,
        entry.unique_id or "",
        messages=entry.data[CONF_KIND] in P1_DONGLE_KINDS,
        key=None if key is None else bytes.fromhex(key),
        gauge_interval=entry.options.get(CONF_GAUGE_INTERVAL, DEFAULT_GAUGE_INTERVAL),
        counter_interval=entry.options.get(
            CONF_COUNTER_INTERVAL, DEFAULT_COUNTER_INTERVAL
        ),
    )


def _follow(hass: HomeAssistant, entry: P1ConfigEntry, hub: P1Hub) -> None:
    """Let the entry follow what happens to the meter."""

    @callback
    def on_status() -> None:
        async_update_meter_device(hass, entry, hub)

    @callback
    def on_refused() -> None:
        entry.async_start_reauth(hass)

    async def on_stop(_event: Event[Any]) -> None:
        for meter in entry.runtime_data.demand.values():
            meter.memory.touch()
        await hub.link.close()

    entry.async_on_unload(hub.start())
    entry.async_on_unload(hub.on_status.add(on_status))
    entry.async_on_unload(hub.on_refused.add(on_refused))
    entry.async_on_unload(P1Issues(hass, entry).start())
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, on_stop))
