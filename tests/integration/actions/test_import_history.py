"""Years of windows that come at once: whatever happens meanwhile, nothing is lost."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import random
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.components.recorder.const import SupportedDialect
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util

from ...brokers import Message
from ..demand.feed import DemandFeed
from ..demand.grid import Loads, steady
from ..homes import LATENCY, timestamp, until
from .imports import import_windows

NOON = timestamp("2026-03-10 12:00")
DECEMBER = timestamp("2025-12-01 00:00")
JANUARY = timestamp("2026-01-01 00:00")
FEBRUARY = timestamp("2026-02-01 00:00")
MARCH = timestamp("2026-03-01 00:00")
WINDOW = 900
HOUR = 3600
DEMAND = "flukso:grid_demand"
MONTH_PEAK = "flukso:grid_month_peak"
HALF: Loads = steady(500, 0, 0)

type Row = dict[str, Any]


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Let stores use the disk."""
    return {}


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Return a folder of the test's own."""
    return hass_tmp_config_dir


def rows(start: int, *demands: float) -> list[Row]:
    """Return quarters of so many kW, one after the other."""
    return [
        {"start": start + place * WINDOW, "demand": demand}
        for place, demand in enumerate(demands)
    ]


def demand_of(start: int) -> float:
    """Return a demand that hardly any other quarter has, up to 6 kW."""
    return (start // WINDOW * 7919 % 6_000) / 1_000


@asynccontextmanager
async def busy_recorder(hass: HomeAssistant) -> AsyncGenerator[None]:
    """Let the recorder write nothing meanwhile, as during a backup."""
    recorder = get_instance(hass)
    if recorder.dialect_name is not SupportedDialect.SQLITE:
        pytest.skip("only SQLite can be locked")
    assert await recorder.lock_database()
    try:
        yield
    finally:
        assert recorder.unlock_database()


async def counted(feed: DemandFeed, month: str) -> None:
    """Let the event loop run until a month is counted."""
    await until(lambda: month in feed.meter.memory.ledger.months)


async def known(feed: DemandFeed) -> tuple[Any, ...]:
    """Return all that an import changes."""
    return (
        await feed.windows(DECEMBER, NOON),
        await feed.statistics(DEMAND, DECEMBER),
        await feed.statistics(MONTH_PEAK, DECEMBER),
        feed.value("rolling_peak"),
    )


async def test_in_whatever_order_they_come_months_are_counted_alike(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(HALF, NOON - 10)
    starts = [
        start + place * WINDOW
        for start in (JANUARY, FEBRUARY - 450 * WINDOW, MARCH - 450 * WINDOW)
        for place in range(900)
    ]
    shuffled = random.Random(5).sample(starts, len(starts))
    told = [{"start": start, "demand": demand_of(start)} for start in shuffled]

    answer = await import_windows(hass, rows=told)

    assert (answer["added"], answer["known"]) == (len(starts), 0)
    windows = await feed.windows(JANUARY, NOON)
    assert [window["demand"] for window in windows] == pytest.approx(
        [demand_of(start) for start in starts], abs=0.0001
    )
    bounds = (JANUARY, FEBRUARY, MARCH, NOON)
    highest = [
        max(demand_of(start) for start in starts if begin <= start < end)
        for begin, end in zip(bounds, bounds[1:], strict=False)
    ]
    peaks = await feed.statistics(MONTH_PEAK, JANUARY)
    assert [row["max"] for row in peaks] == pytest.approx(highest, abs=0.0001)
    hours = await feed.statistics(DEMAND, JANUARY)
    assert [row["start"] for row in hours] == sorted({s - s % HOUR for s in starts})


async def test_a_month_in_two_parts_is_as_one_in_one(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(HALF, NOON - 10)
    first, second = rows(JANUARY, 3, 1), rows(JANUARY + HOUR, 4, 2)
    between = rows(FEBRUARY, 5)
    answer = await import_windows(hass, rows=[*first, *between, *second])
    assert (answer["added"], answer["known"], answer["refused"]) == (5, 0, 0)
    in_parts = await known(feed)

    again = await import_windows(hass, rows=[*first, *second, *between])

    assert (again["added"], again["known"], again["refused"]) == (0, 5, 0)
    assert await known(feed) == in_parts
    assert [row["max"] for row in in_parts[2]] == [4, 5]


async def test_a_quarter_that_closes_during_an_import_is_kept(
    hass: HomeAssistant, feed: DemandFeed, freezer: FrozenDateTimeFactory
) -> None:
    await feed.connect(HALF, NOON - 10)
    await feed.draw(NOON + WINDOW - 10)
    told = [*rows(JANUARY, 3), *rows(NOON - HOUR, 0.2, 0.3)]
    async with busy_recorder(hass):
        task = hass.async_create_task(import_windows(hass, rows=told))
        await counted(feed, "2026-01")
        messages: list[Message] = []
        while feed.grid.now < NOON + WINDOW + 10:
            feed.grid.live()
            messages += feed.grid.messages()
        freezer.move_to(dt_util.utc_from_timestamp(feed.grid.now + LATENCY))
        await feed.publish(messages)
        assert NOON in feed.meter.memory.archive.recent
        assert not task.done()

    assert (await task)["added"] == 3
    windows = await feed.windows(MARCH, NOON + WINDOW)
    assert [window["demand"] for window in windows] == pytest.approx(
        [0.2, 0.3, 0.5], abs=0.001
    )
    await hass.async_block_till_done()
    assert feed.value("month_peak") == pytest.approx(0.5, abs=0.001)
    await feed.reload()
    assert len(await feed.windows(MARCH, NOON + WINDOW)) == 3


async def test_an_import_that_is_cut_off_goes_on_where_it_ended(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(HALF, NOON - 10)
    told = [*rows(DECEMBER, 2), *rows(JANUARY, 3, 4), *rows(FEBRUARY, 5)]
    async with busy_recorder(hass):
        task = hass.async_create_task(import_windows(hass, rows=told))
        await counted(feed, "2025-12")
        await feed.unload()
        assert not task.done()
    with pytest.raises(ServiceValidationError) as refused:
        await task
    assert refused.value.translation_key == "backfill_interrupted"
    await feed.load()
    assert [w["demand"] for w in await feed.windows(DECEMBER, NOON)] == [2]

    again = await import_windows(hass, rows=told)

    assert (again["added"], again["known"]) == (3, 1)
    windows, hours, peaks, mean = await known(feed)
    assert [window["demand"] for window in windows] == [2, 3, 4, 5]
    assert [row["max"] for row in hours] == [2, 4, 5]
    assert [row["max"] for row in peaks] == [2, 4, 5]
    assert mean == pytest.approx((2.5 + 4 + 5) / 3, abs=0.001)


async def test_a_recorder_that_is_busy_for_long_is_not_waited_for(
    hass: HomeAssistant, feed: DemandFeed, freezer: FrozenDateTimeFactory
) -> None:
    await feed.connect(HALF, NOON - 10)
    told = [*rows(JANUARY, 3), *rows(FEBRUARY, 5)]
    async with busy_recorder(hass):
        task = hass.async_create_task(import_windows(hass, rows=told))

        def over() -> bool:
            freezer.tick(1)
            return task.done()

        await until(over)
        assert (await task)["added"] == 2

    peaks = await feed.statistics(MONTH_PEAK, JANUARY)
    assert [row["max"] for row in peaks] == [3, 5]
