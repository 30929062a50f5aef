"""What an optimiser gets: windows with weights, the one that runs, EMHASS's inputs."""

import json
from typing import Any

import probatio as vol
import pytest

from homeassistant.core import HomeAssistant

from ..demand.feed import DemandFeed
from ..demand.grid import Loads, steady, stepped
from ..homes import epoch, timestamp

NOON = timestamp("2026-03-10 12:00")
HOURLY = {"profile": "custom", "rules": {"window": "60"}}


async def get_windows(hass: HomeAssistant, **data: Any) -> dict[str, Any]:
    response = await hass.services.async_call(
        "flukso",
        "get_windows",
        {"demand_meter": "grid", "start": "2026-03-10 11:00:00", **data},
        blocking=True,
        return_response=True,
    )
    assert response is not None
    # All of it can be sent.
    parsed: dict[str, Any] = json.loads(json.dumps(response, allow_nan=False))
    assert parsed == response
    return parsed


async def measure(feed: DemandFeed, loads: Loads, **settings: Any) -> None:
    feed.choose(import_sensors=feed.clamps("pplus")[:1], export_sensors=[], **settings)
    await feed.connect(loads, NOON - 3610)


def by_minute(*watts: int, since: int = NOON) -> Loads:
    """Return a load for each minute; 3 kW before."""
    steps = {since + 60 * minute: (load,) for minute, load in enumerate(watts)}
    return stepped({0: (3000,), **steps})


async def until_second(feed: DemandFeed, moment: int) -> None:
    """Let time pass; in the window that runs then, reading by reading."""
    await feed.draw(feed.meter.tariff.calendar.window_start(moment))
    await feed.draw(moment, chunk=10)


