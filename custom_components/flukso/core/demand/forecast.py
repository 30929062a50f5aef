"""What an optimiser of the household needs of the tariff: the mask, and the past."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .tariff import Calendar
from .windows import SECONDS_PER_HOUR, month_of


class RampPoint(NamedTuple):
    """The ramp of the running window: unix s, kW."""

    time: float
    demand: float


def mask(calendar: Calendar, start: float, step: int, count: int) -> list[float]:
    """Return the weights of the next steps of `step` s, 0 for those that are not billed.

    A step counts as the window in which it ends; so do steps of the next month, whose
    peak begins anew, as not billed.
    """
    month = month_of(start, calendar.zone)
    windows = (
        calendar.window_start(start + (number + 1) * step - 1)
        for number in range(count)
    )
    return [
        calendar.weight(window) if month_of(window, calendar.zone) == month else 0.0
        for window in windows
    ]


def mean_powers(
    points: Sequence[RampPoint], start: int, length: int, step: int, now: float
) -> list[float]:
    """Return the mean power in each whole step since a window began, kW.

    `points`: its ramp as it was seen, in order of time; between them, and from 0 at
    its start, it is taken to be straight.
    """
    marks = range(start, int(now) + 1, step)
    known = [RampPoint(start, 0.0), *(point for point in points if point.time > start)]
    ramp = [_at(known, mark) for mark in marks]
    return [
        max(0.0, (after - before) * length / step)
        for before, after in zip(ramp, ramp[1:], strict=False)
    ]


def _at(points: Iterable[RampPoint], moment: float) -> float:
    """Return the ramp at a moment."""
    before: RampPoint | None = None
    for point in points:
        if point.time >= moment:
            if before is None or point.time == moment:
                return point.demand
            share = (moment - before.time) / (point.time - before.time)
            return before.demand + share * (point.demand - before.demand)
        before = point
    return 0.0 if before is None else before.demand


def step_seconds(minutes: int) -> int:
    """Return minutes in s."""
    return minutes * SECONDS_PER_HOUR // 60
