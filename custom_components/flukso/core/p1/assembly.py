"""Put a telegram together from the fields that could be read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from .children import children_of
from .collected import Collected, Values, short_hash
from .family import Family, find_family
from .fields import UNITLESS
from .month_maxima import HistoryEntry, Peak, parse_history
from .places import UNKNOWN_HOME, Home, offsets_of
from .readings import Amount, Breaker, Energy, FieldFault, Phase, Telegram
from .stamps import Offsets, parse_local_stamp
from .tariffs import MEANINGS, Numbering, Tariff, find_numbering

# The best first: what the grid company knows the meter by, then what it has else.
_METER_IDS: Final = ("equipment_id", "serial_number", "logical_name", "owner_number")

_BREAKERS: Final = {0: Breaker.OFF, 1: Breaker.ON, 2: Breaker.READY}
# The counters: their codes, and their names among the numbers.
_REGISTERS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    direction: tuple(
        (f"1-0:{group}.8.{number}", f"{direction}_{number or 'total'}")
        for number in range(5)
    )
    for direction, group in (("import", 1), ("export", 2))
}

# A limit that is off shows as nines: 999 and more, or 99.999 kW from e-MUCS 50221 on.
_NO_LIMIT: Final = 999.0
_NO_LIMIT_KW: Final = 99.999
# Before DSMR 4.0 it was in kW or A.
_LIMITER_UNITS: Final[Mapping[Family, str]] = {
    Family.BELGIUM: "kW",
    Family.NETHERLANDS: "kW",
    Family.DSMR: "kW",
    Family.LUXEMBOURG: "kVA",
}


def assemble(
    collected: Collected, home: Home = UNKNOWN_HOME, now: float | None = None
) -> Telegram:
    """Return the telegram; fields that turn out to make no sense are dropped.

    home: that of the meter; now: about when it was sent, unix s.
    """
    values = collected.channels[0]
    family = find_family(collected.header, collected.codes)
    numbering = _numbering(collected, family, home)
    dutch = numbering is Numbering.LOW_FIRST
    offsets = offsets_of(family, home, dutch=dutch)
    meanings = MEANINGS[numbering]
    energy_import = _energy(collected, meanings, "import")
    energy_export = _energy(collected, meanings, "export")
    power_import, power_export = _powers(values, energy_export)
    return Telegram(
        family=family,
        numbering=numbering,
        version=values.texts.get("version"),
        meter=_meter(collected.header, values),
        stamp=_stamp(collected, values, offsets, now),
        energy_import=energy_import,
        energy_export=energy_export,
        reactive_energy_import=values.number("reactive_energy_import"),
        reactive_energy_export=values.number("reactive_energy_export"),
        power_import=power_import,
        power_export=power_export,
        reactive_power_import=values.number("reactive_power_import"),
        reactive_power_export=values.number("reactive_power_export"),
        phases=(_phase(values, 1), _phase(values, 2), _phase(values, 3)),
        demand=values.number("demand"),
        month_peak=_month_peak(collected, values, offsets),
        history=_history(collected, values, family),
        tariff=meanings.get(values.counts.get("tariff", 0)),
        breaker=_BREAKERS.get(values.counts.get("breaker", -1)),
        limiter=_limiter(collected, values, family),
        fuse=_limit(values, "fuse"),
        short_failures=values.counts.get("short_failures"),
        long_failures=values.counts.get("long_failures"),
        children=children_of(collected, offsets),
        dropped=tuple(collected.dropped),
    )


def _meter(header: str, values: Values) -> str:
    """Return what tells this meter from others."""
    ids = (values.texts.get(key) for key in _METER_IDS)
    return short_hash(next((identity for identity in ids if identity), header))


def _numbering(collected: Collected, family: Family, home: Home) -> Numbering:
    """Return what the numbers of the meter's tariffs mean."""
    equipment = collected.channels[0].texts.get("equipment_id")
    return find_numbering(family, collected.codes, equipment, home.country)


def _stamp(
    collected: Collected, values: Values, offsets: Offsets, now: float | None
) -> datetime | None:
    """Return when the telegram was sent."""
    text = values.texts.get("stamp")
    if text is None:
        return None
    stamp = parse_local_stamp(text, offsets, now)
    if stamp is None:
        collected.drop("0-0:1.0.0", FieldFault.STAMP)
    return stamp


