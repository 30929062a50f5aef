"""The history of a demand meter's sensors, as Flukso's cloud keeps it."""

from collections.abc import AsyncGenerator, Sequence
import logging
import time

from homeassistant.core import HomeAssistant

from .backfill import Missing
from .core.demand.windows import Window
from .core.fluksometer.cloud import QUARTER, Means, blocks_for, spans_for
from .core.fluksometer.tmpo import LEVELS, BlockKey
from .core.fluksometer.tmpo_shelf import Packed, unpacked
from .demand_feed import FluksometerFeed
from .transport.cloud import FluksoCloud

LOGGER = logging.getLogger(__name__)

# As much is read and imported at once: a block of the largest level, 12 days.
SLICE = 1 << LEVELS[-1]


class CloudSource:
    """Windows out of the cloud, newest first; its methods raise CloudError.

    What is known is not asked for: after a failure, the same call goes on where that
    one ended.
    """

    def __init__(
        self, hass: HomeAssistant, feed: FluksometerFeed, cloud: FluksoCloud
    ) -> None:
        """Read the sensors of a feed."""
        self._hass = hass
        self._feed = feed
        self._cloud = cloud
        self._keys: list[BlockKey] = []
        self._packed: dict[BlockKey, bytes] = {}
        self._keeps_means = True

    async def async_slices(
        self, start: int, end: int, missing: Missing
    ) -> AsyncGenerator[list[Window]]:
        """Yield windows to be imported before the next are asked for.

        Blocks come first; means of power where they leave something out.
        """
        if not await missing(start, end):
            return
        for sensor, rid in sorted(self._feed.recycle_ids.items()):
            self._keys += await self._cloud.async_list(sensor, rid, start - QUARTER)
        self._keys = [
            key
            for key in self._keys
            if key.rid == self._feed.recycle_ids[key.sensor_id]
        ]
        # The first quarter of a slice needs the end of the block before: it is left to
        # the next slice, and that one has the block after it at hand.
        last = (end - 1 - QUARTER) // SLICE * SLICE
        for begin in range(last, start - QUARTER - SLICE, -SLICE):
            first = max(start, begin + QUARTER)
            final = min(end, begin + SLICE + QUARTER)
            if wanted := await missing(first, final):
                yield await self._async_recounted(wanted)
            if self._keeps_means and (wanted := await missing(first, final)):
                async for windows in self._async_means(wanted):
                    yield windows

    async def _async_recounted(self, wanted: Sequence[int]) -> list[Window]:
        """Return the quarters that blocks tell of, those wanted among them."""
        keys = blocks_for(wanted, self._keys)
        # What the slice before needed of these is at hand.
        packed = {key: self._packed.get(key) for key in keys}
        for key in keys:
            if packed[key] is None:
                packed[key] = await self._cloud.async_block(key)
        self._packed = {key: payload for key, payload in packed.items() if payload}
        found = await self._hass.async_add_executor_job(
            self._recount, [*self._packed.items()], wanted
        )
        LOGGER.debug("%d windows from %d blocks", len(found), len(self._packed))
        return found

    def _recount(self, packed: Sequence[Packed], wanted: Sequence[int]) -> list[Window]:
        """Return what blocks tell of some quarters; slow, so for a thread."""
        history = unpacked(packed, time.time())
        for drop in history.drops:
            LOGGER.debug("Dropped a block: %s", drop)
        recorded = {
            sensor: series.between(wanted[0] - QUARTER, wanted[-1] + 2 * QUARTER)
            for (sensor, _rid), series in history.series.items()
        }
        starts = set(wanted)
        windows = self._feed.recount(recorded)
        return [window for window in windows if window.start in starts]

    async def _async_means(self, wanted: Sequence[int]) -> AsyncGenerator[list[Window]]:
        """Yield the quarters that means of power tell of, newest first."""
        for span in spans_for(wanted, int(time.time())):
            means: dict[str, Means] = {}
            for sensor in sorted(self._feed.sensors):
                found = await self._cloud.async_means(sensor, span)
                if found is None:
                    # And none of what is older.
                    self._keeps_means = False
                    return
                means[sensor] = found
            windows = self._feed.of_means(means, span.resolution.seconds)
            LOGGER.debug("%d windows from means of power", len(windows))
            told = {quarter for quarter in wanted if span.first <= quarter <= span.last}
            yield [window for window in windows if window.start in told]
