"""What is believed of a recorded counter: as of one whose readings come one by one."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import compress, pairwise
from math import inf
from typing import NamedTuple

from ..counters.limits import CARRIED, NOISE, Limit
from ..counters.steps import StepKind
from ..counters.track import CounterTrack
from .series import Series

# What is recorded of any quantity, in any unit.
UNLIMITED = Limit(inf, 1.0)
PLAIN = frozenset({StepKind.FORWARD, StepKind.BACKWARD})


class Judged(NamedTuple):
    """What a step comes to that is no difference; `exact`, or a lower bound."""

    step: float
    exact: bool


class Believed(NamedTuple):
    """The points that are believed; steps to points, by place, that are no difference."""

    points: Series
    judged: Mapping[int, Judged]


def believed(
    series: Series,
    unusual: Iterable[int],
    *,
    net: bool = False,
    scale: float = 1.0,
    limit: Limit = CARRIED,
) -> Believed:
    """Return what is believed of a series.

    `unusual`: the places of points, in order, that may not be plainly the next. `net`
    counters may run backwards. A value times `scale` is in the unit of the `limit`.
    """
    judge = _Judge(series, scale, CounterTrack(net=net, limit=limit, retells=True))
    for index in unusual:
        judge.look(index)
    return judge.found()


def without_dips(series: Series, scale: float = 1.0) -> Series:
    """Return a counter that never runs backwards without the falls that came back.

    Falls that stayed are left, and those of which the series does not tell the end.
    """
    least = -NOISE / scale
    falls = [
        index
        for index, (last, value) in enumerate(pairwise(series.values), 1)
        if value - last < least
    ]
    if not falls:
        return series
    judge = _Judge(series, scale, CounterTrack(limit=UNLIMITED, retells=True))
    for index in falls:
        judge.look(index, whole=True)
    return judge.found().points


class _Judge:
    """Follows a counter where it is unusual."""

    def __init__(self, series: Series, scale: float, track: CounterTrack) -> None:
        """Begin with nothing unusual."""
        self._series = series
        self._scale = scale
        self._track = track
        self._dropped: list[int] = []
        self._judged: dict[int, Judged] = {}
        self._done = 0

    def look(self, index: int, *, whole: bool = False) -> None:
        """Judge from a point on, until what came is believed.

        `whole`: of what does not come back, nothing is dropped.
        """
        if index < self._done:
            return
        times, values = self._series.times, self._series.values
        scale, track = self._scale, self._track
        track.stand(times[index - 1], values[index - 1] * scale, sure=index > 1)
        while index < len(times):
            _, energy, kind = track.step(times[index], values[index] * scale)
            if kind is StepKind.HELD:
                self._dropped.append(index)
            elif kind is StepKind.RESET:
                if whole:
                    self._keep(index)
                else:
                    index = self._go_back(index)
                    self._judged[index] = Judged(0.0, exact=False)
            elif kind not in PLAIN and not whole:
                exact = kind is StepKind.WRAP
                self._judged[index] = Judged(energy / scale, exact)
            index += 1
            if not track.doubtful:
                break
        if whole and track.doubtful:
            self._keep(index)
        self._done = index

    def _go_back(self, index: int) -> int:
        """Return where a counter began anew; what was held since is believed."""
        if self._track.go_back():
            index = bisect_left(self._series.times, int(self._track.time or 0))
        while self._dropped and self._dropped[-1] >= index:
            self._dropped.pop()
        return index

    def _keep(self, index: int) -> None:
        """Drop nothing of what was held before a point."""
        while self._dropped and self._dropped[-1] == index - 1:
            index = self._dropped.pop()

    def found(self) -> Believed:
        """Return what is left."""
        dropped, series = self._dropped, self._series
        if not dropped:
            return Believed(series, self._judged)
        kept = [True] * len(series)
        for index in dropped:
            kept[index] = False
        points = Series.of(
            zip(
                compress(series.times, kept), compress(series.values, kept), strict=True
            )
        )
        places = {
            index - bisect_left(dropped, index): found
            for index, found in self._judged.items()
        }
        return Believed(points, places)