def _energy(
    collected: Collected, meanings: Mapping[int, Tariff], direction: str
) -> Energy:
    """Return the counters of a direction."""
    values = collected.channels[0]
    tariffs = {
        tariff: value
        for number, tariff in meanings.items()
        if (value := values.number(f"{direction}_{number}")) is not None
    }
    total = values.number(f"{direction}_total")
    if total is None:
        total = _sum_of_registers(collected, direction)
    return Energy(total, tariffs)


def _sum_of_registers(collected: Collected, direction: str) -> float | None:
    """Return the sum of the counters by tariff, if all that were sent were read.

    A single one is all there is only where the meter has no total of its own.
    """
    numbers = collected.channels[0].numbers
    sent = {
        key: numbers.get(key)
        for code, key in _REGISTERS[direction]
        if code in collected.codes or code in collected.registers
    }
    if len(sent) == 2 and f"{direction}_total" in sent:
        return None
    sent.pop(f"{direction}_total", None)
    known = [amount.value for amount in sent.values() if amount is not None]
    return round(sum(known), 6) if known and len(known) == len(sent) else None


def _powers(values: Values, exported: Energy) -> tuple[float | None, float | None]:
    """Return the power of each direction.

    Some meters send only what remains of both, or only their sum: of that it is known
    which way it goes while the meter has never counted an export.
    """
    power_import, power_export = _directions(values)
    either_way = values.number("power_either_way")
    if power_import is None and either_way is not None:
        if power_export is not None:
            power_import = max(0.0, round(either_way - power_export, 6))
        elif not exported.total and not any(exported.tariffs.values()):
            power_import = either_way
    return power_import, power_export


def _directions(values: Values, suffix: str = "") -> tuple[float | None, float | None]:
    """Return import and export; one that was not sent follows from the net power."""
    power_import = values.number(f"power_import{suffix}")
    power_export = values.number(f"power_export{suffix}")
    net = values.number(f"power_net{suffix}")
    if net is None:
        return power_import, power_export
    if power_import is None:
        power_import = max(0.0, round(net + (power_export or 0.0), 6))
    if power_export is None:
        power_export = max(0.0, round(power_import - net, 6))
    return power_import, power_export


def _phase(values: Values, phase: int) -> Phase:
    """Return the fields of a phase, 1..3."""
    power_import, power_export = _directions(values, f"_{phase}")
    return Phase(
        power_import=power_import,
        power_export=power_export,
        voltage=values.number(f"voltage_{phase}"),
        current=values.number(f"current_{phase}"),
        sags=values.counts.get(f"sags_{phase}"),
        swells=values.counts.get(f"swells_{phase}"),
    )


def _month_peak(collected: Collected, values: Values, offsets: Offsets) -> Peak | None:
    """Return the highest window of the running month, as the meter has it."""
    sent = values.stamped.get("month_peak")
    if sent is None:
        return None
    stamp = parse_local_stamp(sent.stamp, offsets)
    if stamp is None:
        collected.drop("1-0:1.6.0", FieldFault.STAMP)
        return None
    return Peak(stamp, sent.amount.value)


def _history(
    collected: Collected, values: Values, family: Family
) -> tuple[HistoryEntry, ...] | None:
    """Return the months that are over. Hungary uses the code for something else."""
    text = values.texts.get("history")
    if text is None or family is not Family.BELGIUM:
        return None
    parsed = parse_history(text)
    if parsed is None:
        collected.drop("0-0:98.1.0", FieldFault.MALFORMED)
        return None
    entries, unreadable = parsed
    for _ in range(unreadable):
        collected.drop("0-0:98.1.0", FieldFault.MALFORMED)
    return entries


def _limiter(collected: Collected, values: Values, family: Family) -> Amount | None:
    """Return the limit of power; without unit, it is in that of the standard."""
    limit = values.numbers.get("limiter")
    if limit is not None and limit.unit == UNITLESS.shown:
        unit = _LIMITER_UNITS.get(family)
        if unit is None:
            collected.drop("0-0:17.0.0", FieldFault.UNIT)
            return None
        values.numbers["limiter"] = Amount(limit.value, unit)
    return _limit(values, "limiter")


def _limit(values: Values, key: str) -> Amount | None:
    """Return a limit if one is set."""
    limit = values.numbers.get(key)
    if limit is None or limit.value >= _NO_LIMIT:
        return None
    return None if limit == Amount(_NO_LIMIT_KW, "kW") else limit
