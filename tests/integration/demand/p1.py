"""A Belgian home whose demand meter rests on a P1 meter."""

from collections.abc import Callable
from datetime import datetime

from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.flukso.const import DOMAIN
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util

from ..devices.p1.feed import MeterFeed
from ..homes import timestamp

type MakeFeed = Callable[[bytes], MeterFeed]


def not_yet_offered(known: MockConfigEntry) -> MockConfigEntry:
    """Return an entry as a flow leaves it: nobody has been offered a demand meter."""
    data = {key: known.data[key] for key in known.data.keys() - {"demand_offered"}}
    return MockConfigEntry(
        domain=DOMAIN, title=known.title, unique_id=known.unique_id, data=data
    )


def value(hass: HomeAssistant, entity_id: str) -> float:
    """Return the state of an entity as a number."""
    state = hass.states.get(entity_id)
    assert state is not None
    return float(state.state)


async def rows(
    hass: HomeAssistant, statistic_id: str, start: str
) -> list[tuple[datetime, float]]:
    """Return the local hours of a statistic from a day on, and their highest."""
    await async_wait_recording_done(hass)
    found = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        dt_util.utc_from_timestamp(timestamp(start)),
        None,
        {statistic_id},
        "hour",
        None,
        {"max"},
    )
    return [
        (dt_util.as_local(dt_util.utc_from_timestamp(row["start"])), row["max"] or 0)
        for row in found.get(statistic_id, [])
    ]


async def month_peaks(hass: HomeAssistant) -> dict[str, float]:
    """Return the statistics of month peaks by month; each is at its first hour."""
    found = await rows(hass, "flukso:grid_month_peak", "2000-01-01 00:00")
    assert {(start.day, start.hour) for start, _ in found} <= {(1, 0)}
    return {start.strftime("%Y-%m"): peak for start, peak in found}
