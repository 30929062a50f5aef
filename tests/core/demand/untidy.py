"""Counters as people's devices tell them: they dip, flap, begin anew, lose digits.

A report is `(unix s, kWh)`. What is true is known every second, in whole Ws.
"""

from collections.abc import Callable, Collection, Sequence
from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

from custom_components.flukso.core.demand.grid.circuit import TRUST
from custom_components.flukso.core.windows import Source, Window

from .house import BEGIN, QUARTER, WS_PER_KWH, sums

SECONDS = 6 * QUARTER
# What a digit too many adds to it is more than is carried in the longest poll, kWh.
BASE = 723.4
# The most that is drawn, kW.
HIGHEST = 12
# s.
POLLS = (1, 5, 10, 30, 60, 300, 600)

type Report = tuple[int, float]


class Distortion(NamedTuple):
    """One way to spoil reports."""

    name: str
    depth: float
    spoil: Callable[[list[Report], list[Report], Collection[int]], list[Report]]


class Case:
    """What was drawn, and how it is told every `poll` s."""

    def __init__(
        self,
        house: Drawn,
        poll: int,
        step: float,
        rebase: Rebase,
        ways: list[Distortion],
    ) -> None:
        """Spoil what a counter tells in steps, kWh.

        Where readings disagree from the first of a counter on, either may be right.
        """
        self.house = house
        told = right = rebase.spoil(reports(house, BASE, poll, step))
        begun = rebase.begins(told)
        least = longest(poll) + 1
        sound = {*range(least), *range(begun, begun + least)}
        for way in ways:
            told = way.spoil(told, right, sound)
        self.poll = poll
        self.told = told
        # What falls by less than was counted since it was believed last is no fall.
        unseen = poll * (2 if len(ways) == 1 else longest(poll) + 2)
        self.hidden = sum(
            way.depth for way in ways if way.depth <= HIGHEST * unseen / 3600
        )
        self._row = (house, poll, step, rebase, [way.name for way in ways])

    def misread(self, window: Window) -> float:
        """Return by how much the power of moments may be wrong in a window, kWh."""
        if window.source is not Source.POWER:
            return 0.0
        house, poll = self.house, self.poll
        return sum(
            abs(
                house.watts[max(0, second - 1)] * poll / WS_PER_KWH
                - house.before(second)
                + house.before(second - poll)
            )
            for second in range(0, SECONDS, poll)
            if window.start <= BEGIN + second <= window.end + poll
        )

    def __repr__(self) -> str:
        """Tell what makes it."""
        return f"Case{self._row}"


