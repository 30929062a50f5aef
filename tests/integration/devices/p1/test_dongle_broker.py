"""A meter whose dongle publishes to a broker that we connect to ourselves."""

from collections.abc import Callable

from freezegun.api import FrozenDateTimeFactory
import paho.mqtt.client
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.flukso.diagnostics import async_get_config_entry_diagnostics
from custom_components.flukso.transport.backoff import Backoff
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.json import json_dumps
from simulator import make_meter
from simulator.p1_runner import Dongle, run

from ....brokers import HOST, Mosquitto, MosquittoFactory
from ....transport.p1.ports import leaving_nothing
from ...homes import hub_of, real_monotonic, until
from .dongles import (
    OTHER_TOPIC,
    OWNER,
    TOPIC,
    USERS,
    dongle_entry,
    on_broker,
    send,
    set_up,
    value_of,
)
from .telegrams import (
    NOON,
    THREE_PHASES,
    changed,
    encrypted,
    fixture,
    simulated,
    without,
)

TELEGRAM = fixture(THREE_PHASES)
KEY = "000102030405060708090a0b0c0d0e0f"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a lost connection be tried again at once."""
    monkeypatch.setattr(Backoff, "next", lambda _self: 0.01)


async def test_telegrams_become_states(hass: HomeAssistant, broker: Mosquitto) -> None:
    entry = dongle_entry(hass, TELEGRAM, on_broker(broker.port))
    assert await set_up(hass, entry) is ConfigEntryState.LOADED
    await send(broker, TELEGRAM.rstrip())
    await until(lambda: value_of(hass, entry) == "9.258")
    assert value_of(hass, entry, "energy_import") == "77246.798"
    assert hub_of(entry).refused == {}


async def test_a_simulated_dongle_is_read(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    meter = make_meter("be-50217", start=NOON, seed=1)
    port = on_broker(broker.port, Dongle(meter).topic)
    entry = dongle_entry(hass, simulated(), port)
    await set_up(hass, entry)
    await run(meter, HOST, broker.port, speed=1000.0, duration=60)
    hub = hub_of(entry)
    await until(lambda: hub.telegrams == 60)
    assert hub.refused == {}
    assert hub.telegram.timestamp == NOON + 59


async def test_a_retained_telegram_is_not_shown_and_a_live_one_is(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    await send(broker, TELEGRAM, retain=True)
    entry = dongle_entry(hass, TELEGRAM, on_broker(broker.port))
    await set_up(hass, entry)
    hub = hub_of(entry)
    await send(broker, changed(TELEGRAM, (b"1.7.0(09.258", b"1.7.0(01.000")))
    await until(lambda: value_of(hass, entry) == "1.0")
    assert hub.telegrams == 1
    assert hub.alive


async def test_a_broker_that_restarts_is_read_again(
    hass: HomeAssistant, broker: Mosquitto, said: Callable[[], list[str]]
) -> None:
    entry = dongle_entry(hass, TELEGRAM, on_broker(broker.port))
    await set_up(hass, entry)
    hub = hub_of(entry)
    await send(broker, TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")
    broker.stop()
    await until(lambda: not hub.link_up)
    assert value_of(hass, entry) == STATE_UNAVAILABLE
    broker.start()
    await until(lambda: hub.link_up)
    assert value_of(hass, entry) == STATE_UNAVAILABLE
    await send(broker, TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")
    assert said() == ["connection lost", "telegrams come in again"]


async def test_a_silent_dongle_is_unavailable_after_a_minute(
    hass: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    said: Callable[[], list[str]],
) -> None:
    monkeypatch.setattr(paho.mqtt.client, "time_func", real_monotonic)
    entry = dongle_entry(hass, TELEGRAM, on_broker(broker.port))
    await set_up(hass, entry)
    await send(broker, TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")
    freezer.tick(61)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert value_of(hass, entry) == STATE_UNAVAILABLE
    await send(broker, TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")
    assert said() == ["no telegram for 60 s", "telegrams come in again"]


async def test_what_is_no_telegram_is_counted_and_does_not_spoil_the_next(
    hass: HomeAssistant, broker: Mosquitto, said: Callable[[], list[str]]
) -> None:
    entry = dongle_entry(hass, TELEGRAM, on_broker(broker.port))
    await set_up(hass, entry)
    hub = hub_of(entry)
    half = TELEGRAM[: len(TELEGRAM) // 2]
    damaged = TELEGRAM.replace(b"09.258", b"09.259")
    await send(broker, b"", half, half, damaged, bytes(9000), half, TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")
    assert hub.refused == {"incomplete": 4, "checksum": 1, "too_large": 1}
    assert sorted(said()) == [
        "refused a telegram: checksum",
        "refused a telegram: incomplete",
        "refused a telegram: too_large",
    ]


@pytest.mark.parametrize("other_topic", [OTHER_TOPIC, TOPIC])
async def test_two_meters_on_one_broker_do_not_mind_each_other(
    hass: HomeAssistant,
    broker: Mosquitto,
    other_topic: str,
    said: Callable[[], list[str]],
) -> None:
    other = without(simulated("nl-5.0"), b"0-1:", b"0-2:")
    first = dongle_entry(hass, TELEGRAM, on_broker(broker.port))
    assert await set_up(hass, first) is ConfigEntryState.LOADED
    second = dongle_entry(hass, other, on_broker(broker.port, other_topic))
    assert await set_up(hass, second) is ConfigEntryState.LOADED
    await send(broker, TELEGRAM)
    await send(broker, other, topic=other_topic)
    await until(lambda: value_of(hass, first) == "9.258")
    await until(lambda: value_of(hass, second) is not None)
    assert value_of(hass, second) != "9.258"
    hubs = [hub_of(entry) for entry in (first, second)]
    assert [(hub.telegrams, hub.refused) for hub in hubs] == [(1, {}), (1, {})]
    assert said() == []


async def test_a_broker_that_is_down_is_tried_again(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    broker.stop()
    entry = dongle_entry(hass, TELEGRAM, on_broker(broker.port))
    assert await set_up(hass, entry) is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "cannot_connect"


async def test_unloading_leaves_nothing_open(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    entry = dongle_entry(hass, TELEGRAM, on_broker(broker.port))
    # What stays is Home Assistant's own, from the first time.
    for _ in range(2):
        await set_up(hass, entry)
        await hass.config_entries.async_unload(entry.entry_id)
    async with leaving_nothing():
        assert await set_up(hass, entry) is ConfigEntryState.LOADED
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_diagnostics_name_the_kind_and_neither_topic_nor_broker(
    hass: HomeAssistant, mosquitto: MosquittoFactory
) -> None:
    guarded = mosquitto(users=USERS)
    entry = dongle_entry(hass, TELEGRAM, on_broker(guarded.port, **OWNER))
    await set_up(hass, entry)
    await send(guarded, TELEGRAM, **OWNER)
    await until(lambda: value_of(hass, entry) == "9.258")
    told = await async_get_config_entry_diagnostics(hass, entry)
    assert told["kind"] == "p1_broker"
    assert told["line"] is None
    assert told["link"]["connects"] == 1
    text = json_dumps(told)
    login = (OWNER["username"], OWNER["password"])
    for secret in (TOPIC, "253769484", HOST, str(guarded.port), *login):
        assert secret not in text


async def test_the_name_of_a_topic_appears_nowhere(
    hass: HomeAssistant, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "custom_components.flukso")
    entry = dongle_entry(hass, TELEGRAM, on_broker(broker.port))
    await set_up(hass, entry)
    await send(broker, b"noise", TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")
    registry = er.async_get(hass)
    ours = er.async_entries_for_config_entry(registry, entry.entry_id)
    told = [entity.entity_id + entity.unique_id for entity in ours]
    told += [str(state.attributes) for state in hass.states.async_all()]
    told += [r.getMessage() for r in caplog.records if "flukso" in r.name]
    assert ours
    assert not any("253769484" in text or TOPIC in text for text in told)


async def test_wrong_credentials_ask_for_new_ones(
    hass: HomeAssistant, mosquitto: MosquittoFactory
) -> None:
    guarded = mosquitto(users=USERS)
    entry = dongle_entry(hass, TELEGRAM, on_broker(guarded.port))
    assert await set_up(hass, entry) is ConfigEntryState.SETUP_ERROR
    (flow,) = entry.async_get_active_flows(hass, {"reauth"})
    assert flow["step_id"] == "reauth_confirm"


async def test_credentials_changed_meanwhile_ask_for_new_ones(
    hass: HomeAssistant, mosquitto: MosquittoFactory
) -> None:
    guarded = mosquitto(users=USERS)
    entry = dongle_entry(hass, TELEGRAM, on_broker(guarded.port, **OWNER))
    await set_up(hass, entry)
    await send(guarded, TELEGRAM, **OWNER)
    await until(lambda: value_of(hass, entry) == "9.258")
    guarded.stop()
    guarded.users = {OWNER["username"]: "changed"}
    guarded.start()
    await until(lambda: any(entry.async_get_active_flows(hass, {"reauth"})))
    (flow,) = entry.async_get_active_flows(hass, {"reauth"})
    assert flow["step_id"] == "reauth_confirm"
    assert value_of(hass, entry) == STATE_UNAVAILABLE


async def test_a_key_that_opens_nothing_any_more_is_asked_for_again(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    frame = encrypted(KEY.upper())
    port = on_broker(broker.port)
    entry = dongle_entry(hass, frame, port, key=KEY)
    await set_up(hass, entry)
    await send(broker, frame)
    await until(lambda: value_of(hass, entry) is not None)
    await send(broker, *[frame[:30] + bytes(4) + frame[34:]] * 3)
    await until(lambda: any(entry.async_get_active_flows(hass, {"reauth"})))
    (flow,) = entry.async_get_active_flows(hass, {"reauth"})
    assert flow["step_id"] == "p1_key"
