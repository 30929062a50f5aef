"""Hours of energy out of the blocks that Flukso's cloud keeps."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from homeassistant.components.recorder.statistics import (
    StatisticsRow,
    statistics_during_period,
)
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util

from ...demand.grid import random_loads
from .feed import ACCOUNT, NOON, CloudFeed

HOUR = 3600
SINCE = NOON - 30 * HOUR
HERE = NOON + 900
STRANGER = "0" * 32
loads = random_loads(5)


@pytest.fixture
def mock_recorder_before_hass(
    recorder_db_url: str, freezer: FrozenDateTimeFactory
) -> None:
    """Let the timers of the recorder wait for what comes after this moment."""
    freezer.move_to("2026-01-01 00:00:00+00:00")


@pytest.fixture
def recorder_config() -> dict[str, Any]:
    """Return a recorder that keeps the counters."""
    return {"commit_interval": 0, "include": {"entity_globs": ["sensor.*energy*"]}}


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile its statistics."""
    return True


async def rows(feed: CloudFeed, sensor: str) -> dict[int, StatisticsRow]:
    """Return the hourly rows of a clamp by their starts."""
    entity = feed.find(f"{sensor}_0_counter")
    assert entity is not None
    await async_wait_recording_done(feed.hass)
    found = await get_instance(feed.hass).async_add_executor_job(
        lambda: statistics_during_period(
            feed.hass,
            dt_util.utc_from_timestamp(SINCE - HOUR),
            None,
            {entity.entity_id},
            "hour",
            {"energy": "kWh"},
            {"state", "sum", "change"},
        )
    )
    return {int(row["start"]): row for row in found.get(entity.entity_id, [])}


async def moved_in(feed: CloudFeed, hours: int = 2) -> None:
    """Install Home Assistant just after noon; the cloud knows the day before."""
    feed.record(loads, SINCE, HERE)
    await feed.connect(loads, HERE)
    feed.grid = feed.past
    await feed.draw(HERE + hours * HOUR + 600, chunk=60)
    await feed.tick(15)


def assert_true(
    feed: CloudFeed, sensor: str, found: dict[int, StatisticsRow], hours: range
) -> None:
    for start in hours:
        counters = feed.counters
        gained = counters[start + HOUR][sensor] - counters[start][sensor]
        assert found[start]["change"] == pytest.approx(gained / 1_000_000, abs=1e-5)


async def test_hours_before_the_first_known_lead_up_to_it(feed: CloudFeed) -> None:
    await moved_in(feed)
    sensor = feed.grid.imports[0]
    known = await rows(feed, sensor)
    assert list(known) == [NOON, NOON + HOUR]

    await feed.backfill(SINCE)
    found = await rows(feed, sensor)
    assert list(found) == list(range(SINCE, NOON + 2 * HOUR, HOUR))
    # Also the first of all, which counts what was told before it as consumed.
    assert_true(feed, sensor, found, range(SINCE + HOUR, NOON, HOUR))
    first = found[SINCE]["change"]
    assert first is not None
    assert 0 < first < 10
    for start, row in known.items():
        assert (found[start]["state"], found[start]["sum"]) == (
            row["state"],
            row["sum"],
        )


async def test_before_the_first_hour_is_over_it_is_known_where_the_sum_stands(
    feed: CloudFeed,
) -> None:
    await moved_in(feed, hours=0)
    sensor = feed.grid.imports[0]
    assert await rows(feed, sensor) == {}
    await feed.backfill(SINCE)
    found = await rows(feed, sensor)
    assert list(found) == list(range(SINCE, NOON, HOUR))
    assert_true(feed, sensor, found, range(SINCE + HOUR, NOON, HOUR))
    last = found[NOON - HOUR]["sum"]

    await feed.draw(NOON + HOUR + 120, chunk=60)
    await feed.tick(15)
    row = (await rows(feed, sensor))[NOON]
    assert last is not None
    assert row["sum"] is not None
    drawn = feed.past.demand(NOON) + feed.past.demand(NOON + 900)
    assert 0 < row["sum"] - last < 4 * drawn


async def test_what_is_filled_in_is_not_asked_for_again(feed: CloudFeed) -> None:
    await moved_in(feed)
    sensor = feed.grid.imports[0]
    await feed.backfill(SINCE + HOUR, NOON)
    once = await rows(feed, sensor)
    feed.cloud.asked.clear()
    response = await feed.backfill(SINCE + HOUR, NOON)
    assert (response["added"], response["missing"]) == (0, 0)
    assert feed.cloud.asked == []
    assert await rows(feed, sensor) == once


async def test_windows_that_are_known_do_not_keep_hours_away(feed: CloudFeed) -> None:
    await moved_in(feed)
    sensor = feed.grid.imports[0]
    await feed.backfill(SINCE + HOUR, NOON)
    whole = await rows(feed, sensor)
    entity = feed.find(f"{sensor}_0_counter")
    assert entity is not None
    get_instance(feed.hass).async_clear_statistics([entity.entity_id])
    await feed.draw(NOON + 5 * HOUR + 600, chunk=60)
    await feed.tick(15)
    assert NOON - HOUR not in await rows(feed, sensor)
    feed.cloud.asked.clear()

    response = await feed.backfill(SINCE + HOUR, NOON)
    assert (response["added"], response["missing"]) == (0, 0)
    assert {asked.path.split("/")[2] for asked in feed.cloud.asked} == {sensor}
    found = await rows(feed, sensor)
    for start in range(SINCE + HOUR, NOON, HOUR):
        assert found[start]["change"] == pytest.approx(whole[start]["change"], abs=1e-5)


async def test_sensors_of_others_are_filled_in_too_if_the_token_is_theirs(
    feed: CloudFeed,
) -> None:
    feed.choose(import_sensors=feed.clamps("pplus")[:1], export_sensors=[])
    main, other = feed.clamps("pplus")[:2]
    feed.cloud.sensors = {*feed.clamps("pplus"), *feed.clamps("pminus")}
    feed.cloud.tokens = {STRANGER: main}
    await moved_in(feed)

    response = await feed.backfill(SINCE + HOUR, NOON, token=STRANGER)
    assert response["missing"] == 0
    assert NOON - HOUR in await rows(feed, main)
    assert NOON - HOUR not in await rows(feed, other)
    assert_no_block_of_others(feed, main)

    await feed.backfill(SINCE + HOUR, NOON, token=ACCOUNT)
    found = await rows(feed, other)
    assert_true(feed, other, found, range(SINCE + HOUR, NOON, HOUR))


def assert_no_block_of_others(feed: CloudFeed, sensor: str) -> None:
    assert {key.sensor_id for key in feed.blocks_asked} == {sensor}
