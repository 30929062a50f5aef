"""The windows of a grid connection, from counters that a device recorded meanwhile."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from operator import add

from ...energy.series import Series
from ...windows import QUARTER, ROUNDING, Source, Window, window_start
from ..grid.circuit import TRUST
from ..grid.grid import SourcePlan
from ..meters.tracker import LONGEST_SILENCE
from .curves import QUIET, Curve, Hole, Sight, make_curve

NOTHING = Series.of(())


def recount(
    plan: SourcePlan,
    recorded: Mapping[str, Series],
    *,
    lag: int = 0,
    scale: float = 0.001,
    resolution: float = TRUST,
) -> list[Window]:
    """Return the quarters of an hour that the counters of a plan make, in order.

    `recorded`: counters by sensor, in units of `scale` kWh. Those of other sensors of
    the device only witness that it recorded while one of the plan's had nothing to
    tell. `lag` s is the time from a stamp to the moment that it speaks of; `resolution`
    kWh is the step of the coarsest counter, if it is coarse.

    The first and the last window are covered as far as the readings of all reach: a
    counter that tells only changes wants its present value as its last point.
    """
    sight = Sight(plan.max_gap, plan.net, max(TRUST, resolution), scale)
    curves = [
        make_curve(
            [recorded.get(sensor, NOTHING) for sensor in imports],
            [recorded.get(sensor, NOTHING) for sensor in exports],
            sight,
        )
        for imports, exports in plan.groups
    ]
    known = [curve for curve in curves if curve is not None]
    if not known:
        return []
    tally = _Tally(known, recorded.values(), lag)
    if len(known) < len(curves):
        tally.unseen.append((tally.edges[0], tally.edges[-1]))
    return tally.windows(scale)


class _Tally:
    """What curves say of each window: energy, how much is unsure, and what is unseen."""

    def __init__(
        self, curves: Collection[Curve], witnesses: Collection[Series], lag: int
    ) -> None:
        """Add the curves up."""
        first = min(curve.points.times[0] for curve in curves) + lag
        last = max(curve.points.times[-1] for curve in curves) + lag
        self.edges = range(window_start(first, QUARTER), last + QUARTER, QUARTER)
        self.unseen: list[tuple[int, int]] = []
        self._energies = [0.0] * len(self.edges)
        self._unsure: defaultdict[int, float] = defaultdict(float)
        self._empty: set[int] = set()
        self._lag = lag
        for curve in curves:
            self._add(curve, witnesses)

    def _add(self, curve: Curve, witnesses: Collection[Series]) -> None:
        moments = [edge - self._lag for edge in self.edges]
        energies, quiet = curve.edges(moments)
        self._energies = list(map(add, self._energies, energies))
        times = curve.points.times
        for hole in curve.holes:
            self._miss(curve, hole)
        for hole in quiet:
            if not _witnessed(hole, witnesses):
                self._miss(curve, hole)
        self._miss(curve, Hole(moments[0], times[0], exact=False))
        self._miss(curve, Hole(times[-1], moments[-1], exact=False))

    def _miss(self, curve: Curve, hole: Hole) -> None:
        """Note what was not seen; inside one window its energy may be known exactly."""
        start, end = hole.start + self._lag, hole.end + self._lag
        places = range(window_start(start, QUARTER), end, QUARTER)
        if len(places) > 1:
            cuts = [start, *places[1:], end]
            energies = curve.energies(cut - self._lag for cut in cuts)
            for place, (before, after) in zip(places, pairwise(energies), strict=True):
                self._unsure[place] += max(0.0, after - before)
        elif hole.exact:
            return
        self.unseen.append((start, end))
        if end - start > LONGEST_SILENCE:
            self._empty.update(places)

    def windows(self, scale: float) -> list[Window]:
        """Return the windows but those of a silence that is too long to be cut."""
        dark = _dark(self.unseen)
        found: list[Window] = []
        for start, (before, after) in zip(
            self.edges, pairwise(self._energies), strict=False
        ):
            energy = max(0.0, after - before) * scale
            certain = energy
            if start in self._unsure:
                certain = max(0.0, energy - self._unsure[start] * scale)
            coverage = 1.0
            if start in dark:
                coverage = 1 - dark[start] / QUARTER
                if start in self._empty and coverage <= 0 and certain <= ROUNDING:
                    continue
            found.append(
                Window(start, QUARTER, energy, certain, Source.COUNTER, coverage)
            )
        return found


def _dark(unseen: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return how many seconds of each window were not seen by all."""
    dark: defaultdict[int, int] = defaultdict(int)
    done = 0
    for start, end in sorted(unseen):
        if end <= done:
            continue
        start, done = max(start, done), end
        for place in range(window_start(start, QUARTER), end, QUARTER):
            dark[place] += min(place + QUARTER, end) - max(place, start)
    return dark


def _witnessed(hole: Hole, witnesses: Iterable[Series]) -> bool:
    """Tell whether the device recorded something all the time."""
    stamps = {hole.start, hole.end}
    for series in witnesses:
        stamps.update(series.between(hole.start, hole.end).times)
    inside = sorted(stamp for stamp in stamps if hole.start <= stamp <= hole.end)
    return all(after - before <= QUIET for before, after in pairwise(inside))
