"""Windows that were missed equal those of who never slept."""

import pytest

from ..demand.feed import WindowData, timestamp
from ..demand.grid import Loads, random_loads
from .feed import HealingFeed

NOON = timestamp("2026-03-10 12:00")
only_import = random_loads(5)
with_export = random_loads(6, lowest=-3000)


async def healed(
    feed: HealingFeed, loads: Loads, start: int, away: int, back: int
) -> list[WindowData]:
    """Return the windows of a time in which Home Assistant was away for a while."""
    await feed.connect(loads, start - 20)
    await feed.draw(away)
    await feed.unload()
    await feed.miss(back)
    await feed.load()
    end = back - back % 900 + 900
    await feed.draw(end + 900)
    return await feed.windows(start, end)


def assert_true(feed: HealingFeed, windows: list[WindowData], start: int) -> None:
    assert windows
    for place, window in enumerate(windows):
        begin = start + place * 900
        assert window["demand"] == pytest.approx(feed.grid.demand(begin), abs=0.001)
        assert window["coverage"] == 1, place
        assert not window["at_least"]


@pytest.mark.parametrize("loads", [only_import, with_export])
@pytest.mark.parametrize("seconds", [300, 6 * 3600])
async def test_windows_of_an_outage_are_true(
    feed: HealingFeed, loads: Loads, seconds: int
) -> None:
    away = NOON + 700
    windows = await healed(feed, loads, NOON, away, away + seconds)
    assert len(windows) == (away + seconds - NOON) // 900 + 1
    assert_true(feed, windows, NOON)
    assert len(feed.recorder.requests) == 1
