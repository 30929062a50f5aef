"""What an optimiser of the household needs of the tariff: the mask, and the past."""

from array import array
from itertools import pairwise

from ..running import Running
from ..windows import month_of
from .rule import Calendar

MINUTE = 60


def mask(calendar: Calendar, start: float, step: int, count: int) -> list[float]:
    """Return the weights of the steps of `step` s from `start`, 0 for those not billed.

    A step counts as the window in which it ends. What belongs to the next month is
    not billed with this one.
    """
    month = month_of(start, calendar.zone)
    windows = (
        calendar.window_start(start + number * step - 1)
        for number in range(1, count + 1)
    )
    return [
        calendar.weight(window) if month_of(window, calendar.zone) == month else 0.0
        for window in windows
    ]


class RampTrace:
    """The ramp of the running window (kW) at its whole minutes, as it is passed."""

    __slots__ = ("_last", "_marks", "_start")

    def __init__(self) -> None:
        """Begin without a window."""
        self._start = 0
        self._last = (0.0, 0.0)
        self._marks = array("d")

    def follow(self, window: Running) -> None:
        """Note where the ramp is now; the last reading may be a while ago."""
        demand = window.demand
        if window.power is not None and window.projected is not None:
            length = window.end - window.start
            demand = window.projected - window.power * window.remaining / length
        self.take(window.start, window.start + window.elapsed, demand)

    def take(self, start: int, moment: float, demand: float) -> None:
        """Take the ramp at a moment in the window from `start`; unix s, kW."""
        if start != self._start:
            self._start = start
            self._last = (float(start), 0.0)
            self._marks = array("d", [0.0])
        before, ramp = self._last
        while (mark := start + len(self._marks) * MINUTE) <= moment:
            share = (mark - before) / (moment - before)
            self._marks.append(ramp + share * (demand - ramp))
        if moment > before:
            self._last = (moment, demand)

    def mean_powers(self, length: int, step: int) -> list[float]:
        """Return the mean power in each step of the window that is over, kW.

        `length` of the window and `step` in s, the latter of whole minutes.
        """
        marks = self._marks[:: step // MINUTE]
        return [
            max(0.0, (after - before) * length / step)
            for before, after in pairwise(marks)
        ]
