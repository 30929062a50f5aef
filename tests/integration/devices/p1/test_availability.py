"""When a P1 meter counts as heard, and how it comes back."""

import asyncio
from collections.abc import Callable
from random import Random

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.devices.p1.hub import P1Hub
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from simulator.p1_server import listen

from ....transport.p1.ports import Adapter
from ...homes import hub_of, until
from .feed import MakeMeterFeed, MeterFeed, p1_entry
from .telegrams import GAS_AND_WATER, THREE_PHASES, changed, fixture, simulated, without

NOISE = Random(1).randbytes(3000)


def readings(feed: MeterFeed) -> set[str]:
    """Return which of the states of readings there are."""
    states = {
        feed.hass.states.get(entity.entity_id)
        for entity in feed.entities()
        if not entity.unique_id.endswith(("_clock_offset", "_rate", "_errors"))
    }
    return {state.state for state in states if state is not None}


async def test_a_silent_meter_is_unavailable_after_a_minute_and_back_at_once(
    make_p1_feed: MakeMeterFeed, said: Callable[[], list[str]]
) -> None:
    feed = make_p1_feed(fixture(THREE_PHASES))
    await feed.start()
    await feed.send()
    assert said() == []
    damaged = feed.telegram.replace(b"09.258", b"09.259")
    for _ in range(2):
        await feed.tick(25)
        await feed.send(damaged)
    assert STATE_UNAVAILABLE not in readings(feed)
    await feed.tick(15)
    assert readings(feed) == {STATE_UNAVAILABLE}
    assert said() == ["refused a telegram: checksum", "no telegram for 60 s"]
    await feed.tick(10)
    assert said() == []
    await feed.send(feed.telegram)
    assert STATE_UNAVAILABLE not in readings(feed)
    assert feed.value_of("power_import") == "9.258"
    assert said() == ["telegrams come in again"]


async def test_no_power_of_before_an_outage_is_shown_after_it(
    make_p1_feed: MakeMeterFeed,
) -> None:
    telegram = fixture(THREE_PHASES)
    feed = make_p1_feed(telegram)
    await feed.start()
    await feed.send()
    feed.line.hang_up()
    await until(lambda: not feed.hub.link_up)
    await feed.reconnect()
    await feed.send(
        changed(
            telegram, (b"1.7.0(09.258", b"1.7.0(01.000"), (b"046077.141", b"046078.141")
        )
    )
    assert feed.value_of("power_import") == "1.0"
    assert feed.value_of("energy_import") == "77247.798"


async def test_a_tcp_server_that_vanishes_is_found_again_without_a_reload(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    socket_enabled: None,
    said: Callable[[], list[str]],
) -> None:
    telegram = fixture(THREE_PHASES)
    async with listen() as line:
        port = line.port
        feed = MeterFeed(hass, line, freezer, telegram)
        await feed.start()
        await feed.send()
        feed.line.send(telegram[:700])
        hub = feed.hub
    await until(lambda: not hub.link_up)
    await hass.async_block_till_done()
    assert readings(feed) == {STATE_UNAVAILABLE}
    for _ in range(5):
        await feed.tick(60)
    assert said() == ["connection lost"]
    async with listen(port) as line:
        feed.line = line
        await feed.reconnect()
        await feed.send()
        assert STATE_UNAVAILABLE not in readings(feed)
        assert feed.hub is hub
        assert said() == ["telegrams come in again"]
        assert hub.refused == {}


async def test_an_adapter_that_is_unplugged_and_plugged_in_is_read_again(
    hass: HomeAssistant,
    adapter: Adapter,
    said: Callable[[], list[str]],
) -> None:
    telegram = fixture(THREE_PHASES)
    entry = p1_entry(telegram, {"kind": "p1_serial", "device": str(adapter.path)})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    hub: P1Hub = hub_of(entry)
    await heard(hub, adapter, telegram, 1)
    await hass.async_block_till_done()
    power = er.async_get(hass).async_get_entity_id(
        "sensor", "flukso", f"{hub.meter}_power_import"
    )
    assert power is not None
    assert value(hass, power) == "9.258"
    adapter.unplug()
    await until(lambda: not hub.link_up)
    assert value(hass, power) == STATE_UNAVAILABLE
    adapter.plug()
    await until(lambda: adapter.locked)
    await heard(hub, adapter, telegram, hub.telegrams + 1)
    await hass.async_block_till_done()
    assert value(hass, power) == "9.258"
    assert said() == ["connection lost", "telegrams come in again"]


async def heard(hub: P1Hub, adapter: Adapter, telegram: bytes, count: int) -> None:
    """Let the meter send until so many telegrams have been taken."""
    async with asyncio.timeout(10):
        while hub.telegrams < count:
            adapter.send(telegram)
            await asyncio.sleep(0.05)


