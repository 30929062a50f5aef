"""Hours of energy statistics that were missed, from what the device recorded.

The recorder's sum goes on from its last row when an entity returns, so the row of that
hour holds all that was missed, and its sum is right. What lacks are the rows before.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
import time
from typing import NamedTuple

from homeassistant.components.recorder.models import StatisticData, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    UNIT_CLASS_TO_UNIT_CONVERTER,
    StatisticsRow,
    get_metadata,
    statistics_during_period,
)
from homeassistant.components.sensor import SensorStateClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance

from .const import DOMAIN
from .core.energy import Anchor, EnergyRow, hourly_rows
from .core.fluksometer.catalogue import Row
from .core.fluksometer.topics import Stream
from .core.series import Series
from .demand_plan import stamp_lag
from .descriptions import DISPLAYS, state_class
from .healing_holes import HOUR
from .hub import FluksometerHub
from .importer import async_import_sums
from .reading import LiveReading

# So long after its end the recorder has written the row of an hour, s: two rows of one
# hour are an error to it.
COMPILING = 60
# As far as rows are looked for that others can be put on, s.
REACH = 400 * 86400


class _Statistic(NamedTuple):
    """What the recorder has of an entity: rows up to some hours, and after them."""

    meta: StatisticMetaData
    before: Anchor | None
    after: Anchor | None
    first: float


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
    *,
    only_before: bool = False,
) -> None:
    """Write the rows of some hours that are over; to write twice is to write once.

    `only_before`: only those before the first that is known.
    """
    over = int(time.time()) - COMPILING
    hours = range(hours.start, min(hours.stop, over - over % HOUR), HOUR)
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
            partial(_rows, only_before=only_before),
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
    *,
    only_before: bool,
) -> tuple[StatisticMetaData, list[StatisticData]] | None:
    """Return the rows to write; None when nothing is known to put them on."""
    statistic = _statistic(hass, entity_id, hours, only_before=only_before)
    if statistic is None or (scale := _scale(row, statistic.meta)) is None:
        return None
    rising = state_class(row) is not SensorStateClass.TOTAL
    rows = hourly_rows(
        series,
        rising=rising,
        scale=scale,
        before=statistic.before,
        after=statistic.after,
    )
    first, last = series.times[0], series.times[-1]
    most = None if statistic.after is None or not rising else statistic.after.sum
    return statistic.meta, [
        _data(item, most)
        for item in rows
        if item.start in hours
        and first <= item.start + HOUR <= last
        and (not only_before or item.start < statistic.first)
    ]


def _data(row: EnergyRow, most: float | None) -> StatisticData:
    """Return a row; what the recorder lost in a reset is in none of them."""
    total = row.sum if most is None else min(row.sum, most)
    start = datetime.fromtimestamp(row.start, UTC)
    return StatisticData(start=start, state=row.state, sum=total)


def _statistic(
    hass: HomeAssistant, entity_id: str, hours: range, *, only_before: bool
) -> _Statistic | None:
    known = get_metadata(hass, statistic_ids={entity_id})
    if entity_id not in known or not (meta := known[entity_id][1])["has_sum"]:
        return None

    def rows(start: int, end: int) -> list[StatisticsRow]:
        unit_class, unit = meta["unit_class"], meta["unit_of_measurement"]
        units = {} if unit_class is None or unit is None else {unit_class: unit}
        found = statistics_during_period(
            hass,
            datetime.fromtimestamp(start, UTC),
            datetime.fromtimestamp(end, UTC),
            {entity_id},
            "hour",
            units,
            {"state", "sum"},
        )
        return found.get(entity_id, [])

    if only_before:
        oldest = rows(hours.start - REACH, hours.stop + REACH)[:1]
        first = oldest[0]["start"] if oldest else hours.start
        return _Statistic(meta, None, _anchor(oldest), first)
    # The row of the hour in which it began tells where the sum stood, too.
    before = rows(hours.start - REACH, hours.start) or rows(
        hours.start, hours.start + HOUR
    )
    after = rows(hours.stop, hours.stop + REACH)
    if not before and not after:
        return None
    return _Statistic(meta, _anchor(before[-1:]), _anchor(after[:1]), hours.stop)


def _anchor(rows: list[StatisticsRow]) -> Anchor | None:
    for row in rows:
        state, total = row.get("state"), row.get("sum")
        if state is not None and total is not None:
            return Anchor(state, total)
    return None


def _scale(row: Row, meta: StatisticMetaData) -> float | None:
    """Return the factor from the unit of the device to that of the statistic."""
    conversion = row.units[row.default_unit]
    unit = meta["unit_of_measurement"]
    if conversion.unit == unit:
        return conversion.factor
    converter = UNIT_CLASS_TO_UNIT_CONVERTER.get(meta["unit_class"])
    if converter is None or not {conversion.unit, unit} <= converter.VALID_UNITS:
        return None
    return conversion.factor * converter.convert(1.0, conversion.unit, unit)
