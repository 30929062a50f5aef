"""Readings from bytes to states."""

import logging
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.flukso.core.fluksometer.catalogue import CATALOGUE, OTHER, Row
from custom_components.flukso.devices.fluksometer.entities import state_class
from custom_components.flukso.entities.displays import DISPLAYS
from homeassistant.components.sensor import (
    DEVICE_CLASS_STATE_CLASSES,
    DEVICE_CLASS_UNITS,
)
from homeassistant.const import STATE_UNKNOWN
from homeassistant.helpers import device_registry as dr, entity_registry as er
from simulator import make_device

from ....brokers import Message, publish
from ...recorded import Recorded, flm02b, flm03e
from .feed import Feed, MakeFeed

# A quiet hour of a winter afternoon.
NOON = 1_768_478_400


def described(feed: Feed[Any]) -> dict[str, dict[str, Any]]:
    """Return what a person sees of the entities of the device itself."""
    entities = er.async_entries_for_config_entry(
        er.async_get(feed.hass), feed.entry.entry_id
    )
    devices = dr.async_get(feed.hass)
    shown = {}
    for entity in sorted(entities, key=lambda entity: entity.entity_id):
        state = feed.hass.states.get(entity.entity_id)
        if entity.config_subentry_id is not None or state is None:
            continue
        device = devices.async_get(entity.device_id or "")
        shown[entity.entity_id] = {
            "unique_id": entity.unique_id,
            "device": device and device.name,
            "category": entity.entity_category,
            "key": entity.translation_key,
            "options": dict(entity.options),
            "state": state.state,
            "attributes": dict(state.attributes),
        }
    return shown


def devices_of(feed: Feed[Any]) -> list[dict[str, Any]]:
    """Return what a person sees of the parts of the device."""
    registry = dr.async_get(feed.hass)
    devices = dr.async_entries_for_config_entry(registry, feed.entry.entry_id)
    return [
        {
            "identifiers": device.identifiers,
            "name": device.name,
            "manufacturer": device.manufacturer,
            "model": device.model,
            "firmware": device.sw_version,
            "serial_number": device.serial_number,
            "via": via and via.name,
        }
        for device in sorted(devices, key=lambda device: device.name or "")
        if device.entry_type is None
        for via in [registry.async_get(device.via_device_id or "")]
    ]


@pytest.mark.smoke
@pytest.mark.parametrize("model", ["FLM02A", "FLM02B", "FLM03E"])
async def test_everything_a_model_measures_is_shown(
    make_feed: MakeFeed,
    snapshot: SnapshotAssertion,
    all_enabled: None,
    model: str,
) -> None:
    feed = make_feed(make_device(model, start=NOON - 10))
    await feed.start(NOON)
    await feed.run(NOON, NOON + 75)
    shown = described(feed)
    assert shown == snapshot(name="entities")
    assert devices_of(feed) == snapshot(name="devices")


# What real devices were seen to publish, and what is to be made of it.
FLM02_SAMPLES = [
    (1, "counter", '[1459065184,2149218,"Wh"]', "2149.218", "kWh"),
    (1, "gauge", '[1459065180,157,"W"]', "157.0", "W"),
    (7, "gauge", '[1459065180,-1560,"W"]', "-1560.0", "W"),
    (7, "counter", '[1459065180,-12345,"Wh"]', "-12.345", "kWh"),
    (8, "counter", '[1459065180,4567890,"L"]', "4567.89", "m³"),
    (8, "gauge", '[1459065180,864000,"L/day"]', "36.0", "m³/h"),
    (4, "counter", '[1459065184,942856.5,"Wh"]', "942.8565", "kWh"),
    (5, "counter", '[1459065184,20512,"L"]', "20512.0", "L"),
    (5, "gauge", '[1459065184,14400,"L/day"]', "10.0", "L/min"),
]
FLM03_SAMPLES = [
    (1, "counter", '[1517237114, 2597417.547, "Wh"]', "2597.417547", "kWh"),
    (2, "counter", '[1517237114, 553.808, "Wh"]', "0.553808", "kWh"),
    (3, "counter", '[1517237114, 32460.770, "VARh"]', "32460.77", "varh"),
    (4, "counter", '[1517237114, 171.525, "VARh"]', "171.525", "varh"),
    (5, "counter", '[1517237114, 2.899, "VARh"]', "2.899", "varh"),
    (6, "counter", '[1517237114, 571499.539, "VARh"]', "571499.539", "varh"),
    (1, "gauge", '[1517237114, 1278.079, "W"]', "1278.079", "W"),
    (2, "gauge", '[1517237114, 0, "W"]', "0.0", "W"),
    (3, "gauge", '[1517237114, 169.333, "VAR"]', "169.333", "var"),
    (4, "gauge", '[1517237114, 0, "VAR"]', "0.0", "var"),
    (7, "gauge", '[1517237114, 231.134, "V"]', "231.134", "V"),
    (8, "gauge", '[1517237114, 5.686, "A"]', "5.686", "A"),
    (9, "gauge", '[1517237114, 0.972, ""]', "97.2", "%"),
    (10, "gauge", '[1517237114, 0.019, ""]', "1.9", "%"),
    (11, "gauge", '[1517237114, 0.207, ""]', "20.7", "%"),
    (37, "counter", '[1517237115, 2593805.400, "Wh"]', "2593.8054", "kWh"),
    (37, "gauge", '[1517237115, 1304.296, "W"]', "1304.296", "W"),
    (38, "counter", '[1517237115, 4567890, "L"]', "4567.89", "m³"),
    (38, "gauge", '[1517237115, 0.500, "L/s"]', "1.8", "m³/h"),
    (39, "counter", '[1517237115, 100.5, "L"]', "100.5", "L"),
    (39, "gauge", '[1517237115, 0.125, "L/s"]', "7.5", "L/min"),
]


