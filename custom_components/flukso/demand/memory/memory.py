"""What a demand meter remembers: its windows, the peaks of its months, its goal."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant

from ...const import CONF_SLUG
from ...core.demand.history.intake import ImportCounts
from ...core.demand.peaks.ledger import Ledger
from ...core.demand.peaks.seeds import Disagreement, Seed, settle
from ...core.projection.projection import Projection
from ...core.running import Running
from ...core.tariff.quarters import running_window
from ...core.windows import HOUR, QUARTER, Window, month_of
from ...helpers.storage import STATE_DELAY, DelayedStore, state_key
from ...statistics.demand import DemandStatistics
from ..goal import Goal
from ..source import WindowSource
from ..tariff import Tariff
from .imports import NO_PROFILES, Profiles, WindowImports
from .powers import PowerProfiles
from .tariff_windows import ClosedWindow, TariffWindows
from .windows import LONGEST_MONTH, WindowArchive

# Statistics queued when Home Assistant stopped may be lost: write them again.
REPUBLISHED = 48 * HOUR


class DemandMemory:
    """Keep windows and peaks on disk and in statistics, and what is set by hand."""

    def __init__(
        self,
        hass: HomeAssistant,
        subentry: ConfigSubentry,
        source: WindowSource,
        tariff: Tariff,
        goal: Goal,
    ) -> None:
        """Prepare an empty memory; async_load() fills it."""
        owner, name = subentry.subentry_id, subentry.title
        self.goal = goal
        # Start of the window whose broken target was an event.
        self.exceeded: int | None = None
        self.disagreements: list[Disagreement] = []
        # What was learned of how windows go on.
        self.projection = Projection()
        self._source = source
        self._calendar = calendar = tariff.calendar
        self._changed: set[int] = set()
        self._changed_months: set[str] = set()
        self._state = DelayedStore(
            hass, state_key(owner), STATE_DELAY, self._state_data
        )
        self.archive = WindowArchive(hass, owner, name, calendar.zone)
        self.profiles = PowerProfiles(
            hass, owner, name, calendar=calendar, archive=self.archive, source=source
        )
        self._tariff_windows = TariffWindows(hass, owner, self.archive, calendar)
        self._statistics = DemandStatistics(
            hass, subentry.data[CONF_SLUG], name, calendar.zone
        )
        self._imports = WindowImports(
            hass, self.archive, self._tariff_windows, self._statistics, self.profiles
        )

    @property
    def ledger(self) -> Ledger:
        """The peaks of all known months."""
        return self._tariff_windows.ledger

    @property
    def last_window(self) -> Window | None:
        """The window of the tariff that closed last."""
        return self._tariff_windows.last_window

    def running(self, quarter: Running | None) -> Running | None:
        """Return the tariff's window that runs, from the quarter that runs."""
        if quarter is None:
            return None
        return running_window(quarter, self.archive.recent, self._calendar)

    async def async_load(self, now: int) -> dict[str, Any]:
        """Remember; returns the state of the source, {} when there is none."""
        saved = await self._state.async_load() or {}
        self.goal.restore(saved.get("goal"))
        self.projection = Projection(saved.get("projection"))
        exceeded = saved.get("exceeded")
        self.exceeded = exceeded if isinstance(exceeded, int) else None
        await self._tariff_windows.async_load()
        await self._async_load_windows(now)
        await self.profiles.async_load(now)
        state = saved.get("meter")
        if not isinstance(state, dict):
            return {}
        return (
            state if (clock := saved.get("clock")) is None else state | {"clock": clock}
        )

    async def _async_load_windows(self, now: int) -> None:
        """Open the months that may still change, and count what the ledger lost.

        The window that ran last may be in the last month that is known, however long
        ago, and a device may be slow to close the last window of a month.
        """
        if self.ledger.moved:
            await self.archive.async_sort_into_months()
        month = month_of(now, self._calendar.zone)
        # A cap is told by the energy of the last 31 days.
        before = month_of(now - LONGEST_MONTH, self._calendar.zone)
        stored = await self.archive.async_stored_months()
        known = {*stored, *self.ledger.months}
        first = min(before, max(known, default=before))
        opened = {before, month} | {name for name in known if name >= first}
        since, counted = now - now % HOUR - REPUBLISHED, self.ledger.known_months
        if self.ledger.stale:
            # What does not count any more has to go from the statistics too.
            self._statistics.clear()
            self._tariff_windows.touch()
            since, counted = 0, []
        for name in sorted(stored.difference(counted) - opened):
            quarters = await self.archive.async_month(name)
            await asyncio.sleep(0)
            self._write_statistics(self._tariff_windows.recount(name, quarters), ())
        self.ledger.stale = False
        await self._async_open(opened, since)
        self._changed_months.update(self.ledger.months)

    async def _async_open(self, months: set[str], since: int) -> None:
        """Open months and count them; publish their windows from `since` (unix s)."""
        for month in sorted(months):
            await self.archive.async_open(month)
        newest = max(self.archive.recent, default=0)
        for month in sorted(months):
            over = self._tariff_windows.replay(month, newest)
            self._write_statistics([item for item in over if item.start >= since], ())
            # Some thousands of windows are enough for one turn of the event loop.
            await asyncio.sleep(0)

    async def async_quarters(
        self, start: int, end: int
    ) -> AsyncGenerator[list[Window]]:
        """Yield the known quarters that begin in [start, end), unix s, in order.

        Those of a month at once, and never none; between two months others have their
        turn.
        """
        for month in sorted(await self._async_months()):
            if found := await self.archive.async_between(month, start, end):
                yield found
                await asyncio.sleep(0)

    async def async_windows(self, start: int, end: int) -> list[Window]:
        """Return the closed windows that begin in [start, end), unix s, in order."""
        until = end + self._calendar.rule.window - QUARTER
        found: list[Window] = []
        async for month in self.async_quarters(start, until):
            quarters = {quarter.start: quarter for quarter in month}
            over = self._tariff_windows.over(quarters)
            found += [window for window in over if start <= window.start < end]
        return found

    async def async_profiles(self, start: int, end: int) -> Profiles:
        """Return how quarters that begin in [start, end), unix s, were drawn."""
        months = await self._async_months()
        return await self.profiles.async_between(start, end, months)

    async def _async_months(self) -> set[str]:
        """Return the months that something is known of; files may not be written yet."""
        return await self.archive.async_stored_months() | self.ledger.months.keys()

    def add(self, quarter: Window) -> list[ClosedWindow]:
        """Remember a closed quarter; return the tariff's windows that it changes."""
        closed = self._tariff_windows.add(quarter)
        if self.archive.has(quarter.start):
            self.touch()
            self._tariff_windows.touch()
            self.profiles.note(quarter.start)
        for window, _change, _revised in closed:
            self._changed.add(window.start)
            self._changed_months.add(month_of(window.start, self._calendar.zone))
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
        return await self._imports.async_import(windows, profiles)

    def take_month_peaks(self, peaks: Sequence[Seed]) -> None:
        """Take the month peaks that a meter keeps itself; the meter is right."""
        plain = self._calendar.rule.plain
        self.disagreements = [
            disagreement
            for disagreement in settle(self.ledger, peaks)
            if plain and not self.ledger.overridden(disagreement.month)
        ]
        self._tariff_windows.touch()
        self._changed_months.update(peak.month for peak in peaks)

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
            async with self._imports.lock:
                await self.archive.async_drop(month, since)
                await self.profiles.async_drop(month, since)
                quarters = await self.archive.async_month(month)
                self._tariff_windows.recount(month, quarters)
        await self._async_publish_month(month, anew=peak is None)

    async def async_restore_measured(self, month: str) -> None:
        """Let what was measured of a month count again."""
        quarters = await self.archive.async_month(month)
        self.ledger.restore_measured(month, self._tariff_windows.over(quarters))
        await self._async_publish_month(month, anew=self.ledger.peak(month) is None)

    async def _async_publish_month(self, month: str, *, anew: bool) -> None:
        """Let what somebody said of a month reach the disk and the statistics."""
        self._tariff_windows.touch()
        if anew:
            await self._async_rewrite()
        self._write_statistics((), [month])

    async def _async_rewrite(self) -> None:
        """Write all statistics anew, so that what no longer counts is gone from them."""
        self._statistics.clear()
        for month in sorted(await self.archive.async_stored_months()):
            quarters = await self.archive.async_month(month)
            self._write_statistics(self._tariff_windows.over(quarters), ())
            await asyncio.sleep(0)
        self._write_statistics((), self.ledger.months)

    def publish(self) -> None:
        """Count and write the statistics of what changed since the last time."""
        self._tariff_windows.count_energy()
        hours = {start - start % HOUR for start in self._changed}
        over = self._tariff_windows.windows_in(hours, HOUR)
        self._write_statistics(over, self._changed_months)
        self._changed.clear()
        self._changed_months.clear()

    def _write_statistics(
        self, windows: Iterable[Window], months: Iterable[str]
    ) -> None:
        self._statistics.write(windows, months, self.ledger)

    async def async_flush(self) -> None:
        """Write everything to disk now; an import that runs ends with its month."""
        await self._imports.async_stop()
        self._state.schedule()
        await self._state.async_flush()
        await self._tariff_windows.async_flush()
        await self.archive.async_flush()
        await self.profiles.async_flush()

    def _state_data(self) -> dict[str, Any]:
        # Versions that know no clock refuse a meter with one.
        meter = self._source.state()
        clock = meter.pop("clock", None)
        return {
            "meter": meter,
            **({} if clock is None else {"clock": clock}),
            "exceeded": self.exceeded,
            "goal": self.goal.to_dict(),
            "projection": self.projection.to_dict(),
        }
