"""Windows of the tariff, put together from quarters of an hour as they close."""

from collections.abc import Mapping
from typing import NamedTuple

from ...core.demand.peaks.ledger import Ledger, LedgerChange
from ...core.stored import END_OF_TIME
from ...core.tariff.quarters import merged, windows_of
from ...core.tariff.rule import Calendar
from ...core.windows import QUARTER, Window, month_of
from .windows import WindowArchive


class Closed(NamedTuple):
    """A window of the tariff that was counted, and what came of it.

    `known`: it had been told of before, and this is a better measurement.
    """

    window: Window
    change: LedgerChange
    known: bool


class DemandBooks:
    """Keep the ledger of a tariff up to date with an archive of quarters."""

    def __init__(
        self, archive: WindowArchive, ledger: Ledger, calendar: Calendar
    ) -> None:
        """Count what is archived from now on."""
        self.ledger = ledger
        self.last_window: Window | None = None
        self._archive = archive
        self._calendar = calendar
        self._length = calendar.rule.window
        # Start of the tariff's window that the newest quarter is in.
        self._current = 0
        # Months whose energy has changed.
        self._gained: set[str] = set()

    def replay(self, month: str, newest: int) -> list[Window]:
        """Count what was archived of an open month; return the windows that are over.

        `newest`: start of the newest quarter of all months.
        """
        self._current = max(self._current, self._calendar.window_start(newest))
        starts = self._archive.of_month(month)
        over = [
            window
            for window in windows_of(self._archive.recent, starts, self._calendar)
            if window.end <= newest + QUARTER
        ]
        for window in over:
            self.ledger.count(window)
            self._remember(window)
        self._note_energy(month, starts)
        return over

    def add(self, quarter: Window) -> list[Closed]:
        """Archive a quarter; return the windows that end with it, or change by it."""
        start = self._calendar.window_start(quarter.start)
        last = start + self._length - QUARTER
        known = self._archive.has(last) or (
            # Its last quarter never came.
            quarter.start < last
            and self.last_window is not None
            and start <= self.last_window.start
        )
        if not self._archive.add(quarter):
            return []
        self._gained.add(month_of(quarter.start, self._calendar.zone))
        closed = self._left_behind(start)
        self._current = max(self._current, start)
        if quarter.start == last or start < self._current:
            closed += self._close(start, known=known)
        return closed

    def _left_behind(self, start: int) -> list[Closed]:
        """Close a window whose last quarter never came."""
        before = self._current
        last = before + self._length - QUARTER
        if not before < start or self._archive.has(last):
            return []
        return self._close(before, known=False)

    def _close(self, start: int, *, known: bool) -> list[Closed]:
        window = merged(self._archive.recent, start, self._length)
        if window is None:
            return []
        self._remember(window)
        return [Closed(window, self.ledger.add(window), known)]

    def _remember(self, window: Window) -> None:
        if self.last_window is None or window.start >= self.last_window.start:
            self.last_window = window

    def recount(self, month: str, quarters: Mapping[int, Window]) -> list[Window]:
        """Count a month anew from all its quarters; return its windows that are over.

        Nobody is told of them: they were measured elsewhere, or long ago.
        """
        newest = max(quarters, default=0)
        self._current = max(self._current, self._calendar.window_start(newest))
        end = max(newest + QUARTER, self._current)
        windows = windows_of(quarters, quarters, self._calendar)
        over = [window for window in windows if window.end <= end]
        self.ledger.rebuild(month, over)
        for window in over[-1:]:
            self._remember(window)
        self._note_energy(month, quarters)
        return over

    def count_energy(self) -> None:
        """Note the energy of the months that quarters were added to."""
        for month in self._gained:
            self._note_energy(month, self._archive.of_month(month))
        self._gained.clear()

    def _note_energy(self, month: str, quarters: Mapping[int, Window]) -> None:
        energy = sum(quarter.energy for quarter in quarters.values())
        self.ledger.count_energy(month, energy, len(quarters))

    def over(self, quarters: Mapping[int, Window]) -> list[Window]:
        """Return the tariff's windows of some quarters that are over, in order."""
        last = self.last_window
        end = END_OF_TIME if last is None else last.end
        found = windows_of(quarters, quarters, self._calendar)
        return [window for window in found if window.end <= end]

    def windows_in(self, hours: set[int], hour: int) -> list[Window]:
        """Return the windows that are over and begin in open hours, by their starts."""
        recent = self._archive.recent
        starts = [start for start in recent if start - start % hour in hours]
        over = self._current
        if self.last_window is not None:
            over = max(over, self.last_window.end)
        return [
            window
            for window in windows_of(recent, starts, self._calendar)
            if window.end <= over and window.start - window.start % hour in hours
        ]
