"""What a demand meter remembers: its windows, the peaks of its months, its goal."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from homeassistant.core import HomeAssistant

from ...core.demand.history.intake import ImportCounts, Windows
from ...core.demand.peaks.ledger import Ledger
from ...core.demand.peaks.seeds import Disagreement, Seed, settle
from ...core.running import Running
from ...core.tariff.quarters import running_window
from ...core.windows import HOUR, QUARTER, Window, month_of
from ...helpers.storage import (
    MONTH_DELAY,
    STATE_DELAY,
    DelayedStore,
    peaks_key,
    state_key,
)
from ...statistics.demand import DemandStatistics, async_keep_pace
from ..goal import Goal
from ..tariff import Tariff
from .imports import NO_PROFILES, DemandIntake, Profiles
from .powers import ProfileShelf, Source
from .tariff_windows import Closed, DemandBooks
from .windows import LONGEST_MONTH, WindowArchive

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
        tariff: Tariff,
        goal: Goal,
        meter_state: Callable[[], dict[str, Any]],
        profile: Source,
    ) -> None:
        """Prepare an empty memory; async_load() fills it."""
        self.goal = goal
        # Start of the window of which it was told that it broke the target.
        self.exceeded: int | None = None
        self.disagreements: list[Disagreement] = []
        self._tariff = tariff
        self._zone = tariff.calendar.zone
        self._statistics = DemandStatistics(hass, slug, name, self._zone)
        self._meter_state = meter_state
        self._changed: set[int] = set()
        self._changed_months: set[str] = set()
        self.archive = WindowArchive(
            hass, subentry_id=subentry_id, name=name, zone=self._zone
        )
        self.profiles = ProfileShelf(
            hass,
            subentry_id=subentry_id,
            name=name,
            calendar=tariff.calendar,
            archive=self.archive,
            source=profile,
        )
        self._books = self._new_books(None)
        self._intake = DemandIntake(
            self.archive,
            tariff.calendar,
            count=self._recount,
            publish=self._import,
            keep=self.profiles.async_merge,
            keep_pace=lambda: async_keep_pace(hass),
        )
        self._state = DelayedStore(
            hass, state_key(subentry_id), STATE_DELAY, self._state_data
        )
        self._peaks = DelayedStore(
            hass, peaks_key(subentry_id), MONTH_DELAY, self._peaks_data
        )

    @property
    def ledger(self) -> Ledger:
        """The peaks of all known months."""
        return self._books.ledger

    @property
    def last_window(self) -> Window | None:
        """The window of the tariff that closed last."""
        return self._books.last_window

    def running(self, quarter: Running | None) -> Running | None:
        """Return the tariff's window that runs, from the quarter that runs."""
        if quarter is None:
            return None
        return running_window(quarter, self.archive.recent, self._tariff.calendar)

    def _new_books(self, peaks: object) -> DemandBooks:
        calendar = self._tariff.calendar
        ledger = Ledger(self._zone, peaks, calendar)
        return DemandBooks(self.archive, ledger, calendar)

    async def async_load(self, now: int) -> dict[str, Any]:
        """Remember; returns the state of the meter, {} when there is none."""
        saved = await self._state.async_load() or {}
        self.goal.restore(saved.get("goal"))
        exceeded = saved.get("exceeded")
        self.exceeded = exceeded if isinstance(exceeded, int) else None
        self._books = self._new_books(await self._peaks.async_load())
        await self._async_load_windows(now)
        await self.profiles.async_load(now)
        state = saved.get("meter")
        return state if isinstance(state, dict) else {}

    async def _async_load_windows(self, now: int) -> None:
        """Open the months that may still change, and count what the ledger lost.

        The window that ran last may be in the last month that is known, however long
        ago, and a device may be slow to close the last window of a month.
        """
        if self.ledger.moved:
            await self.archive.async_shelve_anew()
        month = month_of(now, self._zone)
        # A cap is told by the energy of the last 31 days.
        before = month_of(now - LONGEST_MONTH, self._zone)
        stored = await self.archive.async_stored_months()
        known = {*stored, *self.ledger.months}
        first = min(before, max(known, default=before))
        opened = {before, month} | {name for name in known if name >= first}
        since, counted = now - now % HOUR - REPUBLISHED, self.ledger.known_months
        if self.ledger.stale:
            # What does not count any more has to go from the statistics too.
            self._statistics.clear()
            self._peaks.schedule()
            since, counted = 0, []
        for name in sorted(stored.difference(counted) - opened):
            quarters = await self.archive.async_month(name)
            await asyncio.sleep(0)
            self._import(self._recount(name, quarters), ())
        self.ledger.stale = False
        await self._async_open(opened, since)
        self._changed_months.update(self.ledger.months)

    async def _async_open(self, months: set[str], since: int) -> None:
        """Open months and count them; publish their windows from `since` (unix s)."""
        for month in sorted(months):
            await self.archive.async_open(month)
        newest = max(self.archive.recent, default=0)
        for month in sorted(months):
            over = self._books.replay(month, newest)
            self._import([window for window in over if window.start >= since], ())
            # Some thousands of windows are enough for one turn of the event loop.
            await asyncio.sleep(0)

    async def async_windows(self, start: int, end: int) -> list[Window]:
        """Return the closed windows that begin in [start, end), unix s, in order."""
        until = end + self._tariff.calendar.rule.window - QUARTER
        found: list[Window] = []
        for month in sorted(await self._async_months()):
            between = await self.archive.async_between(start, until, (month,))
            quarters = {quarter.start: quarter for quarter in between}
            over = self._books.over(quarters)
            found += [window for window in over if start <= window.start < end]
            if between:
                await asyncio.sleep(0)
        return found

    async def async_profiles(self, start: int, end: int) -> Profiles:
        """Return how quarters that begin in [start, end), unix s, were drawn."""
        months = await self._async_months()
        return await self.profiles.async_between(start, end, months)

    async def _async_months(self) -> set[str]:
        return await self.archive.async_stored_months() | self.ledger.months.keys()

    def add(self, quarter: Window) -> list[Closed]:
        """Remember a closed quarter; return the tariff's windows that it changes."""
        closed = self._books.add(quarter)
        if self.archive.has(quarter.start):
            self._state.schedule()
            self._peaks.schedule()
            self.profiles.note(quarter.start)
        for window, _change, _known in closed:
            self._changed.add(window.start)
            self._changed_months.add(month_of(window.start, self._zone))
        return closed

    async def async_import(
        self, windows: Iterable[Window], profiles: Profiles = NO_PROFILES
    ) -> ImportCounts:
        """Take windows of any month that were measured elsewhere, or meanwhile.

        `profiles` by the starts of their quarters. What is known better stays. Months,
        statistics and files follow; to import twice is to import once, also where Home
        Assistant stopped in the middle. What the end of the demand meter cut off is in
        none of the counts.
        """
        return await self._intake.async_import(windows, profiles)

    def _recount(self, month: str, quarters: Windows) -> list[Window]:
        over = self._books.recount(month, quarters)
        self._peaks.schedule()
        return over

    def settle(self, found: Sequence[Seed]) -> None:
        """Take the month peaks that a meter keeps itself; the meter is right."""
        plain = self._tariff.calendar.rule.plain
        self.disagreements = [
            disagreement
            for disagreement in settle(self.ledger, found)
            if plain and not self.ledger.overridden(disagreement.month)
        ]
        self._peaks.schedule()
        self._changed_months.update(seed.month for seed in found)

    def touch(self) -> None:
        """Let the running window and the goal reach the disk some time."""
        self._state.schedule()

    async def async_override(
        self, month: str, since: int, peak: tuple[float, int] | None
    ) -> None:
        """Take somebody's word on a month: kW and start, or None to forget it.

        What was known of it before `since` (unix s) no longer counts.
        """
        self.ledger.override(month, since, peak)
        if peak is None:
            async with self._intake.lock:
                await self.archive.async_drop(month, since)
                await self.profiles.async_drop(month, since)
                self._books.recount(month, await self.archive.async_month(month))
        await self._async_publish_month(month, anew=peak is None)

    async def async_restore_measured(self, month: str) -> None:
        """Let what was measured of a month count again."""
        quarters = await self.archive.async_month(month)
        self.ledger.restore_measured(month, self._books.over(quarters))
        await self._async_publish_month(month, anew=self.ledger.peak(month) is None)

    async def _async_publish_month(self, month: str, *, anew: bool) -> None:
        """Let what somebody said of a month reach the disk and the statistics."""
        self._peaks.schedule()
        if anew:
            await self._async_rewrite()
        self._import((), [month])

    async def _async_rewrite(self) -> None:
        """Write all statistics anew, so that what no longer counts is gone from them."""
        self._statistics.clear()
        for month in sorted(await self.archive.async_stored_months()):
            self._import(self._books.over(await self.archive.async_month(month)), ())
            await asyncio.sleep(0)
        self._import((), self.ledger.months)

    def publish(self) -> None:
        """Count and write the statistics of what changed since the last time."""
        self._books.count_energy()
        hours = {start - start % HOUR for start in self._changed}
        self._import(self._books.windows_in(hours, HOUR), self._changed_months)
        self._changed.clear()
        self._changed_months.clear()

    def _import(self, windows: Iterable[Window], months: Iterable[str]) -> None:
        self._statistics.write(windows, months, self.ledger)

    async def async_flush(self) -> None:
        """Write everything to disk now; an import that runs ends with its month."""
        await self._intake.async_stop()
        self._state.schedule()
        await self._state.async_flush()
        await self._peaks.async_flush()
        await self.archive.async_flush()
        await self.profiles.async_flush()

    def _state_data(self) -> dict[str, Any]:
        return {
            "meter": self._meter_state(),
            "exceeded": self.exceeded,
            "goal": self.goal.to_dict(),
        }

    def _peaks_data(self) -> dict[str, Any]:
        return self.ledger.to_dict()
