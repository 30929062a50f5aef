"""Parts that Flukso's cloud never tells are missing; all the rest is imported."""

from typing import Any

import pytest

from custom_components.flukso.transport.http import cloud as cloud_module
from custom_components.flukso.transport.http.cloud import ATTEMPTS, PATIENT_FAILURES
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from simulator.cloud import Fault, body, hang_up, status
from simulator.tmpo import BlockKey

from ...demand.grid import random_loads
from ...homes import epoch
from .feed import NOON, CloudFeed
from .test_notice import Notices

TMPO = "tmpo"
HOUR = 3600
QUARTER = 900
START, END = NOON - 6 * HOUR, NOON - HOUR
QUARTERS = 20
NEVER = {
    "500": status(500),
    "503": status(503),
    "404": status(404),
    "400": status(400),
    "302": status(302, Location="/"),
    "damaged": body(b"damaged"),
    "huge": body(bytes(3 << 20)),
    "hang up": hang_up,
}


def end_of(key: BlockKey) -> int:
    return key.begin + (1 << key.level)


def block_path(key: BlockKey) -> str:
    return "/".join(map(str, ("/sensor", key.sensor_id, TMPO, *key[1:])))


def list_path(sensor: str) -> str:
    return f"/sensor/{sensor}/{TMPO}/sync"


async def start(feed: CloudFeed) -> None:
    """Let the cloud keep the blocks of seven hours."""
    feed.record(random_loads(3), NOON - 7 * HOUR, NOON)
    await feed.install(NOON + 600)


def wanted(feed: CloudFeed) -> list[BlockKey]:
    """Return the blocks within the period, of the clamps that import."""
    return sorted(
        key
        for key in feed.cloud.blocks
        if key.begin >= START
        and end_of(key) <= END
        and key.sensor_id in feed.clamps("pplus")
    )


def within(feed: CloudFeed, key: BlockKey) -> int:
    """Return how many quarters a block tells of, or lean on its edges."""
    return len(
        [
            quarter
            for quarter in range(START, END, QUARTER)
            if quarter - QUARTER < end_of(key) and key.begin < quarter + QUARTER
        ]
    )


async def assert_true(feed: CloudFeed, fewest: int) -> None:
    """Whole windows are true, and there are many."""
    windows = await feed.windows(START, END)
    whole = [window for window in windows if window["coverage"] == 1]
    assert len(whole) >= fewest
    for window in whole:
        true = feed.past.demand(epoch(window["window_start"]))
        assert window["demand"] == pytest.approx(true, abs=0.001)


@pytest.mark.parametrize("fault", NEVER.values(), ids=NEVER)
async def test_one_block_is_missing_and_the_rest_is_imported(
    fault: Fault, feed: CloudFeed
) -> None:
    await start(feed)
    bad = wanted(feed)[3]
    feed.cloud.always[block_path(bad)] = fault

    response = await feed.backfill(START, END)
    lost = within(feed, bad)
    assert response["missing"] <= lost
    assert response["added"] >= QUARTERS - lost
    (part,) = response["missing_parts"]
    assert part["sensor"] == bad.sensor_id
    assert epoch(part["start"]) == bad.begin
    assert epoch(part["end"]) == end_of(bad)
    await assert_true(feed, QUARTERS - lost)

    # Next time it may be told.
    feed.cloud.always.clear()
    response = await feed.backfill(START, END)
    assert response["missing"] == 0
    assert "missing_parts" not in response
    await assert_true(feed, QUARTERS)


@pytest.mark.parametrize(
    ("fault", "place"),
    [
        (status(500), 0),
        (status(500), -1),
        (body(b"<html>"), 0),
        (body(b"<html>"), -1),
        (hang_up, -1),
    ],
)
async def test_one_list_is_missing_and_nothing_is_invented(
    fault: Fault, place: int, feed: CloudFeed
) -> None:
    """One phase is not told: no window is whole without it."""
    await start(feed)
    sensor = sorted(feed.cloud.sensors)[place]
    feed.cloud.always[list_path(sensor)] = fault

    response = await feed.backfill(START, END)
    assert [part["sensor"] for part in response["missing_parts"]] == [sensor]
    assert response["missing"] == QUARTERS
    assert all(window["coverage"] < 1 for window in await feed.windows(START, END))


