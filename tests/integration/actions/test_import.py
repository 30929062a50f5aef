"""Windows of any month that were measured elsewhere, or meanwhile."""

from collections.abc import Iterator
from typing import Any

import pytest

from custom_components.flukso.core.demand.history.intake import ImportCounts
from custom_components.flukso.core.windows import Source, Window
from homeassistant.core import HomeAssistant

from ..demand.feed import DemandFeed
from ..demand.grid import Loads, steady
from ..homes import timestamp

NOON = timestamp("2026-03-10 12:00")
JANUARY = timestamp("2026-01-01 00:00")
FEBRUARY = timestamp("2026-02-01 00:00")
DEMAND = "flukso:grid_demand"
MONTH_PEAK = "flukso:grid_month_peak"
HALF: Loads = steady(500, 0, 0)


def quarters(
    start: int, *demands: float, source: Source = Source.POWER, coverage: float = 1.0
) -> Iterator[Window]:
    """Yield windows of so many kW, one after the other."""
    for place, demand in enumerate(demands):
        energy = demand / 4
        yield Window(
            start + place * 900, 900, energy, energy * coverage, source, coverage
        )


async def test_old_months_get_their_windows_peaks_means_and_statistics(
    feed: DemandFeed,
) -> None:
    await feed.connect(HALF, NOON - 10)
    await feed.draw(NOON + 900)
    assert feed.value("rolling_peak") == 2.5

    counts = await feed.meter.async_import(
        [*quarters(JANUARY, 1, 2, 3, 4, 5.5), *quarters(FEBRUARY - 900, 4, 8.5)]
    )

    assert counts == ImportCounts(added=7, known=0, refused=0)
    assert feed.value("rolling_peak") == pytest.approx((5.5 + 8.5 + 2.5) / 3, abs=0.001)
    assert feed.value("month_peak") == pytest.approx(0.5, abs=0.001)
    windows = await feed.windows(JANUARY, NOON)
    assert [window["demand"] for window in windows] == [1, 2, 3, 4, 5.5, 4, 8.5]
    assert {window["source"] for window in windows} == {"power"}
    rows = await feed.statistics(DEMAND, JANUARY, NOON)
    assert [(row["start"], row["mean"], row["max"]) for row in rows] == [
        (JANUARY, 2.5, 4),
        (JANUARY + 3600, 5.5, 5.5),
        (FEBRUARY - 3600, 4, 4),
        (FEBRUARY, 8.5, 8.5),
    ]
    peaks = await feed.statistics(MONTH_PEAK, JANUARY, NOON)
    assert [(row["start"], row["max"]) for row in peaks[:2]] == [
        (JANUARY, 5.5),
        (FEBRUARY, 8.5),
    ]


async def test_to_import_twice_is_to_import_once(feed: DemandFeed) -> None:
    await feed.connect(HALF, NOON - 10)
    await feed.draw(NOON + 900)
    windows = [*quarters(JANUARY, 1 / 3, 2 / 7), *quarters(NOON - 3600, 4, 3)]

    async def known() -> tuple[Any, ...]:
        return (
            await feed.windows(JANUARY, NOON + 900),
            await feed.statistics(DEMAND, JANUARY),
            await feed.statistics(MONTH_PEAK, JANUARY),
            feed.value("rolling_peak"),
            feed.value("month_peak"),
        )

    assert await feed.meter.async_import(windows) == ImportCounts(4, 0, 0)
    once = await known()
    assert await feed.meter.async_import(windows) == ImportCounts(0, 4, 0)
    assert await known() == once
    await feed.reload()
    assert await feed.meter.async_import(windows) == ImportCounts(0, 4, 0)
    assert await known() == once


@pytest.mark.smoke
async def test_this_months_peak_is_shown_at_once(feed: DemandFeed) -> None:
    await feed.connect(HALF, NOON - 10)
    await feed.draw(NOON + 900)

    await feed.meter.async_import(quarters(NOON - 1800, 6))
    assert feed.value("month_peak") == 6
    assert feed.state("month_peak_time").state == "2026-03-10T10:30:00+00:00"
    assert feed.told("new_month_peak")[-1]["demand"] == pytest.approx(0.5, abs=0.001)

    await feed.draw(NOON + 1800)
    assert feed.value("month_peak") == 6
    assert feed.value("last_window_demand") == pytest.approx(0.5, abs=0.001)


