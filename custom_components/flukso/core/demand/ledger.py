"""The month peaks: which window of each month a grid company bills by."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from types import MappingProxyType
from typing import NamedTuple

from .month import PLACE, Month, MonthPeak, seeded
from .state import record, text
from .windows import Window, month_of, month_start

__all__ = ["Ledger", "LedgerChange", "MonthPeak"]

# The mean is taken over this many months.
YEAR = 12


class LedgerChange(NamedTuple):
    """What a window did: raised its month's peak, ended its month."""

    new_peak: MonthPeak | None
    closed_month: str | None


class Ledger:
    """The peaks of all known months; a window's month is the local one of its start."""

    __slots__ = ("_months", "_open", "_zone")

    def __init__(self, zone: tzinfo, state: object = None) -> None:
        """Start empty or from what was stored; what is damaged of that is left out."""
        self._zone = zone
        self._months: dict[str, Month] = {}
        self._open: str | None = None
        if state is not None:
            self._restore(state)

    @classmethod
    def from_dict(cls, data: object, zone: tzinfo) -> Ledger:
        """Return the stored ledger; what is damaged is left out."""
        return cls(zone, data)

    @property
    def months(self) -> Mapping[str, MonthPeak]:
        """Return the peaks of the months that have one, in order."""
        peaks = ((name, self._months[name].peak) for name in sorted(self._months))
        return MappingProxyType(
            {name: peak for name, peak in peaks if peak is not None}
        )

    def peak(self, month: str) -> MonthPeak | None:
        """Return the peak of a month (YYYY-MM), None when nothing is known of it."""
        known = self._months.get(month)
        return None if known is None else known.peak

    def measured(self, month: str) -> MonthPeak | None:
        """Return the highest window of a month, whatever was seeded."""
        known = self._months.get(month)
        return None if known is None else known.measured

    def saw(self, start: int) -> bool:
        """Tell whether the window that begins at `start` (unix s) was wholly seen."""
        name = month_of(start, self._zone)
        known = self._months.get(name)
        return known is not None and bool(known.seen >> self._place(name, start) & 1)

    def unseen(self, month: str) -> int:
        """Return how many windows of a month were not wholly seen."""
        known = self._months.get(month)
        return 0 if known is None else (known.torn & ~known.seen).bit_count()

    def add(self, window: Window) -> LedgerChange:
        """Take a window, in whatever order they come.

        A better measurement of a known window takes its place. A month ends with the
        window that reaches its end, or else with the first one of a later month.
        """
        name = month_of(window.start, self._zone)
        before = self.peak(name)
        self._put(name, window)
        raised = _raised(before, self.peak(name))
        return LedgerChange(raised, self._turn(name, window.end))

    def _put(self, name: str, window: Window) -> None:
        """Add a window to its month."""
        place = self._place(name, window.start)
        self._months.setdefault(name, Month()).add(window, place)

    def _place(self, name: str, start: int) -> int:
        """Return the place of a window among those of its month."""
        return (start - month_start(name, self._zone)) // PLACE

    def _turn(self, name: str, end: int) -> str | None:
        """Return the month that ended with a window that began in month `name`."""
        current = self._open or name
        self._open = max(current, month_of(end, self._zone))
        return current if self._open > current else None

    def seed(self, month: str, demand: float, start: int) -> LedgerChange:
        """Take a month peak (kW) that was measured elsewhere.

        It counts beside the windows of that month: the highest is the peak.
        """
        known = self._months.setdefault(month, Month())
        before = known.peak
        known.seed = seeded(demand, start)
        return LedgerChange(_raised(before, known.peak), None)

    def bill(self, month: str, demand: float, start: int) -> LedgerChange:
        """Take the meter's own peak (kW) of a month that is over.

        It stands, whatever the windows say.
        """
        known = self._months.setdefault(month, Month())
        before = known.peak
        known.billed = seeded(demand, start)
        return LedgerChange(_raised(before, known.billed), None)

    def rebuild(self, month: str, windows: Iterable[Window]) -> MonthPeak | None:
        """Count a month anew from all its windows, keep its seeds; return the peak.

        For a revision of more windows than the runners-up that are kept.
        """
        former = self._months.pop(month, None)
        known = self._months[month] = Month()
        if former is not None:
            known.seed, known.billed = former.seed, former.billed
        for window in windows:
            if month_of(window.start, self._zone) == month:
                self._put(month, window)
        return known.peak

    def forget(self, month: str) -> None:
        """Drop all that is known of a month."""
        self._months.pop(month, None)

    def rolling_peak(self, month: str, floor: float) -> float | None:
        """Return the mean peak of the months that exist among the last 12, kW.

        This month is one of them, and each counts for `floor` at least: the average
        monthly peak of the Flemish tariff. None when no month exists.
        """
        peaks = [max(peak.demand, floor) for peak in self.last_year(month).values()]
        return sum(peaks) / len(peaks) if peaks else None

    def last_year(self, month: str) -> dict[str, MonthPeak]:
        """Return the peaks of the months that exist among the last 12 with this one."""
        last = _ordinal(month)
        return {
            name: peak
            for name, peak in self.months.items()
            if last - YEAR < _ordinal(name) <= last
        }

    def exact(self, month: str) -> bool:
        """Tell whether the peak of a month cannot be higher than is known."""
        known = self._months.get(month)
        if known is None or known.peak is None:
            return False
        return known.billed is not None or (known.peak.exact and not self.unseen(month))

    def to_dict(self) -> dict[str, object]:
        """Return the ledger for storage, JSON-able."""
        return {
            "open": self._open,
            "months": {name: month.to_dict() for name, month in self._months.items()},
        }

    def _restore(self, data: object) -> None:
        """Take what was stored, as far as it is whole."""
        try:
            stored = record(data)
            months = record(stored.get("months"))
        except ValueError:
            return
        for name, item in months.items():
            try:
                month_start(name, self._zone)
                self._months[name] = Month.from_dict(item)
            except ValueError:
                continue
        try:
            name = text(stored.get("open"))
            month_start(name, self._zone)
        except ValueError:
            return
        self._open = name


def _raised(before: MonthPeak | None, after: MonthPeak | None) -> MonthPeak | None:
    """Return a peak that is higher than before."""
    if after is None or (before is not None and after.demand <= before.demand):
        return None
    return after


def _ordinal(month: str) -> int:
    """Return the number of a month, counted through the years."""
    year, number = month.split("-")
    return int(year) * 12 + int(number)
