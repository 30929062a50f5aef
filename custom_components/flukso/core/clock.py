"""What can be the matter with the clock of a device, and whose clock windows go by."""

from enum import StrEnum
from typing import Final, NamedTuple

from .windows import QUARTER

# A clock that is off by no more tells when windows begin, s; until it is off by more.
NEAR: Final = 300
NEAR_STAYS: Final = 330
# Whole quarters of an hour are a matter of zones: so far may the clock drift beside, s.
ZONE_DRIFT: Final = 180
ZONE_STAYS: Final = 210
# No two zones are farther apart, s.
FARTHEST: Final = 26 * 3600
# Where any phase is believed.
ANY_PHASE: Final = 470
# So many readings over so long have to agree, s, but for what a network delays, s.
FEWEST: Final = 4
SOON: Final = 20.0
JITTER: Final = 15.0
# Readings are compared once a second.
PACE: Final = 1.0


class ClockChoice(StrEnum):
    """Which clock somebody wants windows to go by."""

    AUTOMATIC = "automatic"
    METER = "meter"
    HOME_ASSISTANT = "home_assistant"


class ClockFault(StrEnum):
    """What is wrong with the clock of a device, beyond some minutes."""

    SHIFTED = "clock_shifted"
    WRONG = "clock_wrong"
    STANDS = "clock_stands"
    JUMPS = "clock_jumps"
    UNSET = "clock_unset"
    # Any of those, where the demand register tells when windows begin.
    REGISTER = "clock_register"


class Mode(NamedTuple):
    """How windows get their time.

    From the host, moved on by `shift` s; or from stamps, less `shift` s.
    """

    host: bool
    shift: int


def shift_of(lead: float, choice: ClockChoice) -> int | None:
    """Return what is to be taken off a clock that is so far ahead, s.

    Nothing of one that is off by little, whole quarters where those are a matter of zones
    or somebody says that the rest is right; None of one that is wrong.
    """
    if abs(lead) <= NEAR:
        return 0
    shift = round(lead / QUARTER) * QUARTER
    zone = abs(lead - shift) <= ZONE_DRIFT and abs(shift) <= FARTHEST
    return shift if zone or choice is ClockChoice.METER else None


def limit_of(shift: int, choice: ClockChoice) -> int:
    """Return by how much a clock may be off beside what is taken off it, s."""
    if choice is ClockChoice.METER:
        return ANY_PHASE
    return ZONE_STAYS if shift else NEAR_STAYS


def phase_of(wall: float) -> int:
    """Return what moves a moment to the next or last quarter of an hour, s."""
    shift = -round(wall) % QUARTER
    return shift - QUARTER if shift > QUARTER // 2 else shift


class Run:
    """Readings in a row that agree by how much a clock is ahead.

    `lead` s is that of the least delayed of them.
    """

    __slots__ = ("_count", "_last", "_since", "lead")

    def __init__(self) -> None:
        """Begin without a reading."""
        self._count = 0
        self._since = self._last = 0.0
        self.lead = 0.0

    def add(self, stamp: int, wall: float) -> bool:
        """Take a reading; False if it does not agree, so that the run begins anew."""
        lead = stamp - wall
        if self._count and abs(lead - self.lead) <= JITTER:
            self.lead = max(lead, self.lead)
            if wall - self._last >= PACE:
                self._count += 1
                self._last = wall
            return True
        self.lead, self._since, self._last, self._count = lead, wall, wall, 1
        return False

    def lasts(self, shortest: float = SOON) -> bool:
        """Tell whether enough readings agree for so long, s."""
        return self._count >= FEWEST and self._last - self._since >= shortest
