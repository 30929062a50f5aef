"""Cumulative readings of one sensor, taken apart into steps."""

from enum import Enum, auto
from typing import NamedTuple

from ...stored import entries, moment, number

# Fluksometers count in unsigned 32-bit integers of Wh; kWh.
WRAP = 4294967.296
# A wrap is believed within this distance of both ends, kWh: a year of a large house.
WRAP_MARGIN = 100_000.0
# A stamp this much older than the last is a clock that was set, not a late message, s.
CLOCK_STEP = 60.0


class StepKind(Enum):
    """What became of a cumulative reading."""

    FIRST = auto()
    FORWARD = auto()
    BACKWARD = auto()
    WRAP = auto()
    RESET = auto()
    STALE = auto()
    CLOCK = auto()


class Step(NamedTuple):
    """The way from one reading to the next: s, and kWh where they are known."""

    seconds: float
    energy: float
    kind: StepKind


class Limit(NamedTuple):
    """The mean power beyond which a step is no reading: kW, over so many s at least."""

    power: float
    shortest: float


# No small connection carries more. Host-stamped readings may come in the same instant.
CARRIED = Limit(1000.0, 1.0)
FIRST = Step(0.0, 0.0, StepKind.FIRST)
STALE = Step(0.0, 0.0, StepKind.STALE)


class CounterTrack:
    """The last cumulative reading of one sensor (unix s, kWh)."""

    __slots__ = ("limit", "net", "time", "value")

    def __init__(self, *, net: bool = False, limit: Limit = CARRIED) -> None:
        """Start without a reading; a `net` counter may run backwards."""
        self.net = net
        self.limit = limit
        self.time: float | None = None
        self.value = 0.0

    def step(self, timestamp: float, value: float) -> Step:
        """Take the next reading and return the step to it."""
        before = self.time
        if before is None:
            self.time, self.value = timestamp, value
            return FIRST
        elapsed = timestamp - before
        if elapsed <= 0:
            return self._older(elapsed, timestamp, value)
        energy = value - self.value
        self.time, self.value = timestamp, value
        if energy >= 0 and believable(energy, elapsed, self.limit):
            return Step(elapsed, energy, StepKind.FORWARD)
        return self._irregular(elapsed, energy, value)

    def _older(self, elapsed: float, timestamp: float, value: float) -> Step:
        """Ignore a late reading, start anew after a clock that was set back."""
        if elapsed >= -CLOCK_STEP:
            return STALE
        self.time, self.value = timestamp, value
        return Step(elapsed, 0.0, StepKind.CLOCK)

    def _irregular(self, elapsed: float, energy: float, value: float) -> Step:
        """Tell export, a wrap and a reset from each other."""
        if self.net and energy < 0 and believable(energy, elapsed, self.limit):
            return Step(elapsed, energy, StepKind.BACKWARD)
        around = wrapped(energy, value, net=self.net)
        if around is not None and believable(around, elapsed, self.limit):
            return Step(elapsed, around, StepKind.WRAP)
        return Step(elapsed, 0.0, StepKind.RESET)

    def to_row(self) -> list[float] | None:
        """Return the reading for storage."""
        return None if self.time is None else [self.time, self.value]

    def restore(self, row: object) -> None:
        """Take a stored reading; ValueError when it cannot be one."""
        if row is None:
            return
        time, value = entries(row, 2)
        self.time, self.value = moment(time), number(value)


def believable(energy: float, elapsed: float, limit: Limit = CARRIED) -> bool:
    """Tell whether a step in kWh over s is one that a connection can carry."""
    return abs(energy) * 3600 <= limit.power * max(elapsed, limit.shortest)


def wrapped(energy: float, value: float, *, net: bool) -> float | None:
    """Return the step across the end of the counter, None when it cannot be one."""
    before = value - energy
    if before > WRAP - WRAP_MARGIN and 0 <= value < WRAP_MARGIN:
        return energy + WRAP
    if net and 0 <= before < WRAP_MARGIN and value > WRAP - WRAP_MARGIN:
        return energy - WRAP
    return None
