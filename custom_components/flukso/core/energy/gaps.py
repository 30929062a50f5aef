"""Hours that are missing amid known ones, from the readings of a counter.

The recorder's sum goes on from its last row: the row after a gap tells all that was
counted in it, and its sum is right. What lacks are the rows of the gap. While a sensor
is silent the recorder may also repeat a row; that was not seen either.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from math import inf
from typing import Final, NamedTuple

from ..windows import HOUR
from .believed import without_dips
from .hours import DIP, Anchor, EnergyRow, hourly_rows
from .series import Series

# Where sums that lead up to a known row begin: in the year 2000, unix s.
ORIGIN: Final = 946_684_800
# Rows are rounded: so far they may be from the counter, in their unit.
ROUNDING: Final = 0.001


class KnownRow(NamedTuple):
    """A row that is known: its start in unix s, the counter at its end, and the sum."""

    start: int
    state: float
    sum: float

    @property
    def anchor(self) -> Anchor:
        """Return what other rows are put on."""
        return Anchor(self.state, self.sum)


class _Gap(NamedTuple):
    """Hours without a row, and the rows around them."""

    hours: range
    before: KnownRow | None
    after: KnownRow | None


def missing_hours(known: Iterable[int], hours: range) -> list[int]:
    """Return the starts of hours that no row begins with."""
    told = set(known)
    return [hour for hour in hours if hour not in told]


def gap_rows(
    series: Series,
    known: Sequence[KnownRow],
    hours: range,
    *,
    late: float,
    rising: bool = True,
    scale: float = 1.0,
) -> list[EnergyRow]:
    """Return rows for the hours that none of the known rows tells of, in order.

    `known` are in order, with those next to the hours. The sums go on from the row
    before, or else lead up to the row after, and never pass it. Since what a first row
    says counts as consumed, what those begin with is put in a row at ORIGIN. A row that
    tells less than the counter had reached `late` s before its hour ended is not known.
    `rising` and `scale` as in hourly_rows().
    """
    rows = [row for row in known if row.start > ORIGIN]
    if rising:
        series = without_dips(series, scale)
        rows = [*_seen(rows, series, hours, late, scale)]
    return [
        row
        for gap in _gaps(rows, hours)
        for row in _rows_of(gap, series, rising=rising, scale=scale)
    ]


def _seen(
    known: Sequence[KnownRow], series: Series, hours: range, late: float, scale: float
) -> Iterator[KnownRow]:
    """Yield the rows but those of hours whose end was not seen.

    Only what follows a row that agrees with the counter is compared with it: other rows
    may be those of another counter.
    """
    agreed: float | None = None
    for row in known:
        end = row.start + HOUR
        after = bisect_left(series.times, end)
        before = bisect_right(series.times, end - late) - 1
        if before < 0 or after == len(series):
            agreed = None
            yield row
            continue
        least = series.values[before] * scale - ROUNDING
        most = series.values[after] * scale + ROUNDING
        if row.start in hours and agreed is not None and agreed <= row.state < least:
            continue
        agreed = row.state if least <= row.state <= most else None
        yield row


def _gaps(known: Sequence[KnownRow], hours: range) -> Iterator[_Gap]:
    rows = [None, *known, None]
    for before, after in zip(rows, islice(rows, 1, None), strict=False):
        start = hours.start
        if before is not None:
            start = max(start, before.start + HOUR)
        stop = hours.stop if after is None else min(hours.stop, after.start)
        if start < stop:
            yield _Gap(range(start, stop, HOUR), before, after)


def _rows_of(
    gap: _Gap, series: Series, *, rising: bool, scale: float
) -> Iterator[EnergyRow]:
    start, stop = gap.hours.start, gap.hours.stop
    part = _clipped(series, start, stop, rising=rising)
    if not part or (gap.before is None and gap.after is None):
        return
    if gap.before is None:
        # An hour that tells where the sums begin.
        first = part.times[0] - part.times[0] % HOUR - HOUR
        part = Series.joined(Series.of([(first, part.values[0])]), part)
    rows = hourly_rows(
        part,
        rising=rising,
        scale=scale,
        before=None if gap.before is None else gap.before.anchor,
        after=None if gap.after is None else gap.after.anchor,
    )
    most = inf if gap.after is None or not rising else gap.after.sum
    found = [
        row._replace(sum=min(row.sum, most))
        for row in rows
        if row.start in gap.hours and row.start + HOUR <= part.times[-1]
    ]
    if found and gap.before is None:
        yield rows[0]._replace(start=ORIGIN)
    yield from found


def _clipped(series: Series, start: int, stop: int, *, rising: bool) -> Series:
    """Return the points of [start, stop], with both ends where points are around them.

    What lies outside would be compared with rows that do not belong to it.
    """
    first = bisect_left(series.times, start)
    last = bisect_right(series.times, stop)
    inside = zip(series.times[first:last], series.values[first:last], strict=True)
    ends = [
        (moment, _value_at(series, index, moment, rising=rising))
        for index, moment in ((first, start), (last, stop))
        if 0 < index < len(series)
    ]
    return Series.of([*inside, *ends])


def _value_at(series: Series, index: int, moment: int, *, rising: bool) -> float:
    """Return the counter between two points; `index` is that of the later one."""
    began, value = series.times[index - 1], series.values[index - 1]
    coming = series.values[index]
    if rising and coming < DIP * value:
        return value
    share = (moment - began) / (series.times[index] - began)
    return value + share * (coming - value)
