"""P1 meters are set up, unloaded, removed in part, and looked into."""

import json
from typing import Any

from pytest_homeassistant_custom_component.common import async_fire_time_changed
from syrupy.assertion import SnapshotAssertion

from custom_components.flukso import async_remove_config_entry_device
from custom_components.flukso.diagnostics import async_get_config_entry_diagnostics
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import json_dumps
from homeassistant.util import dt as dt_util
from simulator import make_meter
from simulator.p1_server import TcpLine, listen

from ....brokers import HOST, free_port
from ....transport.p1.ports import Adapter, leaving_nothing
from ...homes import hub_of, until
from .feed import MakeMeterFeed, MeterFeed, p1_entry
from .telegrams import (
    GAS_AND_WATER,
    INVALID_GAS,
    NOON,
    THREE_PHASES,
    changed,
    fixture,
    read,
    sealed,
    without,
)

KEY = "000102030405060708090a0b0c0d0e0f"


async def test_a_port_that_is_not_there_is_tried_again(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    port = free_port()
    entry = p1_entry(
        fixture(THREE_PHASES), {"kind": "p1_network", "host": HOST, "port": port}
    )
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.reason == "The P1 port cannot be opened"
    async with listen(port) as line:
        async_fire_time_changed(
            hass, dt_util.utcnow() + dt_util.dt.timedelta(minutes=1)
        )
        await until(lambda: entry.state is ConfigEntryState.LOADED)
        assert line.clients == 1


async def test_unloading_leaves_nothing_open(
    hass: HomeAssistant, adapter: Adapter
) -> None:
    entry = p1_entry(
        fixture(THREE_PHASES), {"kind": "p1_serial", "device": str(adapter.path)}
    )
    entry.add_to_hass(hass)
    # What stays is Home Assistant's own, from the first time.
    for _ in range(2):
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.config_entries.async_unload(entry.entry_id)
    async with leaving_nothing():
        assert await hass.config_entries.async_setup(entry.entry_id)
        assert adapter.locked
        adapter.send(hub_of(entry).meter.encode())
        assert await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()
    assert not adapter.locked


async def test_the_port_is_released_when_home_assistant_stops(
    make_p1_feed: MakeMeterFeed,
) -> None:
    feed = make_p1_feed(fixture(THREE_PHASES))
    await feed.start()
    await feed.send()
    feed.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await until(lambda: feed.line.clients == 0)


async def test_changed_options_take_effect(make_p1_feed: MakeMeterFeed) -> None:
    telegram = fixture(THREE_PHASES)
    feed = make_p1_feed(telegram, gauge_interval=10)
    await feed.start()
    hub = feed.hub
    flow = await feed.hass.config_entries.options.async_init(feed.entry.entry_id)
    await feed.hass.config_entries.options.async_configure(
        flow["flow_id"], {"gauge_interval": 2, "counter_interval": 20}
    )
    await feed.hass.async_block_till_done()
    assert feed.hub is not hub
    await until(lambda: feed.line.clients == 1)
    await feed.send(telegram, changed(telegram, (b"1.7.0(09.258", b"1.7.0(02.000")))
    await feed.tick(2)
    assert feed.value_of("power_import") == "2.0"


async def test_an_encrypted_meter_is_read_with_its_key(
    hass: HomeAssistant, line: TcpLine, make_p1_feed: MakeMeterFeed
) -> None:
    meter = make_meter("lu", start=NOON, key=KEY.upper())
    telegram = meter.telegram(NOON)
    assert telegram is not None
    feed = make_p1_feed(telegram, key=KEY)
    await feed.start()
    feed.line.send(telegram[:40])
    await feed.send(telegram, telegram)
    said = read(telegram, KEY)
    assert float(feed.value_of("power_import") or "") == said.power_import
    assert float(feed.value_of("energy_import") or "") == said.energy_import.total


async def test_a_key_that_is_missing_or_wrong_once_or_twice_is_no_news(
    make_p1_feed: MakeMeterFeed,
) -> None:
    meter = make_meter("lu", start=NOON, key=KEY.upper())
    telegram = meter.telegram(NOON)
    assert telegram is not None
    damaged = telegram[:30] + bytes(4) + telegram[34:]
    feed = make_p1_feed(telegram, key=KEY)
    await feed.start()
    await feed.send(damaged, damaged, telegram, damaged, damaged)
    assert feed.hub.refused == {"wrong_key": 4}
    assert not list(feed.entry.async_get_active_flows(feed.hass, {"reauth"}))
    await feed.send(damaged)
    assert len(list(feed.entry.async_get_active_flows(feed.hass, {"reauth"}))) == 1


async def test_a_meter_that_is_gone_can_be_removed_and_others_cannot(
    make_p1_feed: MakeMeterFeed,
) -> None:
    both = fixture(GAS_AND_WATER)
    feed = make_p1_feed(both)
    await feed.start()
    await feed.send()
    assert await removable(feed) == []
    for _ in range(7):
        await feed.tick(10)
        await feed.send(without(both, b"0-2:"))
    assert await removable(feed) == ["Water meter"]


async def removable(feed: MeterFeed) -> list[str | None]:
    """Return the names of the devices that Home Assistant may remove."""
    return [
        device.name
        for device in feed.devices()
        if await async_remove_config_entry_device(feed.hass, feed.entry, device)
    ]


async def test_diagnostics_tell_the_condition_and_no_secrets(
    make_p1_feed: MakeMeterFeed, snapshot: SnapshotAssertion
) -> None:
    telegram = sealed(fixture(INVALID_GAS))
    feed = make_p1_feed(telegram, gauge_interval=5)
    stamp = read(telegram).timestamp
    assert stamp is not None
    await feed.start(stamp)
    await feed.send(telegram, telegram, telegram.replace(b"00.638", b"00.639"))
    told = await diagnostics(feed)
    assert told == snapshot
    text = json_dumps(told)
    for secret in (feed.meter_id, feed.meter_id[:6], HOST, str(feed.line.port)):
        assert secret not in text


async def test_diagnostics_do_not_need_a_telegram_and_keep_the_key(
    make_p1_feed: MakeMeterFeed,
) -> None:
    telegram = make_meter("lu", start=NOON, key=KEY.upper()).telegram(NOON)
    assert telegram is not None
    feed = make_p1_feed(telegram, key=KEY)
    await feed.start()
    told = await diagnostics(feed)
    assert told["encrypted"] is True
    assert told["meter"] is None
    assert KEY not in json_dumps(told)


async def diagnostics(feed: MeterFeed) -> dict[str, Any]:
    """Return what is downloaded, the integration's part."""
    told = await async_get_config_entry_diagnostics(feed.hass, feed.entry)
    json.loads(json_dumps(told))
    return told
