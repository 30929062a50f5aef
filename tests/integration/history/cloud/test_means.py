"""Windows out of the means of power that Flukso's cloud keeps."""

from random import Random

import pytest

from homeassistant.exceptions import HomeAssistantError

from .feed import NOON, CloudFeed

QUARTER = 900
DAY = 86400


def mean(_sensor: str, stamp: int, length: int) -> int:
    """Return whole W of a quarter; those of a minute are about the same."""
    quarter = (stamp - length) // QUARTER
    return Random(quarter).randint(500, 6000) + (stamp // 60 % 2 if length < 900 else 0)


def main_only(feed: CloudFeed) -> str:
    """Let one clamp measure all."""
    feed.choose(import_sensors=feed.clamps("pplus")[:1], export_sensors=[])
    (sensor,) = feed.cloud.sensors
    return sensor


@pytest.mark.smoke
async def test_a_week_without_blocks_is_known_by_power(feed: CloudFeed) -> None:
    sensor = main_only(feed)
    feed.cloud.mean = mean
    await feed.install(NOON)

    start = NOON - 6 * DAY
    response = await feed.backfill(start)
    assert response["added"] == 6 * DAY / QUARTER
    # Beside the last quarter nothing is known yet.
    assert response["missing"] == 1
    windows = await feed.windows(start, NOON)
    for place, window in enumerate(windows[:-1]):
        end = start + (place + 1) * QUARTER
        power = mean(sensor, end, QUARTER) / 1000
        assert window["demand"] == pytest.approx(power, abs=0.0011)
        assert window["source"] == "power"
    assert all(window["coverage"] == 1 for window in windows[:-1])
    assert windows[-1]["at_least"]
    asked = [request.query for request in feed.cloud.asked[1:]]
    assert [query["resolution"] for query in asked] == ["minute", "15min"]
    assert {query["unit"] for query in asked} == {"watt"}


async def test_a_cloud_that_forgets_is_not_asked_for_what_is_older(
    feed: CloudFeed,
) -> None:
    main_only(feed)
    feed.cloud.mean = mean
    await feed.install(NOON + 60)

    response = await feed.backfill(NOON - 3 * 365 * DAY)
    assert response["added"] == pytest.approx(7 * DAY / QUARTER, abs=2)
    # The list, the last day, the last week, and the week that it refuses.
    assert len(feed.cloud.asked) <= 5


async def test_a_cloud_that_keeps_quarters_tells_all_of_them(feed: CloudFeed) -> None:
    main_only(feed)
    feed.cloud.mean = mean
    feed.cloud.forgetful = False
    await feed.install(NOON + 60)

    start = NOON - 40 * DAY
    response = await feed.backfill(start)
    assert response["added"] == 40 * DAY / QUARTER
    assert response["missing"] == 0
    assert feed.cloud.most_at_once == 1


async def test_what_is_nan_stays_unknown(feed: CloudFeed) -> None:
    main_only(feed)
    hole = range(NOON - 3 * DAY, NOON - 2 * DAY)
    feed.cloud.mean = lambda sensor, stamp, length: (
        None if stamp - length in hole else mean(sensor, stamp, length)
    )
    await feed.install(NOON + 60)

    await feed.backfill(NOON - 4 * DAY)
    windows = await feed.windows(NOON - 3 * DAY, NOON - 2 * DAY)
    assert windows == []
    (before,) = await feed.windows(hole.start - QUARTER, hole.start)
    (after,) = await feed.windows(hole.stop, hole.stop + QUARTER)
    assert before["coverage"] == after["coverage"] == 0.5


async def test_nothing_but_nan_is_said_so(feed: CloudFeed) -> None:
    main_only(feed)
    await feed.install(NOON + 60)
    with pytest.raises(HomeAssistantError) as raised:
        await feed.backfill(NOON - DAY)
    assert raised.value.translation_key == "cloud_no_values"


async def test_import_of_phases_is_netted_with_their_export(feed: CloudFeed) -> None:
    imports = feed.clamps("pplus")
    feed.cloud.mean = lambda sensor, stamp, length: (
        mean(sensor, stamp, length)
        if sensor in imports
        else mean(sensor, stamp, length) // 10
    )
    await feed.install(NOON + 60)
    await feed.backfill(NOON - 2 * DAY, NOON - DAY)
    (window,) = await feed.windows(NOON - 2 * DAY, NOON - 2 * DAY + QUARTER)
    watts = mean("", NOON - 2 * DAY + QUARTER, QUARTER)
    power = 3 * (watts - watts // 10) / 1000
    assert window["demand"] == pytest.approx(power, abs=0.0011)
