"""What becomes of the readings of a cumulative counter."""

from enum import Enum, auto
from typing import NamedTuple


class StepKind(Enum):
    """What became of a cumulative reading.

    HELD: it is not believed, so far. PASSED: it is, and its energy is a lower bound of
    what was counted. RESET: a rebase; its energy is what was counted since.
    """

    FIRST = auto()
    FORWARD = auto()
    BACKWARD = auto()
    WRAP = auto()
    HELD = auto()
    PASSED = auto()
    RESET = auto()
    STALE = auto()
    CLOCK = auto()


class Step(NamedTuple):
    """The way from one believed reading to the next: s, and energy as far as known."""

    seconds: float
    energy: float
    kind: StepKind


FIRST = Step(0.0, 0.0, StepKind.FIRST)
STALE = Step(0.0, 0.0, StepKind.STALE)
