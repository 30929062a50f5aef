"""A device that is configured anew: entities and devices follow, without a reload."""

from collections.abc import Generator
from unittest.mock import patch

import pytest

from homeassistant.const import STATE_UNKNOWN
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)

from ....brokers import Message, publish
from ...recorded import Recorded, flm02b, flm03e
from .feed import Feed, MakeFeed

NOON = 1_768_478_400


@pytest.fixture(autouse=True)
def no_reload() -> Generator[None]:
    """Prove that nothing is reloaded."""
    with patch("homeassistant.config_entries.ConfigEntries.async_reload") as reload:
        yield
    reload.assert_not_called()


@pytest.fixture
async def feed(make_feed: MakeFeed) -> Feed[Recorded]:
    """Return an FLM03E that is connected."""
    started = make_feed(flm03e())
    await started.start(NOON)
    return started


async def configured(feed: Feed[Recorded]) -> None:
    """Let the device publish its configuration as it is now."""
    await feed.publish(feed.device.retained())
    await feed.hass.async_block_till_done()


def names(feed: Feed[Recorded]) -> set[str | None]:
    """Return the names of the parts of the device."""
    devices = dr.async_entries_for_config_entry(
        dr.async_get(feed.hass), feed.entry.entry_id
    )
    return {device.name for device in devices if device.entry_type is None}


def keys(feed: Feed[Recorded]) -> set[str]:
    """Return the unique ids of the entities of the device's sensors."""
    registry = er.async_get(feed.hass)
    return {
        entity.unique_id
        for entity in er.async_entries_for_config_entry(registry, feed.entry.entry_id)
        if entity.config_subentry_id is None
        and not entity.unique_id.startswith(feed.device.device_id)
    }


def without_kube(device: Recorded) -> None:
    """Remove the kube: its slots keep their ids and recycle ids."""
    del device.kube["1"]
    for slot, sensor in device.sensor.items():
        if sensor.get("kid") == 1:
            device.sensor[slot] = {"id": sensor["id"], "rid": sensor["rid"]}


async def test_a_renamed_port_renames_its_device(feed: Feed[Recorded]) -> None:
    before = keys(feed)
    assert "gas" in names(feed)
    feed.device.flx["5"]["name"] = "boiler"
    feed.device.kube["1"]["name"] = "attic"
    await configured(feed)
    assert {"boiler", "attic"} <= names(feed)
    assert not {"gas", "garage"} & names(feed)
    assert keys(feed) == before


async def test_a_name_of_the_user_outlives_a_new_one_of_the_device(
    feed: Feed[Recorded],
) -> None:
    registry = dr.async_get(feed.hass)
    (gas,) = (
        device
        for device in dr.async_entries_for_config_entry(registry, feed.entry.entry_id)
        if device.name == "gas"
    )
    registry.async_update_device(gas.id, name_by_user="My boiler")
    feed.device.flx["5"]["name"] = "boiler"
    await configured(feed)
    renamed = registry.async_get(gas.id)
    assert renamed is not None
    assert (renamed.name, renamed.name_by_user) == ("boiler", "My boiler")


async def test_a_disabled_sensor_goes_and_returns_as_it_was(
    feed: Feed[Recorded],
) -> None:
    voltage = feed.device.key_of(7, "gauge")
    found = feed.find(voltage)
    assert found is not None
    er.async_get(feed.hass).async_update_entity(
        found.entity_id,
        new_entity_id="sensor.mains",
        name="Mains",
        icon="mdi:sine-wave",
    )
    before = keys(feed)
    feed.device.sensor["7"]["enable"] = 0
    await configured(feed)
    assert keys(feed) == before - {voltage}
    assert feed.hass.states.get("sensor.mains") is None
    feed.device.sensor["7"]["enable"] = 1
    await configured(feed)
    assert keys(feed) == before
    back = feed.find(voltage)
    assert back is not None
    assert (back.entity_id, back.name) == ("sensor.mains", "Mains")
    await feed.publish([feed.device.gauge(7, f'[{NOON}, 231.134, "V"]')])
    assert feed.value_of(voltage) == "231.134"


async def test_an_export_that_goes_takes_the_net_power_with_it(
    feed: Feed[Recorded],
) -> None:
    device = feed.device
    net, export = device.key_of(1, "net"), device.key_of(2, "gauge")
    before = keys(feed)
    device.sensor["2"]["enable"] = 0
    await configured(feed)
    assert keys(feed) == before - {net, export, device.key_of(2, "counter")}
    assert feed.value_of(device.key_of(1, "gauge")) == STATE_UNKNOWN
    device.sensor["2"]["enable"] = 1
    await configured(feed)
    assert keys(feed) == before
    await feed.publish(
        [
            device.gauge(1, f'[{NOON}, 100, "W"]'),
            device.gauge(2, f'[{NOON}, 30, "W"]'),
        ]
    )
    assert feed.value_of(net) == "70.0"


async def test_an_added_sensor_brings_its_device(feed: Feed[Recorded]) -> None:
    device = feed.device
    assert "well" not in names(feed)
    device.sensor["39"]["enable"] = 1
    device.flx["6"] |= {"enable": 1, "name": "well"}
    await configured(feed)
    assert "well" in names(feed)
    await feed.publish([device.counter(39, f'[{NOON}, 500, "L"]')])
    assert feed.value_of(device.key_of(39, "counter")) == "500.0"