@pytest.mark.parametrize(
    ("device", "moment", "samples"),
    [
        pytest.param(flm02b(), 1459065185, FLM02_SAMPLES, id="FLM02B"),
        pytest.param(flm03e(), 1517237116, FLM03_SAMPLES, id="FLM03E"),
    ],
)
async def test_what_real_devices_published_is_read(
    make_feed: MakeFeed,
    all_enabled: None,
    device: Recorded,
    moment: int,
    samples: list[tuple[int, str, str, str, str]],
) -> None:
    for slot, *_ in samples:
        device.sensor[str(slot)]["enable"] = 1
    feed = make_feed(device)
    await feed.start(moment)
    await feed.publish(device.message(*sample[:3]) for sample in samples)
    states = [feed.state_of(device.key_of(*sample[:2])) for sample in samples]
    shown = [
        (*sample[:3], state.state, state.attributes["unit_of_measurement"])
        for sample, state in zip(samples, states, strict=True)
        if state is not None
    ]
    assert shown == samples


async def test_what_a_unit_was_once_misspelt_as_is_understood(
    make_feed: MakeFeed,
) -> None:
    device = flm02b()
    device.sensor["5"]["enable"] = 1
    feed = make_feed(device)
    await feed.start(NOON)
    await feed.publish([device.gauge(5, f'[{NOON},14400,"L.day"]')])
    assert feed.value_of(device.key_of(5, "gauge")) == "10.0"


@pytest.mark.parametrize(
    ("slot", "literal", "unit", "shown"),
    [
        (12, "-1.150", "°", "-0.85"),
        (12, "-31.250", "°", "-30.75"),
        (12, "-30", "°", "-30.0"),
        (12, "12.500", "°", "12.5"),
        (12, "-0.850", "°", "-0.85"),
        (9, "-1.028", "", "-97.2"),
        (9, "-0.972", "", "-97.2"),
    ],
)
async def test_negative_values_are_freed_of_the_fault_of_the_firmware(
    *,
    make_feed: MakeFeed,
    all_enabled: None,
    slot: int,
    literal: str,
    unit: str,
    shown: str,
) -> None:
    """It prints the floor of a negative number and its positive remainder."""
    device = flm03e()
    device.sensor["12"]["enable"] = 1
    feed = make_feed(device)
    await feed.start(NOON)
    await feed.publish([device.gauge(slot, f'[{NOON}, {literal}, "{unit}"]')])
    assert feed.value_of(device.key_of(slot, "gauge")) == shown


# What is of use to some only; the quadrants of reactive energy, distortion, angle.
OFF_BY_DEFAULT = {
    *(f"reactive_energy_q{quadrant}" for quadrant in range(1, 5)),
    *(f"reactive_power_q{quadrant}" for quadrant in range(1, 5)),
    "voltage_thd",
    "current_thd",
    "phase_angle",
}


async def test_a_sensor_of_no_port_belongs_to_the_device_itself(
    make_feed: MakeFeed,
) -> None:
    device = flm02b()
    del device.sensor["1"]["port"]
    feed = make_feed(device)
    await feed.start(NOON)
    power = feed.find(device.key_of(1, "gauge"))
    assert power is not None
    owner = dr.async_get(feed.hass).async_get(power.device_id or "")
    assert owner is not None
    assert owner.identifiers == {("flukso", device.device_id)}


