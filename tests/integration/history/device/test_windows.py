"""Windows that were missed equal those of who never slept."""

import pytest

from homeassistant.exceptions import ServiceValidationError

from ...demand.grid import Loads, random_loads
from ...homes import WindowData, timestamp
from .feed import HealingFeed, backfill

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


@pytest.mark.parametrize("ahead", [0, 1200])
async def test_a_device_is_not_asked_for_what_it_recorded_on_a_wrong_clock(
    feed: HealingFeed, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    freeze = feed.freeze
    monkeypatch.setattr(feed, "freeze", lambda moment: freeze(moment - ahead))
    await feed.connect(only_import, NOON - 20)
    await feed.draw(NOON + 100, chunk=10)
    await feed.unload()
    await feed.miss(NOON + 1000)
    await feed.load()
    await feed.draw(NOON + 1300, chunk=10)
    assert bool(feed.recorder.requests) is (ahead == 0)


async def test_no_history_of_a_wrong_clock_is_imported_by_hand(
    feed: HealingFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze = feed.freeze
    monkeypatch.setattr(feed, "freeze", lambda moment: freeze(moment - 1200))
    await feed.connect(only_import, NOON - 20)
    await feed.draw(NOON + 300, chunk=10)
    with pytest.raises(ServiceValidationError) as raised:
        await backfill(feed, NOON - 7200, NOON - 3600)
    assert raised.value.translation_key == "backfill_wrong_clock"
    assert not feed.recorder.requests


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


@pytest.mark.smoke
async def test_an_outage_over_midnight_of_the_first_gives_both_months_their_peaks(
    feed: HealingFeed,
) -> None:
    start = timestamp("2026-03-31 18:00")
    back = timestamp("2026-04-01 06:10")
    windows = await healed(feed, only_import, start, start + 1000, back)
    assert_true(feed, windows, start)
    april = timestamp("2026-04-01 00:00")
    places = range(april, start + len(windows) * 900 + 900, 900)
    peak = max(feed.grid.demand(place) for place in places)
    assert feed.value("month_peak") == pytest.approx(peak, abs=0.001)
    assert feed.state("month_peak").attributes["marked_windows"] == 0
    (march,) = [
        row
        for row in await feed.statistics("flukso:grid_month_peak", start - 40 * 86400)
        if row["start"] == timestamp("2026-03-01 00:00")
    ]
    before = max(feed.grid.demand(place) for place in range(start, april, 900))
    assert march["max"] == pytest.approx(before, abs=0.001)


@pytest.mark.parametrize("night", ["2026-03-29 00:00", "2026-10-25 00:00"])
async def test_an_outage_over_a_change_of_clocks_leaves_no_hole(
    feed: HealingFeed, night: str
) -> None:
    start = timestamp(night)
    windows = await healed(feed, with_export, start, start + 1000, start + 6 * 3600)
    assert len(windows) == 6 * 4 + 1
    assert_true(feed, windows, start)


async def test_thirteen_days_come_back_from_the_largest_blocks(
    feed: HealingFeed,
) -> None:
    start = timestamp("2026-05-04 12:00")
    back = start + 13 * 86400
    windows = await healed(feed, only_import, start, start + 1000, back)
    assert len(windows) == 13 * 96 + 1
    assert {key.level for key in feed.recorder.tmpo.blocks} >= {16, 20}
    assert_true(feed, windows, start)
    peak = max(feed.grid.demand(start + place * 900) for place in range(len(windows)))
    assert feed.value("month_peak") == pytest.approx(peak, abs=0.001)


@pytest.mark.parametrize("loads", [only_import, with_export])
async def test_demand_statistics_are_those_of_the_windows(
    feed: HealingFeed, loads: Loads
) -> None:
    windows = await healed(feed, loads, NOON, NOON + 700, NOON + 4 * 3600)
    rows = await feed.statistics("flukso:grid_demand", NOON, NOON + 4 * 3600)
    for place, row in enumerate(rows):
        of_hour = [window["demand"] for window in windows[4 * place : 4 * place + 4]]
        assert row["max"] == pytest.approx(max(of_hour), abs=0.001)
        assert row["mean"] == pytest.approx(sum(of_hour) / 4, abs=0.001)
    assert len(rows) == 4
