"""Warn me: what is told, when, and how often."""

import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    async_mock_service,
    mock_restore_cache,
)

from homeassistant.core import HomeAssistant, ServiceCall, State
from homeassistant.util import dt as dt_util

from ..demand.feed import DemandFeed
from ..demand.grid import Loads, steady, stepped
from ..homes import timestamp
from .house import automate, entities

NOON = timestamp("2026-03-10 12:00")
INPUTS = ("peak_risk", "window", "projected_demand", "target", "available_power")
RISK = "A new peak threatens"
CERTAIN = "The target is broken"
PEAK = "New month peak"


def titles(calls: list[ServiceCall]) -> list[str]:
    """Return the titles of warnings, without the messages."""
    return [call.data["title"] for call in calls]


async def warn(
    hass: HomeAssistant, feed: DemandFeed, loads: Loads, **inputs: Any
) -> list[ServiceCall]:
    """Connect a house at 12:00 with warnings; returns what they call."""
    calls = async_mock_service(hass, "persistent_notification", "create")
    await feed.connect(loads, NOON - 10)
    await feed.draw(NOON + 10, chunk=10)
    await automate(hass, "warn", **entities(feed, *INPUTS), **inputs)
    return calls


async def test_a_window_that_breaks_its_target_is_told_three_times(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    calls = await warn(hass, feed, stepped({0: (1000, 0, 0), NOON + 60: (6000, 0, 0)}))
    await feed.draw(NOON + 920, chunk=10)

    assert titles(calls) == [RISK, CERTAIN, PEAK]
    risk, certain, peak = (call.data["message"] for call in calls)
    # How much is left depends on which tick brings the risk.
    told = re.fullmatch(
        r"This window is heading for (\d\.\d{3}) kW; the target is 2\.500 kW\. "
        r"Up to (\d+) W in all can be used for the rest of it\.",
        risk,
    )
    assert told is not None
    assert 2.5 < float(told[1]) < 6
    assert 500 < int(told[2]) < 2500
    assert re.fullmatch(
        r"This window is above the target of 2\.5 kW and is heading for [345]\.\d+ kW\. "
        r"What you switch off now still makes the peak lower\.",
        certain,
    )
    assert peak == "5.667 kW in the window from 12:00."


async def test_a_risk_that_comes_and_goes_is_told_once_in_a_window(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    # 4.5 kW for five minutes, then little, then again: 2.4 kW in all.
    steps: dict[int, tuple[int, ...]] = {0: (500, 0, 0)}
    for start in (0, 900):
        steps |= {
            NOON + start: (4500, 0, 0),
            NOON + start + 310: (200, 0, 0),
            NOON + start + 750: (4500, 0, 0),
            NOON + start + 840: (200, 0, 0),
        }
    calls = await warn(hass, feed, stepped(steps), kinds=["risk"])
    await feed.draw(NOON + 890, chunk=10)
    assert titles(calls) == [RISK]
    await feed.draw(NOON + 1790, chunk=10)
    assert titles(calls) == [RISK, RISK]


@pytest.mark.smoke
async def test_a_kettle_is_no_risk(hass: HomeAssistant, feed: DemandFeed) -> None:
    loads = stepped({0: (500, 0, 0), NOON + 60: (3500, 0, 0), NOON + 80: (500, 0, 0)})
    calls = await warn(hass, feed, loads)
    await feed.draw(NOON + 70, chunk=10)
    assert feed.state("projected_demand").attributes["as_now"] > 2.5
    assert feed.state("peak_risk").state == "off"
    await feed.draw(NOON + 300, chunk=10)
    assert feed.state("peak_risk").state == "off"
    assert calls == []


async def test_a_risk_that_goes_on_is_told_again_in_the_next_window(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    loads = stepped({0: (0, 0, 0), NOON + 30: (3000, 0, 0), NOON + 850: (9000, 0, 0)})
    calls = await warn(hass, feed, loads, kinds=["risk", "new_month_peak"])
    await feed.draw(NOON + 890, chunk=10)
    assert titles(calls) == [RISK]
    await feed.draw(NOON + 940, chunk=10)
    assert titles(calls) == [RISK, PEAK, RISK]
    await feed.draw(NOON + 1300, chunk=10)
    assert len(calls) == 3


async def test_a_month_peak_below_the_target_is_no_news(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    calls = await warn(hass, feed, steady(2000, 0, 0))
    await feed.draw(NOON + 920, chunk=10)
    assert [peak["demand"] for peak in feed.told("new_month_peak")] == [2]
    assert calls == []


@pytest.mark.parametrize(
    ("kinds", "told"), [(["risk"], [RISK]), (["certain"], [CERTAIN]), ([], [])]
)
async def test_only_what_is_chosen_is_told(
    hass: HomeAssistant, feed: DemandFeed, kinds: list[str], told: list[str]
) -> None:
    loads = stepped({0: (1000, 0, 0), NOON + 60: (6000, 0, 0)})
    calls = await warn(hass, feed, loads, kinds=kinds)
    await feed.draw(NOON + 920, chunk=10)
    assert titles(calls) == told


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "told"),
    [
        ("12:00:00", "12:05:00", [CERTAIN]),
        ("22:00:00", "12:05:00", [CERTAIN]),
        ("12:05:00", "11:00:00", [RISK]),
        ("22:00:00", "07:00:00", [RISK, CERTAIN]),
    ],
)
async def test_nothing_is_told_in_quiet_hours(
    hass: HomeAssistant,
    feed: DemandFeed,
    quiet_from: str,
    quiet_until: str,
    told: list[str],
) -> None:
    loads = stepped({0: (1000, 0, 0), NOON + 60: (6000, 0, 0)})
    quiet = {"quiet_from": quiet_from, "quiet_until": quiet_until}
    calls = await warn(hass, feed, loads, **quiet)
    await feed.draw(NOON + 880, chunk=10)
    assert titles(calls) == told


async def test_a_restart_does_not_repeat_a_risk(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    told = dt_util.utc_from_timestamp(NOON + 5).isoformat()
    mock_restore_cache(hass, [State("automation.warn", "on", {"last_triggered": told})])
    calls = await warn(hass, feed, stepped({0: (0, 0, 0), NOON + 30: (2800, 0, 0)}))
    await feed.draw(NOON + 600, chunk=10)
    assert feed.state("peak_risk").state == "on"
    assert calls == []


async def test_any_action_gets_the_variables_and_your_own_words(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    phone = async_mock_service(hass, "notify", "send_message")
    told = "{{ kind }}: {{ projected }}, {{ limit }}, {{ left }} | {{ title }}"
    send = {
        "action": "notify.send_message",
        "target": {"entity_id": "notify.phone"},
        "data": {"title": "{{ message }}", "message": told},
    }
    calls = await warn(
        hass,
        feed,
        stepped({0: (0, 0, 0), NOON + 30: (6000, 0, 0)}),
        kinds=["risk"],
        warning=[send],
        risk_title="Opgelet",
        risk_message="Dit kwartier gaat naar {{ projected }}.",
    )
    await feed.draw(NOON + 370, chunk=10)
    assert calls == []
    (call,) = phone
    assert re.fullmatch(
        r"Dit kwartier gaat naar [2345]\.\d{3} kW\.", call.data["title"]
    )
    assert re.fullmatch(
        r"risk: [2345]\.\d{3} kW, 2\.500 kW, \d+ W \| Opgelet", call.data["message"]
    )