async def test_a_port_without_a_name_is_called_by_its_number(
    make_feed: MakeFeed,
) -> None:
    device = flm02b()
    del device.sensor["1"]["function"]
    feed = make_feed(device)
    await feed.start(NOON)
    names = {part["name"] for part in devices_of(feed)}
    assert "Port 1" in names
    assert "main L1" not in names


async def test_what_few_need_is_off_by_default(make_feed: MakeFeed) -> None:
    device = flm03e()
    device.sensor["12"]["enable"] = 1
    feed = make_feed(device)
    await feed.start(NOON)
    off = {
        entity.translation_key
        for entity in er.async_entries_for_config_entry(
            er.async_get(feed.hass), feed.entry.entry_id
        )
        if entity.disabled
    }
    assert off == OFF_BY_DEFAULT


CLASSED_ROWS = {
    f"{row.key}-{row.stream}": row
    for row in (*OTHER, *(row for rows in CATALOGUE.values() for row in rows))
    if row.quantity in DISPLAYS and DISPLAYS[row.quantity].device_class is not None
}


@pytest.mark.parametrize("row", CLASSED_ROWS.values(), ids=CLASSED_ROWS)
def test_home_assistant_knows_the_unit_and_the_class_of_every_reading(row: Row) -> None:
    device_class = DISPLAYS[row.quantity].device_class
    assert device_class is not None
    units = {conversion.unit for conversion in row.units.values()}
    assert units <= DEVICE_CLASS_UNITS[device_class]
    assert state_class(row) in DEVICE_CLASS_STATE_CLASSES[device_class]


# Who complains of units, classes and values.
JUDGES = (
    "custom_components.flukso",
    "homeassistant.components",
    "homeassistant.helpers.entity",
)


async def test_the_readings_raise_no_doubts_in_home_assistant(
    make_feed: MakeFeed, all_enabled: None, caplog: pytest.LogCaptureFixture
) -> None:
    feed = make_feed(make_device("FLM03E", start=NOON - 10, alpha=True))
    await feed.start(NOON)
    await feed.run(NOON, NOON + 12)
    doubts = [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name.startswith(JUDGES)
    ]
    assert doubts == []


def watts(device: Recorded, slot: int, second: int, *values: float) -> list[Message]:
    """Return one gauge message a second."""
    return [
        device.gauge(slot, f'[{second + later}, {value}, "W"]')
        for later, value in enumerate(values)
    ]


async def test_the_first_value_is_shown_at_once(make_feed: MakeFeed) -> None:
    device = flm03e()
    feed = make_feed(device)
    await feed.start(NOON)
    assert feed.value_of(device.key_of(1, "gauge")) == STATE_UNKNOWN
    await feed.publish(watts(device, 1, NOON, 100))
    await feed.publish([device.counter(1, f'[{NOON}, 1000, "Wh"]')])
    assert feed.value_of(device.key_of(1, "gauge")) == "100.0"
    assert feed.value_of(device.key_of(1, "counter")) == "1.0"


async def test_power_is_the_mean_and_all_else_the_last_of_an_interval(
    make_feed: MakeFeed, all_enabled: None
) -> None:
    device = flm03e()
    feed = make_feed(device)
    await feed.start(NOON)
    await feed.publish(watts(device, 1, NOON, 5))
    await feed.tick(10)
    await feed.publish(watts(device, 1, NOON, 100, 200, 600))
    await feed.publish(
        [device.gauge(3, f'[{NOON}, {value}, "VAR"]') for value in (10, 30)]
    )
    await feed.publish(
        [device.gauge(7, f'[{NOON}, {value}, "V"]') for value in (230, 240, 235)]
    )
    assert feed.value_of(device.key_of(1, "gauge")) == "5.0"
    await feed.tick(10)
    assert feed.value_of(device.key_of(1, "gauge")) == "300.0"
    assert feed.value_of(device.key_of(3, "gauge")) == "20.0"
    assert feed.value_of(device.key_of(7, "gauge")) == "235.0"


async def test_import_less_export_is_the_net_power_of_one_interval(
    make_feed: MakeFeed,
) -> None:
    device = flm03e()
    feed = make_feed(device)
    await feed.start(NOON)
    net = device.key_of(1, "net")
    await feed.publish(watts(device, 1, NOON, 400))
    assert feed.value_of(net) == STATE_UNKNOWN
    await feed.publish(watts(device, 2, NOON, 150))
    assert feed.value_of(net) == "250.0"
    await feed.tick(10)
    await feed.publish(watts(device, 1, NOON, 0, 0) + watts(device, 2, NOON, 300, 500))
    assert feed.value_of(net) == "250.0"
    await feed.tick(10)
    assert feed.value_of(net) == "-400.0"


