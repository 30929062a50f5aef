"""Fill the hours of energy that the recorder lacks, from what somebody kept of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
import time

from homeassistant.components.recorder.models import StatisticData, StatisticMetaData
from homeassistant.components.sensor import SensorStateClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance

from ..core.energy.gaps import KnownRow, gap_rows, missing_hours
from ..core.energy.series import Series
from ..core.fluksometer.catalogue import Row
from ..core.fluksometer.grid_sensors import stamp_lag
from ..core.windows import HOUR
from ..devices.fluksometer.hub import FluksometerHub
from ..entities.displays import state_class
from ..statistics.demand import async_import_sums
from ..statistics.energy import EnergyRows, over_hours, statistic_data
from .energy_healing import counters

# Rows that others can be put on are looked for nearby first, s.
REACHES = (2 * 86400, 60 * 86400, 4000 * 86400)
# As much is looked through at once, s.
SPAN = 100 * 86400
# An entity tells its counter that much later than every interval at most, s.
LATE = 120

type Found = tuple[StatisticMetaData, list[StatisticData]]


class EnergyGaps:
    """The hours that the entities of a Fluksometer's counters have no rows of.

    What was seen stays: only a row that is older than the end of its hour is replaced.
    """

    def __init__(self, hass: HomeAssistant, hub: FluksometerHub) -> None:
        """Look after the counters of a hub that are shown."""
        self._hass = hass
        self._hub = hub

    async def async_first(self, start: int, end: int) -> dict[str, int]:
        """Return the first missing hour of a period (unix s) by sensor, if any."""
        return await self._async_look(_first, start, end)

    async def async_missing(self, start: int, end: int) -> dict[str, list[int]]:
        """Return the hours of a period without a row by sensor, in order.

        Sensors of which there are no statistics are left out.
        """
        return await self._async_look(_missing, start, end)

    async def _async_look[T](
        self, look: Callable[[EnergyRows, range], T | None], start: int, end: int
    ) -> dict[str, T]:
        """Return what is seen in the rows of a period by sensor, but for None."""
        hours = over_hours(start - start % HOUR, end)
        if not hours or not self._recorded:
            return {}
        recorder = get_instance(self._hass)
        # What is on its way to the recorder comes first.
        await recorder.async_block_till_done()
        sensors = {
            entity_id: reading.channel.sensor.id
            for reading, entity_id in counters(self._hass, self._hub)
        }

        def look_at_all() -> dict[str, T]:
            return {
                sensors[entity_id]: seen
                for entity_id, rows in EnergyRows.find_all(
                    self._hass, {*sensors}
                ).items()
                if (seen := look(rows, hours)) is not None
            }

        return await recorder.async_add_executor_job(look_at_all)

    async def async_fill(
        self, recorded: Mapping[str, Series], start: int, end: int
    ) -> int:
        """Write what is missing of a period's hours; return how many rows that were.

        To write twice is to write once.
        """
        hours = over_hours(start - start % HOUR, end)
        if not hours or not self._recorded:
            return 0
        recorder = get_instance(self._hass)
        await recorder.async_block_till_done()
        lag = stamp_lag(self._hub.config.model)
        fill = partial(_fill, lag=lag, late=self._hub.counter_interval + LATE)
        written = 0
        for reading, entity_id in tuple(counters(self._hass, self._hub)):
            series = recorded.get(reading.channel.sensor.id)
            if not series:
                continue
            found = await recorder.async_add_executor_job(
                fill,
                self._hass,
                entity_id,
                reading.channel.row,
                series,
                hours,
            )
            if found is not None:
                await async_import_sums(self._hass, *found)
                written += len(found[1])
        return written

    @property
    def _recorded(self) -> bool:
        return "recorder" in self._hass.config.components


def quarters_of(hours: Iterable[int]) -> Iterator[int]:
    """Yield the quarters of an hour that tell of some hours, in order."""
    for hour in hours:
        yield from range(hour, hour + HOUR, 900)


def _missing(rows: EnergyRows, hours: range) -> list[int]:
    known = rows.between(hours.start, hours.stop)
    return missing_hours((row.start for row in known), hours)


def _first(rows: EnergyRows, hours: range) -> int | None:
    for start in range(hours.start, hours.stop, SPAN):
        part = range(start, min(hours.stop, start + SPAN), HOUR)
        if missing := _missing(rows, part):
            return missing[0]
    return None


def _fill(
    hass: HomeAssistant,
    entity_id: str,
    row: Row,
    series: Series,
    hours: range,
    *,
    lag: int,
    late: float,
) -> Found | None:
    """Return the rows to write; None when there are none."""
    known = EnergyRows.find(hass, entity_id)
    if known is None or (scale := known.scale(row)) is None:
        return None
    rows = gap_rows(
        series.later(lag),
        _around(known, hours),
        hours,
        late=late,
        rising=state_class(row) is not SensorStateClass.TOTAL,
        scale=scale,
    )
    return (known.meta, [statistic_data(item) for item in rows]) if rows else None


def _around(known: EnergyRows, hours: range) -> list[KnownRow]:
    """Return the rows of some hours, with two before and one after."""
    before: list[KnownRow] = []
    after: list[KnownRow] = []
    for reach in REACHES:
        before = before or known.between(hours.start - reach, hours.start)[-2:]
        after = after or known.between(hours.stop, hours.stop + reach)[:1]
    if not after:
        # Before the first hour is over, rows of five minutes tell where the sum is.
        now = int(time.time())
        after = known.between(hours.stop, now, "5minute")[:1]
    return [*before, *known.between(hours.start, hours.stop), *after]
