"""What a telegram says, in types: kWh, kW, V, A, kvarh, kvar; None is not sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from .family import Family
from .month_maxima import HistoryEntry, Peak
from .tariffs import Numbering, Tariff


class Amount(NamedTuple):
    """A number and its unit."""

    value: float
    unit: str


class Breaker(StrEnum):
    """Where the switch of the meter stands."""

    OFF = "off"
    ON = "on"
    READY = "ready"


class ChildKind(StrEnum):
    """What a meter on the M-Bus measures (EN 13757-3)."""

    ELECTRICITY = "electricity"
    GAS = "gas"
    HEAT = "heat"
    HOT_WATER = "hot_water"
    WATER = "water"
    COOLING = "cooling"


class FieldFault(StrEnum):
    """Why a field was left out."""

    MALFORMED = "malformed"
    UNIT = "unit"
    OUT_OF_RANGE = "out_of_range"
    STAMP = "stamp"


class DroppedField(NamedTuple):
    """A field that was left out, by its OBIS code; nothing of its content."""

    code: str
    fault: FieldFault


@dataclass(frozen=True, slots=True)
class Energy:
    """Counters of one direction, kWh.

    `total` is the meter's own, or else the sum of its tariffs if all that it sent are
    known.
    """

    total: float | None
    tariffs: Mapping[Tariff, float]


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase: kW, V, A, and how often the voltage was too low or too high."""

    power_import: float | None
    power_export: float | None
    voltage: float | None
    current: float | None
    sags: int | None
    swells: int | None


@dataclass(frozen=True, slots=True)
class Child:
    """A meter that speaks through this one, on M-Bus channel 1..9.

    `meter` is a short hash of its id. `stamp` is when it was read, if it said so.
    """

    channel: int
    kind: ChildKind | None
    meter: str | None
    reading: Amount | None
    stamp: datetime | None
    valve: int | None


@dataclass(frozen=True, slots=True)
class Telegram:
    """One telegram.

    `meter` is a short hash of the meter's id, or of its header where it tells none.
    `numbering` is what the numbers of its tariffs mean.
    `demand` is the ramp 1-0:1.4.0, kW: the energy of the running window over its whole
    time. `month_peak` is 1-0:1.6.0, `history` 0-0:98.1.0. `limiter` and `fuse` are None
    too where they are off.
    """

    family: Family
    numbering: Numbering
    version: str | None
    meter: str
    stamp: datetime | None
    energy_import: Energy
    energy_export: Energy
    reactive_energy_import: float | None
    reactive_energy_export: float | None
    power_import: float | None
    power_export: float | None
    reactive_power_import: float | None
    reactive_power_export: float | None
    phases: tuple[Phase, Phase, Phase]
    demand: float | None
    month_peak: Peak | None
    history: tuple[HistoryEntry, ...] | None
    tariff: Tariff | None
    breaker: Breaker | None
    limiter: Amount | None
    fuse: Amount | None
    short_failures: int | None
    long_failures: int | None
    children: tuple[Child, ...]
    dropped: tuple[DroppedField, ...]

    @property
    def timestamp(self) -> int | None:
        """Return when the meter sent it, unix s on the meter's clock."""
        return None if self.stamp is None else int(self.stamp.timestamp())
