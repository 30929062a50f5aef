"""Quarters of an hour put together to the longer windows of some tariffs."""

from collections.abc import Iterable, Mapping

from ..running import Running
from ..windows import HOUR, QUARTER, Window
from .rule import Calendar


def merged(quarters: Mapping[int, Window], start: int, length: int) -> Window | None:
    """Return the window of `length` s that begins at `start`, None if nothing of it.

    `quarters`: windows of a quarter of an hour by their starts. One that is missing
    was not seen. The source is the worst of its parts.
    """
    if length == QUARTER:
        return quarters.get(start)
    places = range(start, start + length, QUARTER)
    parts = [quarters[place] for place in places if place in quarters]
    if not parts:
        return None
    return Window(
        start=start,
        length=length,
        energy=sum(part.energy for part in parts),
        certain=sum(part.certain for part in parts),
        source=max((part.source for part in parts), key=lambda source: source.rank),
        coverage=sum(part.coverage for part in parts) / len(places),
        by_host=any(part.by_host for part in parts),
    )


def windows_of(
    quarters: Mapping[int, Window], starts: Iterable[int], calendar: Calendar
) -> list[Window]:
    """Return the tariff's windows that hold the quarters with these starts, in order."""
    wanted = sorted({calendar.window_start(start) for start in starts})
    length = calendar.rule.window
    found = (merged(quarters, start, length) for start in wanted)
    return [window for window in found if window is not None]


def running_window(
    quarter: Running, quarters: Mapping[int, Window], calendar: Calendar
) -> Running:
    """Return the tariff's window that runs, from the quarter that runs.

    What of its earlier quarters was not seen lowers the coverage, and is not in its
    demand.
    """
    length = calendar.rule.window
    start = calendar.window_start(quarter.start)
    if length == QUARTER:
        return quarter
    before = [
        quarters[place]
        for place in range(start, quarter.start, QUARTER)
        if place in quarters
    ]
    share = QUARTER / length
    energy = sum(window.energy for window in before)
    earlier = energy * HOUR / length
    passed = quarter.start - start
    elapsed = passed + quarter.elapsed
    remaining = length - elapsed
    seen = sum(window.coverage * QUARTER for window in before)
    seen += quarter.coverage * quarter.elapsed
    demand = earlier + quarter.demand * share
    rest = start + length - quarter.end
    return Running(
        start=start,
        end=start + length,
        elapsed=elapsed,
        remaining=remaining,
        demand=demand,
        power=quarter.power,
        projected=None
        if quarter.projected is None or quarter.power is None
        else earlier + quarter.projected * share + quarter.power * rest / length,
        coverage=min(1.0, seen / elapsed) if elapsed > 0 else 1.0,
        by_host=quarter.by_host or any(window.by_host for window in before),
    )
