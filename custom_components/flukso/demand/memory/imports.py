"""Take windows that were measured elsewhere into the months of a demand meter.

Years of them may come at once. Each month is counted once, and between two steps
others have their turn.
"""

import asyncio
from collections.abc import Iterable, Mapping
from itertools import batched
import time
from types import MappingProxyType
from typing import Final

from homeassistant.core import HomeAssistant

from ...core.demand.history.intake import ImportCounts, Intake, Windows
from ...core.demand.powers.profile import PowerProfile
from ...core.windows import HOUR, Window
from ...statistics.demand import DemandStatistics, async_keep_pace
from .powers import PowerProfiles
from .tariff_windows import TariffWindows
from .windows import WindowArchive

# As many windows are looked at in one turn of the event loop.
PIECE: Final = 1000

type Profiles = Mapping[int, PowerProfile]

NO_PROFILES: Final[Profiles] = MappingProxyType({})


class WindowImports:
    """Put windows into the ledger, the statistics and the files, month by month.

    `lock` is held while a month is changed.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        archive: WindowArchive,
        tariff_windows: TariffWindows,
        statistics: DemandStatistics,
        profiles: PowerProfiles,
    ) -> None:
        """Begin with nothing; what is imported goes into all of these."""
        self.lock = asyncio.Lock()
        self._hass = hass
        self._archive = archive
        self._tariff_windows = tariff_windows
        self._statistics = statistics
        self._profiles = profiles
        self._stopped = False

    async def async_import(
        self, windows: Iterable[Window], profiles: Profiles = NO_PROFILES
    ) -> ImportCounts:
        """Take windows in any order; to import twice is to import once.

        Whatever was cut off is imported again. Those that were not reached before
        async_stop() are in none of the counts.
        """
        intake = Intake(int(time.time()), self._tariff_windows.calendar.zone)
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
            await async_keep_pace(self._hass)
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
        # Counted before it is written: what is cut off here is imported again. And in
        # the statistics at once: a window may close at any other time.
        over = self._tariff_windows.recount(month, quarters)
        news = self._in_hours_of(found, over)
        self._statistics.write(news, [month], self._tariff_windows.ledger)
        if drawn := {start: profiles[start] for start in found if start in profiles}:
            await self._profiles.async_merge(month, drawn, quarters)
        if added:
            await asyncio.sleep(0)
            await self._archive.async_save(month, quarters)
        return added

    def _in_hours_of(self, found: Windows, over: Iterable[Window]) -> list[Window]:
        """Return the tariff's windows of the hours that imported quarters are in."""
        starts = map(self._tariff_windows.calendar.window_start, found)
        hours = {start - start % HOUR for start in starts}
        return [
            window for window in over if window.start - window.start % HOUR in hours
        ]
