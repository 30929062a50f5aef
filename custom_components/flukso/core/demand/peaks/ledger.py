"""The month peaks: which window of each month a grid company bills by."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from types import MappingProxyType
from typing import NamedTuple

from ...stored import record, text
from ...tariff.rule import Calendar, Period, Profile, Rule
from ...windows import QUARTER, Window, month_end, month_of, month_start
from .month import Month, MonthPeak, Override, seeded

__all__ = ["Ledger", "LedgerChange", "MonthPeak"]


class LedgerChange(NamedTuple):
    """What a window did: raised its month's peak, ended its month."""

    new_peak: MonthPeak | None
    closed_month: str | None


class Ledger:
    """The peaks of all known months; a window's month is the local one of its start.

    `stale`: what was stored followed another rule, or another zone (`moved`), so that
    the windows of all months have to be counted anew; what a meter or somebody said of a
    month is kept. Who has done so sets it to False; until then it is stored as stale.
    """

    __slots__ = ("_calendar", "_months", "_open", "_zone", "moved", "stale")

    def __init__(
        self, zone: tzinfo, state: object = None, calendar: Calendar | None = None
    ) -> None:
        """Start empty or from what was stored; what is damaged of that is left out.

        Without a calendar the highest quarter of an hour is the peak.
        """
        self._zone = zone
        self._calendar = calendar or Calendar(Rule(), zone)
        self._months: dict[str, Month] = {}
        self._open: str | None = None
        self.moved = self.stale = False
        if state is not None:
            self._restore(state)

    @classmethod
    def from_dict(cls, data: object, zone: tzinfo) -> Ledger:
        """Return the stored ledger; what is damaged is left out."""
        return cls(zone, data)

    @property
    def months(self) -> Mapping[str, MonthPeak]:
        """Return the peaks of the months that have one, in order."""
        peaks = ((name, self.peak(name)) for name in sorted(self._months))
        return MappingProxyType(
            {name: peak for name, peak in peaks if peak is not None}
        )

    @property
    def known_months(self) -> list[str]:
        """Return the months of which something was measured or told, in order."""
        return [name for name in sorted(self._months) if self._knows(name)]

    def _knows(self, name: str) -> bool:
        month = self._months[name]
        measured = month.quarters > 0 and month.override is None
        return measured or month.peak() is not None

    def peak(self, month: str) -> MonthPeak | None:
        """Return the peak of a month (YYYY-MM), None when nothing is known of it."""
        known = self._months.get(month)
        return None if known is None else known.peak()

    def measured(self, month: str) -> MonthPeak | None:
        """Return what the windows make of a month, whatever was seeded."""
        known = self._months.get(month)
        return None if known is None else known.measured()

    def chosen(self, month: str) -> list[Window]:
        """Return the windows that make a month's demand, the highest first."""
        known = self._months.get(month)
        if known is None:
            return []
        return [candidate.window for candidate in known.chosen()]

    def overridden(self, month: str) -> bool:
        """Tell whether somebody set or forgot the peak of a month."""
        known = self._months.get(month)
        return known is not None and known.override is not None

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
        closed = self.count(window)
        return LedgerChange(_raised(before, self.peak(name)), closed)

    def count(self, window: Window) -> str | None:
        """Take a window as add() does; return the month that ended."""
        name = month_of(window.start, self._zone)
        self._put(name, window)
        return self._turn(name, window.end)

    def _put(self, name: str, window: Window) -> None:
        """Add a window to its month."""
        place = self._place(name, window.start)
        self._month(name).add(window, place)

    def _month(self, name: str) -> Month:
        """Return a month, from now on known."""
        return self._months.setdefault(name, Month(self._calendar))

    def _place(self, name: str, start: int) -> int:
        """Return the place of a window among those of its month."""
        return (start - month_start(name, self._zone)) // QUARTER

    def _turn(self, name: str, end: int) -> str | None:
        """Return the month that ended with a window that began in month `name`."""
        current = self._open or name
        self._open = max(current, month_of(end, self._zone))
        return current if self._open > current else None

    def seed(self, month: str, demand: float, start: int) -> LedgerChange:
        """Take a month peak (kW) that was measured elsewhere.

        It counts beside the windows of that month: the highest is the peak.
        """
        before = self.peak(month)
        self._month(month).seed = seeded(demand, start)
        return LedgerChange(_raised(before, self.peak(month)), None)

    def bill(self, month: str, demand: float, start: int) -> LedgerChange:
        """Take the meter's own peak (kW) of a month that is over.

        It stands, whatever the windows say, but not against what somebody said.
        """
        before = self.peak(month)
        self._month(month).billed = seeded(demand, start)
        return LedgerChange(_raised(before, self.peak(month)), None)

    def override(self, month: str, since: int, peak: tuple[float, int] | None) -> None:
        """Take somebody's word on a month: kW and the start of its window, unix s.

        None forgets the month. The windows known so far are void, and so is all that
        is told of the time before `since` (unix s); later windows count beside it.
        """
        known = self._month(month)
        known.uncount()
        known.override = Override(since, None if peak is None else seeded(*peak))

    def restore_measured(self, month: str, windows: Iterable[Window]) -> None:
        """Let a month's windows and seeds count again, after somebody's word on it."""
        self._month(month).override = None
        self.rebuild(month, windows)

    def rebuild(self, month: str, windows: Iterable[Window]) -> MonthPeak | None:
        """Count a month anew from all its windows, keep its seeds; return the peak.

        For a revision of more windows than the runners-up that are kept.
        """
        known = self._month(month)
        known.uncount()
        start, end = month_start(month, self._zone), month_end(month, self._zone)
        for window in windows:
            if start <= window.start < end:
                known.add(window, (window.start - start) // QUARTER)
        return self.peak(month)

    def forget(self, month: str) -> None:
        """Drop all that is known of a month."""
        self._months.pop(month, None)

    def count_energy(self, month: str, energy: float, quarters: int) -> None:
        """Note the import of a month so far: kWh in so many quarters of an hour."""
        known = self._month(month)
        known.energy, known.quarters = energy, quarters

    def energy(self, month: str) -> tuple[float, int]:
        """Return the import of a month: kWh, and of how many quarters of an hour."""
        known = self._months.get(month)
        return (0.0, 0) if known is None else (known.energy, known.quarters)

    def excess(self, month: str) -> float:
        """Return the energy of a month above the reference power, kWh."""
        known = self._months.get(month)
        return 0.0 if known is None else sum(known.over.values())

    def billed_names(self, month: str, profile: Profile) -> list[str]:
        """Return the months that the bill of a month rests on, those with a peak."""
        last = _ordinal(month)
        return [
            name
            for name in sorted(self._months)
            if profile.covers(name, month)
            and _in_period(last, _ordinal(name), profile)
            and self.peak(name) is not None
        ]

    def billed_demands(self, month: str, profile: Profile) -> dict[str, float]:
        """Return what each month that a bill rests on counts for, kW."""
        peaks = ((name, self.peak(name)) for name in self.billed_names(month, profile))
        return {
            name: max(peak.demand, profile.month_floor)
            for name, peak in peaks
            if peak is not None
        }

    def billed_demand(self, month: str, profile: Profile) -> float | None:
        """Return the demand that a month is billed by, kW; None when none is known.

        The mean over the months that exist of those that are rolled over, or the
        highest of the year so far where a year is billed; the floor at least.
        """
        demands = self.billed_demands(month, profile).values()
        if not demands:
            return None
        if profile.period is Period.YEAR:
            return max(*demands, profile.floor)
        return max(sum(demands) / len(demands), profile.floor)

    def exact(self, month: str) -> bool:
        """Tell whether the peak of a month cannot be higher than is known."""
        known, peak = self._months.get(month), self.peak(month)
        if known is None or peak is None:
            return False
        if known.override is None and self._calendar.rule.plain and known.billed:
            return True
        return peak.exact and not self.unseen(month)

    def to_dict(self) -> dict[str, object]:
        """Return the ledger for storage, JSON-able."""
        return {
            "rule": None if self.stale else self._calendar.to_text(),
            "zone": None if self.stale else str(self._zone),
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
                self._months[name] = Month.from_dict(item, self._calendar)
            except ValueError:
                continue
        rule = stored.get("rule", Rule().to_text())
        self.moved = stored.get("zone", str(self._zone)) != str(self._zone)
        self.stale = self.moved or rule != self._calendar.to_text()
        if self.stale:
            for month in self._months.values():
                month.uncount()
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


def _in_period(last: int, month: int, profile: Profile) -> bool:
    """Tell whether a month, by its number, is billed with another, the last."""
    if profile.period is Period.YEAR:
        return month <= last and (month - 1) // 12 == (last - 1) // 12
    return last - profile.rolling < month <= last


def _ordinal(month: str) -> int:
    """Return the number of a month, counted through the years."""
    year, number = month.split("-")
    return int(year) * 12 + int(number)
