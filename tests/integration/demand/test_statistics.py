"""Long-term statistics of the demand."""

import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from homeassistant.components.recorder.statistics import list_statistic_ids
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance

from ..homes import timestamp
from .feed import DemandFeed
from .grid import random_loads, stepped

DEMAND = "flukso:grid_demand"
MONTH_PEAK = "flukso:grid_month_peak"


async def known_statistics(hass: HomeAssistant) -> dict[str, dict[str, object]]:
    await async_wait_recording_done(hass)
    rows = await get_instance(hass).async_add_executor_job(list_statistic_ids, hass)
    return {row["statistic_id"]: row for row in rows}


async def test_statistics_say_what_they_are(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    start = timestamp("2026-03-10 12:00")
    await feed.connect(random_loads(1), start - 10)
    await feed.draw(start + 900)

    common = {
        "display_unit_of_measurement": "kW",
        "has_mean": True,
        "has_sum": False,
        "mean_type": 1,
        "source": "flukso",
        "statistics_unit_of_measurement": "kW",
        "unit_class": "power",
    }
    assert await known_statistics(hass) == {
        DEMAND: common | {"statistic_id": DEMAND, "name": "Grid demand"},
        MONTH_PEAK: common | {"statistic_id": MONTH_PEAK, "name": "Grid month peak"},
    }


async def test_imported_twice_is_imported_once(feed: DemandFeed) -> None:
    start = timestamp("2026-03-10 12:00")
    await feed.connect(random_loads(1), start - 10)
    await feed.draw(start + 2 * 3600 + 1000)
    begin = timestamp("2026-03-01 00:00")
    before = [await feed.statistics(one, begin) for one in (DEMAND, MONTH_PEAK)]
    assert [len(rows) for rows in before] == [3, 1]

    await feed.reload()
    await feed.reload()
    assert [await feed.statistics(one, begin) for one in (DEMAND, MONTH_PEAK)] == before


async def test_an_hour_is_completed_after_a_restart_within_it(
    feed: DemandFeed,
) -> None:
    start = timestamp("2026-03-10 12:00")
    loads = stepped({0: (3000, 0, 0), start + 900: (1000, 0, 0)})
    await feed.connect(loads, start - 10)
    await feed.draw(start + 1200)
    await feed.reload()
    await feed.draw(start + 3600)

    (row,) = await feed.statistics(DEMAND, start)
    assert (row["mean"], row["min"], row["max"]) == pytest.approx(
        (1.5, 1, 3), abs=0.001
    )


async def test_each_month_has_its_peak_at_its_first_hour(feed: DemandFeed) -> None:
    midnight = timestamp("2026-04-01 00:00")
    loads = stepped(
        {0: (2000, 0, 0), midnight - 900: (5000, 0, 0), midnight: (1500, 0, 0)}
    )
    await feed.connect(loads, midnight - 1810)
    await feed.draw(midnight + 3600)

    rows = await feed.statistics(MONTH_PEAK, timestamp("2026-03-01 00:00"))
    assert [row["start"] for row in rows] == [timestamp("2026-03-01 00:00"), midnight]
    assert [row["mean"] for row in rows] == pytest.approx([5, 1.5], abs=0.001)
    assert [row["max"] for row in rows] == [row["mean"] for row in rows]
    assert [row["min"] for row in rows] == [row["mean"] for row in rows]
    # The highest hour of each month is its peak.
    march = await feed.statistics(DEMAND, midnight - 3600, midnight)
    april = await feed.statistics(DEMAND, midnight)
    assert [march[0]["max"], april[0]["max"]] == [row["max"] for row in rows]


async def test_windows_that_were_not_seen_make_no_rows(feed: DemandFeed) -> None:
    start = timestamp("2026-03-10 12:00")
    await feed.connect(random_loads(1), start - 10)
    await feed.draw(start + 3600)
    await feed.miss(start + 3 * 3600 - 10)
    await feed.draw(start + 4 * 3600)

    rows = await feed.statistics(DEMAND, start)
    assert [row["start"] for row in rows] == [start, start + 3 * 3600]
