"""The closed windows of a demand meter on disk, one file per month."""

from collections import ChainMap
from collections.abc import Mapping
from datetime import tzinfo
from itertools import groupby
from typing import Any, override

from homeassistant.core import HomeAssistant

from ...core.demand.history.intake import Windows, is_news
from ...core.windows import Window, month_end, month_of, month_start
from ...helpers.storage import MONTH_DELAY
from .months import MonthFiles, StoredAs

WINDOW_LENGTH = 900
# With the hour that a change of clocks may add.
LONGEST_MONTH = 31 * 86400 + 3600


class WindowArchive(MonthFiles[Windows]):
    """The windows of each month (YYYY-MM) by their starts, unix s."""

    stored_as = StoredAs("", MONTH_DELAY, translation_key="damaged_store")

    def __init__(
        self, hass: HomeAssistant, subentry_id: str, name: str, zone: tzinfo
    ) -> None:
        """Begin without an open month; the months are those of a zone."""
        super().__init__(hass, subentry_id, name)
        self._zone = zone

    async def async_sort_into_months(self) -> None:
        """Put windows into their months of this zone; they may be those of another."""
        for month in sorted(await self.async_stored_months()):
            windows = await self._async_read(month)
            hours = range(month_start(month, self._zone), month_end(month, self._zone))
            strays = [windows.pop(start) for start in [*windows] if start not in hours]
            for name, found in groupby(strays, self._month_of):
                other = await self._async_read(name)
                for window in found:
                    if is_news(window, other.get(window.start)):
                        other[window.start] = window
                await self.async_save(name, other)
            if strays:
                # Last: what is cut off here is in both months, and put right again.
                await self.async_save(month, windows)

    def _month_of(self, window: Window) -> str:
        return month_of(window.start, self._zone)

    async def async_between(self, month: str, start: int, end: int) -> list[Window]:
        """Return the windows of a month that begin in [start, end), in order."""
        if not start - LONGEST_MONTH < month_start(month, self._zone) < end:
            return []
        windows = await self.async_month(month)
        return [windows[begin] for begin in sorted(windows) if start <= begin < end]

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
        month = self._month_of(window)
        if month < min(self._open, default=month):
            return False
        windows = self._open.setdefault(month, {})
        known = windows.get(window.start)
        if known is not None and not window.supersedes(known):
            return False
        windows[window.start] = window
        self.schedule(month)
        return True

    def has(self, start: int) -> bool:
        """Tell whether a window of an open month is known by its start."""
        return start in self.of_month(month_of(start, self._zone))

    async def async_merge(self, month: str, found: Windows) -> tuple[Windows, int]:
        """Put windows into a month, also an old one; async_save() is to follow.

        Returns all windows of the month, and how many of these were news.
        """
        windows = await self.async_changeable(month)
        news = {
            start: window
            for start, window in found.items()
            if is_news(window, windows.get(start))
        }
        windows.update(news)
        return windows, len(news)

    @override
    def _parse(self, saved: dict[str, Any] | None) -> tuple[Windows, bool]:
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

    @override
    def _rows(self, content: Windows) -> dict[str, Any]:
        return {"windows": [content[start].to_row() for start in sorted(content)]}

    @override
    def _joined(self, saved: Windows, newer: Windows) -> Windows:
        return saved | newer

    @override
    def _drop(self, content: Windows, before: int) -> None:
        for start in [start for start in content if start < before]:
            del content[start]
