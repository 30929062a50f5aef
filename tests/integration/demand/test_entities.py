"""What the entities of a demand meter show, from the first second of a window."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
from syrupy.assertion import SnapshotAssertion

from homeassistant.const import (
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component

from ...brokers import Mosquitto
from ..homes import epoch, timestamp, until
from .feed import DemandFeed
from .grid import steady, stepped

RUNNING = (
    "demand",
    "projected_demand",
    "available_power",
    "peak_risk",
    "peak_certain",
)
REMEMBERED = (
    "last_window_demand",
    "month_peak",
    "month_peak_time",
    "rolling_peak",
    "target",
    "goal",
)
NOON = timestamp("2026-03-10 12:00")


@pytest.mark.smoke
async def test_registry_and_states(
    hass: HomeAssistant, feed: DemandFeed, snapshot: SnapshotAssertion
) -> None:
    feed.choose()
    await feed.connect(steady(2000, 1500, 500), NOON - 60)
    await feed.draw(NOON + 1200)
    await feed.draw(NOON + 1220, chunk=10)

    devices = dr.async_get(hass)
    device = devices.async_get_device_by_identifier(
        ("flukso", "grid-meter"), feed.entry.entry_id
    )
    assert device is not None
    assert device.via_device_id == feed.hub.registry_id
    assert device == snapshot(name="device")
    entities = er.async_entries_for_device(er.async_get(hass), device.id)
    assert len(entities) == 17
    for entity in sorted(entities, key=lambda entity: entity.entity_id):
        assert entity == snapshot(name=f"{entity.entity_id}-entry")
        assert hass.states.get(entity.entity_id) == snapshot(name=entity.entity_id)


async def test_running_window_is_a_ramp_with_a_projection(feed: DemandFeed) -> None:
    await feed.connect(steady(2000, 1500, 500), NOON - 10)
    await feed.draw(NOON + 340, chunk=60)
    await feed.draw(NOON + 360, chunk=10)

    assert feed.value("demand") == pytest.approx(4 * 360 / 900, abs=0.001)
    assert epoch(feed.state("demand").attributes["window_start"]) == NOON
    assert feed.state("demand").attributes["coverage"] == 1
    told = feed.state("projected_demand").attributes
    assert told["as_now"] == pytest.approx(4, abs=0.001)
    assert told["low"] <= feed.value("projected_demand") <= told["high"]
    assert feed.value("projected_demand") == pytest.approx(4, abs=0.1)
    assert feed.value("available_power") == pytest.approx(
        (2.5 - 1.6) * 900 / 540 * 1000, abs=2
    )


async def test_projection_follows_the_power(feed: DemandFeed) -> None:
    loads = stepped({0: (3000, 0, 0), NOON + 300: (-1000, 500, 1500)})
    await feed.connect(loads, NOON - 10)
    await feed.draw(NOON + 280, chunk=60)
    await feed.draw(NOON + 300, chunk=10)
    told = feed.state("projected_demand").attributes
    assert told["as_now"] == pytest.approx(3, abs=0.001)
    assert told["low"] <= feed.value("projected_demand") <= told["high"]

    await feed.draw(NOON + 310, chunk=10)
    told = feed.state("projected_demand").attributes
    assert told["as_now"] == pytest.approx((3 * 300 + 1 * 600) / 900, abs=0.001)
    await feed.draw(NOON + 580, chunk=60)
    await feed.draw(NOON + 600, chunk=10)
    assert feed.value("demand") == pytest.approx((3 * 300 + 1 * 300) / 900, abs=0.001)
    told = feed.state("projected_demand").attributes
    assert 4 / 3 - 0.001 <= told["low"] < told["high"]
    await feed.draw(NOON + 890, chunk=10)
    assert feed.value("projected_demand") == pytest.approx(5 / 3, abs=0.05)
    assert feed.state("available_power").state == STATE_UNKNOWN


@pytest.mark.smoke
async def test_closed_windows_make_the_month_peak_and_the_target(
    feed: DemandFeed,
) -> None:
    loads = stepped({0: (100, 0, 0), NOON: (3000, 1000, 0), NOON + 900: (1000, 0, 0)})
    await feed.connect(loads, NOON - 10)
    await feed.draw(NOON + 870, chunk=60)
    await feed.draw(NOON + 890, chunk=10)
    assert feed.value("target") == 2.5

    await feed.draw(NOON + 900)
    assert feed.value("last_window_demand") == pytest.approx(4, abs=0.001)
    assert feed.value("month_peak") == pytest.approx(4, abs=0.001)
    assert epoch(feed.state("month_peak_time").state) == NOON
    assert feed.value("target") == pytest.approx(4, abs=0.001)

    await feed.draw(NOON + 1800)
    assert feed.value("last_window_demand") == pytest.approx(1, abs=0.001)
    assert feed.value("month_peak") == pytest.approx(4, abs=0.001)
    assert epoch(feed.state("month_peak_time").state) == NOON


async def test_goal_raises_the_target_but_never_lowers_it(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(steady(4000, 0, 0), NOON - 10)

    async def set_goal(value: float) -> None:
        await hass.services.async_call(
            "number",
            "set_value",
            {"entity_id": feed.entity_id("goal"), "value": value},
            blocking=True,
        )

    await set_goal(3.4)
    assert (feed.value("goal"), feed.value("target")) == (3.4, 3.4)
    await set_goal(1.2)
    assert (feed.value("goal"), feed.value("target")) == (1.2, 2.5)
    await set_goal(0)
    assert (feed.value("goal"), feed.value("target")) == (0, 2.5)
    await feed.draw(NOON + 900)
    await set_goal(3.4)
    assert feed.value("target") == pytest.approx(4, abs=0.001)


async def test_risk_comes_with_the_chance_and_goes_with_it(feed: DemandFeed) -> None:
    loads = stepped({0: (1000, 0, 0), NOON + 60: (5000, 0, 0), NOON + 400: (300, 0, 0)})
    await feed.connect(loads, NOON - 1810)
    await feed.draw(NOON + 40, chunk=60)
    await feed.draw(NOON + 60, chunk=10)
    assert feed.state("peak_risk").state == STATE_OFF
    await feed.draw(NOON + 390, chunk=10)
    assert feed.state("peak_risk").state == STATE_ON

    # It would take 3.6 kW for the rest of the window.
    await feed.draw(NOON + 850, chunk=10)
    assert feed.value("projected_demand") < 2.5
    assert feed.state("peak_risk").state == STATE_OFF


async def test_an_oven_that_cycles_is_no_risk_five_times(feed: DemandFeed) -> None:
    """It is on for 80 s and off for 70 s; the window ends at 2.29 kW."""
    times: dict[int, tuple[int, ...]] = {0: (300, 0, 0), NOON: (800, 0, 0)}
    for cycle in range(6):
        times[NOON + 150 * cycle] = (3600, 0, 0)
        times[NOON + 150 * cycle + 80] = (800, 0, 0)
    changes = []
    as_now = []
    await feed.connect(stepped(times), NOON - 1810)
    await feed.draw(NOON, chunk=60)
    for second in range(NOON + 10, NOON + 900, 10):
        await feed.draw(second, chunk=10)
        changes.append(feed.state("peak_risk").state)
        as_now.append(feed.state("projected_demand").attributes["as_now"] > 2.5)
        assert feed.state("peak_risk").attributes["as_now"] == as_now[-1]
    await feed.draw(NOON + 900, chunk=10)

    assert feed.value("last_window_demand") == pytest.approx(2.29, abs=0.01)
    assert flips(as_now) >= 8
    assert flips(changes) <= 2


def flips(told: Sequence[object]) -> int:
    """Return how often what is told changes."""
    return sum(after != before for before, after in pairwise(told))


async def test_the_ends_of_a_window_are_quiet(feed: DemandFeed) -> None:
    loads = stepped(
        {
            0: (1000, 0, 0),
            NOON + 880: (40_000, 0, 0),
            NOON + 900: (9000, 0, 0),
        }
    )
    await feed.connect(loads, NOON - 10)
    await feed.draw(NOON + 870, chunk=60)
    assert feed.state("peak_risk").state == STATE_OFF
    # It would end at 1.9 kW; a goal cannot be missed by what nobody can change.
    await feed.draw(NOON + 890, chunk=10)
    assert feed.state("peak_risk").state == STATE_OFF
    await feed.draw(NOON + 950, chunk=10)
    told = feed.state("projected_demand").attributes
    assert told["as_now"] == pytest.approx(9, abs=0.001)
    assert feed.state("peak_risk").state == STATE_OFF
    # When the target is broken whatever is done, that is told at once.
    await feed.draw(NOON + 1160, chunk=10)
    assert feed.state("peak_risk").state == STATE_ON


async def test_a_broken_target_is_certain_until_the_window_ends(
    feed: DemandFeed,
) -> None:
    loads = stepped({0: (4500, 0, 0), NOON + 600: (0, 0, 0)})
    await feed.connect(loads, NOON - 10)
    await feed.draw(NOON + 480, chunk=60)
    await feed.draw(NOON + 500, chunk=10)
    assert feed.state("peak_certain").state == STATE_OFF
    await feed.draw(NOON + 510, chunk=10)
    assert feed.state("peak_certain").state == STATE_ON
    assert feed.value("available_power") < 0

    await feed.draw(NOON + 870, chunk=60)
    await feed.draw(NOON + 890, chunk=10)
    assert feed.state("peak_certain").state == STATE_ON
    assert feed.state("peak_risk").state == STATE_ON
    await feed.draw(NOON + 910, chunk=10)
    assert feed.state("peak_certain").state == STATE_OFF
    # It is not flapped by what the first seconds of a window look like.
    assert feed.state("peak_risk").state == STATE_ON
    await feed.draw(NOON + 970, chunk=10)
    assert feed.state("peak_risk").state == STATE_OFF


async def test_running_values_need_sensors_that_speak(feed: DemandFeed) -> None:
    await feed.connect(steady(3000, 0, 0), NOON - 60)
    await feed.draw(NOON + 1000)
    remembered = {key: feed.state(key).state for key in REMEMBERED}

    await feed.miss(NOON + 1050)
    assert {feed.state(key).state for key in RUNNING} == {STATE_UNAVAILABLE}
    assert {key: feed.state(key).state for key in REMEMBERED} == remembered

    await feed.draw(NOON + 1070, chunk=10)
    assert feed.value("demand") == pytest.approx(3 * 170 / 900, abs=0.001)
    assert STATE_UNAVAILABLE not in {feed.state(key).state for key in RUNNING}


async def test_running_values_need_a_connection(
    feed: DemandFeed, broker: Mosquitto
) -> None:
    await feed.connect(steady(3000, 0, 0), NOON - 60)
    await feed.draw(NOON + 1000)
    remembered = {key: feed.state(key).state for key in REMEMBERED}

    broker.stop()
    await until(lambda: feed.state("demand").state == STATE_UNAVAILABLE)
    assert {feed.state(key).state for key in RUNNING} == {STATE_UNAVAILABLE}
    assert {key: feed.state(key).state for key in REMEMBERED} == remembered


async def test_a_new_month_begins_without_a_peak(feed: DemandFeed) -> None:
    midnight = timestamp("2026-04-01 00:00")
    await feed.connect(steady(4000, 0, 0), midnight - 1810)
    await feed.draw(midnight - 30, chunk=60)
    await feed.draw(midnight - 10, chunk=10)
    assert feed.value("month_peak") == pytest.approx(4, abs=0.001)

    await feed.draw(midnight + 280, chunk=60)
    await feed.draw(midnight + 300, chunk=10)
    assert feed.state("month_peak").state == STATE_UNKNOWN
    assert feed.state("month_peak_time").state == STATE_UNKNOWN
    assert feed.value("target") == 2.5
    assert feed.value("last_window_demand") == pytest.approx(4, abs=0.001)
    assert feed.state("month_peak").attributes["marked_windows"] == 0

    await feed.draw(midnight + 900)
    assert epoch(feed.state("month_peak_time").state) == midnight
    assert feed.state("month_peak").attributes["at_least"] is False


async def test_a_new_month_begins_at_local_midnight_also_in_silence(
    feed: DemandFeed,
) -> None:
    midnight = timestamp("2026-04-01 00:00")
    await feed.connect(steady(4000, 0, 0), midnight - 1810)
    await feed.draw(midnight - 300)
    assert feed.value("month_peak") == pytest.approx(4, abs=0.001)

    await feed.miss(midnight + 10)
    assert feed.state("month_peak").state == STATE_UNKNOWN
    assert feed.value("target") == 2.5


@pytest.mark.parametrize(
    ("number", "unit"), [(2.5, UnitOfPower.KILO_WATT), (2500, UnitOfPower.WATT)]
)
@pytest.mark.parametrize("key", ["available_power", "projected_demand"])
async def test_triggers_for_power_know_all_units(
    hass: HomeAssistant, feed: DemandFeed, key: str, number: float, unit: str
) -> None:
    """The one is in W, the other in kW."""
    loads = stepped({0: (4000, 0, 0), NOON: (1000, 0, 0), NOON + 60: (4000, 0, 0)})
    await feed.connect(loads, NOON - 10)
    heard = async_mock_service(hass, "test", "heard")
    crossed = {
        "trigger": "power.crossed_threshold",
        "target": {"entity_id": feed.entity_id(key)},
        "options": {
            "threshold": {
                "type": "below" if key == "available_power" else "above",
                "value": {"number": number, "unit_of_measurement": unit},
            }
        },
    }
    await feed.draw(NOON + 60, chunk=10)
    actions = {"triggers": crossed, "actions": {"action": "test.heard"}}
    assert await async_setup_component(hass, "automation", {"automation": actions})
    # 4 kW since: less than 2.5 kW are left in the window's second half.
    await feed.draw(NOON + 690, chunk=10)
    assert len(heard) == 1
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "all"}, blocking=True
    )
