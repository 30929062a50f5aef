"""From a telegram that was heard to a config entry, and how that one is changed."""

from collections.abc import Mapping
from typing import Any
from unittest.mock import AsyncMock

import pytest

from custom_components.flukso.devices.p1 import search as p1_search
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_INTEGRATION_DISCOVERY,
    SOURCE_MQTT,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.discovery_flow import DiscoveryKey
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo

from ....brokers import Mosquitto, MosquittoFactory
from ...homes import hub_of, until
from .dongles import (
    OTHER_TOPIC,
    TOPIC,
    dongle_entry,
    on_broker,
    on_home_assistant,
    send,
    set_up,
    set_up_mqtt,
    talking,
    value_of,
)
from .feed import p1_entry
from .telegrams import THREE_PHASES, changed, encrypted, fixture, read, simulated

TELEGRAM = fixture(THREE_PHASES)
METER = read(TELEGRAM).meter
KEY = "000102030405060708090A0B0C0D0E0F"
LOGIN = {"username": "flukso", "password": "s3cret"}


async def heard(
    hass: HomeAssistant, payload: bytes | str = TELEGRAM, topic: str = TOPIC
) -> ConfigFlowResult:
    """Begin as Home Assistant's MQTT does for each new message on a topic."""
    info = MqttServiceInfo(
        topic=topic,
        payload=payload,
        qos=0,
        retain=False,
        subscribed_topic="/p1/+/telegram",
        timestamp=0.0,
    )
    key = DiscoveryKey(domain="mqtt", key=topic, version=1)
    return await hass.config_entries.flow.async_init(
        "flukso", context={"source": SOURCE_MQTT, "discovery_key": key}, data=info
    )


async def found(
    hass: HomeAssistant, port: Mapping[str, Any], payload: bytes = TELEGRAM
) -> ConfigFlowResult:
    """Begin as a Fluksometer does that finds a dongle on its broker."""
    data = {key: value for key, value in port.items() if key != "kind"}
    return await hass.config_entries.flow.async_init(
        "flukso",
        context={"source": SOURCE_INTEGRATION_DISCOVERY},
        data={**data, "payload": payload},
    )


async def submit(
    hass: HomeAssistant, form: ConfigFlowResult, **values: Any
) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_configure(form["flow_id"], values)


def ended(result: ConfigFlowResult) -> str:
    """Return why a flow came to its end."""
    assert result["type"] is FlowResultType.ABORT
    return str(result["reason"])


@pytest.mark.parametrize(
    "payload",
    [TELEGRAM, TELEGRAM.decode(), TELEGRAM.rstrip()],
    ids=["bytes", "text", "no line end"],
)
async def test_a_meter_on_home_assistants_broker_becomes_an_entry(
    hass: HomeAssistant, setup_entry: AsyncMock, payload: bytes | str
) -> None:
    form = await heard(hass, payload)
    assert form["step_id"] == "confirm"
    assert form["description_placeholders"] == {
        "name": f"P1 meter {METER[:6]}",
        "model": "e-MUCS 50217",
    }
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": f"P1 meter {METER[:6]}"}
    assert flow["context"]["confirm_only"]
    result = await submit(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == f"P1 meter {METER[:6]}"
    assert result["data"] == {**on_home_assistant(), "family": "belgium"}
    assert result["result"].unique_id == METER
    await hass.async_block_till_done()
    setup_entry.assert_awaited_once()


@pytest.mark.smoke
@pytest.mark.usefixtures("setup_entry")
@pytest.mark.parametrize("login", [{}, LOGIN])
async def test_a_meter_on_a_fluksometers_broker_becomes_an_entry(
    hass: HomeAssistant, login: dict[str, str]
) -> None:
    port = on_broker(1883, OTHER_TOPIC, **login)
    form = await found(hass, port)
    assert form["step_id"] == "confirm"
    result = await submit(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {**port, "family": "belgium"}
    assert result["result"].unique_id == METER


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("/p1/a/b/telegram", TELEGRAM),
        (f"/p1/{'9' * 33}/telegram", TELEGRAM),
        (TOPIC, ""),
        (TOPIC, "online"),
        (TOPIC, encrypted(KEY).hex()),
        (TOPIC, "\u0000\u0001é€"),
        (TOPIC, TELEGRAM[:900]),
        (TOPIC, TELEGRAM + bytes(9000)),
    ],
    ids=["deep", "long", "empty", "word", "hex", "text", "half", "large"],
)
async def test_what_is_no_telegram_is_not_offered(
    hass: HomeAssistant, topic: str, payload: bytes | str
) -> None:
    assert ended(await heard(hass, payload, topic)) == "no_telegram"


async def test_the_same_meter_is_offered_once(hass: HomeAssistant) -> None:
    await heard(hass)
    later = changed(TELEGRAM, (b"1.7.0(09.258", b"1.7.0(01.000"))
    assert ended(await heard(hass, later)) == "already_in_progress"
    assert ended(await found(hass, on_broker(1883))) == "already_in_progress"


