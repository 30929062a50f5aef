"""What one sensor has counted or measured over time."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import merge
from itertools import islice, pairwise
from math import inf
from operator import itemgetter, sub
from typing import NamedTuple


class Silence(NamedTuple):
    """The time between two points, unix s, and how much further the second one is."""

    start: int
    end: int
    change: float


@dataclass(frozen=True, slots=True)
class Series:
    """Points in order of time: unix s, each later than the one before, and values.

    The arrays belong to the series: nobody changes them.
    """

    times: array[int]
    values: array[float]

    @classmethod
    def of(cls, points: Iterable[tuple[int, float]]) -> Series:
        """Return the series of some points in any order; the first of a second wins."""
        first: dict[int, float] = {}
        for time, value in points:
            first.setdefault(time, value)
        times = array("L", sorted(first))
        return cls(times, array("d", [first[time] for time in times]))

    @classmethod
    def joined(cls, *parts: Series) -> Series:
        """Return the points of all parts; where two have a second, the first part's."""
        filled = sorted((part for part in parts if part.times), key=_first_time)
        whole = cls(array("L"), array("d"))
        if any(_first_time(b) <= a.times[-1] for a, b in pairwise(filled)):
            whole._interleave([part for part in parts if part.times])
            return whole
        for part in filled:
            whole.times.extend(part.times)
            whole.values.extend(part.values)
        return whole

    def _interleave(self, parts: list[Series]) -> None:
        """Take the points of parts that overlap."""
        last = -inf
        points = (zip(part.times, part.values, strict=True) for part in parts)
        for time, value in merge(*points, key=itemgetter(0)):
            if time > last:
                self.times.append(time)
                self.values.append(value)
                last = time

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.times)

    def between(self, start: float, end: float) -> Series:
        """Return what tells of [start, end]: also the points next to it."""
        first = max(0, bisect_right(self.times, start) - 1)
        last = bisect_left(self.times, end) + 1
        return Series(self.times[first:last], self.values[first:last])

    def later(self, seconds: int) -> Series:
        """Return the same points, each so much later."""
        if not seconds:
            return self
        return Series(array("q", (time + seconds for time in self.times)), self.values)

    def silences(self, longest: float) -> list[Silence]:
        """Return the gaps: the times between points that are longer than that, s."""
        steps = map(sub, islice(self.times, 1, None), self.times)
        return [
            Silence(
                self.times[index],
                self.times[index + 1],
                self.values[index + 1] - self.values[index],
            )
            for index, elapsed in enumerate(steps)
            if elapsed > longest
        ]


def _first_time(series: Series) -> int:
    return series.times[0]
