"""P1 meters whose clock cannot be believed, from their bytes to windows and repairs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueEntry

from ..devices.p1.feed import MeterFeed
from ..devices.p1.telegrams import changed
from ..homes import epoch, timestamp
from .p1 import MakeFeed, value

FOLDER = Path(__file__).parents[2] / "fixtures" / "clocks"
NEVER_SET = (FOLDER / "nl_never_set.txt").read_bytes()
AHEAD = (FOLDER / "nl_20_min_ahead.txt").read_bytes()
QUARTER = 900
# 2026-01-15 12:00 in the telegram's zone, when the host says that it is 20 min earlier.
SENT = timestamp("2026-01-15 12:00")
KWH_PER_SECOND = 3.0 / 3600

type Make = Callable[[int, float], bytes]


def never_set(_second: int, kwh: float) -> bytes:
    """Return what the meter sends whose clock stands at the year 2000."""
    return changed(
        NEVER_SET, (b"1-0:1.8.1(000100.000", f"1-0:1.8.1({100 + kwh:010.3f}".encode())
    )


async def live(feed: MeterFeed, make: Make, start: int, end: int, used: float) -> float:
    """Let the meter send every 5 s up to a moment, at 3 kW; return the kWh used."""
    for second in range(start, end, 5):
        feed.freeze(second)
        used += 5 * KWH_PER_SECOND
        await feed.send(make(second, used))
    await feed.tick()
    return used


def clock_issue(feed: MeterFeed) -> IssueEntry | None:
    """Return the repair about the meter's clock."""
    issue_id = f"clock_off_{feed.entry.entry_id}"
    return ir.async_get(feed.hass).async_get_issue("flukso", issue_id)


async def told(feed: MeterFeed, since: int) -> list[dict[str, Any]]:
    """Return the windows that flukso.get_windows tells of."""
    return [dict(window) for window in await feed.windows(since, since + 86400)]


async def test_a_clock_that_was_never_set_leaves_windows_of_the_host(
    meter_at: MakeFeed, hass: HomeAssistant
) -> None:
    start = timestamp("2026-03-10 12:00")
    feed = meter_at(NEVER_SET)
    await feed.start(start - 60)
    used = await live(feed, never_set, start - 60, start + 300, 0.0)
    state = feed.demand_state("demand")
    assert state.state not in {STATE_UNAVAILABLE, STATE_UNKNOWN}
    assert value(hass, feed.entity_id("demand")) == pytest.approx(1.0, abs=0.02)
    assert state.attributes["clock"] == "host"
    await live(feed, never_set, start + 300, start + 2 * QUARTER + 15, used)
    windows = await told(feed, start)
    assert [epoch(window["window_start"]) for window in windows] == [
        start,
        start + QUARTER,
    ]
    for window in windows:
        assert window["demand"] == pytest.approx(3.0, abs=0.01)
        assert window["at_least"] is False
        assert window["clock"] == "host"
    last = feed.demand_state("last_window_demand")
    assert last.attributes["clock"] == "host"
    found = clock_issue(feed)
    assert found is not None
    assert found.translation_key == "clock_unset"
