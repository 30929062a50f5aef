"""Counters of a device whose hours of energy are written after the fact."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.models import StatisticData, StatisticMetaData
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance

from ..core.energy.hours import EnergyRow
from ..core.energy.series import Series
from ..statistics.demand import async_import_sums
from ..statistics.energy import EnergyRows, over_hours, statistic_data


class Counter(NamedTuple):
    """An entity that shows a counter of a device which records it, too.

    `sensor`: the id by which the device records it. `rising`: it never runs backwards.
    `unit`, `factor`: a recorded value times the factor is in this unit, None for a bare
    number. `lag`: from the stamp of a value to the moment that it speaks of, s.
    `interval`: how often the entity is written, s.
    """

    entity_id: str
    sensor: str
    rising: bool
    unit: str | None
    factor: float
    lag: int
    interval: float


class CounterRecord(NamedTuple):
    """A counter, its series as recorded, and the rows that the recorder has of it.

    `scale`: a recorded value times this is in the unit of the rows.
    """

    counter: Counter
    series: Series
    known: EnergyRows
    scale: float


# The counters that are shown, as they are now.
type Counters = Callable[[], Iterable[Counter]]
# What makes the rows of some hours; slow, so for a thread.
type MakeRows = Callable[[CounterRecord, range], Sequence[EnergyRow]]


async def async_settled_recorder(hass: HomeAssistant) -> Recorder | None:
    """Return the recorder when it has written what it was given; None without one."""
    if "recorder" not in hass.config.components:
        return None
    recorder = get_instance(hass)
    await recorder.async_block_till_done()
    return recorder


async def async_write_hours(
    hass: HomeAssistant,
    counters: Counters,
    recorded: Mapping[str, Series],
    hours: range,
    make_rows: MakeRows,
) -> int:
    """Write the rows of those hours that are over; return how many rows that were.

    `recorded` is by sensor. Counters of which there are no statistics are left out.
    """
    hours = over_hours(hours.start, hours.stop)
    if not hours or (recorder := await async_settled_recorder(hass)) is None:
        return 0
    written = 0
    for counter in tuple(counters()):
        series = recorded.get(counter.sensor)
        if not series:
            continue
        found = await recorder.async_add_executor_job(
            _statistics, hass, counter, series, hours, make_rows
        )
        if found is not None:
            await async_import_sums(hass, *found)
            written += len(found[1])
    return written


def _statistics(
    hass: HomeAssistant,
    counter: Counter,
    series: Series,
    hours: range,
    make_rows: MakeRows,
) -> tuple[StatisticMetaData, list[StatisticData]] | None:
    """Return what is to be imported; None when no statistic can take it."""
    known = EnergyRows.find(hass, counter.entity_id)
    if known is None or (scale := known.scale(counter.unit, counter.factor)) is None:
        return None
    rows = make_rows(CounterRecord(counter, series, known, scale), hours)
    return known.meta, [statistic_data(row) for row in rows]