@pytest.mark.smoke
async def test_the_running_window_and_the_month_peak_are_told(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await measure(feed, stepped({0: (3000,), NOON: (1800,)}))
    await until_second(feed, NOON + 450)
    answer = await get_windows(hass)
    assert answer["month_peak"] == pytest.approx(3, abs=0.001)
    assert len(answer["windows"]) == 4
    assert {window["weight"] for window in answer["windows"]} == {1}
    running = answer["running"]
    assert epoch(running["window_start"]) == NOON
    assert epoch(running["window_end"]) == NOON + 900
    assert running["demand"] == pytest.approx(0.9, abs=0.001)
    assert (running["coverage"], running["weight"]) == (1, 1)


@pytest.mark.parametrize(
    ("step", "elapsed", "history"),
    [
        (1, 59, []),
        (1, 190, [1800] * 3),
        (1, 899, [1800] * 14),
        (5, 290, []),
        (5, 610, [1800] * 2),
        (5, 899, [1800] * 2),
        (15, 899, []),
    ],
)
async def test_a_steady_load_is_the_history_of_each_step(
    hass: HomeAssistant, feed: DemandFeed, step: int, elapsed: int, history: list[int]
) -> None:
    await measure(feed, stepped({0: (3000,), NOON: (1800,)}))
    await until_second(feed, NOON + elapsed // 10 * 10)
    emhass = (await get_windows(hass, step=step))["emhass"]
    assert emhass["capacity_charge_interval_timesteps"] == 15 // step
    assert emhass["current_period_peak"] == pytest.approx(3000, abs=1)
    told = emhass["capacity_charge_current_interval_history"]
    assert told == pytest.approx(history, abs=20)
    assert emhass["capacity_charge_window"] == []


async def test_a_changing_load_is_told_step_by_step_the_oldest_first(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    watts = (600, 1200, 2400, 0, 4800, 600, 600, 600, 600, 600, 6000)
    await measure(feed, by_minute(*watts))
    await until_second(feed, NOON + 660)
    by_one = (await get_windows(hass, step=1))["emhass"]
    assert by_one["capacity_charge_current_interval_history"] == pytest.approx(
        watts, abs=20
    )
    by_five = (await get_windows(hass, step=5))["emhass"]
    assert by_five["capacity_charge_current_interval_history"] == pytest.approx(
        [sum(watts[:5]) / 5, 600], abs=10
    )


async def test_a_window_of_an_hour_has_more_steps(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    loads = stepped({0: (3000,), NOON: (1000,), NOON + 900: (2000,)})
    await measure(feed, loads, **HOURLY)
    await until_second(feed, NOON + 1810)
    by_quarter = (await get_windows(hass, step=15))["emhass"]
    assert by_quarter["capacity_charge_interval_timesteps"] == 4
    assert by_quarter["current_period_peak"] == pytest.approx(3000, abs=1)
    history = by_quarter["capacity_charge_current_interval_history"]
    assert history == pytest.approx([1000, 2000], abs=10)
    by_five = (await get_windows(hass, step=5))["emhass"]
    assert by_five["capacity_charge_interval_timesteps"] == 12
    assert by_five["capacity_charge_current_interval_history"] == pytest.approx(
        [1000] * 3 + [2000] * 3, abs=20
    )


async def test_a_history_begun_in_the_middle_is_the_mean_until_then(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    """After a restart the counters tell the energy of the steps, not their order."""
    await measure(feed, steady(1800))
    await until_second(feed, NOON + 610)
    await feed.reload()
    await feed.draw(NOON + 620, chunk=10)
    emhass = (await get_windows(hass, step=5))["emhass"]
    assert emhass["capacity_charge_current_interval_history"] == pytest.approx(
        [1800, 1800], abs=20
    )


async def test_the_mask_follows_the_steps_of_the_windows(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    """EMHASS reads it at the last step of each window."""
    rules = {"first_hour": 13, "last_hour": 14}
    await measure(feed, steady(1800), profile="custom", rules=rules)
    # The first step to come began at 12:50.
    await until_second(feed, NOON + 3000 + 40)
    answer = await get_windows(hass, step=5, horizon=90)
    assert answer["emhass"]["capacity_charge_window"] == [0, 0] + [1] * 12 + [0] * 4
    assert answer["running"]["weight"] == 0
    assert len(answer["emhass"]["capacity_charge_current_interval_history"]) == 1
    assert answer["emhass"]["current_period_peak"] == 0
    by_quarter = (await get_windows(hass, step=15, horizon=90))["emhass"]
    assert by_quarter["capacity_charge_window"] == [0, 1, 1, 1, 1, 0]


async def test_what_the_next_month_bills_is_masked(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    midnight = timestamp("2026-04-01 00:00")
    feed.choose()
    await feed.connect(steady(1800, 0, 0), midnight - 1210)
    await until_second(feed, midnight - 590)
    emhass = (await get_windows(hass, start="2026-03-31 23:00:00", horizon=30))[
        "emhass"
    ]
    assert emhass["capacity_charge_window"] == [1, 1, 0, 0, 0, 0]


async def test_the_peak_of_a_mean_is_its_highest_window(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    rules = {"top": 2}
    loads = stepped({0: (3000,), NOON - 900: (5000,), NOON: (1000,)})
    await measure(feed, loads, profile="custom", rules=rules)
    await until_second(feed, NOON + 10)
    answer = await get_windows(hass)
    assert answer["month_peak"] == pytest.approx(4, abs=0.001)
    assert answer["emhass"]["current_period_peak"] == pytest.approx(5000, abs=1)


async def test_nothing_runs_when_nothing_speaks(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await measure(feed, steady(1800))
    await feed.draw(NOON)
    await feed.miss(NOON + 2000)
    answer = await get_windows(hass, horizon=10)
    assert answer["running"] is None
    assert answer["emhass"]["capacity_charge_current_interval_history"] == []
    assert answer["emhass"]["capacity_charge_window"] == [1, 1]


@pytest.mark.parametrize("data", [{"step": 7}, {"step": 0}, {"horizon": -1}])
async def test_steps_that_do_not_fit_an_hour_are_refused(
    hass: HomeAssistant, feed: DemandFeed, data: dict[str, int]
) -> None:
    await measure(feed, steady(1800))
    with pytest.raises(vol.Invalid):
        await get_windows(hass, **data)
