"""Windows and their statistics are what truly was drawn, or say that they are not."""

from itertools import pairwise

import pytest

from ..homes import WindowData, epoch, timestamp
from .feed import DemandFeed
from .grid import WINDOW, Grid, Loads, random_loads, steady

# Counters tell thousandths of a Wh: so exact is a window of six of them, kW.
RESOLUTION = 0.0006
# Energies are told in tenths of a Wh, kWh.
ROUNDING = 0.00005
HOUR = 3600

only_import = random_loads(3)
with_export = random_loads(4, lowest=-3000)


def assert_true_or_marked(windows: list[WindowData], grid: Grid) -> None:
    """Check windows that follow each other against what was drawn."""
    starts = [epoch(window["window_start"]) for window in windows]
    assert all(after - before == WINDOW for before, after in pairwise(starts))
    for start, window in zip(starts, windows, strict=True):
        truth = grid.demand(start)
        assert window["demand"] <= truth + RESOLUTION
        assert window["at_least"] or window["demand"] >= truth - RESOLUTION
        assert window["at_least"] is (window["coverage"] < 1)


def marked(windows: list[WindowData]) -> list[int]:
    return [epoch(item["window_start"]) for item in windows if item["at_least"]]


@pytest.mark.parametrize("loads", [only_import, with_export, steady(3000, -1000, 0)])
async def test_windows_and_statistics_of_hours_are_true(
    feed: DemandFeed, loads: Loads
) -> None:
    start, end = timestamp("2026-03-10 14:00"), timestamp("2026-03-10 18:00")
    await feed.connect(loads, start - 600)
    await feed.draw(end)

    windows = await feed.windows(start, end)
    assert len(windows) == 16
    assert marked(windows) == []
    assert_true_or_marked(windows, feed.grid)
    assert sum(window["energy"] for window in windows) == pytest.approx(
        feed.grid.energy(start, end), abs=16 * ROUNDING
    )
    rows = await feed.statistics("flukso:grid_demand", start)
    assert [row["start"] for row in rows] == list(range(start, end, HOUR))
    for row in rows:
        hour = int(row["start"])
        truth = [feed.grid.demand(hour + place * WINDOW) for place in range(4)]
        assert row["mean"] == pytest.approx(sum(truth) / 4, abs=RESOLUTION)
        assert row["min"] == pytest.approx(min(truth), abs=RESOLUTION)
        assert row["max"] == pytest.approx(max(truth), abs=RESOLUTION)
    (month,) = await feed.statistics(
        "flukso:grid_month_peak", timestamp("2026-03-01 00:00")
    )
    all_rows = await feed.statistics("flukso:grid_demand", start - HOUR)
    assert month["start"] == timestamp("2026-03-01 00:00")
    assert month["max"] == max(row["max"] or 0 for row in all_rows)
    assert (month["min"], month["mean"]) == (month["max"], month["max"])
    assert feed.value("month_peak") == pytest.approx(month["max"], abs=0.0005)


@pytest.mark.parametrize(
    ("start", "end", "quarters"),
    [
        pytest.param("2026-03-29 01:00", "2026-03-29 04:00", 8, id="to-summer-time"),
        pytest.param("2026-10-25 01:00", "2026-10-25 04:00", 16, id="to-winter-time"),
    ],
)
async def test_no_window_is_lost_or_invented_when_clocks_change(
    feed: DemandFeed, start: str, end: str, quarters: int
) -> None:
    first, last = timestamp(start), timestamp(end)
    await feed.connect(with_export, first - 10)
    await feed.draw(last)

    windows = await feed.windows(first, last)
    assert len(windows) == quarters
    assert marked(windows) == []
    assert_true_or_marked(windows, feed.grid)
    rows = await feed.statistics("flukso:grid_demand", first)
    assert [row["start"] for row in rows] == list(range(first, last, HOUR))


