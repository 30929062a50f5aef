"""A demand meter goes on where it left off, as far as it can be known."""

from copy import deepcopy
import json
from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..homes import timestamp
from .feed import DemandFeed
from .grid import random_loads, steady

NOON = timestamp("2026-03-10 12:00")
FOLDER = "flukso.demand/grid-meter"
STATE = f"{FOLDER}/state"
PEAKS = f"{FOLDER}/peaks"
MARCH = f"{FOLDER}/2026-03"
PROFILES = f"{FOLDER}/profiles-2026-03"

only_import = random_loads(5)
with_export = random_loads(6, lowest=-3000)


def stored(data: Any) -> dict[str, Any]:
    return {"version": 1, "minor_version": 1, "key": "", "data": data}


@pytest.mark.smoke
async def test_restart_within_a_window_loses_nothing(feed: DemandFeed) -> None:
    feed.choose()
    await feed.connect(only_import, NOON - 20)
    await feed.draw(NOON + 300)
    await feed.unload()
    await feed.miss(NOON + 420)
    await feed.load()
    await feed.draw(NOON + 430, chunk=10)
    assert feed.value("demand") == pytest.approx(
        feed.grid.drawn[NOON] / 900 / 1000, abs=0.001
    )

    await feed.draw(NOON + 900)
    (window,) = await feed.windows(NOON, NOON + 900)
    assert window["coverage"] == 1
    assert window["demand"] == pytest.approx(feed.grid.demand(NOON), abs=0.0006)


async def test_restart_while_there_may_have_been_export_is_marked(
    feed: DemandFeed,
) -> None:
    feed.choose()
    await feed.connect(with_export, NOON - 20)
    await feed.draw(NOON + 300)
    await feed.unload()
    await feed.miss(NOON + 420)
    await feed.load()
    await feed.draw(NOON + 900)

    (window,) = await feed.windows(NOON, NOON + 900)
    assert window["at_least"]
    assert window["coverage"] == pytest.approx(770 / 900, abs=0.001)
    assert window["demand"] <= feed.grid.demand(NOON) + 0.0006


@pytest.mark.parametrize("seconds", [120, 1200, 8 * 86400])
async def test_restart_across_a_boundary_marks_windows_and_keeps_their_energy(
    feed: DemandFeed, seconds: int
) -> None:
    feed.choose()
    await feed.connect(steady(2000, 1000, 0), NOON - 20)
    await feed.draw(NOON + 860)
    await feed.unload()
    back = NOON + 860 + seconds
    await feed.miss(back)
    await feed.load()
    end = back - back % 900 + 1800
    await feed.draw(end)

    windows = await feed.windows(NOON, end)
    assert len(windows) == (end - NOON) // 900
    assert [window["at_least"] for window in windows] == [
        *[True] * (len(windows) - 1),
        False,
    ]
    assert sum(window["energy"] for window in windows) == pytest.approx(
        feed.grid.energy(NOON, end), abs=0.0001
    )
    assert feed.state("month_peak").attributes["marked_windows"] == len(windows)


async def test_windows_of_a_month_long_over_are_kept_when_the_device_returns(
    feed: DemandFeed,
) -> None:
    feed.choose()
    await feed.connect(steady(2000, 1000, 0), NOON - 20)
    await feed.draw(NOON + 1860)
    await feed.unload()
    back = timestamp("2026-05-09 12:00")
    await feed.miss(back)
    await feed.load()
    await feed.draw(back + 60)

    windows = await feed.windows(NOON, NOON + 1800)
    assert [window["demand"] for window in windows] == pytest.approx([3, 3], abs=0.001)
    months = [told["month"] for told in feed.told("month_closed")]
    assert months == ["2026-03", "2026-04"]