class Drawn:
    """Watts of each second, and what has flowed before each, Ws."""

    def __init__(self, stretches: list[tuple[int, int]]) -> None:
        """Repeat stretches of so many seconds and watts."""
        one = [watts for seconds, watts in stretches for _ in range(seconds)]
        self.watts = (one * (SECONDS // len(one) + 1))[:SECONDS]
        self._flowed = sums(self.watts)
        self._stretches = stretches

    def __repr__(self) -> str:
        """Tell the stretches."""
        return f"Drawn({self._stretches})"

    def before(self, second: float) -> float:
        """Return what has flowed before a second from BEGIN, kWh."""
        at = min(max(0, int(second)), len(self.watts))
        return self._flowed[at] / WS_PER_KWH

    def in_window(self, start: int) -> float:
        """Return what flowed in a window, kWh."""
        second = start - BEGIN
        return self.before(second + QUARTER) - self.before(second)

    def around(self, moment: int, gap: float) -> float:
        """Return what may be put on the wrong side of a boundary, kWh."""
        at = moment - BEGIN
        now = self.before(at)
        return max(now - self.before(at - gap), self.before(at + gap) - now)


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """Return two hours of loads, or of one load all the time."""
    stretches = draw(
        st.lists(
            st.tuples(
                st.sampled_from([7, 60, 300, 1700]), st.integers(0, HIGHEST * 1000)
            ),
            min_size=1,
            max_size=12,
        )
    )
    return Drawn(stretches)


def reports(house: Drawn, base: float, poll: int, step: float) -> list[Report]:
    """Return what a counter that begins at `base` kWh truly tells."""
    digits = 6
    return [
        (
            BEGIN + second,
            round((base + house.before(second)) // step * step, digits),
        )
        for second in range(0, SECONDS + 1, poll)
    ]


def longest(poll: int) -> int:
    """Return of how many readings a dip is at most."""
    return 3 if poll >= 300 else min(600 // poll, 60)


@st.composite
def distortions(draw: st.DrawFn, poll: int) -> Distortion:
    """Return one way to spoil reports that come every `poll` s, for no longer than a dip.

    What falls comes back, and what is impossible goes away.
    """
    kind = draw(st.sampled_from(["dip", "zero", "digit", "half", "older", "flap"]))
    place = draw(st.floats(0.0, 1.0))
    count = draw(st.integers(1, longest(poll)))
    depth = draw(st.sampled_from([0.001, 0.1, 0.5, 1.5, 20.0, 99.0]))
    chance = Random(draw(st.integers(0, 99)))

    def spoil(
        told: list[Report], right: list[Report], sound: Collection[int]
    ) -> list[Report]:
        found = list(told)
        first = int(place * (len(told) - 1))
        last = len(told) if kind == "flap" else min(first + count, len(told))
        for index in range(first, last):
            if index in sound:
                continue
            time, value = right[index]
            spoiled = {
                "dip": value - depth,
                "zero": 0.0,
                "digit": value * 10 + 7 if value > 100 else value,
                "half": value // 100,
                "older": right[max(0, first - 20)][1],
                "flap": value - (depth if chance.random() < 0.5 else 0.0),
            }
            found[index] = (time, max(0.0, spoiled[kind]))
        return found

    hidden = depth if kind in {"dip", "flap"} else 0.0
    return Distortion(f"{kind} at {place} of {count}, {depth} kWh", hidden, spoil)


class Rebase(NamedTuple):
    """A counter that begins anew for good at a place of 0 to 1: where, or by how much."""

    place: float
    base: float | None
    shift: float

    def begins(self, told: Sequence[Report]) -> int:
        """Return the place of its first reading."""
        return int(self.place * len(told))

    def spoil(self, told: list[Report]) -> list[Report]:
        """Return the reports of a counter that was reset, replaced or rebased."""
        first = self.begins(told)
        if first >= len(told):
            return told
        moved = self.shift if self.base is None else self.base - told[first][1]
        return told[:first] + [
            (time, round(value + moved, 6)) for time, value in told[first:]
        ]


def rebases() -> st.SearchStrategy[Rebase]:
    """Return resets, new meters, other bases, or none: beyond what can be counted."""
    return st.builds(
        Rebase,
        st.one_of(st.floats(0.0, 1.0), st.just(1.0)),
        st.sampled_from([0.0, 3.5, 44_000.0, None]),
        st.sampled_from([-90.0, -300.0, 2000.0]),
    )


def assert_bounded(
    windows: Sequence[Window],
    case: Case,
    *,
    step: float,
    gap: float,
    sampled: bool = False,
) -> None:
    """Check that nothing is invented, and that what is unmarked is true.

    `step` kWh of the counter, on either side; `gap` s: what is interpolated.
    """
    house = case.house
    for window in {window.start: window for window in windows}.values():
        truth = house.in_window(window.start)
        slack = (
            2 * step
            + case.hidden
            + sum(house.around(moment, gap) for moment in (window.start, window.end))
        )
        if sampled:
            slack += TRUST + case.misread(window)
        assert window.certain <= truth + slack + 1e-6, (window, truth, case)
        if window.complete:
            assert window.energy >= truth - slack - 1e-6, (window, truth, case)