def value(hass: HomeAssistant, entity_id: str) -> str:
    """Return what an entity says."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.state


async def test_noise_between_telegrams_is_survived(
    make_p1_feed: MakeMeterFeed, said: Callable[[], list[str]]
) -> None:
    feed = make_p1_feed(fixture(THREE_PHASES))
    await feed.start()
    await feed.send()
    damaged = feed.telegram.replace(b"09.258", b"\xff9.258")
    for _ in range(3):
        feed.line.send(NOISE)
        await feed.send(damaged)
        await feed.send()
    assert feed.hub.telegrams >= 4
    assert feed.value_of("power_import") == "9.258"
    assert said() == ["refused a telegram: checksum"]
    await feed.tick(25)
    await feed.send()
    await feed.run(1, damaged)
    assert said() == []


async def test_a_refusal_is_logged_again_after_an_hour(
    make_p1_feed: MakeMeterFeed, said: Callable[[], list[str]]
) -> None:
    feed = make_p1_feed(fixture(THREE_PHASES))
    damaged = feed.telegram.replace(b"09.258", b"09.259")
    await feed.start()
    await feed.send(feed.telegram, damaged, damaged)
    feed.freezer.tick(3601)
    await until(lambda: not feed.line.clients)
    await feed.reconnect()
    await feed.send(damaged)
    assert [line for line in said() if line.startswith("refused")] == [
        "refused a telegram: checksum"
    ] * 2


async def test_a_meter_that_was_never_heard_is_reported_once(
    make_p1_feed: MakeMeterFeed, said: Callable[[], list[str]]
) -> None:
    feed = make_p1_feed(fixture(THREE_PHASES))
    damaged = feed.telegram.replace(b"09.258", b"09.259")
    await feed.start()
    for _ in range(6):
        await feed.tick(20)
        await feed.send(damaged)
    assert said() == ["refused a telegram: checksum", "no telegram for 60 s"]
    await feed.send()
    assert feed.value_of("power_import") == "9.258"
    assert said() == ["telegrams come in again"]


async def test_telegrams_of_another_meter_are_counted_and_not_shown(
    make_p1_feed: MakeMeterFeed, said: Callable[[], list[str]]
) -> None:
    feed = make_p1_feed(fixture(THREE_PHASES))
    await feed.start()
    await feed.send(simulated())
    assert feed.hub.refused == {"other_meter": 1}
    assert list(feed.hub.readings) == []
    assert said() == ["refused a telegram: other_meter"]


async def test_a_meter_on_the_m_bus_comes_and_goes(
    make_p1_feed: MakeMeterFeed, said: Callable[[], list[str]]
) -> None:
    both = fixture(GAS_AND_WATER)
    no_water = without(both, b"0-2:")
    feed = make_p1_feed(both)
    await feed.start()
    await feed.send(no_water)
    assert [device.name for device in feed.devices()][1:] == ["Gas meter"]
    await feed.send(both)
    assert [device.name for device in feed.devices()][1:] == [
        "Gas meter",
        "Water meter",
    ]
    water = next(r.unique_id for r in feed.hub.readings if r.row.key == "water")
    gas = next(r.unique_id for r in feed.hub.readings if r.row.key == "gas")
    assert child_values(feed, gas, water) == ["92.287", "8.579"]
    for _ in range(7):
        await feed.tick(10)
        await feed.send(no_water)
    assert child_values(feed, gas, water) == ["92.287", STATE_UNAVAILABLE]
    assert said() == ["1 readings fell silent"]
    await feed.send(both)
    await feed.tick(5)
    assert child_values(feed, gas, water) == ["92.287", "8.579"]
    assert said() == ["1 readings are back"]


def child_values(feed: MeterFeed, *unique_ids: str) -> list[str]:
    states = [feed.state_by_id(unique_id) for unique_id in unique_ids]
    return [state.state for state in states if state is not None]


async def test_meters_on_the_m_bus_with_one_id_are_told_apart_by_their_channels(
    make_p1_feed: MakeMeterFeed,
) -> None:
    telegram = changed(fixture(GAS_AND_WATER), (b"0-2:24.1.0(007)", b"0-2:24.1.0(003)"))
    feed = make_p1_feed(telegram)
    await feed.start()
    await feed.send()
    gas = [r.shown for r in feed.hub.readings if r.row.key == "gas"]
    assert gas == [92.287, 8.579]
    assert len(feed.devices()) == 3


async def test_two_meters_do_not_mind_each_other(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, socket_enabled: None
) -> None:
    async with listen() as first_line, listen() as second_line:
        first = MeterFeed(hass, first_line, freezer, fixture(THREE_PHASES))
        second = MeterFeed(hass, second_line, freezer, simulated())
        await first.start()
        await second.start()
        await first.send()
        await second.send()
        assert first.value_of("power_import") == "9.258"
        assert second.value_of("power_import") not in (None, "9.258")
        first_line.hang_up()
        await until(lambda: not first.hub.link_up)
        assert readings(first) == {STATE_UNAVAILABLE}
        assert STATE_UNAVAILABLE not in readings(second)
        entries: list[MockConfigEntry] = [first.entry, second.entry]
        for entry in entries:
            assert await hass.config_entries.async_unload(entry.entry_id)
