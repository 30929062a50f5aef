"""What cannot come back is marked, told once, and asked for no more than once an hour."""

import json
import logging

import pytest

from custom_components.flukso.const import DOMAIN
from homeassistant.helpers import issue_registry as ir
from simulator.tmpo import TMPO

from ....brokers import Message
from ...demand.grid import random_loads
from ...homes import timestamp
from .feed import HOUR, HealingFeed

NOON = timestamp("2026-03-10 12:00")
AWAY = NOON + 1000
STRANGER = "f" * 32
loads = random_loads(5)


def issue(feed: HealingFeed) -> ir.IssueEntry | None:
    return ir.async_get(feed.hass).async_get_issue(
        DOMAIN, f"history_missing_{feed.entry.entry_id}"
    )


def notices(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(
            "custom_components.flukso.devices.fluksometer.history.healer"
        )
        and record.levelno >= logging.WARNING
    ]


async def away(feed: HealingFeed, start: int, end: int) -> None:
    """Be away for a while."""
    await feed.draw(start)
    await feed.unload()
    await feed.miss(end)
    await feed.load()


async def coverage(feed: HealingFeed, end: int) -> list[float]:
    windows = await feed.windows(NOON, end)
    return [window["coverage"] for window in windows]


async def test_a_device_that_never_answers_is_asked_once_and_told_of_once(
    feed: HealingFeed, caplog: pytest.LogCaptureFixture
) -> None:
    await feed.connect(loads, NOON - 20)
    feed.recorder.answers = False
    await away(feed, AWAY, AWAY + 2 * HOUR)
    await feed.draw(AWAY + 6 * HOUR)
    assert len(feed.recorder.requests) == 1
    (notice,) = notices(caplog)
    # Of the windows of the leaving and the return, the blocks that came live tell.
    assert "8 quarters" in notice
    reported = issue(feed)
    assert reported is not None
    assert reported.translation_placeholders == {
        "count": "8",
        "device": feed.entry.title,
    }
    seen = await coverage(feed, NOON + 3 * HOUR)
    assert [share == 1 for share in seen] == [True, *[False] * 8, *[True] * 3]


async def test_a_device_without_history_is_not_asked(
    feed: HealingFeed, caplog: pytest.LogCaptureFixture
) -> None:
    plain = feed.device.retained()
    sections = json.loads(plain[0].payload)
    for name, section in sections.items():
        if name.isdigit():
            section["tmpo"] = 0
    await feed.connect(loads, NOON - 20)
    feed.recorder.records = False
    await feed.publish([Message(plain[0].topic, json.dumps(sections).encode())])
    await away(feed, AWAY, AWAY + 2 * HOUR)
    await feed.draw(AWAY + 6 * HOUR)
    assert feed.recorder.requests == []
    assert len(notices(caplog)) == 1
    assert issue(feed) is not None


async def test_what_comes_back_takes_the_report_back(feed: HealingFeed) -> None:
    await feed.connect(loads, NOON - 20)
    feed.recorder.answers = False
    await away(feed, AWAY, AWAY + HOUR)
    await feed.draw(AWAY + 3 * HOUR)
    assert issue(feed) is not None
    feed.recorder.answers = True
    await away(feed, AWAY + 4 * HOUR, AWAY + 5 * HOUR)
    await feed.draw(AWAY + 6 * HOUR)
    assert issue(feed) is None


async def test_a_device_is_asked_once_an_hour_however_often_it_is_missed(
    feed: HealingFeed,
) -> None:
    await feed.connect(loads, NOON - 20)
    for outage in range(4):
        begin = AWAY + outage * 1500
        await away(feed, begin, begin + 700)
    await feed.draw(AWAY + 4 * HOUR)
    assert len(feed.recorder.requests) == 2
    assert set(await coverage(feed, AWAY + 4 * HOUR - 900)) == {1}
    assert issue(feed) is None


async def test_a_stop_in_the_middle_loses_and_doubles_nothing(
    feed: HealingFeed,
) -> None:
    await feed.connect(loads, NOON - 20)
    await away(feed, AWAY, AWAY + 2 * HOUR)
    back = AWAY + 2 * HOUR
    await feed.tick(1)
    assert len(feed.recorder.requests) <= 1
    await feed.draw(back + 10, chunk=10)
    await feed.unload()
    await feed.miss(back + 300)
    await feed.load()
    await feed.draw(back + 3 * HOUR)
    assert len(feed.recorder.requests) == 2
    windows = await feed.windows(NOON, back + 2 * HOUR)
    assert len(windows) == len({window["window_start"] for window in windows}) == 18
    for place, window in enumerate(windows):
        truth = feed.grid.demand(NOON + place * 900)
        assert window["demand"] == pytest.approx(truth, abs=0.001)
        assert window["coverage"] == 1


async def test_what_is_told_twice_counts_once(feed: HealingFeed) -> None:
    await feed.connect(loads, NOON - 20)
    await away(feed, AWAY, AWAY + 2 * HOUR)
    await feed.draw(AWAY + 2 * HOUR + 300)
    again = [
        Message(key.topic, block, retain=False)
        for key, block in feed.recorder.tmpo.blocks.items()
    ]
    await feed.arrive([*again, *again])
    await feed.draw(AWAY + 4 * HOUR)
    windows = await feed.windows(NOON, AWAY + 3 * HOUR)
    for place, window in enumerate(windows):
        truth = feed.grid.demand(NOON + place * 900)
        assert window["demand"] == pytest.approx(truth, abs=0.001)
        assert window["coverage"] == 1


async def test_a_moment_that_loses_nothing_asks_for_nothing(feed: HealingFeed) -> None:
    await feed.connect(loads, NOON - 20)
    await away(feed, NOON + 300, NOON + 340)
    await feed.draw(NOON + 2 * HOUR)
    assert feed.recorder.requests == []
    assert set(await coverage(feed, NOON + 2 * HOUR)) == {1}


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        (f"/sensor/{STRANGER}/{TMPO}/0/8/1773140224/gz", "unknown_sensor"),
        (f"/sensor/{STRANGER}/{TMPO}/0/9/1773140224/gz", "topic"),
        (f"/sensor/{STRANGER}/{TMPO}/0/8/1773140225/gz", "topic"),
    ],
)
async def test_blocks_of_nobody_are_dropped_and_counted(
    feed: HealingFeed, topic: str, reason: str
) -> None:
    await feed.connect(loads, NOON - 20)
    feed.hub.link.want(topic)
    await feed.publish([Message(topic, b"", retain=False)])
    assert feed.hub.drops.totals == {reason: 1}


async def test_blocks_that_cannot_be_read_cost_nothing_else(feed: HealingFeed) -> None:
    await feed.connect(loads, NOON - 20)
    await away(feed, AWAY, AWAY + 2 * HOUR)
    stored = feed.recorder.tmpo.blocks
    for key in list(stored)[:3]:
        stored[key] = stored[key][:-9]
    await feed.draw(AWAY + 4 * HOUR)
    drops = feed.hub.drops.totals
    assert drops["malformed"] >= 3
    windows = await feed.windows(NOON, AWAY + 3 * HOUR)
    marked = 0
    for place, window in enumerate(windows):
        truth = feed.grid.demand(NOON + place * 900)
        marked += window["at_least"]
        if window["at_least"]:
            assert window["demand"] <= truth + 0.001
        else:
            assert window["demand"] == pytest.approx(truth, abs=0.001)
    assert 0 < marked < 8
