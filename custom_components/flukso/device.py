"""What a loaded config entry holds."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeIs

from homeassistant.config_entries import ConfigEntry

from .const import (
    CONF_KIND,
    KIND_ENERGY_METER,
    KIND_QUARTER_MONITOR,
    KIND_REST,
    P1_DONGLE_KINDS,
    P1_KINDS,
)
from .demand.meter import DemandMeter
from .devices.energy_meter.hub import EnergyHub
from .devices.fluksometer.hub import FluksometerHub

if TYPE_CHECKING:
    # What reads telegrams is loaded for P1 meters alone, and likewise for monitors;
    # what heals an entry needs to know what a loaded one holds.
    from .devices.fluksometer.history.healer import Healer
    from .devices.fluksometer_rest.hub import RestHub
    from .devices.p1.hub import P1Hub
    from .devices.quarter_monitor.card_import import CardImport
    from .devices.quarter_monitor.hub import MonitorHub

type FluksoConfigEntry = ConfigEntry[FluksoRuntime]
type P1ConfigEntry = ConfigEntry[P1Runtime]
type EnergyConfigEntry = ConfigEntry[EnergyRuntime]
type MonitorConfigEntry = ConfigEntry[MonitorRuntime]
type RestConfigEntry = ConfigEntry[RestRuntime]
type AnyConfigEntry = (
    FluksoConfigEntry
    | P1ConfigEntry
    | EnergyConfigEntry
    | MonitorConfigEntry
    | RestConfigEntry
)


@dataclass(slots=True)
class FluksoRuntime:
    """The connection to a device, its demand meters by subentry id, and its healer."""

    hub: FluksometerHub
    demand: dict[str, DemandMeter] = field(default_factory=dict)
    healer: Healer | None = None


@dataclass(slots=True)
class P1Runtime:
    """The connection to a P1 meter, and its demand meters by subentry id."""

    hub: P1Hub
    demand: dict[str, DemandMeter] = field(default_factory=dict)


@dataclass(slots=True)
class EnergyRuntime:
    """What other integrations tell of a meter, and its demand meters by subentry id."""

    hub: EnergyHub
    demand: dict[str, DemandMeter] = field(default_factory=dict)


@dataclass(slots=True)
class MonitorRuntime:
    """A quarter monitor and its card, and its demand meters by subentry id."""

    hub: MonitorHub
    card: CardImport
    demand: dict[str, DemandMeter] = field(default_factory=dict)


@dataclass(slots=True)
class RestRuntime:
    """A device that is read over HTTP, and its demand meters by subentry id."""

    hub: RestHub
    demand: dict[str, DemandMeter] = field(default_factory=dict)


def is_energy_entry(entry: AnyConfigEntry) -> TypeIs[EnergyConfigEntry]:
    """Tell the entry of a meter that other integrations read."""
    return entry.data.get(CONF_KIND) == KIND_ENERGY_METER


def is_fluksometer_entry(entry: AnyConfigEntry) -> TypeIs[FluksoConfigEntry]:
    """Tell the entry of a Fluksometer that publishes."""
    return CONF_KIND not in entry.data


def is_monitor_entry(entry: AnyConfigEntry) -> TypeIs[MonitorConfigEntry]:
    """Tell the entry of a quarter monitor."""
    return entry.data.get(CONF_KIND) == KIND_QUARTER_MONITOR


def is_p1_entry(entry: AnyConfigEntry) -> TypeIs[P1ConfigEntry]:
    """Tell the entry of a P1 meter."""
    return entry.data.get(CONF_KIND) in P1_KINDS


def is_rest_entry(entry: AnyConfigEntry) -> TypeIs[RestConfigEntry]:
    """Tell the entry of a Fluksometer that is read over HTTP."""
    return entry.data.get(CONF_KIND) == KIND_REST


def has_sensors(
    entry: AnyConfigEntry,
) -> TypeIs[FluksoConfigEntry | RestConfigEntry]:
    """Tell the entry of a Fluksometer, whose sensors a demand meter adds up."""
    return is_fluksometer_entry(entry) or is_rest_entry(entry)


def is_dongle_entry(entry: AnyConfigEntry) -> bool:
    """Tell the entry of a P1 meter whose telegrams a dongle publishes."""
    return entry.data.get(CONF_KIND) in P1_DONGLE_KINDS
