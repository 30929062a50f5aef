"""A meter that other integrations read, as the house knows it."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import CONF_NAME
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ...const import CONF_KIND
from ...demand.defaults import common_demand_data
from ...device import FluksoConfigEntry
from ...helpers.listeners import call_all
from ..base import BaseDevice
from .demand_source import EnergySource
from .hub import EnergyHub
from .issues import MissingSources
from .sources import EnergySources


async def async_make(
    hass: HomeAssistant, entry: FluksoConfigEntry
) -> EnergyMeterDevice:
    """Return the device of an entry, not yet open."""
    return EnergyMeterDevice(hass, entry)


class EnergyMeterDevice(BaseDevice):
    """Entities of other integrations that tell of a grid connection."""

    # A counter of what is fed in may be one of several, and is no grid's.
    bills_export = False

    def __init__(self, hass: HomeAssistant, entry: FluksoConfigEntry) -> None:
        """Prepare to listen to the entities that the entry stores."""
        super().__init__(hass, entry)
        self.hub = EnergyHub(hass, EnergySources.of_entry(entry.data), entry.title)

    @property
    def registry_id(self) -> str | None:
        """The device of the first counter, if it belongs to one."""
        return self.hub.registry_id

    @property
    def reachable(self) -> bool:
        """Whether all that is needed is told."""
        return self.hub.alive

    async def async_open(self) -> None:
        """Wait for nothing: the entities may come later than we do."""

    def demand_data(self) -> dict[str, Any]:
        """Return the settings of the demand meter that the entry was made for."""
        return common_demand_data(self.hass) | {CONF_NAME: self.entry.title}

    def demand_source(self, data: Mapping[str, Any]) -> EnergySource:
        """Return the windows that the entities tell of."""
        return EnergySource(self.hub)

    def start(self) -> CALLBACK_TYPE:
        """Begin to listen, and to report sources that are gone."""
        missing = MissingSources(self.hass, self.entry.entry_id, self.entry.title)

        @callback
        def on_tick() -> None:
            missing.update(self.hub.missing)

        return call_all(self.hub.start(), self.hub.on_tick.add(on_tick))

    def diagnostics(self) -> dict[str, Any]:
        """Return its condition: no names and no ids of entities, which are the user's."""
        sources = self.hub.sources
        return {
            "kind": self.entry.data[CONF_KIND],
            "imports": len(sources.imports),
            "exports": len(sources.exports),
            "power": sources.power is not None,
            "demand": sources.demand is not None,
            "month_peak": sources.month_peak is not None,
            "phases": sources.phases,
            "net": sources.net,
            "devices": len(self.hub.groups),
            "alive": self.hub.alive,
            "missing": len(self.hub.missing),
            "units": self.hub.units,
            "ages": self.hub.ages,
        }