async def test_a_crash_costs_no_energy(
    feed: DemandFeed, hass_storage: dict[str, Any]
) -> None:
    feed.choose()
    await feed.connect(only_import, NOON - 20)
    await feed.draw(NOON + 300, chunk=60)
    on_disk = deepcopy(hass_storage)
    await feed.draw(NOON + 480)
    await feed.unload()
    hass_storage.clear()
    hass_storage.update(on_disk)
    await feed.load()
    await feed.draw(NOON + 900)

    (window,) = await feed.windows(NOON, NOON + 900)
    assert window["coverage"] == 1
    assert window["demand"] == pytest.approx(feed.grid.demand(NOON), abs=0.0006)


async def test_a_crash_after_a_window_closed_does_not_spoil_it(
    feed: DemandFeed, hass_storage: dict[str, Any]
) -> None:
    feed.choose()
    await feed.connect(only_import, NOON - 20)
    await feed.draw(NOON + 890, chunk=60)
    older_state = deepcopy(hass_storage[STATE])
    await feed.draw(NOON + 960)
    await feed.unload()
    hass_storage[STATE] = older_state
    await feed.miss(NOON + 1020)
    await feed.load()
    await feed.draw(NOON + 1800)

    first, second = await feed.windows(NOON, NOON + 1800)
    assert first["at_least"] is False
    assert first["demand"] == pytest.approx(feed.grid.demand(NOON), abs=0.0006)
    assert second["demand"] <= feed.grid.demand(NOON + 900) + 0.0006
    closed = [told["window_start"] for told in feed.told("window_closed")]
    assert len(closed) == len(set(closed)) == 3


async def test_a_target_that_was_broken_before_a_restart_is_not_told_again(
    feed: DemandFeed,
) -> None:
    feed.choose()
    await feed.connect(steady(5000, 0, 0), NOON - 10)
    await feed.draw(NOON + 600, chunk=60)
    await feed.reload()
    await feed.draw(NOON + 900, chunk=60)

    assert len(feed.told("target_exceeded")) == 1


@pytest.mark.parametrize(
    "state",
    [
        pytest.param({"meter": "nonsense"}, id="meter-is-text"),
        pytest.param({"meter": {"length": 900}}, id="meter-has-lost-keys"),
        pytest.param({"meter": None, "goal": "high"}, id="goal-is-text"),
        pytest.param({"exceeded": "yesterday"}, id="exceeded-is-text"),
        pytest.param({}, id="empty"),
        pytest.param([1, 2], id="list"),
        pytest.param("text", id="text"),
    ],
)
async def test_a_damaged_state_is_ignored(
    feed: DemandFeed, hass_storage: dict[str, Any], state: object
) -> None:
    feed.choose()
    await feed.connect(steady(2000, 1000, 0), NOON - 10)
    await feed.draw(NOON + 1200)
    await feed.unload()
    hass_storage[STATE] = stored(state)
    await feed.load()
    assert feed.value("month_peak") == pytest.approx(3, abs=0.001)
    assert feed.value("goal") == 0

    await feed.draw(NOON + 2700)
    windows = await feed.windows(NOON, NOON + 2700)
    assert [window["at_least"] for window in windows] == [False, True, False]
    assert windows[2]["demand"] == pytest.approx(3, abs=0.001)


async def test_the_state_of_other_sensors_is_ignored(
    feed: DemandFeed, hass_storage: dict[str, Any]
) -> None:
    feed.choose()
    await feed.connect(steady(2000, 1000, 0), NOON - 10)
    await feed.draw(NOON + 1200)
    await feed.unload()
    text = json.dumps(hass_storage[STATE])
    first = feed.grid.imports[0]
    hass_storage[STATE] = json.loads(text.replace(first, first[::-1]))
    await feed.load()
    await feed.draw(NOON + 1800)

    windows = await feed.windows(NOON, NOON + 1800)
    assert [window["at_least"] for window in windows] == [False, True]


