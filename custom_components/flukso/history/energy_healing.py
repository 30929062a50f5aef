"""Hours of energy statistics that were missed, from what the device recorded.

The recorder's sum goes on from its last row when an entity returns, so the row of that
hour holds all that was missed, and its sum is right. What lacks are the rows before.
"""

from collections.abc import Iterator, Mapping
from math import inf

from homeassistant.components.recorder.models import StatisticData, StatisticMetaData
from homeassistant.components.sensor import SensorStateClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance

from ..const import DOMAIN
from ..core.energy.hours import hourly_rows
from ..core.energy.series import Series
from ..core.fluksometer.catalogue import Row
from ..core.fluksometer.grid_sensors import stamp_lag
from ..core.fluksometer.live import LiveReading
from ..core.fluksometer.topics import Stream
from ..core.windows import HOUR
from ..devices.fluksometer.hub import FluksometerHub
from ..entities.displays import DISPLAYS, state_class
from ..statistics.demand import async_import_sums
from ..statistics.energy import EnergyRows, over_hours, statistic_data

# As far as rows are looked for that others can be put on, s.
REACH = 400 * 86400


def counters(
    hass: HomeAssistant, hub: FluksometerHub
) -> Iterator[tuple[LiveReading, str]]:
    """Yield the counters that are shown, with the entity of each."""
    registry = er.async_get(hass)
    for reading in hub.book:
        row = reading.channel.row
        if row.stream is not Stream.COUNTER or row.quantity not in DISPLAYS:
            continue
        entity_id = registry.async_get_entity_id(
            Platform.SENSOR, DOMAIN, reading.channel.unique_id
        )
        entity = None if entity_id is None else registry.async_get(entity_id)
        if entity is not None and not entity.disabled:
            yield reading, entity.entity_id


async def async_heal_energy(
    hass: HomeAssistant,
    hub: FluksometerHub,
    recorded: Mapping[str, Series],
    hours: range,
) -> None:
    """Write the rows of some hours that are over; to write twice is to write once."""
    hours = over_hours(hours.start, hours.stop)
    if not hours or "recorder" not in hass.config.components:
        return
    recorder = get_instance(hass)
    # What the recorder has yet to compile of these hours comes first.
    await recorder.async_block_till_done()
    lag = stamp_lag(hub.config.model)
    for reading, entity_id in tuple(counters(hass, hub)):
        series = recorded.get(reading.channel.sensor.id)
        if not series:
            continue
        series = await hass.async_add_executor_job(_told, series, hours, lag)
        found = await recorder.async_add_executor_job(
            _rows,
            hass,
            entity_id,
            reading.channel.row,
            series,
            hours,
        )
        if found is not None:
            await async_import_sums(hass, *found)


def _told(series: Series, hours: range, lag: int) -> Series:
    """Return what was told of some hours, at the moments that it speaks of."""
    return series.between(hours.start - lag, hours.stop).later(lag)


def _rows(
    hass: HomeAssistant,
    entity_id: str,
    row: Row,
    series: Series,
    hours: range,
) -> tuple[StatisticMetaData, list[StatisticData]] | None:
    """Return the rows to write; None when nothing is known to put them on."""
    known = EnergyRows.find(hass, entity_id)
    if known is None or (scale := known.scale(row)) is None:
        return None
    # The row of the hour in which it began tells where the sum stood, too.
    before = known.between(hours.start - REACH, hours.start) or known.between(
        hours.start, hours.start + HOUR
    )
    after = known.between(hours.stop, hours.stop + REACH)
    if not before and not after:
        return None
    rising = state_class(row) is not SensorStateClass.TOTAL
    rows = hourly_rows(
        series,
        rising=rising,
        scale=scale,
        before=before[-1].anchor if before else None,
        after=after[0].anchor if after else None,
    )
    first, last = series.times[0], series.times[-1]
    most = after[0].sum if after and rising else inf
    # What the recorder lost in a reset is in none of them.
    return known.meta, [
        statistic_data(item._replace(sum=min(item.sum, most)))
        for item in rows
        if item.start in hours and first <= item.start + HOUR <= last
    ]
