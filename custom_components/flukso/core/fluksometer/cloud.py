"""Read what Flukso's cloud answers about the history of a sensor.

It keeps the blocks of TMPO, and beside them means of power: those of minutes for a day,
of quarters of an hour for a week, and of days for longer.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
import json
import re
from typing import Final, NamedTuple

from ..drops import Dropped, DropReason
from ..windows import QUARTER
from .tmpo.keys import LEVELS, BlockKey

MAX_LIST_BYTES: Final = 2 << 20
MAX_SERIES_BYTES: Final = 1 << 20

_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_NAN: Final = "nan"
_MAX_NUMBER: Final = 2**31
# The server's counters cannot tell more, W.
_MAX_POWER: Final = 1e6

type Means = dict[int, float | None]


class Resolution(Enum):
    """The times that means of power are told of: their name, and length in s.

    `longest` s is what may be asked for at once. Longer ones tell nothing of quarters.
    """

    MINUTE = ("minute", 60, 86400)
    QUARTER = ("15min", QUARTER, 7 * 86400)

    def __init__(self, label: str, seconds: int, longest: int) -> None:
        """Name the parts."""
        self.label = label
        self.seconds = seconds
        self.longest = longest


class SeriesSpan(NamedTuple):
    """The quarters of an hour from `first` to `last` (starts), to be asked for `now`.

    One more mean on each side tells whether those in between were wholly seen.
    """

    first: int
    last: int
    resolution: Resolution
    now: int

    @property
    def start(self) -> int:
        """Return from when means are asked for, unix s."""
        return self.first - QUARTER

    @property
    def end(self) -> int:
        """Return until when."""
        return min(self.last + 2 * QUARTER, self.now)


def is_token(text: str) -> bool:
    """Tell whether text has the form of a sensor's or an account's token."""
    return _TOKEN.fullmatch(text) is not None


def read_list(sensor_id: str, payload: bytes) -> list[BlockKey]:
    """Return which blocks of a sensor there are; raise Dropped when it is no list.

    What is no block of the grammar is left out.
    """
    keys = (_block_key(sensor_id, entry) for entry in _rows(payload, MAX_LIST_BYTES))
    return [key for key in keys if key is not None]


def _block_key(sensor_id: str, entry: object) -> BlockKey | None:
    match entry:
        case {"rid": int(rid), "lvl": int(level), "bid": int(begin), "ext": "gz"} if (
            level in LEVELS and min(rid, begin) >= 0 and max(rid, begin) < _MAX_NUMBER
        ):
            return (
                None if begin % (1 << level) else BlockKey(sensor_id, rid, level, begin)
            )
    return None


def blocks_for(quarters: Sequence[int], keys: Iterable[BlockKey]) -> list[BlockKey]:
    """Return the blocks that tell of some quarters (starts in order), oldest first.

    A quarter next to a block needs it too: its edges lie between two points. What is
    part of a larger block of the list is left out.
    """
    listed = set(keys)
    return sorted(
        (
            key
            for key in listed
            if _touches(key, quarters) and listed.isdisjoint(key.ancestors)
        ),
        key=lambda key: (key.begin, key),
    )


def _touches(key: BlockKey, quarters: Sequence[int]) -> bool:
    first = bisect_left(quarters, key.begin - 2 * QUARTER + 1)
    return first < len(quarters) and quarters[first] - QUARTER < key.end


def spans_for(quarters: Iterable[int], now: int) -> Iterator[SeriesSpan]:
    """Yield what to ask for so that some quarters are told of, newest first."""
    found: SeriesSpan | None = None
    for quarter in sorted(quarters, reverse=True):
        recent = quarter - 2 * QUARTER > now - Resolution.MINUTE.longest
        resolution = Resolution.MINUTE if recent else Resolution.QUARTER
        single = SeriesSpan(quarter, quarter, resolution, now)
        if found is None:
            found = single
        elif (
            found.resolution is resolution
            and found.last + 2 * QUARTER - single.start <= resolution.longest
        ):
            found = found._replace(first=quarter)
        else:
            yield found
            found = single
    if found is not None:
        yield found


def read_series(span: SeriesSpan, payload: bytes) -> Means:
    """Return means of power in W by the ends of their times, None where unknown.

    Raise Dropped when the answer is no series. Only what was asked for is returned, and
    nothing of a coarser series, which the server sends where it keeps no other.
    """
    means: Means = {}
    last = 0
    for row in _rows(payload, MAX_SERIES_BYTES):
        stamp, power = _mean(row)
        if stamp <= last:
            raise Dropped(DropReason.OUT_OF_ORDER)
        last = stamp
        if span.start < stamp <= span.end and not stamp % span.resolution.seconds:
            means[stamp] = power
    step = span.resolution.seconds
    return {
        stamp: power
        for stamp, power in means.items()
        if stamp - step in means or stamp + step in means
    }


def _mean(row: object) -> tuple[int, float | None]:
    match row:
        case [int(stamp), str(text)] if text.casefold() == _NAN:
            return stamp, None
        case [int(stamp), int(power) | float(power)] if not isinstance(power, bool):
            # Never NaN, and compared before an int becomes a float.
            if not -_MAX_POWER <= power <= _MAX_POWER:
                raise Dropped(DropReason.NOT_FINITE)
            return stamp, float(power)
    raise Dropped(DropReason.MALFORMED, "not a stamp and a mean")


def _rows(payload: bytes, limit: int) -> list[object]:
    if len(payload) > limit:
        raise Dropped(DropReason.TOO_LARGE)
    try:
        rows: object = json.loads(payload.decode())
    except (ValueError, RecursionError) as error:
        raise Dropped(DropReason.MALFORMED, "not JSON") from error
    if not isinstance(rows, list):
        raise Dropped(DropReason.MALFORMED, "not a list")
    return rows
