"""The history of a demand meter's sensors, as the Fluksometer itself keeps it."""

from collections.abc import AsyncGenerator, Sequence
import time

from homeassistant.core import HomeAssistant

from ....core.fluksometer.tmpo.keys import LEVELS
from ....core.windows import HOUR, Window
from ....demand.history import MissingQuarters, Slice
from ....demand.source import Recorded
from ....helpers.errors import invalid
from ....history.energy_gaps import EnergyGaps
from ....transport.errors import CannotConnect
from .keeper import BlockKeeper, SeriesBySensor

# As much is read and imported at once: a block of the largest level, 12 days.
SLICE = 1 << LEVELS[-1]


class DeviceReader:
    """Read windows and hours of energy from the device's own blocks, newest first.

    All blocks since the first that is missing come in one burst, packed; they are read
    a slice at a time.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        keeper: BlockKeeper,
        recorded: Recorded,
        gaps: EnergyGaps,
    ) -> None:
        """Read the sensors of a demand meter, and the counters of its device."""
        self._hass = hass
        self._keeper = keeper
        self._recorded = recorded
        self._gaps = gaps

    async def async_slices(
        self, start: int, end: int, quarters: MissingQuarters
    ) -> AsyncGenerator[Slice]:
        """Yield what is missing of a period, newest first.

        Raises HomeAssistantError when the device does not answer.
        """
        missing = [*(await self._gaps.async_first(start, end)).values()]
        if (quarter := await quarters.async_first(start, end)) is not None:
            missing.append(quarter)
        if not missing:
            return
        oldest = max(start, min(missing))
        since = max(0, min(missing) - HOUR)
        self._keeper.keep(self, since)
        try:
            await self._async_fetch(since)
            for begin in range((end - 1) // SLICE * SLICE, oldest - SLICE, -SLICE):
                first, final = max(start, begin), min(end, begin + SLICE)
                wanted = await quarters.async_between(first, final)
                yield await self._async_read(first, final, wanted)
        finally:
            self._keeper.keep(self, None)

    async def _async_fetch(self, since: int) -> None:
        """Get all blocks since a moment; raises ServiceValidationError if none come."""
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
        series = await self._keeper.async_series(first - HOUR, final + HOUR)
        if not series:
            return Slice(first)
        windows = await self._async_recount(series, wanted) if wanted else []
        filled = await self._gaps.async_fill(series, first, final)
        return Slice(first, windows, filled)

    async def _async_recount(
        self, series: SeriesBySensor, wanted: Sequence[int]
    ) -> list[Window]:
        """Return those of the wanted quarters that the series make windows of."""
        found = await self._hass.async_add_executor_job(self._recorded.recount, series)
        starts = set(wanted)
        return [window for window in found if window.start in starts]
