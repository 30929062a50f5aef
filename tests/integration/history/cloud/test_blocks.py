"""Windows out of the blocks that Flukso's cloud keeps."""

from collections import deque
import gzip
import json
from pathlib import Path

import pytest

from custom_components.flukso.transport.http.cloud import ATTEMPTS
from homeassistant.exceptions import HomeAssistantError
from simulator.cloud import status
from simulator.tmpo import BlockKey

from ...demand.grid import random_loads
from ...homes import WindowData, epoch, timestamp
from .feed import NOON, CloudFeed

SPAN = 1 << 20
# The largest blocks begin at multiples of their span.
EDGE = NOON // SPAN * SPAN
DEMAND = "flukso:grid_demand"
MONTH_PEAK = "flukso:grid_month_peak"
FIXTURES = Path(__file__).parents[3] / "fixtures" / "tmpo"
type Point = tuple[int, float]

REAL = "fed676021dacaaf6a12a8dda7685be34"
# Eighteen hours, six of them in the block that ends there.
START = (EDGE - 6 * 3600) // 900 * 900 + 900
END = EDGE + 12 * 3600
with_export = random_loads(7, lowest=-3000)


def assert_true(feed: CloudFeed, windows: list[WindowData], start: int) -> None:
    assert windows
    for place, window in enumerate(windows):
        begin = start + place * 900
        assert window["demand"] == pytest.approx(feed.past.demand(begin), abs=0.001)
        assert (window["coverage"], window["source"]) == (1, "counter")


async def test_windows_statistics_and_peaks_of_the_past_are_true(
    feed: CloudFeed,
) -> None:
    feed.record(with_export, START - 60, END)
    await feed.install(END + 600)

    response = await feed.backfill(START)
    whole = (END - START) // 900
    # The device had not told the end of the last quarter yet.
    assert response == {
        "added": whole + 1,
        "known": 0,
        "refused": 0,
        "missing": 1,
        "first_window": "2026-02-26T02:15:00+00:00",
        "last_window": "2026-02-26T20:00:00+00:00",
    }
    windows = await feed.windows(START, END - END % 900)
    assert len(windows) == whole
    assert_true(feed, windows, START)
    peak = max(window["demand"] for window in windows)
    assert feed.value("month_peak") == pytest.approx(peak, abs=0.001)
    rows = await feed.statistics(DEMAND, START)
    assert max(row["max"] or 0 for row in rows) == pytest.approx(peak, abs=0.001)
    (month,) = await feed.statistics(MONTH_PEAK, timestamp("2026-02-01 00:00"))
    assert month["max"] == pytest.approx(peak, abs=0.001)
    assert {key.level for key in feed.blocks_asked} == {8, 12, 20}
    assert feed.cloud.most_at_once == 1


async def test_what_is_known_is_not_asked_for_again(feed: CloudFeed) -> None:
    feed.record(with_export, START - 60, END)
    await feed.install(END + 600)
    await feed.backfill(START, END - 900)
    once = await feed.windows(START, END)
    feed.cloud.asked.clear()

    response = await feed.backfill(START, END - 900)
    assert (response["added"], response["known"], response["missing"]) == (0, 0, 0)
    assert response["first_window"] is None
    assert feed.cloud.asked == []
    assert await feed.windows(START, END) == once

    # Only the block that the last quarter leans on.
    await feed.backfill(START)
    assert len(feed.blocks_asked) == len(feed.cloud.sensors) * len(
        {key.begin for key in feed.blocks_asked}
    )
    assert {key.level for key in feed.blocks_asked} == {8}


async def test_after_a_failure_it_goes_on_where_it_ended(feed: CloudFeed) -> None:
    feed.record(with_export, START - 60, END)
    await feed.install(END + 600)
    newest = {key for key in feed.cloud.blocks if key.begin >= EDGE}
    good = len(feed.cloud.sensors) + len(newest)
    feed.cloud.faults = deque([None] * good + [status(500)] * (2 * ATTEMPTS))

    with pytest.raises(HomeAssistantError) as raised:
        await feed.backfill(START, END - 900)
    assert raised.value.translation_key == "cloud_busy"
    late = await feed.windows(START, END)
    assert_true(feed, late, epoch(late[0]["window_start"]))
    assert epoch(late[0]["window_start"]) - EDGE < 1800

    feed.cloud.asked.clear()
    response = await feed.backfill(START, END - 900)
    assert response["missing"] == 0
    assert not {key for key in feed.blocks_asked if key.begin > EDGE + 2700}
    assert_true(feed, await feed.windows(START, END), START)


async def test_the_history_of_another_use_of_a_sensor_is_left_out(
    feed: CloudFeed,
) -> None:
    feed.record(with_export, START - 60, END)
    blocks = feed.cloud.blocks.items()
    feed.cloud.blocks = {key._replace(rid=1): block for key, block in blocks}
    await feed.install(END + 600)
    with pytest.raises(HomeAssistantError) as raised:
        await feed.backfill(START)
    assert raised.value.translation_key == "cloud_no_values"
    assert feed.blocks_asked == []


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"junk",
        bytes((4 << 20) + 1),
        gzip.compress(b"{}"),
        gzip.compress(bytes(1 << 25)),
    ],
    ids=["nothing", "no gzip", "too large", "no block", "bomb"],
)
async def test_broken_blocks_cost_their_time_alone(
    feed: CloudFeed, junk: bytes
) -> None:
    feed.record(with_export, START - 60, END)
    for key in feed.cloud.blocks:
        if key.level == 20:
            feed.cloud.blocks[key] = junk
    await feed.install(END + 600)

    response = await feed.backfill(START, END - 900)
    assert response["missing"] == pytest.approx((EDGE - START) / 900, abs=2)
    windows = await feed.windows(EDGE + 1800, END)
    assert_true(feed, windows, epoch(windows[0]["window_start"]))


async def test_real_blocks_are_taken_as_they_are_broken_ones_too(
    feed: CloudFeed,
) -> None:
    feed.choose(import_sensors=feed.clamps("pplus")[:1], export_sensors=[])
    (sensor,) = feed.cloud.sensors
    first, last = [], []
    for path in (FIXTURES / REAL).rglob("*"):
        if path.is_file():
            rid, level, begin = map(int, path.parts[-3:])
            packed = path.read_bytes()
            feed.cloud.blocks[BlockKey(sensor, rid, level, begin)] = packed
            if level == 8:
                head, tail = ends(packed)
                first.append(head)
                last.append(tail)
    await feed.install()

    start = min(first)[0] // 900 * 900 + 900
    end = max(last)[0] // 900 * 900
    response = await feed.backfill(start, end)
    assert response["added"] == (end - start) // 900
    windows = await feed.windows(start, end)
    energy = sum(window["energy"] for window in windows)
    counted = (max(last)[1] - min(first)[1]) / 1000
    # The counter steps in tens, and both ends lie inside a quarter.
    assert 0.5 * counted < energy <= counted
    assert len(await feed.windows(1402994688, end)) == len(windows)

    whole = await feed.backfill(1402994688 - 86400, end)
    assert whole["added"] > 0
    assert {window["source"] for window in await feed.windows(0, end)} == {"counter"}


def ends(packed: bytes) -> tuple[Point, Point]:
    """Return the first and the last point of a block, by what its header says."""
    text = gzip.decompress(packed)
    header = json.loads(text[5 : text.index(b',"t":')])
    return tuple(header["head"]), tuple(header["tail"])
