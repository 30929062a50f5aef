"""Take windows that were measured elsewhere into the months of a demand meter.

Years of them may come at once. Each month is counted once, and between two steps
others have their turn.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import batched
import time
from types import MappingProxyType
from typing import Final

from ...core.demand.history.intake import ImportCounts, Intake, Windows
from ...core.demand.powers.profile import PowerProfile
from ...core.tariff.rule import Calendar
from ...core.windows import HOUR, Window
from .windows import WindowArchive

# As many windows are looked at in one turn of the event loop.
PIECE: Final = 1000

# Counts a month anew from all its quarters; returns its windows that are over.
type Count = Callable[[str, Windows], list[Window]]
# Writes the statistics of windows, and of months.
type Publish = Callable[[Iterable[Window], Iterable[str]], None]
# Keeps profiles of a month, of which these are all quarters.
type Keep = Callable[[str, Profiles, Windows], Awaitable[None]]

type Profiles = Mapping[int, PowerProfile]

NO_PROFILES: Final[Profiles] = MappingProxyType({})


class DemandIntake:
    """Put windows into months, statistics and files, month by month.

    `lock` is held while a month is changed. `keep_pace` waits for who writes the
    statistics.
    """

    def __init__(
        self,
        archive: WindowArchive,
        calendar: Calendar,
        *,
        count: Count,
        publish: Publish,
        keep: Keep,
        keep_pace: Callable[[], Awaitable[None]],
    ) -> None:
        """Begin with nothing."""
        self.lock = asyncio.Lock()
        self._archive = archive
        self._calendar = calendar
        self._count = count
        self._publish = publish
        self._keep = keep
        self._keep_pace = keep_pace
        self._stopped = False

    async def async_import(
        self, windows: Iterable[Window], profiles: Profiles = NO_PROFILES
    ) -> ImportCounts:
        """Take windows in any order; to import twice is to import once.

        Whatever was cut off is imported again. Those that were not reached before
        async_stop() are in none of the counts.
        """
        intake = Intake(int(time.time()), self._calendar.zone)
        given = added = 0
        for piece in batched(windows, PIECE, strict=False):
            intake.take(piece)
            given += len(piece)
            await asyncio.sleep(0)
        months = intake.months
        for month in sorted(months):
            async with self.lock:
                if self._stopped:
                    break
                found = months.pop(month)
                added += await self._async_import_month(month, found, profiles)
            await self._keep_pace()
        given -= sum(map(len, months.values()))
        return ImportCounts(added, given - added - intake.refused, intake.refused)

    async def async_stop(self) -> None:
        """Let what runs end with its month, and take nothing any more."""
        self._stopped = True
        async with self.lock:
            pass

    async def _async_import_month(
        self, month: str, found: Windows, profiles: Profiles
    ) -> int:
        quarters, added = await self._archive.async_merge(month, found)
        await asyncio.sleep(0)
        # Counted before it is written: what is cut off here is imported again. And
        # published at once: a window may close at any other time.
        over = self._count(month, quarters)
        starts = map(self._calendar.window_start, found)
        hours = {start - start % HOUR for start in starts}
        news = [
            window for window in over if window.start - window.start % HOUR in hours
        ]
        self._publish(news, [month])
        if drawn := {start: profiles[start] for start in found if start in profiles}:
            await self._keep(month, drawn, quarters)
        if added:
            await asyncio.sleep(0)
            await self._archive.async_save(month, quarters)
        return added
