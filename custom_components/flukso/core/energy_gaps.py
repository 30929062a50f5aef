"""Hours that are missing amid known ones, from the readings of a counter.

The recorder's sum goes on from its last row: the row after a gap tells all that was
counted in it, and its sum is right. What lacks are the rows of the gap.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from math import inf
from typing import NamedTuple

from .energy import DIP, SECONDS_PER_HOUR, Anchor, EnergyRow, hourly_rows
from .series import Series


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
    earlier: KnownRow | None
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
    before, or else lead up to the row after, and never pass it. A row before a gap that
    was written earlier than `late` s before its hour ended, as the counter shows, is
    replaced too. `rising` and `scale` as in hourly_rows().
    """
    found: list[EnergyRow] = []
    for gap in _gaps(known, hours):
        whole = _with_cut_hour(gap, series, late, scale) if rising else gap
        found += _rows_of(whole, series, rising=rising, scale=scale)
    return found


def _gaps(known: Sequence[KnownRow], hours: range) -> Iterator[_Gap]:
    rows = [None, None, *known, None]
    around = zip(rows, islice(rows, 1, None), islice(rows, 2, None), strict=False)
    for earlier, before, after in around:
        start = hours.start
        if before is not None:
            start = max(start, before.start + SECONDS_PER_HOUR)
        stop = hours.stop if after is None else min(hours.stop, after.start)
        if start < stop:
            missing = range(start, stop, SECONDS_PER_HOUR)
            yield _Gap(missing, earlier, before, after)


def _with_cut_hour(gap: _Gap, series: Series, late: float, scale: float) -> _Gap:
    """Take in the hour before, if who wrote its row did not see its end."""
    before, start = gap.before, gap.hours.start
    if before is None or gap.earlier is None:
        return gap
    if before.start + SECONDS_PER_HOUR != start:
        return gap
    seen = bisect_right(series.times, start - late)
    if not seen or series.values[seen - 1] * scale <= before.state:
        return gap
    hours = range(before.start, gap.hours.stop, SECONDS_PER_HOUR)
    return _Gap(hours, None, gap.earlier, gap.after)


def _rows_of(
    gap: _Gap, series: Series, *, rising: bool, scale: float
) -> Iterator[EnergyRow]:
    start, stop = gap.hours.start, gap.hours.stop
    part = _clipped(series, start, stop, rising=rising)
    if not part or (gap.before is None and gap.after is None):
        return
    rows = hourly_rows(
        part,
        rising=rising,
        scale=scale,
        before=None if gap.before is None else gap.before.anchor,
        after=None if gap.after is None else gap.after.anchor,
    )
    most = inf if gap.after is None or not rising else gap.after.sum
    for row in rows:
        if row.start in gap.hours and row.start + SECONDS_PER_HOUR <= part.times[-1]:
            yield row._replace(sum=min(row.sum, most))


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
