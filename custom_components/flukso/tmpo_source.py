"""The history of a demand meter's sensors, as the Fluksometer itself keeps it."""

from collections.abc import AsyncGenerator, Sequence
import time

from homeassistant.core import HomeAssistant

from .backfill import Missing
from .core.demand.windows import Window
from .core.fluksometer.tmpo import LEVELS
from .demand_feed import FluksometerFeed
from .errors import invalid
from .healing_energy import async_heal_energy
from .healing_holes import HOUR
from .hub import FluksometerHub
from .tmpo_keeper import Records, TmpoKeeper
from .transport.errors import CannotConnect

# As much is read and imported at once: a block of the largest level, 12 days.
SLICE = 1 << LEVELS[-1]


class DeviceSource:
    """Windows out of the device's own blocks, newest first.

    All blocks come in one burst, packed; they are read a slice at a time. The hours of
    energy before the first that is known follow.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        hub: FluksometerHub,
        keeper: TmpoKeeper,
        feed: FluksometerFeed,
    ) -> None:
        """Read the sensors of a feed."""
        self._hass = hass
        self._hub = hub
        self._keeper = keeper
        self._feed = feed

    async def async_slices(
        self, start: int, end: int, missing: Missing
    ) -> AsyncGenerator[Sequence[Window]]:
        """Yield windows to be imported before the next are read."""
        if not await missing(start, end):
            return
        since = max(0, start - HOUR)
        self._keeper.hold(self, since)
        try:
            await self._async_fetch(since)
            for begin in range((end - 1) // SLICE * SLICE, start - SLICE, -SLICE):
                first, final = max(start, begin), min(end, begin + SLICE)
                recorded = await self._keeper.async_records(first - HOUR, final + HOUR)
                if not recorded:
                    continue
                yield await self._async_recount(recorded, await missing(first, final))
                hours = range(first - first % HOUR, final, HOUR)
                await async_heal_energy(
                    self._hass, self._hub, recorded, hours, only_before=True
                )
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

    async def _async_recount(
        self, recorded: Records, wanted: Sequence[int]
    ) -> list[Window]:
        """Return the quarters that are told of, those wanted among them."""
        found = await self._hass.async_add_executor_job(self._feed.recount, recorded)
        starts = set(wanted)
        return [window for window in found if window.start in starts]
