"""Hourly rows of long-term statistics from the readings of a counter."""

from bisect import bisect_right
from itertools import pairwise
from typing import NamedTuple

from ..windows import HOUR
from .believed import without_dips
from .series import Series

# What conversion leaves behind the last digit of the device is noise.
DECIMALS = 6
# A rising counter that falls below this share of itself has begun anew; less is a dip.
DIP = 0.9


class EnergyRow(NamedTuple):
    """A clock hour: its start in unix s, the counter at its end, and the sum so far.

    `whole`: the readings reach over both ends of the hour.
    """

    start: int
    state: float
    sum: float
    whole: bool


class Anchor(NamedTuple):
    """The counter and the sum of a row that is known already."""

    state: float
    sum: float


class _Cycles:
    """How far a counter has come in all, through every time that it began anew."""

    def __init__(self, series: Series, *, rising: bool) -> None:
        """Find where it began anew; one that is not rising never does."""
        self._times, self._values = series.times, series.values
        before = pairwise(self._values)
        self._begins = [
            index
            for index, (last, value) in enumerate(before, 1)
            if rising and value < DIP * last
        ]
        self._past = 0.0
        self._passed = 0

    def at(self, moment: float) -> tuple[float, float]:
        """Return the counter and how far it has come; moments may only increase."""
        index = bisect_right(self._times, moment)
        while self._passed < len(self._begins) and self._begins[self._passed] < index:
            self._past += self._values[self._begins[self._passed] - 1]
            self._passed += 1
        value = self._values[index - 1]
        coming = self._begins[self._passed : self._passed + 1]
        if index < len(self._times) and index not in coming:
            began = self._times[index - 1]
            share = (moment - began) / (self._times[index] - began)
            value += share * (self._values[index] - value)
        return value, value + self._past


def hourly_rows(
    series: Series,
    *,
    rising: bool = True,
    scale: float = 1.0,
    before: Anchor | None = None,
    after: Anchor | None = None,
) -> list[EnergyRow]:
    """Return a row for each hour that the readings touch, in order.

    Between two readings the counter is taken to move evenly, so the sums tell all that
    it moved, and no more. `rising` is for counters that never run backwards: as the
    recorder does, a smaller value is counted from zero unless it is a mere dip or comes
    back, and a negative one is left out. `scale` turns the counter into the unit of the rows.
    The sums go on from the row `before`, or lead up to the row `after` (in that unit),
    or else begin at zero with the first reading. What the counter moved from the row
    before to the first reading counts in the first hour.
    """
    if rising and min(series.values, default=0.0) < 0:
        points = zip(series.times, series.values, strict=True)
        series = Series.of(point for point in points if point[1] >= 0)
    if rising:
        series = without_dips(series, scale)
    if not series.times:
        return []
    times, values = series.times, series.values
    cycles = _Cycles(series, rising=rising)
    edges = range(times[0] // HOUR * HOUR, times[-1], HOUR)
    found = [(edge, *cycles.at(edge + HOUR)) for edge in edges]
    base = -values[0] * scale
    if before is not None:
        base += before.sum + _moved(before.state, values[0] * scale, rising=rising)
    elif after is not None:
        last = cycles.at(times[-1])
        base = after.sum - _moved(last[0] * scale, after.state, rising=rising)
        base -= last[1] * scale
    return [
        EnergyRow(
            edge,
            round(state * scale, DECIMALS),
            round(base + total * scale, DECIMALS),
            times[0] <= edge and edge + HOUR <= times[-1],
        )
        for edge, state, total in found
    ]


def _moved(before: float, after: float, *, rising: bool) -> float:
    """Return what a counter counted from one reading to the next."""
    return after if rising and after < DIP * before else after - before
