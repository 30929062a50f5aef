"""Read one TMPO block.

It is gzip of compact JSON, whose keys always come in this order:
`{"h":{"cfg":{…},"tail":[t,v],"vsn":1,"head":[t,v]},"t":[0,…],"v":[0,…]}`.
`head` and `tail` are the first and the last point, `t` and `v` the steps from point to
point: whole seconds, and up to three decimals.

Anybody may publish on the broker, so nothing is unpacked or parsed as a whole before
its size is known: memory stays within the text and 16 bytes a point.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from math import sqrt
from typing import Any, Final
import zlib

import orjson

from ...drops import Dropped, DropReason
from ...energy.series import Series
from ..topics import Stream
from .keys import BlockKey

MAX_BYTES: Final = 4 << 20
_MAX_TEXT: Final = {8: 64 << 10, 12: 256 << 10, 16: 1 << 20, 20: 16 << 20}
_MAX_HEADER: Final = 16 << 10
_CHUNK: Final = 32 << 10
_MAX_MAGNITUDE: Final = 1e15
_MAX_UNIT_CHARACTERS: Final = 16
_DECIMALS: Final = 3

# Firmware records nothing before its clock is past this second.
_FIRST_TIMESTAMP: Final = 1234567890
_MAX_CLOCK_LEAD: Final = 86400

_HEADER: Final = b'{"h":'
_TIMES: Final = b',"t":['
_VALUES: Final = b'],"v":['
_END: Final = b"]}"
_TIME_CHARACTERS: Final = b"0123456789,"
_VALUE_CHARACTERS: Final = b"0123456789,-."

type Point = tuple[int, float]


class _Torn(Exception):
    """The steps are not those from the first point to the last."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block as far as it can be trusted.

    `points` are its readings in the unit of the sensor's payloads; of a block that is
    not `whole` only the first and the last. `stream` and `unit` are None where the
    firmware does not tell them.
    """

    key: BlockKey
    stream: Stream | None
    unit: str | None
    points: Series
    whole: bool


def read_block(key: BlockKey, payload: bytes, now: float) -> Block:
    """Return the block in a payload; raise Dropped when nothing in it is certain.

    `now` (unix s) bounds its time. Firmware before 2.4.3 broke blocks when it merged
    them: of those the first and the last point are certain.
    """
    if key.end <= _FIRST_TIMESTAMP or key.begin >= now + _MAX_CLOCK_LEAD:
        raise Dropped(DropReason.TIMESTAMP)
    text = _inflated(payload, _MAX_TEXT[key.level])
    split = text.find(_TIMES, 0, _MAX_HEADER)
    if split < 0 or not text.startswith(_HEADER):
        raise Dropped(DropReason.MALFORMED, "no header")
    header = _header(text[len(_HEADER) : split])
    stream, unit = _description(header.get("cfg"))
    head, tail = _point(header.get("head"), key), _point(header.get("tail"), key)
    if tail[0] < head[0]:
        raise Dropped(DropReason.MALFORMED, "ends before it begins")
    try:
        points = _points(text, split + len(_TIMES), head, tail)
    except _Torn:
        return Block(key, stream, unit, Series.of((head, tail)), whole=False)
    return Block(key, stream, unit, points, whole=True)


def _inflated(payload: bytes, limit: int) -> bytes:
    """Return the text of one gzip member, of no more than `limit` bytes."""
    if len(payload) > MAX_BYTES:
        raise Dropped(DropReason.TOO_LARGE)
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        text = inflater.decompress(payload, limit + 1)
    except zlib.error as error:
        raise Dropped(DropReason.MALFORMED, "not gzip") from error
    if len(text) > limit:
        raise Dropped(DropReason.TOO_LARGE)
    if not inflater.eof or inflater.unused_data:
        raise Dropped(DropReason.MALFORMED, "not one gzip member")
    return text


def _header(text: bytes) -> dict[str, object]:
    try:
        header = orjson.loads(text)
    except ValueError as error:
        raise Dropped(DropReason.MALFORMED, "header is not JSON") from error
    if not isinstance(header, dict) or header.get("vsn") != 1:
        raise Dropped(DropReason.MALFORMED, "not version 1")
    return header


def _description(config: object) -> tuple[Stream | None, str | None]:
    """Return what was recorded and in what unit, as far as that is told."""
    if not isinstance(config, dict):
        return None, None
    name, unit = config.get("data_type"), config.get("unit")
    stream = next((stream for stream in Stream if stream == name), None)
    if not isinstance(unit, str) or len(unit) > _MAX_UNIT_CHARACTERS:
        unit = None
    return stream, unit


def _point(point: object, key: BlockKey) -> Point:
    match point:
        case [int(time), int(value) | float(value)] if not (
            isinstance(time, bool) or isinstance(value, bool)
        ):
            pass
        case _:
            raise Dropped(DropReason.MALFORMED, "no first or last point")
    if not max(key.begin, _FIRST_TIMESTAMP + 1) <= time < key.end:
        raise Dropped(DropReason.TIMESTAMP, "outside the block")
    if not -_MAX_MAGNITUDE <= value <= _MAX_MAGNITUDE:
        raise Dropped(DropReason.NOT_FINITE)
    return time, float(value)


def _points(text: bytes, start: int, head: Point, tail: Point) -> Series:
    """Follow the steps from the first point; raise _Torn unless they end at the last.

    A counter's steps add up exactly; a measured value has more decimals than its
    steps, whose roundings walk at random.
    """
    split, end = text.find(_VALUES, start), len(text) - len(_END)
    if split < 0 or not text.endswith(_END):
        raise _Torn
    times = _times(text, start, split, head[0], tail[0])
    values = _values(text, split + len(_VALUES), end, head[1], len(times))
    tolerance = 10**-_DECIMALS * sqrt(len(times))
    if len(values) != len(times) or abs(values[-1] - tail[1]) > tolerance:
        raise _Torn
    return Series(times, values)


def _times(text: bytes, start: int, end: int, first: int, last: int) -> array[int]:
    """Return the moments, each later than the one before."""
    times = array("L", (first,))
    for steps in _steps(text, start, end, _TIME_CHARACTERS):
        # Bounded before they are added: no number is too large for the array.
        if steps and (min(steps) <= 0 or times[-1] + sum(steps) > last):
            raise _Torn
        times += array("L", list(accumulate(steps, initial=times.pop())))
    if times[-1] != last:
        raise _Torn
    return times


def _values(text: bytes, start: int, end: int, first: float, most: int) -> array[float]:
    """Return the values at those moments.

    What is carried from chunk to chunk is rounded, so that no error of floats adds up.
    """
    values = array("d", (first,))
    for steps in _steps(text, start, end, _VALUE_CHARACTERS):
        if len(values) + len(steps) > most:
            raise _Torn
        if steps and not _bounded(steps):
            raise _Torn
        carried = round(values.pop(), _DECIMALS)
        values += array("d", list(accumulate(steps, initial=carried)))
    return values


def _bounded(steps: list[float]) -> bool:
    """Tell whether no number is out of range; none that is negative needs no maximum."""
    least = min(steps)
    most = sum(steps) if least >= 0 else max(steps)
    return least >= -_MAX_MAGNITUDE and most <= _MAX_MAGNITUDE


def _steps(text: bytes, start: int, end: int, allowed: bytes) -> Iterator[list[Any]]:
    """Yield the numbers of an array in chunks, without its leading zero.

    Text of these characters alone can only be numbers, and no exponents.
    """
    at_begin = True
    while at_begin or start < end:
        cut = text.find(b",", start + _CHUNK, end)
        cut = end if cut < 0 else cut
        chunk = text[start:cut]
        if len(chunk) > 2 * _CHUNK or chunk.translate(None, allowed):
            raise _Torn
        try:
            steps = orjson.loads(b"[%b]" % chunk)
        except ValueError as error:
            raise _Torn from error
        if at_begin:
            if steps[:1] != [0]:
                raise _Torn
            del steps[0]
        yield steps
        at_begin, start = False, cut + 1
