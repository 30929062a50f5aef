"""Windows of the tariff, put together from quarters of an hour as they close."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from homeassistant.core import HomeAssistant, callback

from ...core.demand.peaks.ledger import Ledger, LedgerChange
from ...core.stored import END_OF_TIME
from ...core.tariff.quarters import merged, windows_of
from ...core.tariff.rule import Calendar
from ...core.windows import QUARTER, Window, month_of
from ...helpers.storage import MONTH_DELAY, DelayedStore, peaks_key
from .windows import WindowArchive


class ClosedWindow(NamedTuple):
    """A window of the tariff that is over, and what it changed in the ledger.

    `revised`: it closed before, and this is a better measurement.
    """

    window: Window
    change: LedgerChange
    revised: bool


class TariffWindows:
    """The windows of a tariff, and the ledger of their month peaks.

    They are put together from the quarters of an archive; the ledger has a file.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        subentry_id: str,
        archive: WindowArchive,
        calendar: Calendar,
    ) -> None:
        """Begin with an empty ledger; async_load() fills it."""
        self.calendar = calendar
        self.ledger = Ledger(calendar.zone, None, calendar)
        self.last_window: Window | None = None
        self._archive = archive
        self._length = calendar.rule.window
        self._file = DelayedStore(hass, peaks_key(subentry_id), MONTH_DELAY, self._data)
        # Start of the tariff's window that the newest quarter is in.
        self._current = 0
        # Months whose energy has changed.
        self._gained: set[str] = set()

    async def async_load(self) -> None:
        """Continue with the ledger as it was saved."""
        saved = await self._file.async_load()
        self.ledger = Ledger(self.calendar.zone, saved, self.calendar)

    @callback
    def touch(self) -> None:
        """Let the ledger reach the disk some time."""
        self._file.schedule()

    async def async_flush(self) -> None:
        """Write the ledger now, if it has changed."""
        await self._file.async_flush()

    def _data(self) -> dict[str, Any]:
        return self.ledger.to_dict()

    def replay(self, month: str, newest: int) -> list[Window]:
        """Count what was archived of an open month; return the windows that are over.

        `newest`: start of the newest quarter of all months.
        """
        self._current = max(self._current, self.calendar.window_start(newest))
        starts = self._archive.of_month(month)
        over = [
            window
            for window in windows_of(self._archive.recent, starts, self.calendar)
            if window.end <= newest + QUARTER
        ]
        for window in over:
            self.ledger.count(window)
            self._remember(window)
        self._note_energy(month, starts)
        return over

    def add(self, quarter: Window) -> list[ClosedWindow]:
        """Archive a quarter; return the windows that end with it, or change by it."""
        start = self.calendar.window_start(quarter.start)
        last = start + self._length - QUARTER
        revised = self._archive.has(last) or (
            # Its last quarter never came.
            quarter.start < last
            and self.last_window is not None
            and start <= self.last_window.start
        )
        if not self._archive.add(quarter):
            return []
        self._gained.add(month_of(quarter.start, self.calendar.zone))
        closed = self._left_behind(start)
        self._current = max(self._current, start)
        if quarter.start == last or start < self._current:
            closed += self._close(start, revised=revised)
        return closed

    def _left_behind(self, start: int) -> list[ClosedWindow]:
        """Close a window whose last quarter never came."""
        before = self._current
        last = before + self._length - QUARTER
        if not before < start or self._archive.has(last):
            return []
        return self._close(before, revised=False)

    def _close(self, start: int, *, revised: bool) -> list[ClosedWindow]:
        window = merged(self._archive.recent, start, self._length)
        if window is None:
            return []
        self._remember(window)
        return [ClosedWindow(window, self.ledger.add(window), revised)]

    def _remember(self, window: Window) -> None:
        if self.last_window is None or window.start >= self.last_window.start:
            self.last_window = window

    def recount(self, month: str, quarters: Mapping[int, Window]) -> list[Window]:
        """Count a month anew from all its quarters; return its windows that are over.

        They are no news: they were measured elsewhere, or long ago.
        """
        newest = max(quarters, default=0)
        self._current = max(self._current, self.calendar.window_start(newest))
        end = max(newest + QUARTER, self._current)
        windows = windows_of(quarters, quarters, self.calendar)
        over = [window for window in windows if window.end <= end]
        self.ledger.rebuild(month, over)
        for window in over[-1:]:
            self._remember(window)
        self._note_energy(month, quarters)
        self.touch()
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
        found = windows_of(quarters, quarters, self.calendar)
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
            for window in windows_of(recent, starts, self.calendar)
            if window.end <= over and window.start - window.start % hour in hours
        ]
