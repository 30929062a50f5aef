"""Say what each line of a telegram is, in one table by OBIS code.

DSMR P1 5.0.2, e-MUCS P1 1.7.1, Luxembourg P1 1.1.3, Sweden HAN 2.0. A field belongs to
an M-Bus channel, the meter itself being channel 0.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum, auto
from functools import lru_cache
import re
from typing import Final, NamedTuple

CHANNELS: Final = range(1, 10)
PHASES: Final = (1, 2, 3)
GAS: Final = 7
# DSMR 2 takes 5 for heat and 6 for cold, OBIS the other way round; 8 is water.
MEDIA: Final = (5, 6, GAS, 8, 9)


class Kind(Enum):
    """How a line is laid out."""

    NUMBER = auto()
    COUNT = auto()
    # A count that some meters write as a word: of a switch, of a tariff.
    SWITCH = auto()
    TARIFF = auto()
    TEXT = auto()
    # A time, then a number.
    STAMPED = auto()
    # The gas record of DSMR 2.2 and 3.0: the number stands on a line of its own.
    OLD_GAS = auto()
    # Read elsewhere.
    RAW = auto()


class Unit(NamedTuple):
    """What a unit is shown in, and its factor; None is 1."""

    shown: str
    factor: Decimal | None


class Field(NamedTuple):
    """A line: its channel, its name there, and the units that it may come in.

    signed: its number may be below zero.
    """

    channel: int
    key: str
    kind: Kind
    units: frozenset[str] = frozenset()
    signed: bool = False


class Line(NamedTuple):
    """What the code of a line stands for.

    code: without what says that the value is of now. field: None where the code is
    unknown. channel: 0, or the one that a meter of electricity counts itself as.
    """

    code: str
    field: Field | None
    channel: int


_MILLI: Final = Decimal("0.001")
_KILO: Final = Decimal(1000)

# Factors are exact, so that 1 Wh stays 1 Wh.
UNITS: Final[Mapping[str, Unit]] = {
    "kWh": Unit("kWh", None),
    "Wh": Unit("kWh", _MILLI),
    "MWh": Unit("kWh", _KILO),
    "kW": Unit("kW", None),
    "W": Unit("kW", _MILLI),
    "kvarh": Unit("kvarh", None),
    "kVArh": Unit("kvarh", None),
    "varh": Unit("kvarh", _MILLI),
    "kvar": Unit("kvar", None),
    "kVAr": Unit("kvar", None),
    "var": Unit("kvar", _MILLI),
    "kVA": Unit("kVA", None),
    "VA": Unit("kVA", _MILLI),
    "V": Unit("V", None),
    "kV": Unit("V", _KILO),
    "A": Unit("A", None),
    "kA": Unit("A", _KILO),
    "m3": Unit("m3", None),
    "GJ": Unit("GJ", None),
    "MJ": Unit("GJ", _MILLI),
}

# Some meters do not care for the case. No two units differ in it alone.
UNITS_IN_LOWER_CASE: Final = {name.lower(): unit for name, unit in UNITS.items()}

# Of a number whose unit only the family of the meter can tell.
UNITLESS: Final = Unit("", None)

_ENERGY: Final = frozenset({"kWh"})
_POWER: Final = frozenset({"kW"})
_REACTIVE_ENERGY: Final = frozenset({"kvarh"})
_REACTIVE_POWER: Final = frozenset({"kvar"})
_VOLTAGE: Final = frozenset({"V"})
_CURRENT: Final = frozenset({"A"})
_LIMIT: Final = frozenset({"kW", "kVA", "A", UNITLESS.shown})
_METERED: Final = frozenset({"m3", "GJ", "kWh"})
_VOLUME: Final = frozenset({"m3"})

_METER: Final[Mapping[str, Field]] = {
    "0-0:96.1.4": Field(0, "version", Kind.TEXT),
    "1-3:0.2.8": Field(0, "version", Kind.TEXT),
    "0-0:96.1.1": Field(0, "equipment_id", Kind.TEXT),
    "0-0:96.1.0": Field(0, "serial_number", Kind.TEXT),
    "0-0:42.0.0": Field(0, "logical_name", Kind.TEXT),
    "0-0:96.1.255": Field(0, "serial_number", Kind.TEXT),
    "1-0:0.0.0": Field(0, "owner_number", Kind.TEXT),
    "0-0:1.0.0": Field(0, "stamp", Kind.TEXT),
    "1-0:1.8.0": Field(0, "import_total", Kind.NUMBER, _ENERGY),
    "1-0:1.8.1": Field(0, "import_1", Kind.NUMBER, _ENERGY),
    "1-0:1.8.2": Field(0, "import_2", Kind.NUMBER, _ENERGY),
    "1-0:1.8.3": Field(0, "import_3", Kind.NUMBER, _ENERGY),
    "1-0:1.8.4": Field(0, "import_4", Kind.NUMBER, _ENERGY),
    "1-0:2.8.0": Field(0, "export_total", Kind.NUMBER, _ENERGY),
    "1-0:2.8.1": Field(0, "export_1", Kind.NUMBER, _ENERGY),
    "1-0:2.8.2": Field(0, "export_2", Kind.NUMBER, _ENERGY),
    "1-0:2.8.3": Field(0, "export_3", Kind.NUMBER, _ENERGY),
    "1-0:2.8.4": Field(0, "export_4", Kind.NUMBER, _ENERGY),
    "1-0:3.8.0": Field(0, "reactive_energy_import", Kind.NUMBER, _REACTIVE_ENERGY),
    "1-0:4.8.0": Field(0, "reactive_energy_export", Kind.NUMBER, _REACTIVE_ENERGY),
    "1-0:1.7.0": Field(0, "power_import", Kind.NUMBER, _POWER),
    "1-0:2.7.0": Field(0, "power_export", Kind.NUMBER, _POWER),
    "1-0:15.7.0": Field(0, "power_either_way", Kind.NUMBER, _POWER),
    "1-0:16.7.0": Field(0, "power_net", Kind.NUMBER, _POWER, signed=True),
    "1-0:3.7.0": Field(0, "reactive_power_import", Kind.NUMBER, _REACTIVE_POWER),
    "1-0:4.7.0": Field(0, "reactive_power_export", Kind.NUMBER, _REACTIVE_POWER),
    "1-0:1.4.0": Field(0, "demand", Kind.NUMBER, _POWER),
    "1-0:1.6.0": Field(0, "month_peak", Kind.STAMPED, _POWER),
    "0-0:98.1.0": Field(0, "history", Kind.RAW),
    "0-0:96.14.0": Field(0, "tariff", Kind.TARIFF),
    "0-0:96.3.10": Field(0, "breaker", Kind.SWITCH),
    "0-0:17.0.0": Field(0, "limiter", Kind.NUMBER, _LIMIT),
    "1-0:31.4.0": Field(0, "fuse", Kind.NUMBER, _CURRENT),
    "0-0:96.7.21": Field(0, "short_failures", Kind.COUNT),
    "0-0:96.7.9": Field(0, "long_failures", Kind.COUNT),
}


def _phases() -> Iterator[tuple[str, Field]]:
    """Give the lines of the phases: L1 has the groups 21 to 36, L2 41 to 56."""
    for phase in PHASES:
        base = 20 * phase
        yield (
            f"1-0:{base + 1}.7.0",
            Field(0, f"power_import_{phase}", Kind.NUMBER, _POWER),
        )
        yield (
            f"1-0:{base + 2}.7.0",
            Field(0, f"power_export_{phase}", Kind.NUMBER, _POWER),
        )
        yield (
            f"1-0:{base + 16}.7.0",
            Field(0, f"power_net_{phase}", Kind.NUMBER, _POWER, signed=True),
        )
        yield (
            f"1-0:{base + 11}.7.0",
            Field(0, f"current_{phase}", Kind.NUMBER, _CURRENT, signed=True),
        )
        yield (
            f"1-0:{base + 12}.7.0",
            Field(0, f"voltage_{phase}", Kind.NUMBER, _VOLTAGE),
        )
        yield f"1-0:{base + 12}.32.0", Field(0, f"sags_{phase}", Kind.COUNT)
        yield f"1-0:{base + 12}.36.0", Field(0, f"swells_{phase}", Kind.COUNT)


def _children() -> Iterator[tuple[str, Field]]:
    """Give the lines of the meters on the M-Bus.

    24.2.3 is what the dial shows of gas, 24.2.1 what it is at standard temperature;
    Belgium sends the first, and the second for anything else.
    """
    for channel in CHANNELS:
        yield f"0-{channel}:24.1.0", Field(channel, "kind", Kind.COUNT)
        yield f"0-{channel}:96.1.0", Field(channel, "equipment_id", Kind.TEXT)
        yield f"0-{channel}:96.1.1", Field(channel, "equipment_id", Kind.TEXT)
        yield f"0-{channel}:24.2.1", Field(channel, "reading", Kind.STAMPED, _METERED)
        yield f"0-{channel}:24.2.3", Field(channel, "dial", Kind.STAMPED, _METERED)
        yield f"0-{channel}:24.3.0", Field(channel, "reading", Kind.OLD_GAS, _METERED)
        yield f"0-{channel}:24.4.0", Field(channel, "valve", Kind.SWITCH)


def _media() -> Iterator[tuple[str, Field]]:
    """Give the lines of meters that go by what they measure, as before DSMR 3.0.

    23.1.0 is what the dial shows of gas, 23.2.0 what it is at standard temperature.
    """
    for medium in MEDIA:
        for channel in (0, *CHANNELS):
            code, place = f"{medium}-{channel}", -(10 * medium + channel)
            yield f"{code}:0.0.0", Field(place, "equipment_id", Kind.TEXT)
            yield f"{code}:96.1.0", Field(place, "equipment_id", Kind.TEXT)
            yield f"{code}:24.4.0", Field(place, "valve", Kind.SWITCH)
            if medium == GAS:
                yield f"{code}:23.1.0", Field(place, "dial", Kind.STAMPED, _VOLUME)
                yield f"{code}:23.2.0", Field(place, "reading", Kind.STAMPED, _VOLUME)
            else:
                yield f"{code}:1.0.0", Field(place, "reading", Kind.STAMPED, _METERED)


def medium_of(place: int) -> tuple[int, int]:
    """Return medium and channel of a place below 0, where such meters are kept."""
    return divmod(-place, 10)


FIELDS: Final[Mapping[str, Field]] = {
    **_METER,
    **dict(_phases()),
    **dict(_children()),
    **dict(_media()),
}

# A code in full has a last group, which says of when the value is; 255 is now.
_CODE: Final = re.compile(
    r" *([0-9])-([0-9]{1,2}):([0-9]{1,3}(?:\.[0-9]{1,3}){2})(?:[.*]255)? *"
)
_OF_NOW: Final = ".255"
# Under other channels these are something else than under 0.
_OF_CHANNEL_0: Final = frozenset({"1-0:0.0.0", "1-0:31.4.0"})


@lru_cache(maxsize=1024)
def line_of(sent: str) -> Line:
    """Return what the code of a line, as sent, stands for."""
    found = _CODE.fullmatch(sent)
    if found is None:
        return Line(sent, None, 0)
    medium, channel, groups = found.groups()
    code = f"{medium}-{channel}:{groups}"
    if code not in FIELDS and groups.endswith(_OF_NOW):
        # Where some meters put what belongs behind the number of the tariff.
        groups = f"{groups.removesuffix(_OF_NOW)}.0"
        code = f"{medium}-{channel}:{groups}"
    field = FIELDS.get(code)
    if field is None and medium == "1":
        own = f"1-0:{groups}"
        if own in FIELDS and own not in _OF_CHANNEL_0:
            return Line(code, FIELDS[own], int(channel))
    return Line(code, field, 0)
