"""The times that were missed are remembered until they are healed."""

from typing import Any

import pytest

from custom_components.flukso.const import DOMAIN
from homeassistant.helpers import issue_registry as ir

from ...demand.grid import random_loads
from ...homes import timestamp
from .feed import HOUR, HealingFeed

NOON = timestamp("2026-03-10 12:00")
AWAY = NOON + 1000
KEY = "flukso.holes/fluksometer"
loads = random_loads(5)


def outages(feed: HealingFeed) -> list[list[int]]:
    found: list[list[int]] = feed.healer.diagnostics["outages"]
    return found


async def test_the_first_start_misses_nothing(feed: HealingFeed) -> None:
    await feed.connect(loads, NOON - 20)
    assert outages(feed) == []
    await feed.draw(NOON + HOUR)
    assert feed.recorder.requests == []


async def test_what_is_not_healed_survives_a_restart(
    feed: HealingFeed, hass_storage: dict[str, Any]
) -> None:
    await feed.connect(loads, NOON - 20)
    await feed.draw(AWAY)
    await feed.unload()
    assert hass_storage[KEY]["data"]["holes"] == []
    await feed.miss(AWAY + HOUR)
    await feed.load()
    (hole,) = outages(feed)
    assert hole == pytest.approx([AWAY, AWAY + HOUR + 60], abs=10)
    await feed.unload()
    assert hass_storage[KEY]["data"]["holes"] == [hole]
    await feed.load()
    assert outages(feed) == [hole]


async def test_many_outages_are_healed_as_if_the_oldest_were_one(
    feed: HealingFeed,
) -> None:
    await feed.connect(loads, NOON - 20)
    await feed.draw(NOON + 60)
    for count in range(24):
        await feed.unload()
        await feed.miss(NOON + 60 + (count + 1) * 40)
        await feed.load()
    holes = outages(feed)
    assert len(holes) == 20
    assert holes[0][0] == pytest.approx(NOON + 60, abs=10)
    assert holes[0][1] == pytest.approx(NOON + 60 + 5 * 40 + 60, abs=10)


@pytest.mark.parametrize(
    "data",
    [
        {"seen": "yesterday", "asked": None, "holes": 7},
        {"holes": [[5, 3], "text", [1], [None, 2], [0, 9]]},
        [],
        "text",
    ],
)
async def test_a_damaged_memory_is_ignored(
    feed: HealingFeed, hass_storage: dict[str, Any], data: object
) -> None:
    hass_storage[KEY] = {"version": 1, "minor_version": 1, "key": KEY, "data": data}
    await feed.connect(loads, NOON - 20)
    assert outages(feed) == []


async def test_a_removed_entry_leaves_nothing(
    feed: HealingFeed, hass_storage: dict[str, Any]
) -> None:
    await feed.connect(loads, NOON - 20)
    feed.recorder.answers = False
    await feed.draw(AWAY)
    await feed.unload()
    await feed.miss(AWAY + HOUR)
    await feed.load()
    await feed.draw(AWAY + 3 * HOUR)
    issues = ir.async_get(feed.hass)
    issue_id = f"history_missing_{feed.entry.entry_id}"
    assert issues.async_get_issue(DOMAIN, issue_id) is not None
    await feed.hass.config_entries.async_remove(feed.entry.entry_id)
    await feed.hass.async_block_till_done()
    assert issues.async_get_issue(DOMAIN, issue_id) is None
    assert KEY not in hass_storage
