"""Say what a P1 meter and the meters behind it are shown as, in one table.

A row whose value is None in every telegram of a meter does not exist for that meter.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import hypot
from typing import Final

from ..quantity import Quantity
from .readings import Amount, Breaker, Child, ChildKind, Phase, Telegram
from .tariffs import MEANINGS, MEANT, Numbering, Tariff

type Value = float | str | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row[SourceT]:
    """One value of a telegram, or of a meter behind the one that sends it.

    `key`: part of the unique id. `value`: takes it from its source, in `unit` (kWh, kW,
    kvarh, kvar, kVA, V, A, m3, GJ). `precision`: decimals worth showing. `counter`:
    written at the pace of counters. `mean`: write the mean of an interval, not its
    last value. `fleeting`: computed, and not from every telegram. `options`: what a
    choice can be. `name`: key for translations, if not `key`; `places`: what is filled
    in there. `tariff`: the number of the only tariff that is counted; the name is then
    one of those that begin with `name`.
    """

    key: str
    quantity: Quantity
    value: Callable[[SourceT], Value]
    unit: str | None = None
    precision: int | None = None
    counter: bool = False
    mean: bool = False
    fleeting: bool = False
    enabled_default: bool = True
    diagnostic: bool = False
    options: tuple[str, ...] = ()
    name: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    tariff: int = 0

    def named(self, numbering: Numbering) -> tuple[str, Mapping[str, str]]:
        """Return the key of its name, and what is filled in there.

        numbering: what the numbers of the tariffs mean.
        """
        if not self.tariff:
            return self.name or self.key, self.places
        meaning = MEANINGS[numbering][self.tariff]
        if meaning in MEANT:
            return f"{self.name}_{meaning}", {}
        return f"{self.name}_tariff", {"number": str(self.tariff)}


# The finest step of a current is 0.01 A: 1 % of this.
_LEAST_CURRENT: Final = 0.5
# The values of one telegram are not of quite the same moment.
_LARGEST_FACTOR: Final = 1.05

_VALVES: Final = {0: Breaker.OFF, 1: Breaker.ON, 2: Breaker.READY}


def _less(imported: float | None, exported: float | None) -> float | None:
    """Return import less export; None where one of them is not known."""
    if imported is None or exported is None:
        return None
    return imported - exported


def _factor(active: float, apparent: float) -> float | None:
    """Return a power factor, 0..1; None where the two cannot be of one load."""
    if not apparent or (factor := abs(active) / apparent) > _LARGEST_FACTOR:
        return None
    return min(factor, 1.0)


def _total_factor(telegram: Telegram) -> float | None:
    """Return the power factor of all phases, from meters that send reactive power."""
    active = _less(telegram.power_import, telegram.power_export)
    reactive = _less(telegram.reactive_power_import, telegram.reactive_power_export)
    if active is None or reactive is None:
        return None
    return _factor(active, hypot(active, reactive))


def _phase_factor(telegram: Telegram, phase: Phase) -> float | None:
    """Return the power factor of a phase.

    A current without decimals is too coarse for it. A phase at 0 V means that there is
    no neutral wire, where powers and currents are not of the same phases.
    """
    active = _less(phase.power_import, phase.power_export or 0.0)
    if active is None or phase.voltage is None or phase.current is None:
        return None
    current = abs(phase.current)
    if current < _LEAST_CURRENT or current.is_integer():
        return None
    if any(each.voltage == 0 for each in telegram.phases):
        return None
    return _factor(active, phase.voltage * current / 1000)


def _in(unit: str, amount: Amount | None) -> float | None:
    """Return a number if it is in this unit."""
    return amount.value if amount is not None and amount.unit == unit else None


def _energy(key: str, value: Callable[[Telegram], Value]) -> Row[Telegram]:
    return Row(
        key=key,
        quantity=Quantity.ENERGY,
        value=value,
        unit="kWh",
        precision=3,
        counter=True,
    )


def _power(key: str, value: Callable[[Telegram], Value]) -> Row[Telegram]:
    return Row(
        key=key, quantity=Quantity.POWER, value=value, unit="kW", precision=3, mean=True
    )


def _reactive_energy(key: str, value: Callable[[Telegram], Value]) -> Row[Telegram]:
    return Row(
        key=key,
        quantity=Quantity.REACTIVE_ENERGY,
        value=value,
        unit="kvarh",
        precision=3,
        counter=True,
        enabled_default=False,
    )


def _reactive_power(key: str, value: Callable[[Telegram], Value]) -> Row[Telegram]:
    return Row(
        key=key,
        quantity=Quantity.REACTIVE_POWER,
        value=value,
        unit="kvar",
        precision=3,
        mean=True,
        enabled_default=False,
    )


def _limit(
    key: str, quantity: Quantity, value: Callable[[Telegram], Value], unit: str
) -> Row[Telegram]:
    return Row(
        key=key,
        quantity=quantity,
        value=value,
        unit=unit,
        precision=1,
        diagnostic=True,
        name="fuse" if key == "fuse" else "limiter",
    )


def _count(key: str, value: Callable[[Telegram], Value]) -> Row[Telegram]:
    return Row(
        key=key,
        quantity=Quantity.COUNT,
        value=value,
        counter=True,
        enabled_default=False,
        diagnostic=True,
    )


def _by_tariff(keys: Numbering, direction: str) -> Iterator[Row[Telegram]]:
    """Give the counters of a direction that count one tariff each."""

    def counter(number: int) -> Callable[[Telegram], Value]:
        if direction == "import":
            return lambda t: t.energy_import.tariffs.get(MEANINGS[t.numbering][number])
        return lambda t: t.energy_export.tariffs.get(MEANINGS[t.numbering][number])

    for number, tariff in MEANINGS[keys].items():
        row = _energy(f"energy_{direction}_{tariff}", counter(number))
        yield replace(row, name=f"energy_{direction}", tariff=number)


def _of_phase(number: int) -> Iterator[Row[Telegram]]:
    """Give the rows of phase 1, 2 or 3."""

    def phase(telegram: Telegram) -> Phase:
        return telegram.phases[number - 1]

    rows: tuple[Row[Telegram], ...] = (
        _power("power_import", lambda t: phase(t).power_import),
        _power("power_export", lambda t: phase(t).power_export),
        Row(
            key="voltage",
            quantity=Quantity.VOLTAGE,
            value=lambda t: phase(t).voltage,
            unit="V",
            precision=1,
        ),
        Row(
            key="current",
            quantity=Quantity.CURRENT,
            value=lambda t: phase(t).current,
            unit="A",
            precision=2,
        ),
        Row(
            key="power_factor",
            quantity=Quantity.POWER_FACTOR,
            value=lambda t: _phase_factor(t, phase(t)),
            precision=2,
            fleeting=True,
            enabled_default=False,
        ),
        _count("sags", lambda t: phase(t).sags),
        _count("swells", lambda t: phase(t).swells),
    )
    for row in rows:
        yield replace(
            row,
            key=f"{row.key}_l{number}",
            name=f"{row.key}_phase",
            places={"phase": str(number)},
        )


_TOTALS: Final = (
    _energy("energy_import", lambda t: t.energy_import.total),
    _energy("energy_export", lambda t: t.energy_export.total),
)
_OTHERS: Final[tuple[Row[Telegram], ...]] = (
    _reactive_energy("reactive_energy_import", lambda t: t.reactive_energy_import),
    _reactive_energy("reactive_energy_export", lambda t: t.reactive_energy_export),
    _power("power_import", lambda t: t.power_import),
    _power("power_export", lambda t: t.power_export),
    _power("power_net", lambda t: _less(t.power_import, t.power_export)),
    _reactive_power("reactive_power_import", lambda t: t.reactive_power_import),
    _reactive_power("reactive_power_export", lambda t: t.reactive_power_export),
    Row(
        key="power_factor",
        quantity=Quantity.POWER_FACTOR,
        value=_total_factor,
        precision=2,
        fleeting=True,
        enabled_default=False,
    ),
    *_of_phase(1),
    *_of_phase(2),
    *_of_phase(3),
    Row(
        key="demand_register",
        quantity=Quantity.POWER,
        value=lambda t: t.demand,
        unit="kW",
        precision=3,
    ),
    Row(
        key="month_peak_register",
        quantity=Quantity.POWER,
        value=lambda t: None if t.month_peak is None else t.month_peak.demand,
        unit="kW",
        precision=3,
    ),
    Row(
        key="month_peak_register_time",
        quantity=Quantity.MOMENT,
        value=lambda t: None if t.month_peak is None else t.month_peak.stamp,
    ),
    Row(
        key="tariff",
        quantity=Quantity.CHOICE,
        value=lambda t: t.tariff,
        options=tuple(Tariff),
    ),
    Row(
        key="breaker",
        quantity=Quantity.CHOICE,
        value=lambda t: t.breaker,
        options=tuple(Breaker),
        diagnostic=True,
    ),
    _limit("limiter", Quantity.POWER, lambda t: _in("kW", t.limiter), "kW"),
    _limit(
        "limiter_va", Quantity.APPARENT_POWER, lambda t: _in("kVA", t.limiter), "kVA"
    ),
    _limit("limiter_a", Quantity.CURRENT, lambda t: _in("A", t.limiter), "A"),
    _limit("fuse", Quantity.CURRENT, lambda t: _in("A", t.fuse), "A"),
    _count("short_failures", lambda t: t.short_failures),
    _count("long_failures", lambda t: t.long_failures),
)

# By how the keys of a meter's counters number its tariffs, for good; what these mean
# may be known otherwise by now.
METER_ROWS: Final[Mapping[Numbering, tuple[Row[Telegram], ...]]] = {
    keys: (
        *_TOTALS,
        *_by_tariff(keys, "import"),
        *_by_tariff(keys, "export"),
        *_OTHERS,
    )
    for keys in Numbering
}


def _read(key: str, quantity: Quantity, unit: str) -> Row[Child]:
    return Row(
        key=key,
        quantity=quantity,
        value=lambda child: _in(unit, child.reading),
        unit=unit,
        precision=3,
        counter=True,
    )


_VALVE: Final[Row[Child]] = Row(
    key="valve",
    quantity=Quantity.CHOICE,
    value=lambda child: _VALVES.get(-1 if child.valve is None else child.valve),
    options=tuple(Breaker),
    enabled_default=False,
    diagnostic=True,
)

_HEAT: Final = (
    _read("heat", Quantity.ENERGY, "GJ"),
    _read("heat", Quantity.ENERGY, "kWh"),
    _read("volume", Quantity.VOLUME, "m3"),
)
_COOLING: Final = (
    _read("cooling", Quantity.ENERGY, "GJ"),
    _read("cooling", Quantity.ENERGY, "kWh"),
    _read("volume", Quantity.VOLUME, "m3"),
)
_UNKNOWN: Final = (
    _read("energy", Quantity.ENERGY, "kWh"),
    _read("heat", Quantity.ENERGY, "GJ"),
    _read("volume", Quantity.VOLUME, "m3"),
)

# Rows with the same key are of different units: a meter has one of them.
CHILD_ROWS: Final[Mapping[ChildKind | None, tuple[Row[Child], ...]]] = {
    ChildKind.ELECTRICITY: (_read("energy", Quantity.ENERGY, "kWh"), _VALVE),
    ChildKind.GAS: (_read("gas", Quantity.GAS, "m3"), _VALVE),
    ChildKind.WATER: (_read("water", Quantity.WATER, "m3"), _VALVE),
    ChildKind.HOT_WATER: (_read("hot_water", Quantity.WATER, "m3"), _VALVE),
    ChildKind.HEAT: (*_HEAT, _VALVE),
    ChildKind.COOLING: (*_COOLING, _VALVE),
    None: (*_UNKNOWN, _VALVE),
}
