"""How the quarters of a demand meter were drawn, on disk, one file per month."""

from collections.abc import Iterable, Mapping
import time
from typing import Any, override

from homeassistant.core import HomeAssistant, callback

from ...core.demand.powers.kept import RECENT, MonthProfiles, window_powers
from ...core.demand.powers.profile import PowerProfile
from ...core.tariff.rule import Calendar
from ...core.windows import QUARTER, Window, month_of
from ...helpers.storage import PROFILES, PROFILES_DELAY
from ..source import WindowSource
from .months import MonthFiles, StoredAs
from .windows import WindowArchive

# What tells of the end of a quarter may come so long after it, s.
RIPE = 15


class PowerProfiles(MonthFiles[MonthProfiles]):
    """How quarters were drawn: those of a month's ten highest windows, and of two days."""

    stored_as = StoredAs(PROFILES, PROFILES_DELAY, translation_key="damaged_profiles")

    def __init__(
        self,
        hass: HomeAssistant,
        subentry_id: str,
        name: str,
        *,
        calendar: Calendar,
        archive: WindowArchive,
        source: WindowSource,
    ) -> None:
        """Begin empty; `source` knows the powers of a quarter that has just closed."""
        super().__init__(hass, subentry_id, name)
        self._calendar = calendar
        self._archive = archive
        self._source = source
        # Quarters that closed, of which the end may still be told.
        self._closed: set[int] = set()

    async def async_load(self, now: int) -> None:
        """Open the months of the last two days; let go what became old meanwhile."""
        stored = await self.async_stored_months()
        first = self._month(now - RECENT)
        newest = max(stored, default=first)
        for month in {first, self._month(now)} | {
            item for item in stored if item > first
        }:
            await self.async_open(month)
        for month in {first, newest}:
            await self.async_merge(month, {}, await self._archive.async_month(month))

    def _month(self, moment: float) -> str:
        return month_of(moment, self._calendar.zone)

    @callback
    def note(self, start: int) -> None:
        """Keep the profile of a quarter that closed, once its end is surely told."""
        self._closed.add(start)
        self.schedule(self._month(start))

    @callback
    def collect(self, now: int) -> None:
        """Take the profiles of quarters whose end is surely told by now (unix s)."""
        ripe = {start for start in self._closed if start + QUARTER + RIPE <= now}
        if not ripe:
            return
        self._take(ripe)
        self._closed -= ripe
        for month, profiles in self._open.items():
            # Without the windows of a month there is no telling which are the highest.
            if windows := self._archive.of_month(month):
                profiles.prune(windows, now)
                self.schedule(month)

    def _take(self, starts: Iterable[int]) -> None:
        """Take the profiles of quarters, as far as the source knows them."""
        for start in starts:
            window = self._archive.recent.get(start)
            if window is None:
                continue
            energy = window.energy if window.complete else None
            profile = self._source.profile(start, energy)
            if profile is not None:
                month = self._month(start)
                opened = self._open.setdefault(month, MonthProfiles(self._calendar))
                opened.put(start, profile)

    async def async_merge(
        self,
        month: str,
        found: Mapping[int, PowerProfile],
        windows: Mapping[int, Window],
    ) -> None:
        """Put profiles into a month, also an old one, and write it.

        `windows`: all of that month. What does not fit its window is not of it.
        """
        profiles = await self.async_changeable(month)
        changed = False
        for start, profile in found.items():
            window = windows.get(start)
            fitted: PowerProfile | None = profile
            if window is not None and window.complete:
                fitted = profile.fitted(window.energy)
            if fitted is not None and profiles.put(start, fitted):
                changed = True
        if (windows and profiles.prune(windows, time.time())) or changed:
            await self.async_save(month, profiles)

    async def async_between(
        self, start: int, end: int, months: Iterable[str]
    ) -> dict[int, PowerProfile]:
        """Return the profiles of quarters of these months that begin in [start, end)."""
        self._take(self._closed)
        first, last = self._month(start), self._month(end)
        found: dict[int, PowerProfile] = {}
        for month in months:
            if first <= month <= last:
                found.update((await self.async_month(month)).by_start)
        return {begin: found[begin] for begin in found if start <= begin < end}

    async def async_window(self, start: int) -> list[int | None] | None:
        """Return the powers of the tariff's window from `start`, W; None if unknown.

        Also of the one that runs, as far as it has come.
        """
        length = self._calendar.rule.window
        months = {self._month(start), self._month(start + length - 1)}
        found = await self.async_between(start, start + length, months)
        for place in range(start, start + length, QUARTER):
            profile = None if place in found else self._source.profile(place)
            if profile is not None:
                found[place] = profile
        return window_powers(found, start, length)

    @override
    async def async_save(self, month: str, content: MonthProfiles) -> None:
        """Write what was changed of a month now: the delay of open ones is long."""
        await super().async_save(month, content)
        if month in self._open:
            await self._files[month].async_flush()

    @override
    def _current(self, month: str) -> MonthProfiles:
        self._take([start for start in self._closed if self._month(start) == month])
        return self._open.get(month, MonthProfiles(self._calendar))

    @override
    def _parse(self, saved: dict[str, Any] | None) -> tuple[MonthProfiles, bool]:
        profiles = MonthProfiles(self._calendar)
        return profiles, profiles.restore(saved)

    @override
    def _rows(self, content: MonthProfiles) -> dict[str, Any]:
        return content.to_dict()

    @override
    def _joined(self, saved: MonthProfiles, newer: MonthProfiles) -> MonthProfiles:
        for start, profile in saved.by_start.items():
            newer.put(start, profile)
        return newer

    @override
    def _drop(self, content: MonthProfiles, before: int) -> None:
        content.drop(before)