async def test_counters_are_written_once_a_minute(make_feed: MakeFeed) -> None:
    device = flm03e()
    feed = make_feed(device)
    await feed.start(NOON)
    await feed.publish([device.counter(1, f'[{NOON}, 1000, "Wh"]')])
    await feed.publish([device.counter(1, f'[{NOON}, 1001, "Wh"]')])
    await feed.tick(25)
    await feed.publish([device.counter(1, f'[{NOON + 25}, 1002, "Wh"]')])
    await feed.tick(25)
    await feed.publish([device.counter(1, f'[{NOON + 50}, 1003, "Wh"]')])
    assert feed.value_of(device.key_of(1, "counter")) == "1.0"
    await feed.tick(10)
    assert feed.value_of(device.key_of(1, "counter")) == "1.003"


async def test_the_options_set_the_intervals(make_feed: MakeFeed) -> None:
    device = flm03e()
    feed = make_feed(device, gauge_interval=3, counter_interval=20)
    await feed.start(NOON)
    power, energy = device.key_of(1, "gauge"), device.key_of(1, "counter")
    await feed.publish(watts(device, 1, NOON, 1))
    await feed.publish([device.counter(1, f'[{NOON}, 1000, "Wh"]')])
    await feed.tick(3)
    await feed.publish(watts(device, 1, NOON, 2))
    await feed.publish([device.counter(1, f'[{NOON}, 2000, "Wh"]')])
    assert (feed.value_of(power), feed.value_of(energy)) == ("1.0", "1.0")
    await feed.tick(3)
    assert (feed.value_of(power), feed.value_of(energy)) == ("2.0", "1.0")
    await feed.tick(14)
    assert feed.value_of(energy) == "2.0"


async def test_changed_options_hold_at_once(make_feed: MakeFeed) -> None:
    device = flm03e()
    feed = make_feed(device)
    await feed.start(NOON)
    feed.hass.config_entries.async_update_entry(
        feed.entry, options={"gauge_interval": 2, "counter_interval": 10}
    )
    await feed.hass.async_block_till_done()
    await feed.fence()
    power = device.key_of(1, "gauge")
    await feed.publish(watts(device, 1, NOON, 1))
    await feed.publish(watts(device, 1, NOON, 3, 5))
    assert feed.value_of(power) == "1.0"
    await feed.tick(2)
    assert feed.value_of(power) == "4.0"


async def test_the_clock_of_the_device_is_compared_with_ours(
    make_feed: MakeFeed,
) -> None:
    device = flm03e()
    feed = make_feed(device)
    await feed.start(NOON)
    offset = f"{device.device_id}_clock_offset"
    await feed.publish(watts(device, 1, NOON + 7, 1))
    assert feed.value_of(offset) == STATE_UNKNOWN
    await feed.tick(60)
    assert feed.value_of(offset) == "7"


async def test_pulses_that_stay_away_let_the_power_fall_to_nothing(
    make_feed: MakeFeed,
) -> None:
    """A pulse is 0.1 Wh: at 360 W one comes each second."""
    device = flm03e()
    feed = make_feed(device)
    await feed.start(NOON)
    power = device.key_of(37, "gauge")
    await feed.publish([device.gauge(37, f'[{NOON}, 360, "W"]')])
    shown = [feed.value_of(power)]
    for _ in range(2):
        await feed.tick(10)
        shown.append(feed.value_of(power))
    await feed.tick(280)
    shown.append(feed.value_of(power))
    assert shown == ["360.0", "45.0", "20.0", "0.0"]


@pytest.mark.parametrize(
    ("age", "shown"), [(0, "1200.0"), (32, "60.0"), (86_400, "0.0")]
)
async def test_a_pulse_flow_that_a_broker_kept_is_as_old_as_its_stamp(
    make_feed: MakeFeed, age: int, shown: str
) -> None:
    """A pulse is 0.5 Wh: 60 W after half a minute of silence at most."""
    device = flm02b()
    feed = make_feed(device)
    await publish(
        feed.broker, [device.gauge(4, f'[{NOON - age},1200,"W"]', retain=True)]
    )
    await feed.start(NOON)
    assert feed.value_of(device.key_of(4, "gauge")) == shown