async def test_a_removed_kube_leaves_nothing_and_returns_under_a_new_number(
    feed: Feed[Recorded],
) -> None:
    before = keys(feed)
    slots = {
        slot: dict(sensor)
        for slot, sensor in feed.device.sensor.items()
        if sensor.get("kid") == 1
    }
    ids = {sensor["id"] for sensor in slots.values()}
    without_kube(feed.device)
    await configured(feed)
    assert "garage" not in names(feed)
    assert keys(feed) == {key for key in before if key.partition("_")[0] not in ids}
    feed.device.kube["2"] = {"name": "cellar", "hw_type": 19218, "enable": 1}
    for slot, sensor in slots.items():
        feed.device.sensor[slot] = sensor | {"kid": 2, "rid": 1}
    await configured(feed)
    assert "cellar" in names(feed)
    assert feed.device.key_of(40, "gauge").endswith("_1_gauge")
    assert feed.device.key_of(40, "gauge") in keys(feed)


async def test_water_becomes_gas_and_water_again(feed: Feed[Recorded]) -> None:
    device = feed.device
    device.sensor["39"]["enable"] = 1
    await configured(feed)
    counter = device.key_of(39, "counter")
    found = feed.find(counter)
    assert found is not None
    er.async_get(feed.hass).async_update_entity(found.entity_id, name="Cistern")
    seen = []
    for kind in ("water", "gas", "water"):
        device.sensor["39"]["type"] = kind
        await configured(feed)
        await feed.publish([device.counter(39, f'[{NOON}, 1500, "L"]')])
        state, entry = feed.state_of(counter), feed.find(counter)
        assert state is not None
        assert entry is not None
        assert (entry.entity_id, entry.name) == (found.entity_id, "Cistern")
        # Home Assistant goes on in the unit that its statistics are in.
        assert (state.state, state.attributes["unit_of_measurement"]) == ("1500.0", "L")
        seen.append(state.attributes["device_class"])
    assert seen == ["water", "gas", "water"]


async def test_a_new_size_of_pulses_holds_at_once(feed: Feed[Recorded]) -> None:
    """With 10 Wh a pulse, 20 s of silence leave room for 2 kW; with 0.1 for 20 W."""
    feed.device.flx["4"]["constant"] = 10
    await configured(feed)
    await feed.publish([feed.device.gauge(37, f'[{NOON}, 5000, "W"]')])
    await feed.tick(20)
    assert feed.value_of(feed.device.key_of(37, "gauge")) == "2000.0"


async def test_several_changes_in_one_go_end_with_the_last(
    feed: Feed[Recorded],
) -> None:
    before = keys(feed)
    configurations: list[Message] = []
    for kind in ("gas", "water", "heat", "water"):
        feed.device.sensor["39"] |= {"enable": 1, "type": kind}
        configurations += feed.device.retained()
    feed.device.sensor["39"]["enable"] = 0
    configurations += feed.device.retained()
    await feed.publish(configurations)
    await feed.hass.async_block_till_done()
    assert keys(feed) == before


@pytest.mark.parametrize("name", ["sensor", "flx", "kube"])
@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b"null", b'{"1":5}', b"\xff", b"[" * 30_000, b"x" * 70_000],
)
async def test_a_damaged_configuration_is_dropped_and_changes_nothing(
    feed: Feed[Recorded], name: str, payload: bytes
) -> None:
    hub = feed.hub
    before, config = keys(feed), hub.config
    topic = f"/device/{feed.device.device_id}/config/{name}"
    await feed.publish([Message(topic, payload)])
    await feed.hass.async_block_till_done()
    assert keys(feed) == before
    assert hub.config == config
    assert sum(hub.drops.totals.values()) == 1


async def test_a_device_that_lists_no_slot_is_not_believed(
    feed: Feed[Recorded],
) -> None:
    before = keys(feed)
    topic = f"/device/{feed.device.device_id}/config/sensor"
    await feed.publish([Message(topic, b"{}"), Message(topic, b'{"main":{}}')])
    await feed.hass.async_block_till_done()
    assert keys(feed) == before
    assert feed.hub.drops.totals == {"malformed": 2}


async def test_what_went_while_home_assistant_was_off_is_removed(
    feed: Feed[Recorded],
) -> None:
    entry_id = feed.entry.entry_id
    kept = feed.find(feed.device.key_of(1, "gauge"))
    assert await feed.hass.config_entries.async_unload(entry_id)
    without_kube(feed.device)
    feed.device.sensor["2"]["enable"] = 0
    feed.device.sensor["38"]["enable"] = 0
    await publish(feed.broker, feed.device.retained())
    assert await feed.hass.config_entries.async_setup(entry_id)
    await feed.hass.async_block_till_done()
    assert not {"garage", "gas"} & names(feed)
    assert feed.device.key_of(1, "net") not in keys(feed)
    assert feed.device.key_of(38, "counter") not in keys(feed)
    assert feed.find(feed.device.key_of(1, "gauge")) == kept


async def test_nothing_is_lost_by_a_device_that_describes_itself_again(
    feed: Feed[Recorded],
) -> None:
    before = keys(feed)
    hub = feed.hub
    config = hub.config
    await configured(feed)
    assert hub.config is config
    assert keys(feed) == before


async def test_an_flm02_that_stops_counting_is_reported_until_it_counts_again(
    make_feed: MakeFeed,
) -> None:
    feed = make_feed(flm02b())
    await feed.start(NOON)
    issues = ir.async_get(feed.hass).issues
    issue = ("flukso", f"no_counters_{feed.entry.entry_id}")
    assert issue not in issues
    feed.device.sensor["daemon"]["enable_wan_branch"] = 0
    await configured(feed)
    assert issues[issue].translation_key == "no_counters"
    feed.device.sensor["daemon"]["enable_wan_branch"] = 1
    await configured(feed)
    assert issue not in issues
