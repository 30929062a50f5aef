"""Read the payloads of `/sensor/<id>/gauge` and `/sensor/<id>/counter`.

Firmware writes `[<unix seconds>, <value>, "<unit>"]`, FLM02 without blanks and FLM03E
with a blank after each comma. Other publishers leave out the unit, the time or the
brackets.
"""

import json
import re
from typing import Final, NamedTuple

from ..drops import Dropped, DropReason
from ..stored import END_OF_TIME

_MAX_BYTES: Final = 256
_MAX_MAGNITUDE: Final = 1e15
_MAX_UNIT_CHARACTERS: Final = 16

# Firmware publishes nothing before its clock is past this second.
FIRST_TIMESTAMP: Final = 1234567890
MAX_CLOCK_LEAD: Final = 86400

type Bounds = tuple[float, float]

_FIRMWARE_FORMAT: Final = re.compile(
    rb'\[([1-9][0-9]{9}), ?(-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,14})?), ?"([^"\\]*)"\]'
)
_FLOORED_LITERAL: Final = re.compile(r"-([1-9][0-9]*)(\.[0-9]+)")
# Lua prints what it cannot calculate as a bare word, which is not JSON.
_BARE_NOT_A_NUMBER: Final = re.compile(
    r"\[?\s*(?:[0-9]+\s*,\s*)?[-+]?(?:nan|inf)", re.IGNORECASE
)

_FIRMWARE_UNITS: Final = {
    unit.encode(): unit
    for unit in (
        "W",
        "Wh",
        "VAR",
        "VARh",
        "V",
        "A",
        "",
        "°",
        "L",
        "L/s",
        "L/day",
        "L.day",
        "g",
        "g/s",
        "s",
        "1/s",
        "°C",
        "%",
        "Pa",
        "hPa",
        "lx",
    )
}


class Reading(NamedTuple):
    """One value as published; `timestamp` in Unix seconds, None when not given."""

    timestamp: int | None
    value: float
    unit: str | None


def parse_reading(
    payload: bytes, now: float, *, floored: bool = False, astray: bool = False
) -> Reading:
    """Return the reading in a payload; raise Dropped when there is none.

    `now` (Unix seconds) bounds the timestamp, unless the clock is known to be `astray`.
    `floored` undoes what FLM03E firmware
    does to a negative value: it prints the floor and the positive remainder, so that
    -0.85 reads `-1.150` (flxd, decode.h). `-0.850` cannot come from such firmware and
    stands as it is.
    """
    if len(payload) > _MAX_BYTES:
        raise Dropped(DropReason.TOO_LARGE)
    if (match := _FIRMWARE_FORMAT.fullmatch(payload)) is None:
        bounds = (
            (-1, END_OF_TIME) if astray else (FIRST_TIMESTAMP, now + MAX_CLOCK_LEAD)
        )
        return _parse_any_form(payload, bounds, floored)
    stamp, literal, raw_unit = match.groups()
    timestamp = int(stamp)
    if not (FIRST_TIMESTAMP < timestamp < now + MAX_CLOCK_LEAD or astray):
        raise Dropped(DropReason.TIMESTAMP)
    if (unit := _FIRMWARE_UNITS.get(raw_unit)) is None:
        unit = _decoded_unit(raw_unit)
    value = unfloored(literal.decode()) if floored else float(literal)
    return Reading(timestamp, value, unit)


def unfloored(literal: str) -> float:
    """Return the value behind a literal in which negatives may be floored."""
    if match := _FLOORED_LITERAL.fullmatch(literal):
        return float(match[2]) - int(match[1])
    return float(literal)


def _parse_any_form(payload: bytes, bounds: Bounds, floored: bool) -> Reading:
    """Return the reading in a payload that no firmware wrote, or kubed did."""
    match _decode_json(payload, floored):
        case [timestamp, value, str(unit)]:
            return Reading(
                _checked_timestamp(timestamp, bounds),
                _checked_value(value),
                _checked_unit(unit),
            )
        case [value, str(unit)]:
            return Reading(None, _checked_value(value), _checked_unit(unit))
        case [timestamp, value]:
            return Reading(
                _checked_timestamp(timestamp, bounds), _checked_value(value), None
            )
        case [value] | value:
            return Reading(None, _checked_value(value), None)


def _decode_json(payload: bytes, floored: bool) -> object:
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        raise Dropped(DropReason.MALFORMED, "not UTF-8") from error
    try:
        decoded: object = json.loads(text, parse_float=unfloored if floored else None)
    except (ValueError, RecursionError) as error:
        if _BARE_NOT_A_NUMBER.match(text):
            raise Dropped(DropReason.NOT_FINITE) from error
        raise Dropped(DropReason.MALFORMED, "not JSON") from error
    return decoded


def _checked_value(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Dropped(DropReason.MALFORMED, "no number")
    if not -_MAX_MAGNITUDE <= value <= _MAX_MAGNITUDE:
        raise Dropped(DropReason.NOT_FINITE)
    return float(value)


def _checked_timestamp(timestamp: object, bounds: Bounds) -> int:
    if isinstance(timestamp, bool) or not isinstance(timestamp, int | float):
        raise Dropped(DropReason.MALFORMED, "timestamp is no number")
    earliest, latest = bounds
    if not earliest < timestamp < latest:
        raise Dropped(DropReason.TIMESTAMP)
    if timestamp != int(timestamp):
        raise Dropped(DropReason.TIMESTAMP, "not in whole seconds")
    return int(timestamp)


def _decoded_unit(raw: bytes) -> str:
    try:
        return _checked_unit(raw.decode())
    except UnicodeDecodeError as error:
        raise Dropped(DropReason.MALFORMED, "not UTF-8") from error


def _checked_unit(unit: str) -> str:
    if len(unit) > _MAX_UNIT_CHARACTERS or not unit.isprintable():
        raise Dropped(DropReason.UNIT, "too long or not printable")
    return unit
