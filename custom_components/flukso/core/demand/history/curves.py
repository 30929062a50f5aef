"""Recorded counters as curves of import that never fall, with what was not seen."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import NamedTuple

from ...energy.believed import believed
from ...energy.series import Series
from ..grid.circuit import TRUST
from ..grid.totals import ROUNDING

# A counter that has moved by no more than its resolution had nothing more to tell, if
# its device recorded anything in that time, s.
QUIET = 900.0


class Hole(NamedTuple):
    """Time that was not seen, unix s; `exact`: its energy is known nevertheless."""

    start: int
    end: int
    exact: bool


class Sight(NamedTuple):
    """How closely counters were watched.

    A step of more than `resolution` kWh that took longer than `max_gap` s is a hole: by
    default, more than the two Wh that a load may fill in its first second. `net` counters may run backwards. `scale` kWh is the unit of the values.
    """

    max_gap: float
    net: bool = False
    resolution: float = TRUST
    scale: float = 0.001


@dataclass(frozen=True, slots=True)
class Curve:
    """The import through a counter, or through several that are netted."""

    points: Series
    holes: list[Hole] = field(default_factory=list)

    def energies(self, moments: Iterable[float]) -> list[float]:
        """Return the import up to some moments in order of time."""
        return sampled(self.points, moments, [])

    def edges(self, moments: Iterable[float]) -> tuple[list[float], list[Hole]]:
        """Return the same, and where between two of them no point was recorded.

        The moments are no further apart than QUIET.
        """
        quiet: list[Hole] = []
        found = sampled(self.points, moments, quiet)
        known = {hole.start for hole in self.holes}
        return found, [hole for hole in quiet if hole.start not in known]


def sampled(points: Series, moments: Iterable[float], quiet: list[Hole]) -> list[float]:
    """Return the values at moments in order of time; note long silences on the way.

    A value moves evenly from point to point. Before the first and after the last it is
    that of the point.
    """
    times, values = points.times, points.values
    last = len(times)
    found: list[float] = []
    index = 0
    for moment in moments:
        index = bisect_right(times, moment, index)
        if index == last:
            found.append(values[-1])
            continue
        if index == 0:
            found.append(values[0])
            continue
        began, value = times[index - 1], values[index - 1]
        elapsed = times[index] - began
        found.append(value + (values[index] - value) * (moment - began) / elapsed)
        if elapsed > QUIET and not (quiet and quiet[-1].start == began):
            quiet.append(Hole(began, times[index], exact=True))
    return found


def make_curve(
    imports: Sequence[Series], exports: Sequence[Series], sight: Sight
) -> Curve | None:
    """Return the import through sensors that are netted; None when one tells nothing.

    A single counter stands for itself.
    """
    parts = [*imports, *exports]
    if not all(parts):
        return None
    curves = [_steady(part, sight) for part in parts]
    if len(curves) == 1 and not sight.net:
        return curves[0]
    holes = [
        Hole(hole.start, hole.end, exact=False)
        for curve in curves
        for hole in curve.holes
    ]
    together = _together([curve.points for curve in curves], len(imports))
    if together is None:
        return None
    times, net = together
    return Curve(Series(times, _counted(_steps(net))), holes)


def _steady(series: Series, sight: Sight) -> Curve:
    """Return a counter as it is believed; its energy is nothing across a rebase."""
    unusual = _unusual(series.values, sight)
    points, judged = believed(series, unusual, net=sight.net, scale=sight.scale)
    if points is not series:
        unusual = _unusual(points.values, sight)
    holes: list[Hole] = []
    for place in sorted({*unusual, *judged}):
        began, ended = points.times[place - 1], points.times[place]
        exact = place not in judged or judged[place].exact
        if not exact or ended - began > sight.max_gap:
            holes.append(Hole(began, ended, exact=exact))
    if not judged:
        return Curve(points, holes)
    steps = _steps(points.values)
    for place, found in judged.items():
        steps[place - 1] = found.step
    counted = array("d", accumulate(steps, initial=points.values[0]))
    return Curve(Series(points.times, counted), holes)


def _unusual(values: array[float], sight: Sight) -> list[int]:
    """Return where a counter fell, or rose by more than its resolution."""
    most = (sight.resolution + ROUNDING) / sight.scale
    least = -ROUNDING / sight.scale
    found: list[int] = []
    last = values[0]
    for index, value in enumerate(values):
        if not least <= value - last <= most:
            found.append(index)
        last = value
    return found


def _steps(values: array[float]) -> array[float]:
    return array("d", (after - before for before, after in pairwise(values)))


def _counted(steps: array[float]) -> array[float]:
    """Return what a counter shows that does not run backwards."""
    return array("d", accumulate((max(0.0, step) for step in steps), initial=0.0))


def _together(
    parts: Sequence[Series], imports: int
) -> tuple[array[int], array[float]] | None:
    """Return the imports less the exports, at the moments of the busiest counter.

    None when the counters have no time in common. Those of an FLM03E all tell every
    moment; between the points of others, their values move evenly.
    """
    start = max(part.times[0] for part in parts)
    end = min(part.times[-1] for part in parts)
    busiest = max(parts, key=len).times
    times = array("L", (time for time in busiest if start <= time <= end))
    if not times:
        return None
    columns: list[Iterable[float]] = [
        part.values if part.times == times else sampled(part, times, [])
        for part in parts
    ]
    rows = zip(*columns, strict=True)
    return times, array("d", (sum(row[:imports]) - sum(row[imports:]) for row in rows))
