"""Where the running window is heading: what is likely, and a band around it."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, inf
from typing import NamedTuple

from ..running import Running
from ..stored import Damaged, amount, entries, record
from ..windows import QUARTER, Window
from .habits import Habits
from .heading import Heading, Weights
from .table import WEIGHTS
from .trace import MINUTE, OFFSET, PowerTrace, Shape, level

# The powers that are looked at: around the present one, as steps of levels, and kW. A
# steady power is a little below one of them.
AROUND = (-1.6, -0.9, -0.5, -0.25, -0.12, -0.05, 0.004, 0.05, 0.12, 0.25, 0.5, 0.9, 1.6)
FIXED = (0.02, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8)
# Above what is hardly ever reached nothing more is looked at.
RARE = 0.005
# What is likely lies between what is as often exceeded as not and the mean: at most at
# this share of the way, and half of it where they are so many kW of the window's end
# apart. Ends that are far off are few, but missed by much.
MEAN_SHARE = 0.35
FAR = 0.02
TAIL = 0.1
NARROWEST, WIDEST = 0.01, 0.3
# The share of a target below which the end of a longer window is clearly below it.
CLEARLY_BELOW = 0.95
QUARTER_MINUTES = QUARTER // MINUTE
# How far one window moves the tails of a home.
PACE = 0.01


@dataclass(frozen=True, slots=True)
class Outlook:
    """How the running window ends: kW, and a chance 0..1.

    In one of ten it ends below `low`, in one of ten above `high`; None while too little
    is known. `as_now` is the end if the power stays as it is. `chance` is that of an end
    above the target, None without one.
    """

    likely: float
    as_now: float
    low: float | None = None
    high: float | None = None
    chance: float | None = None


class Tails(NamedTuple):
    """The chances to leave out below and above, so that a tenth of the ends is there."""

    below: float = TAIL
    above: float = TAIL

    def moved(self, below: float, above: float) -> Tails:
        """Return them after a window whose end was outside for these shares of it."""
        return Tails(
            _bounded(self.below + PACE * (TAIL - below)),
            _bounded(self.above + PACE * (TAIL - above)),
        )


def _bounded(chance: float) -> float:
    return min(max(chance, NARROWEST), WIDEST)


class Told:
    """The bands that were told in a quarter, one in each of its minutes; kW."""

    __slots__ = ("_highs", "_lows", "count")

    def __init__(self) -> None:
        """Begin with none."""
        self._lows = [-inf] * QUARTER_MINUTES
        self._highs = [inf] * QUARTER_MINUTES
        self.count = 0

    def add(self, minute: int, low: float, high: float) -> None:
        """Take what is told in a minute, if it is the first."""
        if self._highs[minute] == inf:
            self._lows[minute], self._highs[minute] = low, high
            self.count += 1

    def outside(self, end: float) -> tuple[float, float]:
        """Return for which shares of the bands an end is below, and above."""
        below = sum(end < low for low in self._lows)
        above = sum(end > high for high in self._highs)
        return below / self.count, above / self.count


class Projection:
    """Learns from the running windows of a home, and tells how they will end."""

    __slots__ = ("_habits", "_start", "_tails", "_told", "_trace", "_weights")

    def __init__(self, state: object = None, weights: Weights = WEIGHTS) -> None:
        """Begin with what is common to homes, or with what this one has taught.

        A state that does not fit is ignored.
        """
        self._weights = weights
        self._habits = Habits()
        self._trace = PowerTrace()
        self._tails = Tails()
        self._start: int | None = None
        self._told = Told()
        if state is not None:
            self._restore(state)

    def follow(
        self, window: Running, closed: Window | None, target: float | None
    ) -> Outlook | None:
        """Take the running window, and the last one that closed; tell how it will end.

        None while no power is known. `target` kW.
        """
        for power in self._trace.follow(window, closed):
            self._habits.learn(power)
        if window.start != self._start:
            if closed is not None and closed.start == self._start:
                self._compare(closed)
            self._start = window.start
            self._told = Told()
        if window.power is None or window.projected is None:
            return None
        found = self._outlook(window, window.power, window.projected, target)
        if found.low is not None and found.high is not None and window.remaining:
            self._told.add(int(window.elapsed // MINUTE), found.low, found.high)
        return found

    def _compare(self, closed: Window) -> None:
        """Learn from the bands that were told of a window that is over."""
        if closed.complete and self._told.count:
            self._tails = self._tails.moved(*self._told.outside(closed.demand))

    def _outlook(
        self, window: Running, power: float, as_now: float, target: float | None
    ) -> Outlook:
        share = window.remaining / (window.end - window.start)
        sure = as_now - power * share
        if not share:
            chance = None if target is None else float(sure > target)
            return Outlook(as_now, as_now, as_now, as_now, chance)
        if window.end - window.start != QUARTER:
            return Outlook(as_now, as_now, chance=_plain(as_now, target))
        if self._trace.known < MINUTE:
            return Outlook(as_now, as_now)
        shape = self._trace.shape()
        heading = Heading(self._weights, shape, self._habits, window.remaining)
        low, likely, high = (
            max(sure + rest * share, window.demand)
            for rest in self._rest(heading, shape, share)
        )
        chance = None
        if target is not None:
            chance = heading.chance((target - sure) / share)
        return Outlook(likely, as_now, low, high, chance)

    def _rest(
        self, heading: Heading, shape: Shape, share: float
    ) -> tuple[float, float, float]:
        """Return the mean power of a share of the window: low, likely and high, kW."""
        curve = list(_curve(heading, shape))
        low = _exceeded(curve, 1 - self._tails.below)
        middle = _exceeded(curve, 0.5)
        high = _exceeded(curve, self._tails.above)
        mean = sum(
            (after - before) * (chance + later) / 2
            for (before, chance), (after, later) in zip(curve, curve[1:], strict=False)
        )
        far = abs(mean - middle) * share
        likely = middle + MEAN_SHARE * (mean - middle) * far / (far + FAR)
        return low, min(max(likely, low), high), high

    def to_dict(self) -> dict[str, object]:
        """Return what a restart needs, and what was learned; JSON-able."""
        return {
            "habits": self._habits.to_dict(),
            "trace": self._trace.to_dict(),
            "tails": list(self._tails),
        }

    def _restore(self, state: object) -> None:
        """Take what was stored, if it fits."""
        try:
            stored = record(state, KEYS)
            habits = Habits(stored["habits"])
            trace = PowerTrace(stored["trace"])
            tails = Tails(*(amount(tail) for tail in entries(stored["tails"], 2)))
            if tails != (_bounded(tails.below), _bounded(tails.above)):
                raise Damaged("no tails")
        except ValueError:
            return
        self._habits, self._trace, self._tails = habits, trace, tails


def _plain(as_now: float, target: float | None) -> float | None:
    """Return a chance for windows of which nothing was learned; None leaves it open."""
    if target is None or CLEARLY_BELOW * target <= as_now <= target:
        return None
    return float(as_now > target)


def _curve(heading: Heading, shape: Shape) -> Iterator[tuple[float, float]]:
    """Yield rising powers (kW), and the falling chances that the rest is above them."""
    now = level(shape.power)
    around = [exp(now + step) - OFFSET for step in AROUND]
    powers = sorted(power for power in (*FIXED, *around) if power > 0)
    least = 1.0
    yield 0.0, least
    for power in powers:
        least = min(least, heading.chance(power)) if least >= RARE else least
        yield power, least
    yield 2 * powers[-1], 0.0


def _exceeded(curve: list[tuple[float, float]], chance: float) -> float:
    """Return the power that is exceeded with a chance, between two of a curve; kW."""
    place = next(place for place, point in enumerate(curve) if point[1] <= chance)
    before, after = curve[place - 1 : place + 1]
    share = (before[1] - chance) / (before[1] - after[1])
    low, high = level(before[0]), level(after[0])
    return exp(low + share * (high - low)) - OFFSET


KEYS = frozenset({"habits", "trace", "tails"})
