"""What a loaded config entry holds."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeIs

from homeassistant.config_entries import ConfigEntry

from .const import CONF_KIND, P1_DONGLE_KINDS, P1_KINDS
from .demand_meter import DemandMeterHub
from .hub import FluksometerHub

if TYPE_CHECKING:
    # What reads telegrams is loaded for P1 meters alone.
    from .p1_hub import P1Hub

type FluksoConfigEntry = ConfigEntry[FluksoRuntime]
type P1ConfigEntry = ConfigEntry[P1Runtime]
type AnyConfigEntry = FluksoConfigEntry | P1ConfigEntry


@dataclass(slots=True)
class FluksoRuntime:
    """The connection to a device, and its demand meters by subentry id."""

    hub: FluksometerHub
    demand: dict[str, DemandMeterHub] = field(default_factory=dict)


@dataclass(slots=True)
class P1Runtime:
    """The connection to a P1 meter, and its demand meters by subentry id."""

    hub: P1Hub
    demand: dict[str, DemandMeterHub] = field(default_factory=dict)


def is_p1_entry(entry: AnyConfigEntry) -> TypeIs[P1ConfigEntry]:
    """Tell the entry of a P1 meter from that of a Fluksometer."""
    return entry.data.get(CONF_KIND) in P1_KINDS


def is_dongle_entry(entry: AnyConfigEntry) -> bool:
    """Tell the entry of a P1 meter whose telegrams a dongle publishes."""
    return entry.data.get(CONF_KIND) in P1_DONGLE_KINDS
