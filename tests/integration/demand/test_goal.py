"""The goal: for good or this month only, and what it makes of the target."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant

from ..homes import timestamp
from .feed import DemandFeed
from .grid import steady, stepped

APRIL = timestamp("2026-04-01 00:00")


async def set_goal(hass: HomeAssistant, feed: DemandFeed, kilowatts: float) -> None:
    await hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": feed.entity_id("goal"), "value": kilowatts},
        blocking=True,
    )


async def set_scope(hass: HomeAssistant, feed: DemandFeed, scope: str) -> None:
    await hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": feed.entity_id("goal_scope"), "option": scope},
        blocking=True,
    )


def shown(feed: DemandFeed) -> tuple[float, str, float]:
    scope = feed.state("goal_scope").state
    return feed.value("goal"), scope, feed.value("target")


async def turn_of_the_month(feed: DemandFeed) -> None:
    await feed.draw(APRIL + 10)


async def test_a_goal_for_good_stands_in_the_next_month(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose()
    await feed.connect(steady(1000, 0, 0), APRIL - 610)
    assert shown(feed) == (0, "always", 2.5)
    await set_goal(hass, feed, 4)
    assert shown(feed) == (4, "always", 4)
    await turn_of_the_month(feed)
    assert shown(feed) == (4, "always", 4)


async def test_a_goal_of_this_month_ends_on_the_first(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose()
    await feed.connect(steady(1000, 0, 0), APRIL - 610)
    await set_scope(hass, feed, "month")
    await set_goal(hass, feed, 4)
    assert shown(feed) == (4, "month", 4)
    await feed.reload()
    assert shown(feed) == (4, "month", 4)
    await turn_of_the_month(feed)
    assert shown(feed) == (0, "month", 2.5)
    await feed.reload()
    assert shown(feed) == (0, "month", 2.5)

    await set_goal(hass, feed, 3)
    await set_scope(hass, feed, "always")
    assert shown(feed) == (3, "always", 3)


async def test_a_goal_that_stood_for_good_may_end_with_the_month(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose(goal=4)
    await feed.connect(steady(1000, 0, 0), APRIL - 610)
    await set_scope(hass, feed, "month")
    assert shown(feed) == (4, "month", 4)
    await turn_of_the_month(feed)
    assert shown(feed) == (0, "month", 2.5)


@pytest.mark.parametrize(("scope", "april"), [("always", 4), ("month", 0)])
async def test_the_form_says_how_long_its_goal_stands(
    hass: HomeAssistant, feed: DemandFeed, scope: str, april: float
) -> None:
    feed.choose()
    await feed.connect(steady(1000, 0, 0), APRIL - 610)
    await feed.reconfigure(goal=4, goal_scope=scope)
    assert shown(feed) == (4, scope, 4)
    await turn_of_the_month(feed)
    assert feed.value("goal") == april
    await feed.reload()
    assert feed.value("goal") == april


async def test_a_goal_survives_changes_of_other_settings_and_restarts(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose(goal=4)
    await feed.connect(steady(1000, 0, 0), APRIL - 7200)
    await set_goal(hass, feed, 6)
    await feed.reload()
    assert shown(feed) == (6, "always", 6)
    await feed.reconfigure(area="west", floor=3)
    assert shown(feed) == (6, "always", 6)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"goal": 5}, (5, "always", 5)),
        ({"goal": None}, (0, "always", 2.5)),
        ({"goal": 4, "goal_scope": "month"}, (4, "month", 4)),
    ],
)
async def test_another_goal_in_the_form_counts_before_one_set_by_hand(
    hass: HomeAssistant,
    feed: DemandFeed,
    change: dict[str, Any],
    expected: tuple[float, str, float],
) -> None:
    feed.choose(goal=4)
    await feed.connect(steady(1000, 0, 0), APRIL - 7200)
    await set_goal(hass, feed, 6)
    await feed.reconfigure(**change)
    assert shown(feed) == expected


async def test_the_target_is_the_highest_of_minimum_month_peak_and_goal(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose()
    noon = timestamp("2026-03-10 12:00")
    await feed.connect(stepped({0: (3000, 0, 0), noon: (5000, 0, 0)}), noon - 910)
    assert feed.value("target") == 2.5
    await set_goal(hass, feed, 2)
    assert feed.value("target") == 2.5
    await feed.draw(noon)
    assert feed.value("target") == pytest.approx(3, abs=0.001)
    await set_goal(hass, feed, 4)
    assert feed.value("target") == 4
    await feed.draw(noon + 900)
    assert feed.value("target") == pytest.approx(5, abs=0.001)
