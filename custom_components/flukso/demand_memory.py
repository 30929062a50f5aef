"""What a demand meter remembers: its windows, the peaks of its months, its goal."""

from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import Any

from homeassistant.core import HomeAssistant

from .core.demand.history import Disagreement, Seed, settle
from .core.demand.ledger import Ledger, LedgerChange
from .core.demand.statistics import hourly_rows, month_row
from .core.demand.windows import Window, month_of, month_start
from .demand_archive import WindowArchive, async_delete_issues
from .importer import (
    async_clear,
    async_import_rows,
    demand_statistic_id,
    month_peak_statistic_id,
)
from .store import (
    MONTH_DELAY,
    STATE_DELAY,
    DelayedStore,
    async_remove_store,
    peaks_key,
    state_key,
)

HOUR = 3600
# Statistics queued when Home Assistant stopped may be lost: write them again.
REPUBLISHED = 48 * HOUR


class DemandMemory:
    """Keep windows and peaks on disk and in statistics, and what is set by hand."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        subentry_id: str,
        slug: str,
        name: str,
        zone: tzinfo,
        meter_state: Callable[[], dict[str, Any]],
    ) -> None:
        """Prepare an empty memory; async_load() fills it."""
        self.ledger = Ledger(zone)
        self.goal: float | None = None
        self.last_window: Window | None = None
        # Start of the window of which it was told that it broke the target.
        self.exceeded: int | None = None
        self.disagreements: list[Disagreement] = []
        self._hass = hass
        self._slug = slug
        self._name = name
        self._zone = zone
        self._meter_state = meter_state
        self._configured_goal: float | None = None
        self._changed: set[int] = set()
        self._changed_months: set[str] = set()
        self._archive = WindowArchive(
            hass, subentry_id=subentry_id, name=name, zone=zone
        )
        self._state = DelayedStore(
            hass, state_key(subentry_id), STATE_DELAY, self._state_data
        )
        self._peaks = DelayedStore(
            hass, peaks_key(subentry_id), MONTH_DELAY, self._peaks_data
        )

    async def async_load(
        self, configured_goal: float | None, now: int
    ) -> dict[str, Any]:
        """Remember; returns the state of the meter, {} when there is none.

        A goal that was set on the number stays until the configured one changes.
        """
        saved = await self._state.async_load() or {}
        self._configured_goal = configured_goal
        self.goal = configured_goal
        if saved.get("configured_goal") == configured_goal:
            self.goal = _number(saved.get("goal"))
        exceeded = saved.get("exceeded")
        self.exceeded = exceeded if isinstance(exceeded, int) else None
        self.ledger = Ledger(self._zone, await self._peaks.async_load())
        await self._async_load_windows(now)
        state = saved.get("meter")
        return state if isinstance(state, dict) else {}

    async def _async_load_windows(self, now: int) -> None:
        """Open the months that may still change, and count what the ledger lost.

        The window that ran last may be in the last month that is known, however long
        ago, and a device may be slow to close the last window of a month.
        """
        month = month_of(now, self._zone)
        before = month_of(month_start(month, self._zone) - 1, self._zone)
        stored = await self._archive.async_stored_months()
        known = {*stored, *self.ledger.months}
        first = min(before, max(known, default=before))
        opened = {before, month} | {name for name in known if name >= first}
        for name in sorted(stored - self.ledger.months.keys() - opened):
            for window in (await self._archive.async_month(name)).values():
                self.ledger.add(window)
        for name in sorted(opened):
            for window in (await self._archive.async_open(name)).values():
                self.ledger.add(window)
                self.last_window = window
                if window.start > now - REPUBLISHED:
                    self._changed.add(window.start)
        self._changed_months.update(self.ledger.months)

    async def async_windows(self, start: int, end: int) -> list[Window]:
        """Return the closed windows that begin in [start, end), unix s, in order."""
        months = await self._archive.async_stored_months()
        months.update(self.ledger.months)
        return await self._archive.async_between(start, end, months)

    def add(self, window: Window) -> LedgerChange | None:
        """Remember a closed window; None when it adds nothing to what is known."""
        if not self._archive.add(window):
            return None
        self._state.schedule()
        self._peaks.schedule()
        self._changed.add(window.start)
        self._changed_months.add(month_of(window.start, self._zone))
        if self.last_window is None or window.start >= self.last_window.start:
            self.last_window = window
        return self.ledger.add(window)

    def settle(self, found: Iterable[Seed]) -> None:
        """Take the month peaks that a meter keeps itself; the meter is right."""
        months = tuple(found)
        self.disagreements = settle(self.ledger, months)
        self._peaks.schedule()
        self._changed_months.update(seed.month for seed in months)

    def knows(self, start: int) -> bool:
        """Tell whether the window that began then has been remembered before."""
        return self._archive.has(start)

    def set_goal(self, goal: float | None) -> None:
        """Remember a goal."""
        self.goal = goal
        self._state.schedule()

    def touch(self) -> None:
        """Let the state of the running window reach the disk some time."""
        self._state.schedule()

    def publish(self) -> None:
        """Write the statistics of what changed since the last time."""
        hours = {start - start % HOUR for start in self._changed}
        async_import_rows(
            self._hass,
            demand_statistic_id(self._slug),
            f"{self._name} demand",
            hourly_rows(self._archive.of_open(hours, HOUR)),
        )
        async_import_rows(
            self._hass,
            month_peak_statistic_id(self._slug),
            f"{self._name} month peak",
            [
                month_row(month, peak.demand, self._zone)
                for month in sorted(self._changed_months)
                if (peak := self.ledger.peak(month)) is not None
            ],
        )
        self._changed.clear()
        self._changed_months.clear()

    async def async_flush(self) -> None:
        """Write everything to disk now."""
        self._state.schedule()
        await self._state.async_flush()
        await self._peaks.async_flush()
        await self._archive.async_flush()

    def _state_data(self) -> dict[str, Any]:
        return {
            "meter": self._meter_state(),
            "exceeded": self.exceeded,
            "goal": self.goal,
            "configured_goal": self._configured_goal,
        }

    def _peaks_data(self) -> dict[str, Any]:
        return self.ledger.to_dict()


async def async_forget(hass: HomeAssistant, subentry_id: str, slug: str) -> None:
    """Forget a demand meter that was removed: files, statistics and repairs."""
    await async_remove_store(hass, subentry_id)
    async_clear(hass, slug)
    async_delete_issues(hass, subentry_id)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)
