"""Set up the entry of a meter that other integrations read."""

from typing import Any

from homeassistant.const import CONF_NAME, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback

from ...const import PLATFORMS
from ...demand.defaults import common_demand_data
from ...device import EnergyConfigEntry, EnergyRuntime
from ..demand_meters import async_start_demand_meters, offer_demand_meter
from .demand_source import EnergySource
from .energy_issues import MissingSources
from .hub import EnergyHub
from .sources import EnergySources


async def async_setup_energy_entry(
    hass: HomeAssistant, entry: EnergyConfigEntry
) -> None:
    """Listen to the entities; they may come later than we do."""
    hub = EnergyHub(hass, EnergySources.of_entry(entry.data), entry.title)
    offer_demand_meter(hass, entry, common_demand_data(hass) | {CONF_NAME: entry.title})
    entry.runtime_data = EnergyRuntime(hub)
    await async_start_demand_meters(hass, entry, lambda _subentry: EnergySource(hub))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    _follow(hass, entry, hub)


def _follow(hass: HomeAssistant, entry: EnergyConfigEntry, hub: EnergyHub) -> None:
    """Let the entry follow what happens to its sources."""
    missing = MissingSources(hass, entry.entry_id, entry.title)

    @callback
    def on_tick() -> None:
        missing.update(hub.missing)

    @callback
    def on_stop(_event: Event[Any]) -> None:
        for meter in entry.runtime_data.demand.values():
            meter.memory.touch()

    entry.async_on_unload(hub.start())
    entry.async_on_unload(hub.on_tick.add(on_tick))
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, on_stop))
