"""A demand meter is changed and removed, and so is its device."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)

from ..homes import timestamp
from .feed import DemandFeed
from .grid import steady
from .test_statistics import known_statistics

NOON = timestamp("2026-03-10 12:00")


async def test_other_rules_hold_at_once_and_windows_are_kept(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose()
    await feed.connect(steady(2000, 1000, 0), NOON - 10)
    await feed.draw(NOON + 1200)
    await feed.reconfigure(floor=5, goal=6, name="House")
    assert (feed.value("target"), feed.value("goal")) == (6, 6)
    assert feed.meter.slug == "grid"
    await feed.reconfigure(floor=5, goal=1)
    assert (feed.value("target"), feed.value("goal")) == (5, 1)

    await feed.draw(NOON + 2700)
    windows = await feed.windows(NOON, NOON + 2700)
    assert [window["demand"] for window in windows] == pytest.approx(
        [3, 3, 3], abs=0.001
    )
    assert not any(window["at_least"] for window in windows)


async def test_other_sensors_are_measured_from_then_on(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose()
    await feed.connect(steady(2000, 1000, 500), NOON - 10)
    await feed.draw(NOON + 1200)
    first = feed.grid.imports[0]
    await feed.reconfigure(import_sensors=[first], export_sensors=[])
    assert feed.meter.imports == (first,)

    await feed.draw(NOON + 2700)
    windows = await feed.windows(NOON, NOON + 2700)
    assert [window["at_least"] for window in windows] == [False, True, False]
    assert windows[2]["demand"] == pytest.approx(2, abs=0.001)


async def test_a_new_name_is_seen_in_the_statistics_but_not_in_their_ids(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose()
    await feed.connect(steady(2000, 0, 0), NOON - 10)
    await feed.draw(NOON + 900)
    await feed.reconfigure(name="House")

    known = await known_statistics(hass)
    assert known["flukso:grid_demand"]["name"] == "House demand"
    assert known["flukso:grid_month_peak"]["name"] == "House month peak"
    device = dr.async_get(hass).async_get_device_by_identifier(
        ("flukso", "grid-meter"), feed.entry.entry_id
    )
    assert device is not None
    assert device.name == "House"


async def test_removing_a_demand_meter_removes_what_it_made(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose()
    await feed.connect(steady(2000, 0, 0), NOON - 10)
    await feed.draw(NOON + 900)
    assert len(await known_statistics(hass)) == 2

    hass.config_entries.async_remove_subentry(feed.entry, "grid-meter")
    await hass.async_block_till_done()
    await feed.fence()
    assert await known_statistics(hass) == {}
    entities = er.async_entries_for_config_entry(
        er.async_get(hass), feed.entry.entry_id
    )
    assert entities
    assert not [one for one in entities if one.config_subentry_id is not None]
    assert (
        dr.async_get(hass).async_get_device_by_identifier(
            ("flukso", "grid-meter"), feed.entry.entry_id
        )
        is None
    )


async def test_what_was_reported_of_a_demand_meter_goes_with_it(
    hass: HomeAssistant, feed: DemandFeed, hass_storage: dict[str, Any]
) -> None:
    hass_storage["flukso.demand/grid-meter/2026-03"] = {
        "version": 1,
        "minor_version": 1,
        "data": {"windows": "nonsense"},
    }
    feed.choose()
    await feed.connect(steady(2000, 0, 0), NOON - 10)
    issues = ir.async_get(hass)
    issue_id = "damaged_store_grid-meter_2026-03"
    assert issues.async_get_issue("flukso", issue_id) is not None

    hass.config_entries.async_remove_subentry(feed.entry, "grid-meter")
    await hass.async_block_till_done()
    assert issues.async_get_issue("flukso", issue_id) is None


async def test_removing_the_device_removes_its_demand_meters(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose()
    await feed.connect(steady(2000, 0, 0), NOON - 10)
    await feed.draw(NOON + 900)

    await hass.config_entries.async_remove(feed.entry.entry_id)
    await hass.async_block_till_done()
    assert await known_statistics(hass) == {}
    assert not er.async_get(hass).entities