async def test_means_of_power_take_the_place_of_a_list(feed: CloudFeed) -> None:
    await start(feed)
    sensor = min(feed.cloud.sensors)
    feed.cloud.mean = lambda _sensor, _stamp, _length: 100
    feed.cloud.always[list_path(sensor)] = status(500)

    response = await feed.backfill(START, END)
    assert response["added"] == QUARTERS
    assert [part["sensor"] for part in response["missing_parts"]] == [sensor]


async def test_means_that_are_never_told_fail_nothing(feed: CloudFeed) -> None:
    await start(feed)
    bad = wanted(feed)[3]
    feed.cloud.always[block_path(bad)] = status(500)
    for sensor in feed.cloud.sensors:
        feed.cloud.always[f"/sensor/{sensor}"] = status(500)

    response = await feed.backfill(START, END)
    assert response["added"] >= QUARTERS - within(feed, bad)
    assert bad.sensor_id in {part["sensor"] for part in response["missing_parts"]}


async def test_a_sensor_that_only_the_others_are_known_of_is_missing(
    feed: CloudFeed,
) -> None:
    await start(feed)
    sensor = min(feed.cloud.sensors)
    feed.cloud.sensors.remove(sensor)

    response = await feed.backfill(START, END)
    (part,) = response["missing_parts"]
    assert part["sensor"] == sensor
    assert (epoch(part["start"]), epoch(part["end"])) == (START, END)


async def test_the_notification_tells_which_part_by_its_name(
    hass: HomeAssistant, feed: CloudFeed
) -> None:
    await start(feed)
    bad = wanted(feed)[3]
    feed.cloud.always[block_path(bad)] = status(500)
    notices = Notices(hass)

    response = await feed.backfill(START, END)
    (part,) = response["missing_parts"]
    assert notices.titles[-1] == "Grid: history imported"
    told = notices.messages[-1]
    local = dt_util.as_local(dt_util.utc_from_timestamp(bad.begin))
    assert "Not told by the cloud" in told
    name = part["name"] or bad.sensor_id[:6]
    assert f"{name}: {local:%Y-%m-%d %H:%M} – " in told
    assert bad.sensor_id not in told


# A request whose connection ends is sent once more by the library.
@pytest.mark.parametrize(("fault", "sent"), [(status(500), 1), (hang_up, 2)])
async def test_hundreds_of_bad_blocks_are_asked_for_once(
    fault: Fault, sent: int, feed: CloudFeed
) -> None:
    await start(feed)
    bad = wanted(feed)
    feed.cloud.always = {block_path(key): fault for key in feed.cloud.blocks}

    response = await feed.backfill(START, END)
    assert response["added"] == 0
    told = {part["sensor"] for part in response["missing_parts"]}
    assert told >= {key.sensor_id for key in bad}
    blocks = len(feed.blocks_asked)
    assert blocks >= len(bad)
    once = len(set(feed.blocks_asked))
    assert blocks <= sent * (once + PATIENT_FAILURES * (ATTEMPTS - 1))


async def test_a_server_that_is_down_from_some_moment_on_is_busy(
    feed: CloudFeed,
) -> None:
    """Nothing is said to be missing that was only not told then."""
    await start(feed)
    feed.cloud.faults.extend([None] * 9 + [status(500)] * 1000)
    with pytest.raises(HomeAssistantError) as raised:
        await feed.backfill(START, END)
    assert raised.value.translation_key == "cloud_busy"
    assert len(feed.cloud.asked) <= 9 + 3 * ATTEMPTS


async def test_who_is_asked_too_often_is_busy(feed: CloudFeed) -> None:
    await start(feed)
    answer: Any = status(429)
    feed.cloud.always[block_path(wanted(feed)[3])] = answer
    with pytest.raises(HomeAssistantError) as raised:
        await feed.backfill(START, END)
    assert raised.value.translation_key == "cloud_busy"


async def test_too_many_failures_are_the_servers(
    feed: CloudFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await start(feed)
    monkeypatch.setattr(cloud_module, "MOST_FAILURES", 10)
    feed.cloud.always = {block_path(key): status(500) for key in feed.cloud.blocks}
    with pytest.raises(HomeAssistantError) as raised:
        await feed.backfill(START, END)
    assert raised.value.translation_key == "cloud_busy"
