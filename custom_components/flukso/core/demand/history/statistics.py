"""Rows of long-term statistics about closed windows, in kW."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import NamedTuple

from ...windows import DECIMALS, HOUR, Window, month_start


class HourRow(NamedTuple):
    """The demand in a clock hour: its start in unix s, kW."""

    start: int
    mean: float
    min: float
    max: float


def hourly_rows(windows: Iterable[Window]) -> list[HourRow]:
    """Return a row for each hour in which windows of any coverage begin, in order.

    What counts is what is known of a window, so that the highest `max` of a month is
    the month peak.
    """
    hours: dict[int, list[float]] = {}
    for window in windows:
        if window.coverage > 0:
            hour = window.start - window.start % HOUR
            hours.setdefault(hour, []).append(round(window.known_demand, DECIMALS))
    return [
        HourRow(hour, sum(demands) / len(demands), min(demands), max(demands))
        for hour, demands in sorted(hours.items())
    ]


def month_row(month: str, peak: float, zone: tzinfo) -> HourRow:
    """Return the row of a month's peak (kW), at the month's first hour."""
    start = month_start(month, zone)
    return HourRow(start - start % HOUR, peak, peak, peak)
