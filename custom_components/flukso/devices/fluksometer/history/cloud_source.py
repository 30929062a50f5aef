"""The history of a demand meter's sensors, as Flukso's cloud keeps it."""

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
import logging
import time

from homeassistant.core import HomeAssistant

from ....core.fluksometer.cloud import Means, SeriesSpan, blocks_for, spans_for
from ....core.fluksometer.tmpo.keys import LEVELS, BlockKey
from ....core.fluksometer.tmpo.store import Packed, unpacked
from ....core.windows import HOUR, QUARTER, Window
from ....demand.history import MissingQuarters, Slice, Untold
from ....demand.source import Recorded
from ....history.energy_gaps import EnergyGaps
from ....transport.errors import CloudError, CloudFault, PartUntold
from ....transport.http.cloud import FluksoCloud
from .cloud_presence import CloudPresence
from .keeper import SeriesBySensor

LOGGER = logging.getLogger(__name__)

# As much is read and imported at once: a block of the largest level, 12 days.
SLICE = 1 << LEVELS[-1]
# The last quarter of an hour begins so long after the hour, s.
LAST = HOUR - QUARTER


class CloudReader:
    """Read windows and hours of energy from the cloud, newest first.

    What is known is not asked for: after a failure, the same call goes on where that
    one ended. What the cloud never tells is left out as long as it tells anything else.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        recorded: Recorded,
        cloud: FluksoCloud,
        gaps: EnergyGaps,
        recycle_ids: Mapping[str, int],
    ) -> None:
        """Read the sensors of a demand meter; others of its device if the token may.

        `recycle_ids`: the use of each sensor that its history belongs to.
        """
        self._hass = hass
        self._recorded = recorded
        self._cloud = cloud
        self._gaps = gaps
        self._recycle_ids = recycle_ids
        self._keys: dict[str, list[BlockKey]] = {}
        self._packed: dict[BlockKey, bytes] = {}
        self._keeps_means = True
        self._untold: list[Untold] = []
        # What is missing of the sensors where nothing is told of them.
        self._whole: dict[str, Untold] = {}
        self._lost: set[BlockKey] = set()
        self._presence = CloudPresence(cloud, recycle_ids)

    async def async_slices(
        self, start: int, end: int, quarters: MissingQuarters
    ) -> AsyncGenerator[Slice]:
        """Yield what is missing of a period, newest first; raises CloudError."""
        hours = await self._gaps.async_first(start, end)
        quarter = await quarters.async_first(start, end)
        missing = [*hours.values()] if quarter is None else [quarter, *hours.values()]
        if not missing:
            return
        await self._async_list(quarter, hours, end)
        # The first quarter of a slice needs the end of the block before: it is left to
        # the next slice, and that one has the block after it at hand.
        last = (end - 1 - QUARTER) // SLICE * SLICE
        oldest = max(start, min(missing))
        for begin in range(last, oldest - QUARTER - SLICE, -SLICE):
            first = max(start, begin + QUARTER)
            final = min(end, begin + SLICE + QUARTER)
            async with aclosing(self._async_slice(first, final, quarters)) as parts:
                async for part in parts:
                    yield part._replace(untold=self._untold)
                    self._untold = []

    async def _async_list(
        self, quarter: int | None, hours: Mapping[str, int], end: int
    ) -> None:
        """List the blocks since the first missing quarter, or hour, of each sensor."""
        needed = self._recorded.sensors
        for sensor, rid in sorted(
            self._recycle_ids.items(), key=lambda item: (item[0] not in needed, item)
        ):
            firsts = [hours[sensor]] if sensor in hours else []
            if quarter is not None and sensor in needed:
                firsts.append(quarter)
            if not firsts:
                continue
            since = min(firsts) - QUARTER
            self._whole[sensor] = Untold(sensor, since + QUARTER, end)
            try:
                keys = await self._cloud.async_list(sensor, rid, since)
            except PartUntold as err:
                await self._async_leave_out(self._whole[sensor], err)
                continue
            except CloudError as err:
                # Others than those of the demand meter are welcome, no more.
                if sensor in needed or err.fault is not CloudFault.REFUSED:
                    raise
                continue
            self._presence.listed = sensor
            self._keys[sensor] = [key for key in keys if key.rid == rid]

    async def _async_leave_out(self, part: Untold, err: PartUntold) -> None:
        """Note that a part is missing; raises the error if the cloud tells nothing."""
        LOGGER.debug("Left out a part: %s", err)
        await self._presence.async_check(part.sensor, err)
        self._untold.append(part)

    async def _async_slice(
        self, first: int, final: int, quarters: MissingQuarters
    ) -> AsyncGenerator[Slice]:
        """Yield a slice: blocks, and means of power where they leave something out."""
        wanted = await quarters.async_between(first, final)
        hours = await self._gaps.async_missing(first, final)
        if series := await self._async_series(wanted, hours):
            windows = await self._async_recount(series, wanted) if wanted else []
            filled = await self._gaps.async_fill(series, first, final)
            yield Slice(final, windows, filled)
            wanted = await quarters.async_between(first, final)
        if self._keeps_means and wanted:
            async with aclosing(self._async_means(wanted)) as means:
                async for windows in means:
                    yield Slice(final, windows)
        yield Slice(first)

    async def _async_series(
        self, wanted: Sequence[int], hours: Mapping[str, list[int]]
    ) -> SeriesBySensor:
        """Return what blocks tell of the wanted quarters, and of hours by sensor."""
        # Where quarters were not seen, the row of an hour may not be true either.
        doubtful = [quarter - LAST for quarter in wanted if quarter % HOUR == LAST]
        keys: list[BlockKey] = []
        for sensor, listed in self._keys.items():
            needed = {*_quarters_of(hours.get(sensor, ()))}
            if sensor in self._recorded.sensors:
                needed.update(wanted)
                needed.update(_quarters_of(doubtful) if sensor in hours else ())
            keys += blocks_for(sorted(needed), listed)
        # What the slice before needed of these is at hand.
        packed = {key: self._packed.get(key) for key in sorted(keys, key=_by_time)}
        for key, payload in packed.items():
            if payload is None and key not in self._lost:
                packed[key] = await self._async_block(key)
        self._packed = {key: payload for key, payload in packed.items() if payload}
        if not self._packed:
            return {}
        series, damaged = await self._hass.async_add_executor_job(
            _read, [*self._packed.items()]
        )
        for key in damaged:
            self._lose(key)
            del self._packed[key]
        return series

    async def _async_block(self, key: BlockKey) -> bytes | None:
        """Return a block; None when the cloud does not tell it."""
        try:
            block = await self._cloud.async_block(key)
        except PartUntold as err:
            await self._async_leave_out(_part(key), err)
            self._lost.add(key)
            return None
        if block is None:
            self._lose(key)
        return block

    def _lose(self, key: BlockKey) -> None:
        self._lost.add(key)
        self._untold.append(_part(key))

    async def _async_recount(
        self, series: SeriesBySensor, wanted: Sequence[int]
    ) -> list[Window]:
        """Return those of the wanted quarters that the series make windows of."""
        start, end = wanted[0] - QUARTER, wanted[-1] + 2 * QUARTER
        found = await self._hass.async_add_executor_job(
            lambda: self._recorded.recount(
                {
                    sensor: counted.between(start, end)
                    for sensor, counted in series.items()
                    if sensor in self._recorded.sensors
                }
            )
        )
        starts = set(wanted)
        LOGGER.debug("%d windows from blocks", len(found))
        return [window for window in found if window.start in starts]

    async def _async_means(self, wanted: Sequence[int]) -> AsyncGenerator[list[Window]]:
        """Yield those of the wanted quarters that means of power tell of, newest first."""
        for span in spans_for(wanted, int(time.time())):
            means = await self._async_means_of(span)
            if not self._keeps_means:
                return
            windows = self._recorded.of_means(means, span.resolution.seconds)
            LOGGER.debug("%d windows from means of power", len(windows))
            starts = {
                quarter for quarter in wanted if span.first <= quarter <= span.last
            }
            yield [window for window in windows if window.start in starts]

    async def _async_means_of(self, span: SeriesSpan) -> dict[str, Means]:
        """Return the means of the sensors; not all where one of them is not told."""
        means: dict[str, Means] = {}
        for sensor in sorted(self._recorded.sensors):
            part = Untold(sensor, span.first, span.last + QUARTER)
            try:
                found = await self._cloud.async_means(sensor, span)
            except PartUntold as err:
                await self._async_leave_out(part, err)
                break
            except CloudError as err:
                if err.fault is not CloudFault.UNKNOWN_SENSOR or not self._tells_any:
                    raise
                self._untold.append(self._whole.get(sensor, part))
                self._keeps_means = False
                break
            if found is None:
                # And none of what is older.
                self._keeps_means = False
                break
            means[sensor] = found
        return means

    @property
    def _tells_any(self) -> bool:
        return any(self._keys.get(sensor) for sensor in self._recorded.sensors)


def _quarters_of(hours: Iterable[int]) -> Iterator[int]:
    """Yield the quarters of an hour that tell of some hours, in order."""
    for hour in hours:
        yield from range(hour, hour + HOUR, QUARTER)


def _part(key: BlockKey) -> Untold:
    return Untold(key.sensor_id, key.begin, key.end)


def _by_time(key: BlockKey) -> tuple[int, BlockKey]:
    return key.begin, key


def _read(packed: Sequence[Packed]) -> tuple[SeriesBySensor, list[BlockKey]]:
    """Return what blocks hold of each sensor, and the damaged; slow, so for a thread."""
    history = unpacked(packed, time.time())
    for drop in history.drops:
        LOGGER.debug("Dropped a block: %s", drop)
    series = {sensor: found for (sensor, _rid), found in history.series.items()}
    return series, history.damaged
