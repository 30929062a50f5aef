"""The profiles of a demand meter on disk, one file per month."""

from collections.abc import Callable, Iterable, Mapping
import time
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback

from ...core.demand.powers.kept import RECENT, MonthProfiles, window_powers
from ...core.demand.powers.profile import PowerProfile
from ...core.tariff.rule import Calendar
from ...core.windows import QUARTER, Window, month_of
from ...helpers.storage import (
    PROFILES,
    PROFILES_DELAY,
    DelayedStore,
    async_stored_months,
    profiles_key,
)
from .months import async_report_damage
from .windows import WindowArchive

# What tells of the end of a quarter may come so long after it, s.
RIPE: Final = 15

type Source = Callable[[int, float | None], PowerProfile | None]


class ProfileShelf:
    """Keep how quarters were drawn: a month's ten highest windows, and two days.

    Months that still change are open: in memory, and written when they change.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        subentry_id: str,
        name: str,
        calendar: Calendar,
        archive: WindowArchive,
        source: Source,
    ) -> None:
        """Begin empty; `source` tells of a quarter that closed: its start, its kWh."""
        self._hass = hass
        self._subentry_id = subentry_id
        self._name = name
        self._calendar = calendar
        self._archive = archive
        self._source = source
        self._open: dict[str, MonthProfiles] = {}
        self._files: dict[str, DelayedStore] = {}
        # Quarters that closed, of which the end may still be told.
        self._closed: set[int] = set()

    async def async_load(self, now: int) -> None:
        """Open the months of the last two days; let go what became old meanwhile."""
        stored = await self._async_stored()
        first = self._month(now - RECENT)
        newest = max(stored, default=first)
        for month in {first, self._month(now)} | {
            item for item in stored if item > first
        }:
            await self._async_open(month)
        for month in {first, newest}:
            await self.async_merge(month, {}, await self._archive.async_month(month))

    async def _async_open(self, month: str) -> MonthProfiles:
        if month not in self._open:
            stored = await self._async_read(month)
            # A window may have opened it meanwhile.
            opened = self._open.setdefault(month, stored)
            for start, profile in stored.by_start.items():
                opened.put(start, profile)
        return self._open[month]

    def _month(self, moment: float) -> str:
        return month_of(moment, self._calendar.zone)

    @callback
    def note(self, start: int) -> None:
        """Keep the profile of a quarter that closed, once its end is surely told."""
        self._closed.add(start)
        self._schedule(self._month(start))

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
                self._schedule(month)

    def _take(self, starts: Iterable[int]) -> None:
        """Take the profiles of quarters, as far as they are told."""
        for start in starts:
            window = self._archive.recent.get(start)
            if window is None:
                continue
            profile = self._source(start, window.energy if window.complete else None)
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
        is_old = month < min(self._open, default=month)
        profiles = await (self._async_read if is_old else self._async_open)(month)
        changed = False
        for start, profile in found.items():
            window = windows.get(start)
            fitted: PowerProfile | None = profile
            if window is not None and window.complete:
                fitted = profile.fitted(window.energy)
            if fitted is not None and profiles.put(start, fitted):
                changed = True
        if (windows and profiles.prune(windows, time.time())) or changed:
            await self._async_write(month, profiles)

    async def async_between(
        self, start: int, end: int, months: Iterable[str]
    ) -> dict[int, PowerProfile]:
        """Return the profiles of quarters of these months that begin in [start, end)."""
        self._take(self._closed)
        first, last = self._month(start), self._month(end)
        found: dict[int, PowerProfile] = {}
        for month in months:
            if first <= month <= last:
                found.update((await self._async_month(month)).by_start)
        return {begin: found[begin] for begin in found if start <= begin < end}

    async def async_window(self, start: int) -> list[int | None] | None:
        """Return the powers of the tariff's window from `start`, W; None if unknown.

        Also of the one that runs, as far as it has come.
        """
        length = self._calendar.rule.window
        months = {self._month(start), self._month(start + length - 1)}
        found = await self.async_between(start, start + length, months)
        for place in range(start, start + length, QUARTER):
            if place not in found and (told := self._source(place, None)) is not None:
                found[place] = told
        return window_powers(found, start, length)

    async def _async_month(self, month: str) -> MonthProfiles:
        return self._open.get(month) or await self._async_read(month)

    async def async_drop(self, month: str, before: int) -> None:
        """Delete the profiles of what began in a month before a moment, for good."""
        profiles = await self._async_month(month)
        profiles.drop(before)
        await self._async_write(month, profiles)

    async def async_flush(self) -> None:
        """Write now what has changed."""
        for file in self._files.values():
            await file.async_flush()

    def _schedule(self, month: str) -> None:
        if month not in self._files:
            self._files[month] = self._file(month, lambda: self._rows(month))
        self._files[month].schedule()

    def _rows(self, month: str) -> dict[str, Any]:
        """Return what there is of an open month, as it is written."""
        self._take([start for start in self._closed if self._month(start) == month])
        return self._open.get(month, MonthProfiles(self._calendar)).to_dict()

    def _file(self, month: str, rows: Callable[[], dict[str, Any]]) -> DelayedStore:
        key = profiles_key(self._subentry_id, month)
        return DelayedStore(self._hass, key, PROFILES_DELAY, rows)

    async def _async_stored(self) -> set[str]:
        return await async_stored_months(self._hass, self._subentry_id, PROFILES)

    async def _async_write(self, month: str, profiles: MonthProfiles) -> None:
        if month in self._open:
            self._schedule(month)
            await self._files[month].async_flush()
            return
        file = self._file(month, profiles.to_dict)
        file.schedule()
        await file.async_flush()

    async def _async_read(self, month: str) -> MonthProfiles:
        """Read a month; what is no profile is set aside and reported."""
        profiles = MonthProfiles(self._calendar)
        file = self._file(month, profiles.to_dict)
        if not profiles.restore(await file.async_load()):
            await file.async_set_aside()
            file.schedule()
            await file.async_flush()
            async_report_damage(
                self._hass,
                self._subentry_id,
                profiles_key(self._subentry_id, month),
                translation_key="damaged_profiles",
                name=self._name,
                month=month,
            )
        return profiles
