"""The examples of the documentation work as they stand."""

from collections.abc import AsyncGenerator
import json
from pathlib import Path
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml

from ..homes import timestamp
from .feed import DemandFeed
from .grid import steady, stepped

ROOT = Path(__file__).resolve().parents[3]
README = ROOT / "README.md"
DOCS = [ROOT / "docs" / name for name in ("automations.md", "history.md", "tariffs.md")]
NOON = timestamp("2026-03-10 12:00")
NOVEMBER = timestamp("2026-11-10 12:00")


def example(beginning: str) -> dict[str, Any]:
    """Return the block of YAML that begins so."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (README, *DOCS))
    (block,) = re.findall(rf"```yaml\n({re.escape(beginning)}.*?)```", text, re.DOTALL)
    parsed = parse_yaml(block)
    assert isinstance(parsed, dict)
    return parsed


async def automate(hass: HomeAssistant, beginning: str) -> None:
    """Set one of the automations up."""
    automation = example(beginning)
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()


@pytest.fixture(autouse=True)
async def rest(hass: HomeAssistant) -> AsyncGenerator[None]:
    """Let no automation wait for something when the test is over."""
    yield
    if "automation" in hass.config.components:
        await hass.services.async_call(
            "automation", "turn_off", {"entity_id": "all"}, blocking=True
        )


async def test_a_new_month_peak_is_told(hass: HomeAssistant, feed: DemandFeed) -> None:
    await feed.connect(steady(1200, 800, 0), NOON - 20)
    told = async_mock_service(hass, "persistent_notification", "create")
    await automate(hass, "alias: Tell me")
    await feed.draw(NOON + 900 + 10)

    assert told[-1].data["message"] == (
        "2.0 kW in the quarter of an hour from 2026-03-10 12:00:00+01:00"
    )


async def test_the_boiler_is_off_while_a_peak_threatens(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(stepped({0: (500, 0, 0), NOON + 60: (9000, 0, 0)}), NOON)
    off = async_mock_service(hass, "switch", "turn_off")
    on = async_mock_service(hass, "switch", "turn_on")
    await feed.draw(NOON + 80, chunk=10)
    await automate(hass, "alias: Boiler")
    await feed.draw(NOON + 240, chunk=10)

    assert [call.data["entity_id"] for call in off] == [["switch.boiler"]]
    assert on == []

    feed.grid.loads = steady(0, 0, 0)
    await feed.draw(NOON + 600, chunk=10)
    assert [call.data["entity_id"] for call in on] == [["switch.boiler"]]


async def test_a_projection_above_the_target_is_told(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(stepped({0: (500, 0, 0), NOON + 60: (9000, 0, 0)}), NOON)
    told = async_mock_service(hass, "persistent_notification", "create")
    await automate(hass, "alias: Projection")
    await feed.draw(NOON + 60, chunk=10)
    assert told == []
    await feed.draw(NOON + 120, chunk=10)
    (call,) = told
    assert call.data["message"] == "Heading for 8.428 kW"


@pytest.mark.parametrize(("watts", "started"), [(1000, 1), (3000, 0)])
async def test_the_washing_machine_starts_when_there_is_room(
    hass: HomeAssistant, feed: DemandFeed, watts: int, started: int
) -> None:
    # The window of 13:00 has used little or all of its 2.5 kW.
    await feed.connect(steady(watts, 0, 0), NOON + 3600)
    on = async_mock_service(hass, "switch", "turn_on")
    await feed.draw(NOON + 4180, chunk=10)
    await automate(hass, "alias: Washing")
    assert on == []
    await feed.draw(NOON + 4210, chunk=10)
    assert [call.data["entity_id"] for call in on] == (
        [["switch.washing_machine"]] * started
    )


async def test_the_windows_of_a_month_are_returned(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(steady(1200, 800, 0), NOVEMBER)
    await feed.draw(NOVEMBER + 1810)
    november = 'demand_meter: grid\n  start: "2026-11-01 00:00:00"'
    call = example(f"action: flukso.get_windows\ndata:\n  {november}\n  end")
    domain, _, service = call["action"].partition(".")
    response = await hass.services.async_call(
        domain, service, call["data"], blocking=True, return_response=True
    )

    assert response is not None
    windows = response["windows"]
    assert isinstance(windows, list)
    documented = README.read_text(encoding="utf-8").partition("Each of `november.")[2]
    assert len(windows) == 2
    first = windows[0]
    assert isinstance(first, dict)
    for name in first:
        assert f"`{name}`" in documented.partition("\n\n")[0]


async def test_windows_are_returned_with_their_powers(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(steady(1200, 800, 0), NOVEMBER)
    await feed.draw(NOVEMBER + 1830)
    november = 'demand_meter: grid\n  start: "2026-11-01 00:00:00"'
    call = example(f"action: flukso.get_windows\ndata:\n  {november}\n  profiles")
    domain, _, service = call["action"].partition(".")
    response: Any = await hass.services.async_call(
        domain, service, call["data"], blocking=True, return_response=True
    )
    *_, window = response["windows"]
    assert window["profile"] == [2000] * 180


async def test_rows_are_imported(hass: HomeAssistant, feed: DemandFeed) -> None:
    await feed.connect(steady(1200, 800, 0), NOON)
    call = example("action: flukso.import_windows\ndata:\n  demand_meter: grid\n  rows")
    domain, _, service = call["action"].partition(".")
    await hass.services.async_call(domain, service, call["data"], blocking=True)

    evening = timestamp("2026-01-12 18:00")
    windows = await feed.windows(evening, evening + 3600)
    assert [window["demand"] for window in windows] == [4.84, 3.96]


async def test_the_card_shows_a_statistic_that_exists(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(steady(1200, 800, 0), NOON - 20)
    await feed.draw(NOON + 910)
    card = example("type: statistic")
    assert card["entity"] == f"flukso:{feed.meter.slug}_demand"
    rows = await feed.statistics(card["entity"], NOON)
    assert card["stat_type"] == "max"
    assert [row["max"] for row in rows] == [2]


async def test_a_month_is_corrected(hass: HomeAssistant, feed: DemandFeed) -> None:
    await feed.connect(steady(1200, 800, 0), timestamp("2026-04-10 12:00"))
    call = example("action: flukso.set_month_peak")
    domain, _, service = call["action"].partition(".")
    response = await hass.services.async_call(
        domain, service, call["data"], blocking=True, return_response=True
    )
    assert response is not None
    assert (response["month"], response["month_peak"]) == ("2026-03", 4.215)
    assert feed.value("rolling_peak") == pytest.approx(4.215, abs=0.001)


async def test_emhass_is_told_what_it_wants_to_know(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(steady(1200, 800, 0), NOON - 910)
    await feed.draw(NOON)
    await feed.draw(NOON + 610, chunk=10)
    sent = async_mock_service(hass, "rest_command", "emhass_mpc")
    sequence = example("actions:\n  - action: flukso.get_windows")["actions"]
    script = {"emhass": {"sequence": sequence}}
    assert await async_setup_component(hass, "script", {"script": script})
    await hass.services.async_call("script", "emhass", blocking=True)

    (call,) = sent
    # As the configuration of a rest_command renders it.
    body = Template("{{ payload }}", hass).async_render(call.data, parse_result=False)
    payload = json.loads(body)
    assert payload["current_period_peak"] == 2000
    assert payload["capacity_charge_interval_timesteps"] == 3
    assert payload["capacity_charge_current_interval_history"] == pytest.approx(
        [2000, 2000], abs=10
    )
    assert payload["capacity_charge_window"] == [1] * 288