@pytest.mark.usefixtures("setup_entry")
async def test_two_meters_that_share_a_topic_are_both_offered(
    hass: HomeAssistant,
) -> None:
    await submit(hass, await heard(hass))
    assert (await heard(hass, simulated()))["step_id"] == "confirm"


@pytest.mark.usefixtures("setup_entry")
async def test_an_ignored_meter_is_not_offered_again(hass: HomeAssistant) -> None:
    await heard(hass)
    await hass.config_entries.flow.async_init(
        "flukso",
        context={"source": SOURCE_IGNORE},
        data={"unique_id": METER, "title": "P1 meter"},
    )
    assert hass.config_entries.flow.async_progress() == []
    assert ended(await heard(hass)) == "already_configured"
    assert ended(await found(hass, on_broker(1883))) == "already_configured"


async def test_a_meter_that_is_read_on_a_port_is_not_offered_and_keeps_its_port(
    hass: HomeAssistant, setup_entry: AsyncMock
) -> None:
    entry = p1_entry(TELEGRAM, {"kind": "p1_serial", "device": "/dev/ttyUSB0"})
    entry.add_to_hass(hass)
    await set_up(hass, entry)
    before = dict(entry.data)
    assert ended(await heard(hass)) == "already_configured"
    assert ended(await found(hass, on_broker(1883))) == "already_configured"
    await hass.async_block_till_done()
    assert dict(entry.data) == before
    setup_entry.assert_awaited_once()


@pytest.mark.usefixtures("setup_entry")
async def test_a_meter_that_encrypts_asks_for_its_key(hass: HomeAssistant) -> None:
    frame = encrypted(KEY)
    form = await found(hass, on_broker(1883), frame)
    assert form["step_id"] == "p1_key"
    result = await found(hass, on_broker(1883), encrypted(KEY, start=1_768_478_401))
    assert ended(result) == "already_in_progress"
    result = await submit(hass, form, key=KEY)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == read(frame, KEY).meter
    assert result["data"] == {
        **on_broker(1883),
        "family": "luxembourg",
        "key": KEY.lower(),
    }
    assert ended(await found(hass, on_broker(1883), frame)) == "already_configured"


@pytest.mark.usefixtures("setup_entry", "mock_hass_config")
async def test_a_wrong_key_is_told_from_silence(
    hass: HomeAssistant, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = encrypted(KEY)
    await set_up_mqtt(hass, broker)
    form = await heard(hass, frame)
    with monkeypatch.context() as brief:
        brief.setattr(p1_search, "SEARCH_TIMEOUT", 0.1)
        wrong = await submit(hass, form, key="1" * 32)
    assert wrong["errors"] == {"base": "no_telegram"}
    async with talking(broker, frame):
        wrong = await submit(hass, form, key="1" * 32)
        assert wrong["errors"] == {"base": "wrong_key"}
    result = await submit(hass, form, key=KEY)
    assert result["data"]["kind"] == "p1_mqtt"


async def test_without_home_assistants_mqtt_no_key_can_be_tried_out(
    hass: HomeAssistant,
) -> None:
    form = await heard(hass, encrypted(KEY))
    wrong = await submit(hass, form, key="1" * 32)
    assert wrong["errors"] == {"base": "cannot_connect"}


async def test_an_ignored_meter_that_encrypts_is_not_offered_again(
    hass: HomeAssistant,
) -> None:
    form = await heard(hass, encrypted(KEY))
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["flow_id"] == form["flow_id"]
    await hass.config_entries.flow.async_init(
        "flukso",
        context={"source": SOURCE_IGNORE},
        data={"unique_id": flow["context"]["unique_id"], "title": "P1 meter"},
    )
    assert ended(await heard(hass, encrypted(KEY))) == "already_configured"


async def test_an_entry_that_lost_its_meter_follows_the_dongle(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    entry = dongle_entry(hass, TELEGRAM, on_broker(1, **LOGIN))
    assert await set_up(hass, entry) is ConfigEntryState.SETUP_RETRY
    assert ended(await found(hass, on_broker(broker.port))) == "already_configured"
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    assert entry.data == {
        **on_broker(broker.port),
        "family": "belgium",
        "demand_offered": True,
    }
    await send(broker, TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")


async def test_a_loaded_entry_stays_where_it_hears_its_meter_and_leaves_when_not(
    hass: HomeAssistant, mosquitto: MosquittoFactory
) -> None:
    here, there = mosquitto(), mosquitto()
    entry = dongle_entry(hass, TELEGRAM, on_broker(here.port))
    await set_up(hass, entry)
    hub = hub_of(entry)
    await send(here, TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")
    assert ended(await found(hass, on_broker(there.port))) == "already_configured"
    assert entry.data["port"] == here.port
    here.stop()
    await until(lambda: not hub.link_up)
    assert ended(await found(hass, on_broker(there.port))) == "already_configured"
    await hass.async_block_till_done()
    assert entry.data["port"] == there.port
    await send(there, TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")
