"""What a loaded config entry holds."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeIs

from homeassistant.config_entries import ConfigEntry

from .const import CONF_KIND, KIND_ENERGY_METER, P1_DONGLE_KINDS, P1_KINDS
from .demand_meter import DemandMeterHub
from .energy_hub import EnergyHub
from .hub import FluksometerHub

if TYPE_CHECKING:
    # What reads telegrams is loaded for P1 meters alone.
    # What heals an entry needs to know what a loaded one holds.
    from .healing import Healer
    from .p1_hub import P1Hub

type FluksoConfigEntry = ConfigEntry[FluksoRuntime]
type P1ConfigEntry = ConfigEntry[P1Runtime]
type EnergyConfigEntry = ConfigEntry[EnergyRuntime]
type AnyConfigEntry = FluksoConfigEntry | P1ConfigEntry | EnergyConfigEntry


@dataclass(slots=True)
class FluksoRuntime:
    """The connection to a device, its demand meters by subentry id, and its healer."""

    hub: FluksometerHub
    demand: dict[str, DemandMeterHub] = field(default_factory=dict)
    healer: Healer | None = None


@dataclass(slots=True)
class P1Runtime:
    """The connection to a P1 meter, and its demand meters by subentry id."""

    hub: P1Hub
    demand: dict[str, DemandMeterHub] = field(default_factory=dict)


@dataclass(slots=True)
class EnergyRuntime:
    """What other integrations tell of a meter, and its demand meters by subentry id."""

    hub: EnergyHub
    demand: dict[str, DemandMeterHub] = field(default_factory=dict)


def is_energy_entry(entry: AnyConfigEntry) -> TypeIs[EnergyConfigEntry]:
    """Tell the entry of a meter that other integrations read."""
    return entry.data.get(CONF_KIND) == KIND_ENERGY_METER


def is_fluksometer_entry(entry: AnyConfigEntry) -> TypeIs[FluksoConfigEntry]:
    """Tell the entry of a Fluksometer."""
    return not (is_p1_entry(entry) or is_energy_entry(entry))


def is_p1_entry(entry: AnyConfigEntry) -> TypeIs[P1ConfigEntry]:
    """Tell the entry of a P1 meter."""
    return entry.data.get(CONF_KIND) in P1_KINDS


def is_dongle_entry(entry: AnyConfigEntry) -> bool:
    """Tell the entry of a P1 meter whose telegrams a dongle publishes."""
    return entry.data.get(CONF_KIND) in P1_DONGLE_KINDS
