"""The chance that the rest of the running window has more than some mean power.

A logistic form of the features below with a dozen bends (tanh): what would be needed
against what is drawn now and was drawn over 3 to 60 minutes, how long that has stayed,
how much time is left, and how often and how long this home draws so much. The weights
are fitted by `bench.projection_fit`.
"""

from math import exp, log, tanh
from operator import mul
from typing import NamedTuple

from .habits import Habits
from .trace import Shape, level

QUARTER_MINUTES = 15.0
# Before the last half minute hardly anything changes any more, minutes.
SHORTEST = 0.5
FURTHEST = 30.0


class Weights(NamedTuple):
    """What was learned offline: rows of the bends' weights, and of their sum.

    Each row of `bends` has a weight for every feature and a constant; `linear` too.
    `sums` has a weight for every bend.
    """

    bends: tuple[tuple[float, ...], ...]
    sums: tuple[float, ...]
    linear: tuple[float, ...]


def still(shape: Shape, remaining: float) -> tuple[float, ...]:
    """Return the features that do not depend on the power that is asked for."""
    rest = log(max(remaining / 60, SHORTEST) / QUARTER_MINUTES)
    return (*shape.means, log(shape.stayed), rest, rest * rest, *shape.extremes)


def asked(
    shape: Shape, habits: Habits, power: float
) -> tuple[float, float, float, float]:
    """Return the features that depend on the power (kW) that is asked for."""
    share, minutes = habits.above(power)
    return level(power), share, minutes, log(1 + shape.above(power))


# The places of those features of `still` that are levels.
RELATIVE = (0, 1, 2, 3, 4, 8, 9, 10, 11, 12)
STILL = 13


class Heading:
    """Where the powers lead from a moment on."""

    __slots__ = ("_bends", "_habits", "_linear", "_shape", "_sums")

    def __init__(
        self, weights: Weights, shape: Shape, habits: Habits, remaining: float
    ) -> None:
        """Look ahead for the `remaining` s of a window."""
        self._shape = shape
        self._habits = habits
        fixed = (*still(shape, remaining), 1.0)
        self._bends = [_folded(row, fixed) for row in weights.bends]
        self._linear = _folded(weights.linear, fixed)
        self._sums = weights.sums

    def chance(self, power: float) -> float:
        """Return the chance, 0..1, that the mean of the rest is above a power, kW."""
        if power <= 0:
            return 1.0
        gauge, share, minutes, run = asked(self._shape, self._habits, power)
        total, by_level, by_share, by_minutes, by_run = self._linear
        total += by_level * gauge + by_share * share + by_minutes * minutes
        total += by_run * run
        for weight, (bend, a, b, c, d) in zip(self._sums, self._bends, strict=True):
            total += weight * tanh(bend + a * gauge + b * share + c * minutes + d * run)
        return 1 / (1 + exp(-min(max(total, -FURTHEST), FURTHEST)))


def _folded(
    row: tuple[float, ...], fixed: tuple[float, ...]
) -> tuple[float, float, float, float, float]:
    """Return the constant of a row at this moment, and its four weights for a power.

    Levels count by how far they are from that of the power.
    """
    constant = sum(map(mul, row[:STILL], fixed)) + row[-1]
    by_level, by_share, by_minutes, by_run = row[STILL : STILL + 4]
    by_level -= sum([row[place] for place in RELATIVE])
    return constant, by_level, by_share, by_minutes, by_run
