"""A meter whose dongle publishes to Home Assistant's own broker."""

import asyncio
from collections.abc import Callable

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.mqtt import client
from homeassistant.config_entries import SOURCE_MQTT, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from ....brokers import Mosquitto
from ...homes import hub_of, until
from .dongles import (
    TOPIC,
    discovered,
    dongle_entry,
    on_home_assistant,
    send,
    set_up,
    set_up_mqtt,
    value_of,
)
from .telegrams import THREE_PHASES, changed, fixture, read

TELEGRAM = fixture(THREE_PHASES)
LATER = changed(TELEGRAM, (b"1.7.0(09.258", b"1.7.0(01.000"))

pytestmark = pytest.mark.usefixtures("mock_hass_config")


def subscribed(broker: Mosquitto) -> list[str]:
    """Return the topics that Home Assistant is subscribed to now."""
    return next(reversed(broker.subscriptions().values()), [])


async def test_a_meter_is_discovered_confirmed_and_read(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    await set_up_mqtt(hass, broker)
    await until(lambda: "/p1/+/telegram" in subscribed(broker))
    await send(broker, TELEGRAM)
    flow = await discovered(hass)
    assert flow["context"]["source"] == SOURCE_MQTT
    assert flow["step_id"] == "confirm"
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.title == f"P1 meter {read(TELEGRAM).meter[:6]}"
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    await until(lambda: TOPIC in subscribed(broker))
    await send(broker, LATER)
    await until(lambda: value_of(hass, entry) == "1.0")
    await hass.async_block_till_done()
    assert hass.config_entries.flow.async_progress_by_handler("flukso") == []


async def test_a_retained_telegram_is_offered_and_not_shown(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    await send(broker, TELEGRAM, retain=True)
    await set_up_mqtt(hass, broker)
    flow = await discovered(hass)
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    entry = result["result"]
    await until(lambda: TOPIC in subscribed(broker))
    await send(broker, LATER)
    await until(lambda: value_of(hass, entry) == "1.0")
    assert hub_of(entry).telegrams == 1


async def test_a_removed_meter_is_offered_again(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    await set_up_mqtt(hass, broker)
    entry = dongle_entry(hass, TELEGRAM, on_home_assistant())
    assert await set_up(hass, entry) is ConfigEntryState.LOADED
    await until(lambda: TOPIC in subscribed(broker))
    await send(broker, TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")
    await hass.config_entries.async_remove(entry.entry_id)
    await send(broker, LATER)
    assert (await discovered(hass))["step_id"] == "confirm"


async def test_a_broker_that_restarts_is_read_again(
    hass: HomeAssistant,
    broker: Mosquitto,
    monkeypatch: pytest.MonkeyPatch,
    said: Callable[[], list[str]],
) -> None:
    monkeypatch.setattr(client, "RECONNECT_INTERVAL_SECONDS", 0.05)
    entry = await read_once(hass, broker)
    hub = hub_of(entry)
    broker.stop()
    await until(lambda: not hub.link_up)
    assert value_of(hass, entry) == STATE_UNAVAILABLE
    broker.start()
    await until(lambda: hub.link_up)
    await read_again(hass, broker, entry)
    assert hub.link.connects == 2
    assert said() == ["connection lost", "telegrams come in again"]


async def test_a_reload_of_home_assistants_mqtt_is_survived(
    hass: HomeAssistant, broker: Mosquitto, said: Callable[[], list[str]]
) -> None:
    entry = await read_once(hass, broker)
    (mqtt_entry,) = hass.config_entries.async_entries("mqtt")
    assert await hass.config_entries.async_reload(mqtt_entry.entry_id)
    await read_again(hass, broker, entry)
    assert said() == ["connection lost", "telegrams come in again"]


async def read_once(hass: HomeAssistant, broker: Mosquitto) -> MockConfigEntry:
    """Set up a meter, and read its first telegram."""
    await set_up_mqtt(hass, broker)
    entry = dongle_entry(hass, TELEGRAM, on_home_assistant())
    await set_up(hass, entry)
    await until(lambda: TOPIC in subscribed(broker))
    assert hub_of(entry).link_up
    await send(broker, TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")
    return entry


async def read_again(
    hass: HomeAssistant, broker: Mosquitto, entry: MockConfigEntry
) -> None:
    """Publish like a dongle until Home Assistant has subscribed again and heard it."""
    async with asyncio.timeout(10):
        while value_of(hass, entry) != "1.0":
            await send(broker, LATER)
            await asyncio.sleep(0.05)


async def test_an_entry_that_was_reloaded_after_home_assistants_mqtt_is_one_reader(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    entry = await read_once(hass, broker)
    (mqtt_entry,) = hass.config_entries.async_entries("mqtt")
    assert await hass.config_entries.async_reload(mqtt_entry.entry_id)
    before = hub_of(entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    telegrams = before.telegrams
    await read_again(hass, broker, entry)
    assert before.telegrams == telegrams


async def test_unloading_unsubscribes(hass: HomeAssistant, broker: Mosquitto) -> None:
    await set_up_mqtt(hass, broker)
    entry = dongle_entry(hass, TELEGRAM, on_home_assistant())
    await set_up(hass, entry)
    await until(lambda: TOPIC in subscribed(broker))
    assert await hass.config_entries.async_unload(entry.entry_id)
    await until(lambda: TOPIC not in subscribed(broker))


async def test_without_home_assistants_mqtt_the_meter_is_tried_again(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    entry = dongle_entry(hass, TELEGRAM, on_home_assistant())
    assert await set_up(hass, entry) is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "mqtt_not_ready"
    assert entry.reason == (
        "Home Assistant's MQTT integration is not set up or not ready yet"
    )
    await set_up_mqtt(hass, broker)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
