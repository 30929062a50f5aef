"""The closed windows of a demand meter on disk, one file per month."""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from itertools import groupby
from typing import Any

from homeassistant.core import HomeAssistant

from ...core.demand.history.intake import Windows, is_news
from ...core.windows import Window, month_end, month_of, month_start
from ...helpers.storage import MONTH_DELAY, DelayedStore, async_stored_months, month_key
from .months import async_report_damage

WINDOW_LENGTH = 900
# With the hour that a change of clocks may add.
LONGEST_MONTH = 31 * 86400 + 3600


class WindowArchive:
    """Windows by start, month by month (YYYY-MM).

    Months that still change are open: in memory, and written when they change. Others
    are read when somebody asks for them.
    """

    def __init__(
        self, hass: HomeAssistant, *, subentry_id: str, name: str, zone: tzinfo
    ) -> None:
        """Begin without an open month."""
        self._hass = hass
        self._subentry_id = subentry_id
        self._name = name
        self._zone = zone
        self._open: dict[str, Windows] = {}
        self._files: dict[str, DelayedStore] = {}

    async def async_stored_months(self) -> set[str]:
        """Return the months of which there are windows."""
        stored = await async_stored_months(self._hass, self._subentry_id)
        return stored | self._open.keys()

    async def async_shelve_anew(self) -> None:
        """Put windows into their months of this zone; they may be those of another."""
        for month in sorted(await self.async_stored_months()):
            windows = await self._async_read(month)
            hours = range(month_start(month, self._zone), month_end(month, self._zone))
            strays = [windows.pop(start) for start in [*windows] if start not in hours]
            for other, found in groupby(strays, self._month_of):
                shelf = await self._async_read(other)
                for window in found:
                    if is_news(window, shelf.get(window.start)):
                        shelf[window.start] = window
                await self.async_save(other, shelf)
            if strays:
                # Last: what is cut off here is in both months, and put right again.
                await self.async_save(month, windows)

    def _month_of(self, window: Window) -> str:
        return month_of(window.start, self._zone)

    async def async_open(self, month: str) -> Windows:
        """Return the windows of a month that may still change."""
        if month not in self._open:
            windows = await self._async_read(month)
            # A window may have opened it meanwhile.
            self._open[month] = windows | self._open.get(month, {})
        return self._open[month]

    async def async_month(self, month: str) -> Windows:
        """Return the windows of a month as they are now."""
        if month in self._open:
            return self._open[month]
        return await self._async_read(month)

    async def async_between(
        self, start: int, end: int, months: Iterable[str]
    ) -> list[Window]:
        """Return the windows that begin in [start, end) of these months, in order."""
        found: list[Window] = []
        for month in sorted(months):
            if start - LONGEST_MONTH < month_start(month, self._zone) < end:
                windows = await self.async_month(month)
                found += [
                    windows[begin] for begin in sorted(windows) if start <= begin < end
                ]
        return found

    @property
    def recent(self) -> Mapping[int, Window]:
        """The windows of all open months by their starts."""
        return ChainMap(*self._open.values())

    def of_month(self, month: str) -> Windows:
        """Return the windows of an open month."""
        return self._open.get(month, {})

    def add(self, window: Window) -> bool:
        """Keep a window; False if a better measurement of it is known.

        False too in a month before the open ones: a clock that is that wrong must not
        replace what was measured then.
        """
        month = month_of(window.start, self._zone)
        if month < min(self._open, default=month):
            return False
        windows = self._open.setdefault(month, {})
        known = windows.get(window.start)
        if known is not None and not window.supersedes(known):
            return False
        windows[window.start] = window
        self._file(month).schedule()
        return True

    def has(self, start: int) -> bool:
        """Tell whether a window of an open month is known by its start."""
        return start in self.of_month(month_of(start, self._zone))

    async def async_drop(self, month: str, before: int) -> None:
        """Delete the windows of a month that begin before a moment, for good."""
        windows = await self.async_month(month)
        kept = {start: item for start, item in windows.items() if start >= before}
        windows.clear()
        windows.update(kept)
        await self.async_save(month, windows)

    async def async_merge(self, month: str, found: Windows) -> tuple[Windows, int]:
        """Put windows into a month, also an old one; async_save() is to follow.

        Returns all windows of the month, and how many of these were news.
        """
        is_old = month < min(self._open, default=month)
        windows = await (self._async_read if is_old else self.async_open)(month)
        news = {
            start: window
            for start, window in found.items()
            if is_news(window, windows.get(start))
        }
        windows.update(news)
        return windows, len(news)

    async def async_save(self, month: str, windows: Windows) -> None:
        """Write what was changed of a month: soon if it is open, else now."""
        if month in self._open:
            self._file(month).schedule()
            return
        file = DelayedStore(
            self._hass, month_key(self._subentry_id, month), 0, lambda: _rows(windows)
        )
        file.schedule()
        await file.async_flush()

    async def async_flush(self) -> None:
        """Write now what has changed."""
        for file in self._files.values():
            await file.async_flush()

    def _file(self, month: str) -> DelayedStore:
        if month not in self._files:
            self._files[month] = DelayedStore(
                self._hass,
                month_key(self._subentry_id, month),
                MONTH_DELAY,
                lambda: _rows(self._open[month]),
            )
        return self._files[month]

    async def _async_read(self, month: str) -> Windows:
        """Read a month; what is no window is set aside and reported."""
        key = month_key(self._subentry_id, month)
        good: Windows = {}
        file = DelayedStore(self._hass, key, 0, lambda: _rows(good))
        saved = await file.async_load()
        good, whole = await self._hass.async_add_executor_job(_windows_in, saved)
        if not whole:
            await file.async_set_aside()
            file.schedule()
            await file.async_flush()
            async_report_damage(
                self._hass,
                self._subentry_id,
                key,
                translation_key="damaged_store",
                name=self._name,
                month=month,
            )
        return good


def _rows(windows: Windows) -> dict[str, Any]:
    return {"windows": [windows[start].to_row() for start in sorted(windows)]}


def _windows_in(saved: dict[str, Any] | None) -> tuple[Windows, bool]:
    """Return the windows of a month as saved, and whether nothing was damaged."""
    rows = None if saved is None else saved.get("windows", [])
    if not isinstance(rows, list):
        return {}, False
    windows: Windows = {}
    for row in rows:
        try:
            window = Window.from_row(row, WINDOW_LENGTH)
        except ValueError:
            continue
        windows[window.start] = window
    return dict(sorted(windows.items())), len(windows) == len(rows)