@pytest.mark.parametrize("loads", [only_import, with_export])
async def test_silence_of_10_seconds_is_no_silence(
    feed: DemandFeed, loads: Loads
) -> None:
    silence, end = timestamp("2026-03-10 14:05"), timestamp("2026-03-10 14:30")
    await feed.connect(loads, timestamp("2026-03-10 13:59"), step=5)
    await feed.draw(silence)
    await feed.miss(silence + 10)
    await feed.draw(end)

    windows = await feed.windows(timestamp("2026-03-10 14:00"), end)
    assert len(windows) == 2
    assert marked(windows) == []
    assert_true_or_marked(windows, feed.grid)


async def test_what_is_drawn_in_10_seconds_across_a_boundary_is_spread_evenly(
    feed: DemandFeed,
) -> None:
    start, end = timestamp("2026-03-10 14:00"), timestamp("2026-03-10 14:30")
    silence = timestamp("2026-03-10 14:14:55")
    await feed.connect(only_import, start - 60, step=5)
    await feed.draw(silence)
    counted = sum(feed.grid.counted)
    await feed.miss(silence + 10)
    await feed.draw(silence + 15)
    unplaced = (sum(feed.grid.counted) - counted) / WINDOW / 1000
    await feed.draw(end)

    windows = await feed.windows(start, end)
    assert marked(windows) == []
    for window in windows:
        truth = feed.grid.demand(epoch(window["window_start"]))
        assert window["demand"] == pytest.approx(truth, abs=unplaced / 2)
    assert sum(window["energy"] for window in windows) == pytest.approx(
        feed.grid.energy(start, end), abs=2 * ROUNDING
    )


async def test_silence_within_a_window_is_filled_by_the_counters(
    feed: DemandFeed,
) -> None:
    silence, end = timestamp("2026-03-10 14:05"), timestamp("2026-03-10 14:30")
    await feed.connect(only_import, timestamp("2026-03-10 13:59"))
    await feed.draw(silence)
    await feed.miss(silence + 120)
    await feed.draw(end)

    windows = await feed.windows(timestamp("2026-03-10 14:00"), end)
    assert marked(windows) == []
    assert_true_or_marked(windows, feed.grid)


async def test_silence_within_a_window_is_marked_when_there_was_export(
    feed: DemandFeed,
) -> None:
    silence, end = timestamp("2026-03-10 14:05"), timestamp("2026-03-10 14:30")
    await feed.connect(with_export, timestamp("2026-03-10 13:59"))
    await feed.draw(silence)
    await feed.miss(silence + 120)
    await feed.draw(end)

    windows = await feed.windows(timestamp("2026-03-10 14:00"), end)
    assert marked(windows) == [timestamp("2026-03-10 14:00")]
    assert windows[0]["coverage"] == pytest.approx(770 / 900, abs=0.001)
    assert_true_or_marked(windows, feed.grid)


@pytest.mark.parametrize("loads", [only_import, with_export])
@pytest.mark.parametrize(
    ("seconds", "torn"),
    [
        pytest.param(120, ["14:00", "14:15"], id="2-minutes"),
        pytest.param(1200, ["14:00", "14:15", "14:30"], id="20-minutes"),
    ],
)
async def test_silence_across_a_boundary_marks_the_windows_it_touches(
    feed: DemandFeed, loads: Loads, seconds: int, torn: list[str]
) -> None:
    start, end = timestamp("2026-03-10 14:00"), timestamp("2026-03-10 15:00")
    silence = timestamp("2026-03-10 14:14")
    await feed.connect(loads, start - 60)
    await feed.draw(silence)
    await feed.miss(silence + seconds)
    await feed.draw(end)

    windows = await feed.windows(start, end)
    assert marked(windows) == [timestamp(f"2026-03-10 {time}") for time in torn]
    assert_true_or_marked(windows, feed.grid)
    assert sum(window["energy"] for window in windows) <= (
        feed.grid.energy(start, end) + 4 * ROUNDING
    )
    assert feed.state("month_peak").attributes["at_least"]
    # The first window of all was seen in part only.
    assert feed.state("month_peak").attributes["marked_windows"] == len(torn) + 1
    (row,) = await feed.statistics("flukso:grid_demand", start)
    assert row["max"] == pytest.approx(
        max(window["demand"] for window in windows if window["coverage"]), abs=0.0005
    )