async def test_what_is_known_better_stays(feed: DemandFeed) -> None:
    await feed.connect(HALF, NOON - 10)
    await feed.draw(NOON + 1800)

    counts = await feed.meter.async_import(quarters(NOON - 900, 9, 9, 9))
    assert counts == ImportCounts(added=1, known=2, refused=0)
    assert feed.value("month_peak") == 9
    windows = await feed.windows(NOON - 900, NOON + 1800)
    assert [window["source"] for window in windows] == ["power", "counter", "counter"]

    better = await feed.meter.async_import(
        quarters(NOON - 900, 3, source=Source.COUNTER)
    )
    assert better.added == 1
    assert feed.value("month_peak") == 3


async def test_a_better_window_lowers_the_peak_of_an_old_month(
    feed: DemandFeed,
) -> None:
    await feed.connect(HALF, NOON - 10)
    await feed.meter.async_import(quarters(JANUARY, 9, 5))
    await feed.meter.async_import(quarters(JANUARY, 4, source=Source.COUNTER))

    (row,) = await feed.statistics(MONTH_PEAK, JANUARY, JANUARY + 3600)
    assert row["max"] == 5
    (hour,) = await feed.statistics(DEMAND, JANUARY, JANUARY + 3600)
    assert (hour["mean"], hour["max"]) == (4.5, 5)


async def test_a_window_that_was_partly_seen_is_a_lower_bound(
    feed: DemandFeed,
) -> None:
    await feed.connect(HALF, NOON - 10)
    await feed.meter.async_import(quarters(JANUARY, 8, 3, coverage=0.5))

    (first, _) = await feed.windows(JANUARY, JANUARY + 1800)
    assert first["at_least"]
    assert feed.meter.memory.ledger.peak("2026-01") is not None
    (row,) = await feed.statistics(MONTH_PEAK, JANUARY, JANUARY + 3600)
    assert row["max"] == 4


async def test_what_cannot_be_true_is_refused_and_the_rest_taken(
    feed: DemandFeed,
) -> None:
    await feed.connect(HALF, NOON - 10)
    counts = await feed.meter.async_import(
        [*quarters(NOON - 900, 3, 3), *quarters(JANUARY, 2)]
    )
    assert counts == ImportCounts(added=1, known=0, refused=2)


@pytest.mark.parametrize("peak", [{"peak": 7.0}, None])
async def test_windows_of_a_month_that_somebody_decided_on_do_not_count(
    hass: HomeAssistant, feed: DemandFeed, peak: dict[str, float] | None
) -> None:
    await feed.connect(HALF, NOON - 10)
    await feed.draw(NOON + 900)
    month = {"demand_meter": "grid", "month": "2026-01"}
    action = "forget_month" if peak is None else "set_month_peak"
    await hass.services.async_call(
        "flukso", action, month | (peak or {}), blocking=True
    )
    before = feed.value("rolling_peak")

    assert (await feed.meter.async_import(quarters(JANUARY, 12))).added == 1
    assert feed.value("rolling_peak") == before

    await hass.services.async_call("flukso", "set_month_peak", month, blocking=True)
    assert feed.value("rolling_peak") == pytest.approx((12 + 2.5) / 2, abs=0.001)


async def test_hours_are_put_together_from_quarters_that_came_apart(
    feed: DemandFeed,
) -> None:
    feed.choose(profile="norway", vat=25.0, floor=0.0)
    await feed.connect(HALF, NOON - 10)
    await feed.meter.async_import(quarters(JANUARY, 2, 4))
    await feed.meter.async_import(quarters(JANUARY + 1800, 6, 8))

    (window,) = await feed.windows(JANUARY, JANUARY + 3600)
    assert (window["demand"], window["coverage"]) == (5, 1)
    (row,) = await feed.statistics(DEMAND, JANUARY, JANUARY + 3600)
    assert row["max"] == 5


async def test_two_imports_at_once_lose_nothing(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(HALF, NOON - 10)
    imports = [
        hass.async_create_task(
            feed.meter.async_import(quarters(JANUARY + place * 900, 1 + place))
        )
        for place in range(8)
    ]
    for task in imports:
        assert (await task).added == 1

    windows = await feed.windows(JANUARY, FEBRUARY)
    assert [window["demand"] for window in windows] == [1, 2, 3, 4, 5, 6, 7, 8]
