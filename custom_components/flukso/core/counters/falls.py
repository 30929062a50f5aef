"""Falls of a counter that may come back yet."""

from typing import NamedTuple, Self

from ..stored import amount, entries, moment
from ..windows import QUARTER
from .limits import NOISE

# A rise by this share of a fall may be its return: both are told in steps.
RETURNED = 0.9
# So many falls are kept.
MOST = 3


class Fall(NamedTuple):
    """By how much a counter is out, and since when, unix s; 0 if it was taken over.

    What is counted meanwhile is told when it comes back, if it was not taken over.
    """

    depth: float
    since: float

    @classmethod
    def from_row(cls, row: object) -> Self:
        """Return a stored fall; ValueError when it cannot be one."""
        depth, since = entries(row, 2)
        return cls(amount(depth), moment(since))


type Falls = tuple[Fall, ...]


def noted(falls: Falls, fall: Fall) -> Falls:
    """Return the latest falls, the last one last."""
    return (*falls[1 - MOST :], fall)


def returned(falls: Falls, rise: float, timestamp: float) -> tuple[float, Falls]:
    """Return what of a rise may be the return of falls, and those that are left.

    What was counted in the same quarter of an hour as it is told, is no return.
    """
    for first in range(len(falls)):
        back = falls[first:]
        if rise >= sum(fall.depth for fall in back) * RETURNED - NOISE:
            quarter = timestamp // QUARTER
            gone = [fall.depth for fall in back if fall.since // QUARTER != quarter]
            return min(rise, sum(gone)), falls[:first]
    return 0.0, falls
