"""A Fluksometer that never reached a time server, or one of another time."""

from collections.abc import Callable
import re

import pytest

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.helpers import issue_registry as ir

from ...brokers import Message
from ..homes import epoch, timestamp
from .feed import DemandFeed
from .grid import steady

START = timestamp("2026-03-10 12:00")
QUARTER = 900
STAMP = re.compile(rb"^\[([0-9]+)")

type Clock = Callable[[int], int]


def ahead(by: int) -> Clock:
    """Return a clock that is so many s ahead."""
    return lambda second: second + by


def stamped(message: Message, clock: Clock) -> Message:
    """Return a message with the stamp of another clock."""
    payload = STAMP.sub(
        lambda match: b"[%d" % clock(int(match[1])), message.payload, count=1
    )
    return message._replace(payload=payload)


async def draw(feed: DemandFeed, until: int, clock: Clock) -> None:
    """Let the clamps measure and publish every 5 s, with the stamps of a clock."""
    while feed.grid.now < until:
        feed.grid.live()
        await feed.arrive([stamped(item, clock) for item in feed.grid.messages()])


def fault(feed: DemandFeed) -> str | None:
    """Return what the repair about the clock says."""
    issue_id = f"clock_off_{feed.entry.entry_id}"
    found = ir.async_get(feed.hass).async_get_issue("flukso", issue_id)
    return None if found is None else found.translation_key


@pytest.mark.parametrize(
    ("clock", "told", "by_host"),
    [
        pytest.param(ahead(5000 - START), "clock_unset", True, id="1970"),
        pytest.param(ahead(400), "clock_wrong", True, id="7 min ahead"),
        pytest.param(ahead(-4000), "clock_wrong", True, id="67 min behind"),
        pytest.param(ahead(3 * 86400 + 400), "clock_wrong", True, id="days ahead"),
        pytest.param(ahead(-7200), "clock_shifted", False, id="two hours behind"),
        pytest.param(ahead(120), None, False, id="2 min ahead"),
    ],
)
async def test_windows_are_right_whatever_the_clock_of_a_fluksometer_tells(
    feed: DemandFeed, clock: Clock, told: str | None, by_host: bool
) -> None:
    await feed.connect(steady(1000, 1200, 800), START - 200, step=5)
    await draw(feed, START + 200, clock)
    assert feed.state("demand").state not in {STATE_UNAVAILABLE, STATE_UNKNOWN}
    assert feed.state("demand").attributes.get("clock") == ("host" if by_host else None)
    await draw(feed, START + 2 * QUARTER + 10, clock)
    windows = await feed.windows(START, START + 2 * QUARTER)
    assert [epoch(window["window_start"]) for window in windows] == [
        START,
        START + QUARTER,
    ]
    for window in windows:
        assert window["demand"] == pytest.approx(3.0, abs=0.02)
        assert window["at_least"] is False
        assert ("clock" in window) is by_host
    assert fault(feed) == told


async def test_a_fluksometer_that_finds_its_time_goes_on(feed: DemandFeed) -> None:
    await feed.connect(steady(1000, 1200, 800), START - 200, step=5)
    await draw(feed, START + 450, ahead(5000 - START))
    await draw(feed, START + 3 * QUARTER + 10, ahead(0))
    windows = await feed.windows(START, START + 3 * QUARTER)
    assert [epoch(window["window_start"]) for window in windows] == [
        START + place * QUARTER for place in range(3)
    ]
    assert [window["demand"] for window in windows] == pytest.approx([3.0] * 3, abs=0.1)
    assert ["clock" in window for window in windows] == [True, False, False]
    assert windows[2]["at_least"] is False
    assert fault(feed) is None
    assert len(feed.told("window_closed")) == 4