@pytest.mark.parametrize("seconds", [120, 1200])
async def test_energy_of_a_silence_is_conserved(feed: DemandFeed, seconds: int) -> None:
    start, end = timestamp("2026-03-10 14:00"), timestamp("2026-03-10 15:00")
    silence = timestamp("2026-03-10 14:14")
    await feed.connect(only_import, start - 60)
    await feed.draw(silence)
    await feed.miss(silence + seconds)
    await feed.draw(end)

    windows = await feed.windows(start, end)
    assert sum(window["energy"] for window in windows) == pytest.approx(
        feed.grid.energy(start, end), abs=4 * ROUNDING
    )


async def test_a_counter_that_begins_anew_marks_its_window(feed: DemandFeed) -> None:
    start, end = timestamp("2026-03-10 14:00"), timestamp("2026-03-10 14:45")
    await feed.connect(only_import, start - 60)
    await feed.draw(timestamp("2026-03-10 14:20"))
    feed.grid.reset()
    await feed.draw(end)

    windows = await feed.windows(start, end)
    assert marked(windows) == [timestamp("2026-03-10 14:15")]
    assert windows[1]["coverage"] == pytest.approx(890 / 900, abs=0.001)
    assert_true_or_marked(windows, feed.grid)


async def test_a_stamp_far_ahead_closes_no_window(feed: DemandFeed) -> None:
    start, end = timestamp("2026-03-10 14:00"), timestamp("2026-03-10 14:45")
    await feed.connect(only_import, start - 60)
    await feed.draw(timestamp("2026-03-10 14:20"))
    present, feed.grid.now = feed.grid.now, feed.grid.now + 6 * HOUR
    ahead = list(feed.grid.messages())
    feed.grid.now = present
    await feed.arrive(ahead)

    assert len(feed.told("window_closed")) == 2
    assert feed.hub.drops.totals == {"timestamp": len(ahead)}
    await feed.draw(end)
    windows = await feed.windows(start, end)
    assert marked(windows) == []
    assert_true_or_marked(windows, feed.grid)


async def test_a_clock_that_is_set_back_does_not_spoil_what_was_measured(
    feed: DemandFeed,
) -> None:
    start, end = timestamp("2026-03-10 14:00"), timestamp("2026-03-10 15:00")
    await feed.connect(steady(2000, 1000, 0), start - 60)
    await feed.draw(timestamp("2026-03-10 14:20"))
    # The clock was ten minutes fast.
    feed.grid.now -= 600
    await feed.draw(end)

    windows = await feed.windows(start, end)
    assert [window["demand"] for window in windows] == pytest.approx([3] * 4, abs=0.001)
    assert marked(windows) == []
    assert len(feed.told("new_month_peak")) <= 2


async def test_a_device_that_has_lost_its_clock_rewrites_no_history(
    feed: DemandFeed,
) -> None:
    start, end = timestamp("2026-03-10 14:00"), timestamp("2026-03-10 15:00")
    await feed.connect(steady(2000, 1000, 0), start - 10)
    await feed.draw(timestamp("2026-03-10 14:20"))
    present, feed.grid.now = feed.grid.now, timestamp("2012-07-01 00:10")
    lost = []
    for _ in range(60):
        feed.grid.live()
        lost += list(feed.grid.messages())
    feed.grid.now = present
    await feed.arrive(lost)
    assert feed.value("month_peak") == pytest.approx(3, abs=0.001)
    await feed.draw(end)

    windows = await feed.windows(start, end)
    assert marked(windows) == [timestamp("2026-03-10 14:15")]
    assert await feed.windows(0, start) == []
    years = {told["window_start"][:4] for told in feed.told("window_closed")}
    assert years == {"2026"}
