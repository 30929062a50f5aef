"""From what an FLM02 answers to states."""

from typing import Any

import pytest

from custom_components.flukso.const import DOMAIN
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.const import STATE_UNKNOWN
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util

from .home import CLAMPS, NOON, SENSORS, WATER, RestHome

WH = 1000.0
# When water flows.
EVENING = NOON + 7 * 3600


def since_the_first_question(home: RestHome, slot: int, end: int) -> float:
    """Return what flowed from the minute before the first question on, kWh or L."""
    unit = 1.0 if slot == WATER else WH
    return home.true([slot], NOON - 60, end) / unit


async def test_power_is_the_mean_of_the_time_between_two_questions(
    home: RestHome,
) -> None:
    await home.start()
    await home.run(NOON + 60)
    for slot in CLAMPS:
        # The device cuts watts off.
        mean = home.true([slot], NOON + 50, NOON + 60) * 360
        assert float(home.gauge(slot).state) == pytest.approx(mean, abs=1)


@pytest.mark.parametrize("interval", [1, 7, 10, 60])
async def test_energy_is_what_has_flowed(home: RestHome, interval: int) -> None:
    home.entry = home.make_entry(SENSORS, poll_interval=interval, counter_interval=10)
    home.period = 1
    await home.start()
    await home.run(NOON + 400)
    for slot in CLAMPS:
        shown = float(home.computed(slot).state)
        # The last question may have been a while ago; watts are cut off.
        low = since_the_first_question(home, slot, NOON + 400 - 10 - interval)
        assert low - 0.0002 <= shown <= since_the_first_question(home, slot, NOON + 400)
        total = home.total(slot)
        asked = home.asked_until
        flowed = since_the_first_question(home, slot, asked)
        assert total == pytest.approx(
            flowed, abs=0.5 * 460 / 3600 / WH + 1e-6, rel=1e-3
        )


async def test_pulses_count_in_full_and_the_flow_falls_to_zero(home: RestHome) -> None:
    home.entry = home.make_entry(SENSORS, poll_interval=50)
    home.period = 50
    await home.start(EVENING)
    assert home.gauge(WATER).state == STATE_UNKNOWN
    flows: list[float] = []
    while home.now < EVENING + 2 * 3600:
        await home.run(home.now + 50)
        if home.gauge(WATER).state != STATE_UNKNOWN:
            flows.append(float(home.gauge(WATER).state))
    litres = home.true([WATER], EVENING, home.now)
    assert litres > 20
    # A litre is a pulse, the first only begins; the flow is rounded to L/day.
    assert litres - 2 < home.total(WATER) <= litres
    assert max(flows) > 1
    assert flows[-1] == 0


async def test_each_sensor_is_a_device_with_two_entities(home: RestHome) -> None:
    await home.start()
    await home.run(NOON + 60)
    found = {
        (state.entity_id, state.attributes["unit_of_measurement"]): (
            state.attributes["device_class"],
            state.attributes["state_class"],
        )
        for slot in (1, WATER)
        for state in (home.gauge(slot), home.computed(slot))
    }
    assert found == {
        ("sensor.main_l1_power", "W"): ("power", "measurement"),
        ("sensor.main_l1_energy_computed", "kWh"): ("energy", "total_increasing"),
        ("sensor.garden_water_flow", "L/min"): ("volume_flow_rate", "measurement"),
        ("sensor.garden_water_computed", "L"): ("water", "total_increasing"),
    }
    devices = dr.async_entries_for_config_entry(
        dr.async_get(home.hass), home.entry.entry_id
    )
    named = {device.name: device.model for device in devices}
    assert named == {
        "Fluksometer 1a2b3c": "FLM02",
        "Grid": "Demand meter",
        **{name: "FLM02" for name, _ in SENSORS.values()},
    }


async def test_a_sensor_that_is_taken_out_leaves_nothing_behind(
    home: RestHome,
) -> None:
    await home.start()
    kept = [item for item in home.entry.data["sensors"] if item["name"] != "garden"]
    home.hass.config_entries.async_update_entry(
        home.entry, data={**home.entry.data, "sensors": kept}
    )
    await home.settle()
    names = {
        device.name
        for device in dr.async_entries_for_config_entry(
            dr.async_get(home.hass), home.entry.entry_id
        )
    }
    assert "garden" not in names
    assert home.hass.states.get("sensor.garden_water_flow") is None


async def test_a_sensor_that_is_put_in_is_measured_at_once(home: RestHome) -> None:
    home.entry = home.make_entry({1: SENSORS[1]})
    await home.start()
    flow = home.hass.config_entries.flow
    form = await flow.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": home.entry.entry_id},
    )
    both = home.make_entry({1: SENSORS[1], 2: SENSORS[2]}).data
    change = {key: both[key] for key in ("host", "port", "sensors")}
    done = await flow.async_configure(form["flow_id"], change)
    assert done["reason"] == "reconfigure_successful"
    await home.settle()
    await home.run(NOON + 10)
    assert float(home.gauge(2).state) > 0


async def test_a_restart_continues_the_energy(
    home: RestHome, hass_storage: dict[str, Any]
) -> None:
    await home.start()
    await home.run(NOON + 300)
    await home.stop()
    home.live(NOON + 340)
    await home.start(NOON + 340)
    await home.run(NOON + 600)
    for slot in CLAMPS:
        flowed = since_the_first_question(home, slot, NOON + 600)
        assert home.total(slot) == pytest.approx(flowed, abs=0.0002)


async def test_what_nobody_asked_for_is_not_guessed(home: RestHome) -> None:
    await home.start()
    await home.run(NOON + 300)
    await home.stop()
    home.live(NOON + 900)
    await home.start(NOON + 900)
    await home.run(NOON + 1000)
    for slot in CLAMPS:
        unseen = home.true([slot], NOON + 300, NOON + 840) / WH
        flowed = since_the_first_question(home, slot, NOON + 1000) - unseen
        assert home.total(slot) == pytest.approx(flowed, abs=0.0003)


async def test_a_damaged_file_begins_anew(
    home: RestHome, hass_storage: dict[str, Any]
) -> None:
    key = f"flukso.rest/{home.entry.entry_id}"
    hass_storage[key] = {
        "version": 1,
        "minor_version": 1,
        "key": key,
        "data": {
            home.sensor(1): ["much"],
            "gone": [1, None],
            home.sensor(2): [5, None],
        },
    }
    await home.start()
    await home.run(NOON + 10)
    assert 0 < home.total(1) < 1


async def test_removing_the_entry_removes_what_was_counted(
    home: RestHome, hass_storage: dict[str, Any]
) -> None:
    key = f"flukso.rest/{home.entry.entry_id}"
    await home.start()
    await home.run(NOON + 60)
    await home.stop()
    assert key in hass_storage
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    assert key not in hass_storage
    entities = er.async_get(home.hass).entities.values()
    assert not [entity for entity in entities if entity.platform == "flukso"]


async def test_the_stop_of_home_assistant_keeps_what_was_counted(
    home: RestHome, hass_storage: dict[str, Any]
) -> None:
    await home.start()
    await home.run(NOON + 60)
    total = home.total(1)
    await home.hass.async_stop()
    stored = hass_storage[f"flukso.rest/{home.entry.entry_id}"]["data"]
    assert stored[home.sensor(1)][0] == total
    assert dt_util.utcnow().timestamp() > NOON
