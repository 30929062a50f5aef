"""Put a telegram together from the fields that could be read."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

from .family import Family, find_family, offsets_of, tariffs_of
from .fields import CHANNELS
from .month_maxima import HistoryEntry, Peak, parse_history
from .readings import (
    Amount,
    Breaker,
    Child,
    ChildKind,
    DroppedField,
    Energy,
    FieldFault,
    Phase,
    Telegram,
)
from .stamps import Offsets, parse_stamp

_HASH_DIGITS: Final = 16

# The best first: what the grid company knows the meter by, then what it has else.
_METER_IDS: Final = ("equipment_id", "serial_number", "logical_name", "owner_number")

_BREAKERS: Final = {0: Breaker.OFF, 1: Breaker.ON, 2: Breaker.READY}
_CHILD_KINDS: Final = {
    2: ChildKind.ELECTRICITY,
    3: ChildKind.GAS,
    4: ChildKind.HEAT,
    6: ChildKind.HOT_WATER,
    7: ChildKind.WATER,
    10: ChildKind.COOLING,
    11: ChildKind.COOLING,
    12: ChildKind.COOLING,
}

# A limit that is off shows as nines: 999 and more, or 99.999 kW from e-MUCS 50221 on.
_NO_LIMIT: Final = 999.0
_NO_LIMIT_KW: Final = 99.999


class Stamped(NamedTuple):
    """An amount and its time as sent."""

    stamp: str
    amount: Amount


@dataclass(slots=True)
class Values:
    """The fields of one channel by their names."""

    numbers: dict[str, Amount] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    stamped: dict[str, Stamped] = field(default_factory=dict)

    def number(self, key: str) -> float | None:
        """Return a number in the unit that it is shown in."""
        amount = self.numbers.get(key)
        return None if amount is None else amount.value


@dataclass(slots=True)
class Collected:
    """What was read of a telegram: its header, its codes, its fields by channel."""

    header: str
    codes: set[str] = field(default_factory=set)
    channels: defaultdict[int, Values] = field(
        default_factory=lambda: defaultdict(Values)
    )
    dropped: list[DroppedField] = field(default_factory=list)

    def drop(self, code: str, fault: FieldFault) -> None:
        """Account for a field that is left out."""
        self.dropped.append(DroppedField(code, fault))


def short_hash(identity: str) -> str:
    """Return what stands for a personal id: part of its SHA-256."""
    return sha256(identity.encode()).hexdigest()[:_HASH_DIGITS]


def assemble(collected: Collected) -> Telegram:
    """Return the telegram; fields that turn out to make no sense are dropped."""
    values = collected.channels[0]
    family = find_family(collected.header, collected.codes)
    offsets = offsets_of(family)
    tariff = values.counts.get("tariff")
    return Telegram(
        family=family,
        version=values.texts.get("version"),
        meter=_meter(collected.header, values),
        stamp=_stamp(collected, values, offsets),
        energy_import=_energy(values, family, "import"),
        energy_export=_energy(values, family, "export"),
        reactive_energy_import=values.number("reactive_energy_import"),
        reactive_energy_export=values.number("reactive_energy_export"),
        power_import=values.number("power_import"),
        power_export=values.number("power_export"),
        reactive_power_import=values.number("reactive_power_import"),
        reactive_power_export=values.number("reactive_power_export"),
        phases=(_phase(values, 1), _phase(values, 2), _phase(values, 3)),
        demand=values.number("demand"),
        month_peak=_month_peak(collected, values, offsets),
        history=_history(collected, values, family),
        tariff=None if tariff is None else tariffs_of(family).get(tariff),
        breaker=_BREAKERS.get(values.counts.get("breaker", -1)),
        limiter=_limit(values, "limiter"),
        fuse=_limit(values, "fuse"),
        short_failures=values.counts.get("short_failures"),
        long_failures=values.counts.get("long_failures"),
        children=_children(collected, offsets),
        dropped=tuple(collected.dropped),
    )


def _meter(header: str, values: Values) -> str:
    """Return what tells this meter from others."""
    ids = (values.texts.get(key) for key in _METER_IDS)
    return short_hash(next((identity for identity in ids if identity), header))


def _stamp(collected: Collected, values: Values, offsets: Offsets) -> datetime | None:
    """Return when the telegram was sent."""
    text = values.texts.get("stamp")
    if text is None:
        return None
    stamp = parse_stamp(text, offsets)
    if stamp is None:
        collected.drop("0-0:1.0.0", FieldFault.STAMP)
    return stamp


def _energy(values: Values, family: Family, direction: str) -> Energy:
    """Return the counters of a direction."""
    tariffs = {
        tariff: value
        for number, tariff in tariffs_of(family).items()
        if (value := values.number(f"{direction}_{number}")) is not None
    }
    total = values.number(f"{direction}_total")
    if total is None:
        first, second = values.number(f"{direction}_1"), values.number(f"{direction}_2")
        if first is not None and second is not None:
            total = round(first + second, 6)
    return Energy(total, tariffs)


def _phase(values: Values, phase: int) -> Phase:
    """Return the fields of a phase, 1..3."""
    return Phase(
        power_import=values.number(f"power_import_{phase}"),
        power_export=values.number(f"power_export_{phase}"),
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
    stamp = parse_stamp(sent.stamp, offsets)
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


def _limit(values: Values, key: str) -> Amount | None:
    """Return a limit if one is set."""
    limit = values.numbers.get(key)
    if limit is None or limit.value >= _NO_LIMIT:
        return None
    return None if limit == Amount(_NO_LIMIT_KW, "kW") else limit


def _children(collected: Collected, offsets: Offsets) -> tuple[Child, ...]:
    """Return the meters on the M-Bus; a channel without id and reading has none."""
    children = []
    for channel in CHANNELS:
        values = collected.channels.get(channel)
        if values is None:
            continue
        sent = values.stamped.get("dial") or values.stamped.get("reading")
        identity = values.texts.get("equipment_id")
        if sent is None and not identity:
            continue
        children.append(
            Child(
                channel=channel,
                kind=_CHILD_KINDS.get(values.counts.get("kind", -1)),
                meter=short_hash(identity) if identity else None,
                reading=None if sent is None else sent.amount,
                stamp=None if sent is None else parse_stamp(sent.stamp, offsets),
                valve=values.counts.get("valve"),
            )
        )
    return tuple(children)
