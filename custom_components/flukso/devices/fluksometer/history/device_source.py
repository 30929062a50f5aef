"""The history of a demand meter's sensors, as the Fluksometer itself keeps it."""

from collections.abc import AsyncGenerator, Sequence
import time

from homeassistant.core import HomeAssistant

from ....core.fluksometer.tmpo.keys import LEVELS
from ....core.windows import HOUR, Window
from ....demand.source import Recorded
from ....helpers.errors import invalid
from ....history.energy_gaps import EnergyGaps
from ....history.source import MissingQuarters, Slice
from ....transport.errors import CannotConnect
from .keeper import Records, TmpoKeeper

# As much is read and imported at once: a block of the largest level, 12 days.
SLICE = 1 << LEVELS[-1]


class DeviceSource:
    """Windows out of the device's own blocks, newest first, and hours of energy.

    All blocks since the first that is missing come in one burst, packed; they are read
    a slice at a time.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        keeper: TmpoKeeper,
        source: Recorded,
        gaps: EnergyGaps,
    ) -> None:
        """Read the sensors of a demand meter."""
        self._hass = hass
        self._keeper = keeper
        self._source = source
        self._gaps = gaps

    async def async_slices(
        self, start: int, end: int, quarters: MissingQuarters
    ) -> AsyncGenerator[Slice]:
        """Yield windows to be imported before the next are read."""
        missing = [*(await self._gaps.async_first(start, end)).values()]
        if (quarter := await quarters.async_first(start, end)) is not None:
            missing.append(quarter)
        if not missing:
            return
        oldest = max(start, min(missing))
        since = max(0, min(missing) - HOUR)
        self._keeper.hold(self, since)
        try:
            await self._async_fetch(since)
            for begin in range((end - 1) // SLICE * SLICE, oldest - SLICE, -SLICE):
                first, final = max(start, begin), min(end, begin + SLICE)
                wanted = await quarters.async_between(first, final)
                yield await self._async_read(first, final, wanted)
        finally:
            self._keeper.hold(self, None)

    async def _async_fetch(self, since: int) -> None:
        """Get everything since a moment; an action's error tells when it does not come."""
        try:
            came = await self._keeper.async_fetch(since, int(time.time()))
        except CannotConnect as err:
            raise invalid(translation_key="cannot_connect") from err
        if not came:
            raise invalid(translation_key="backfill_no_answer")

    async def _async_read(self, first: int, final: int, wanted: Sequence[int]) -> Slice:
        """Return the windows of a slice that are wanted; fill its hours."""
        hours = await self._gaps.async_missing(first, final)
        if not wanted and not any(hours.values()):
            return Slice(first)
        recorded = await self._keeper.async_records(first - HOUR, final + HOUR)
        if not recorded:
            return Slice(first)
        windows = await self._async_recount(recorded, wanted) if wanted else []
        filled = await self._gaps.async_fill(recorded, first, final)
        return Slice(first, windows, filled)

    async def _async_recount(
        self, recorded: Records, wanted: Sequence[int]
    ) -> list[Window]:
        """Return the quarters that are told of, those wanted among them."""
        found = await self._hass.async_add_executor_job(self._source.recount, recorded)
        starts = set(wanted)
        return [window for window in found if window.start in starts]