@pytest.mark.parametrize(
    "peaks",
    [
        pytest.param({"months": "nonsense"}, id="months-are-text"),
        pytest.param({"months": {"2026-03": {"highest": 1}}}, id="month-is-damaged"),
        pytest.param([], id="list"),
    ],
)
async def test_damaged_peaks_are_made_anew_from_the_windows(
    feed: DemandFeed, hass_storage: dict[str, Any], peaks: object
) -> None:
    feed.choose()
    await feed.connect(steady(2000, 1000, 0), NOON - 10)
    await feed.draw(NOON + 1200)
    await feed.unload()
    hass_storage[PEAKS] = stored(peaks)
    await feed.load()

    assert feed.value("month_peak") == pytest.approx(3, abs=0.001)
    assert feed.state("month_peak").attributes["marked_windows"] == 0


async def test_a_damaged_row_costs_that_window_and_is_reported(
    hass: HomeAssistant, feed: DemandFeed, hass_storage: dict[str, Any]
) -> None:
    feed.choose()
    await feed.connect(steady(2000, 1000, 0), NOON - 10)
    await feed.draw(NOON + 2700)
    await feed.unload()
    rows = hass_storage[MARCH]["data"]["windows"]
    assert len(rows) == 3
    rows[1] = [NOON + 900, "much", 0.75, "counter", 1]
    del hass_storage[PEAKS]
    await feed.load()

    windows = await feed.windows(NOON, NOON + 2700)
    assert len(windows) == 2
    issue = ir.async_get(hass).async_get_issue(
        "flukso", "damaged_store_grid-meter_2026-03"
    )
    assert issue is not None
    assert issue.translation_key == "damaged_store"
    assert issue.translation_placeholders == {
        "file": MARCH,
        "name": "Grid",
        "month": "2026-03",
    }
    assert len(hass_storage[MARCH]["data"]["windows"]) == 2


async def test_what_is_stored_is_small_and_named_by_the_demand_meter(
    feed: DemandFeed, hass_storage: dict[str, Any]
) -> None:
    feed.choose()
    await feed.connect(with_export, NOON - 20)
    await feed.draw(NOON + 3 * 3600)
    await feed.unload()

    ours = {key: data for key, data in hass_storage.items() if "grid-meter" in key}
    assert ours.keys() == {STATE, PEAKS, MARCH, PROFILES}
    sizes = {key: len(json.dumps(item["data"])) for key, item in ours.items()}
    assert sizes[STATE] < 4096
    assert sizes[PEAKS] < 4096
    assert sizes[MARCH] < 13 * 80
    assert sizes[PROFILES] < 13 * 180 * 6


async def test_goal_of_the_number_stays_until_the_configured_one_changes(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose(goal=4.0)
    await feed.connect(steady(1000, 0, 0), NOON - 10)
    assert feed.value("goal") == 4

    await hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": feed.entity_id("goal"), "value": 3.4},
        blocking=True,
    )
    await feed.reload()
    assert feed.value("goal") == 3.4

    subentry = feed.entry.subentries["grid-meter"]
    hass.config_entries.async_update_subentry(
        feed.entry, subentry, data={**subentry.data, "goal": 5.0}
    )
    await hass.async_block_till_done()
    assert feed.value("goal") == 5
    await feed.reload()
    assert feed.value("goal") == 5


async def test_a_goal_that_was_taken_off_stays_off(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose(goal=4.0)
    await feed.connect(steady(1000, 0, 0), NOON - 10)
    await hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": feed.entity_id("goal"), "value": 0},
        blocking=True,
    )
    await feed.reload()

    assert feed.value("goal") == 0
    assert feed.value("target") == 2.5


async def test_last_window_and_peak_are_there_at_once_after_a_restart(
    feed: DemandFeed,
) -> None:
    feed.choose()
    await feed.connect(steady(3000, 0, 0), NOON - 10)
    await feed.draw(NOON + 1000)
    before = feed.state("last_window_demand"), feed.state("month_peak")
    await feed.reload()

    after = feed.state("last_window_demand"), feed.state("month_peak")
    assert [state.state for state in after] == [state.state for state in before]
    assert [state.attributes for state in after] == [
        state.attributes for state in before
    ]
