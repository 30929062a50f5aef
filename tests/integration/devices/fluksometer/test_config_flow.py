"""From a menu and an address to a config entry."""

from collections.abc import Generator
from typing import Any
from unittest.mock import AsyncMock, patch

import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import CONF_DEVICE_ID, DOMAIN
from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData

from ....brokers import (
    CONNECT_ACCEPTED,
    CONNECT_REFUSED_VERSION,
    HOST,
    Address,
    Message,
    Mosquitto,
    MosquittoFactory,
    OldBroker,
    ScriptedBroker,
    free_port,
    publish,
)
from ....devices import FLM02B_ID, FLM03E_ID

USERS = {"flukso": "s3cret"}
CREDENTIALS = {CONF_USERNAME: "flukso", CONF_PASSWORD: "s3cret"}

pytestmark = pytest.mark.usefixtures("setup_entry")


@pytest.fixture
def brief_search() -> Generator[None]:
    """Give up sooner on a broker that has nothing to tell."""
    with patch(
        "custom_components.flukso.devices.fluksometer.search.SEARCH_TIMEOUT", 0.3
    ):
        yield


async def open_form(hass: HomeAssistant) -> ConfigFlowResult:
    """Go through the menu to the form of a Fluksometer."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert menu["type"] is FlowResultType.MENU
    assert menu["step_id"] == "user"
    form = await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "fluksometer"}
    )
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "fluksometer"
    assert not form["errors"]
    return form


async def submit(
    hass: HomeAssistant, form: ConfigFlowResult, **values: Any
) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_configure(form["flow_id"], values)


async def submit_address(
    hass: HomeAssistant, broker: Address, **values: Any
) -> ConfigFlowResult:
    form = await open_form(hass)
    return await submit(hass, form, host=HOST, port=broker.port, **values)


def schema_of(form: ConfigFlowResult) -> vol.Schema:
    schema = form["data_schema"]
    assert schema is not None
    return schema


def suggestions(form: ConfigFlowResult) -> dict[str, Any]:
    """Return what the fields of a form are filled in with."""
    return {
        marker.schema: marker.description["suggested_value"]
        for marker in schema_of(form).schema
        if marker.description
    }


def offered_devices(form: ConfigFlowResult) -> dict[str, str]:
    """Return the labels of the devices to pick from, by device id."""
    options = schema_of(form).schema[CONF_DEVICE_ID].config["options"]
    return {option["value"]: option["label"] for option in options}


def known_fluksometer(hass: HomeAssistant, **data: Any) -> MockConfigEntry:
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=f"Fluksometer {FLM03E_ID[:6]}",
        unique_id=FLM03E_ID,
        data={
            CONF_HOST: HOST,
            CONF_PORT: 1,
            CONF_DEVICE_ID: FLM03E_ID,
            "demand_offered": True,
            **data,
        },
    )
    entry.add_to_hass(hass)
    return entry


@pytest.mark.smoke
async def test_a_fluksometer_becomes_an_entry(
    hass: HomeAssistant,
    broker: Mosquitto,
    flm03e_messages: list[Message],
    setup_entry: AsyncMock,
) -> None:
    await publish(broker, flm03e_messages)
    result = await submit_address(hass, broker)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == f"Fluksometer {FLM03E_ID[:6]}"
    assert result["data"] == {
        CONF_HOST: HOST,
        CONF_PORT: broker.port,
        CONF_DEVICE_ID: FLM03E_ID,
    }
    assert result["result"].unique_id == FLM03E_ID
    await hass.async_block_till_done()
    setup_entry.assert_awaited_once()


@pytest.mark.parametrize("typed", [f" {HOST} ", f"mqtt://{HOST}", f"{HOST}/"])
async def test_a_pasted_address_is_cleaned(
    hass: HomeAssistant,
    broker: Mosquitto,
    flm02b_messages: list[Message],
    typed: str,
) -> None:
    await publish(broker, flm02b_messages)
    form = await open_form(hass)
    result = await submit(hass, form, host=typed, port=broker.port)
    assert result["data"][CONF_HOST] == HOST


async def test_of_several_fluksometers_one_is_picked(
    hass: HomeAssistant,
    broker: Mosquitto,
    flm02b_messages: list[Message],
    flm03e_messages: list[Message],
) -> None:
    await publish(broker, flm02b_messages + flm03e_messages)
    form = await submit_address(hass, broker)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "pick_device"
    assert offered_devices(form) == {
        FLM03E_ID: "flukso-1dd34c (FLM03E)",
        FLM02B_ID: "flukso-a1b2c3 (FLM02B)",
    }
    result = await submit(hass, form, device_id=FLM02B_ID)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == FLM02B_ID


async def test_known_fluksometers_are_not_offered_again(
    hass: HomeAssistant,
    broker: Mosquitto,
    flm02b_messages: list[Message],
    flm03e_messages: list[Message],
) -> None:
    known_fluksometer(hass)
    await publish(broker, flm02b_messages + flm03e_messages)
    form = await submit_address(hass, broker)
    assert offered_devices(form).keys() == {FLM02B_ID}


async def test_nothing_is_offered_when_all_are_known(
    hass: HomeAssistant,
    broker: Mosquitto,
    flm02b_messages: list[Message],
    flm03e_messages: list[Message],
) -> None:
    known_fluksometer(hass)
    MockConfigEntry(domain=DOMAIN, unique_id=FLM02B_ID).add_to_hass(hass)
    await publish(broker, flm02b_messages + flm03e_messages)
    result = await submit_address(hass, broker)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_a_known_fluksometer_learns_its_new_address(
    hass: HomeAssistant, broker: Mosquitto, flm03e_messages: list[Message]
) -> None:
    entry = known_fluksometer(hass, host="192.0.2.1")
    await publish(broker, flm03e_messages)
    result = await submit_address(hass, broker)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data[CONF_HOST] == HOST
    assert entry.data[CONF_PORT] == broker.port


async def test_a_broker_with_a_password_lets_the_right_one_in(
    hass: HomeAssistant, mosquitto: MosquittoFactory, flm03e_messages: list[Message]
) -> None:
    broker = mosquitto(users=USERS)
    await publish(broker, flm03e_messages, **CREDENTIALS)
    form = await submit_address(hass, broker, username="flukso", password="wrong")
    assert form["errors"] == {"base": "invalid_auth"}
    result = await submit(hass, form, host=HOST, port=broker.port, **CREDENTIALS)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {
        CONF_HOST: HOST,
        CONF_PORT: broker.port,
        CONF_DEVICE_ID: FLM03E_ID,
        **CREDENTIALS,
    }


@pytest.mark.parametrize("refusal", [b"", CONNECT_REFUSED_VERSION])
async def test_a_broker_that_only_speaks_mqtt_3_1_is_spoken_to(
    hass: HomeAssistant,
    broker: Mosquitto,
    flm02b_messages: list[Message],
    refusal: bytes,
) -> None:
    await publish(broker, flm02b_messages)
    async with OldBroker(broker, refusal).running() as old:
        result = await submit_address(hass, old)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert old.protocols == ["MQTT", "MQIsdp"]


async def test_an_address_where_nobody_listens_can_be_corrected(
    hass: HomeAssistant, broker: Mosquitto, flm03e_messages: list[Message]
) -> None:
    await publish(broker, flm03e_messages)
    form = await open_form(hass)
    typed = {CONF_HOST: HOST, CONF_PORT: free_port(), CONF_USERNAME: "me"}
    form = await submit(hass, form, **typed)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": "cannot_connect"}
    assert suggestions(form) == typed
    result = await submit(hass, form, host=HOST, port=broker.port)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "nobody",
    [
        pytest.param(
            ScriptedBroker((b"HTTP/1.1 400 Bad Request\r\n\r\n",)), id="web server"
        ),
        pytest.param(ScriptedBroker((), hangs_up=False), id="silent"),
        pytest.param(
            ScriptedBroker((CONNECT_ACCEPTED,), hangs_up=False),
            id="subscription ignored",
        ),
        pytest.param(
            ScriptedBroker((CONNECT_ACCEPTED, bytes((0x90, 4, 0, 1, 128, 128)))),
            id="subscription refused",
        ),
        pytest.param(
            ScriptedBroker((CONNECT_ACCEPTED, bytes((0x90, 4, 0, 1, 0, 0)))),
            id="connection lost",
        ),
    ],
)
@pytest.mark.usefixtures("socket_enabled")
async def test_what_is_no_working_broker_cannot_be_connected_to(
    hass: HomeAssistant, nobody: ScriptedBroker
) -> None:
    with patch("custom_components.flukso.transport.mqtt.retained.CONNECT_TIMEOUT", 0.3):
        async with nobody.running():
            form = await submit_address(hass, nobody)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": "cannot_connect"}


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([], id="nothing"),
        pytest.param(
            [Message(f"/device/{FLM03E_ID}/config/sensor", b'{"1": {"id"')],
            id="damaged",
        ),
        pytest.param(
            [Message("/device/router/config/sensor", b'{"1": {}}')], id="another device"
        ),
        pytest.param(
            [Message(f"/device/{FLM03E_ID}/config/flx", b'{"1": {"enable": 1}}')],
            id="only ports",
        ),
    ],
)
@pytest.mark.usefixtures("brief_search")
async def test_a_broker_without_a_described_fluksometer_is_said_to_be_one(
    hass: HomeAssistant,
    broker: Mosquitto,
    flm03e_messages: list[Message],
    messages: list[Message],
) -> None:
    await publish(broker, messages)
    form = await submit_address(hass, broker)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": "no_fluksometer"}
    await publish(broker, flm03e_messages)
    result = await submit(hass, form, host=HOST, port=broker.port)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_flood_of_devices_is_cut_off(
    hass: HomeAssistant, broker: Mosquitto, flm03e_messages: list[Message]
) -> None:
    payload = next(m.payload for m in flm03e_messages if m.topic.endswith("sensor"))
    await publish(
        broker,
        [Message(f"/device/{n:032x}/config/sensor", payload) for n in range(150)],
    )
    form = await submit_address(hass, broker)
    assert len(offered_devices(form)) == 100


async def test_reconfiguring_moves_an_entry_to_a_new_address(
    hass: HomeAssistant,
    broker: Mosquitto,
    flm03e_messages: list[Message],
    setup_entry: AsyncMock,
) -> None:
    entry = known_fluksometer(hass)
    await publish(broker, flm03e_messages)
    form = await entry.start_reconfigure_flow(hass)
    assert form["step_id"] == "reconfigure"
    assert suggestions(form) == {CONF_HOST: HOST, CONF_PORT: 1}
    result = await submit(hass, form, host=HOST, port=broker.port)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == {
        CONF_HOST: HOST,
        CONF_PORT: broker.port,
        CONF_DEVICE_ID: FLM03E_ID,
        "demand_offered": True,
    }
    await hass.async_block_till_done()
    setup_entry.assert_awaited_once()


async def test_reconfiguring_keeps_a_password_that_is_left_empty(
    hass: HomeAssistant, mosquitto: MosquittoFactory, flm03e_messages: list[Message]
) -> None:
    broker = mosquitto(users=USERS)
    await publish(broker, flm03e_messages, **CREDENTIALS)
    entry = known_fluksometer(hass, **CREDENTIALS)
    form = await entry.start_reconfigure_flow(hass)
    assert suggestions(form)[CONF_USERNAME] == "flukso"
    assert CONF_PASSWORD not in suggestions(form)
    await submit(hass, form, host=HOST, port=broker.port, username="flukso")
    assert entry.data[CONF_PORT] == broker.port
    assert entry.data[CONF_PASSWORD] == "s3cret"


async def test_reconfiguring_without_a_user_name_forgets_the_credentials(
    hass: HomeAssistant, broker: Mosquitto, flm03e_messages: list[Message]
) -> None:
    await publish(broker, flm03e_messages)
    entry = known_fluksometer(hass, **CREDENTIALS)
    form = await entry.start_reconfigure_flow(hass)
    await submit(hass, form, host=HOST, port=broker.port)
    assert not entry.data.keys() & CREDENTIALS.keys()


async def test_reconfiguring_to_another_fluksometer_is_refused(
    hass: HomeAssistant,
    broker: Mosquitto,
    flm02b_messages: list[Message],
    flm03e_messages: list[Message],
) -> None:
    entry = known_fluksometer(hass)
    await publish(broker, flm02b_messages)
    form = await entry.start_reconfigure_flow(hass)
    form = await submit(hass, form, host=HOST, port=broker.port)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": "wrong_device"}
    assert entry.data[CONF_PORT] == 1
    await publish(broker, flm03e_messages)
    result = await submit(hass, form, host=HOST, port=broker.port)
    assert result["reason"] == "reconfigure_successful"


async def test_a_loaded_entry_hears_of_its_new_address_once(
    hass: HomeAssistant,
    broker: Mosquitto,
    flm03e_messages: list[Message],
    setup_entry: AsyncMock,
) -> None:
    entry = known_fluksometer(hass)
    changed = AsyncMock()
    entry.add_update_listener(changed)
    await publish(broker, flm03e_messages)
    form = await entry.start_reconfigure_flow(hass)
    await submit(hass, form, host=HOST, port=broker.port)
    await hass.async_block_till_done()
    changed.assert_awaited_once()
    setup_entry.assert_not_awaited()


async def test_new_credentials_bring_a_refused_entry_back(
    hass: HomeAssistant,
    mosquitto: MosquittoFactory,
    flm03e_messages: list[Message],
    setup_entry: AsyncMock,
) -> None:
    broker = mosquitto(users=USERS)
    await publish(broker, flm03e_messages, **CREDENTIALS)
    entry = known_fluksometer(hass, port=broker.port, username="old", password="old")
    form = await entry.start_reauth_flow(hass)
    assert form["step_id"] == "reauth_confirm"
    assert form["description_placeholders"] == {"name": entry.title}
    assert suggestions(form) == {CONF_USERNAME: "old"}
    form = await submit(hass, form, username="flukso", password="wrong")
    assert form["errors"] == {"base": "invalid_auth"}
    result = await submit(hass, form, **CREDENTIALS)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data[CONF_PORT] == broker.port
    assert entry.data.items() >= CREDENTIALS.items()
    await hass.async_block_till_done()
    setup_entry.assert_awaited_once()


async def test_credentials_that_were_left_empty_are_suggested_again(
    hass: HomeAssistant, mosquitto: MosquittoFactory
) -> None:
    broker = mosquitto(users=USERS)
    entry = known_fluksometer(hass, port=broker.port, username="old", password="old")
    form = await entry.start_reauth_flow(hass)
    form = await submit(hass, form)
    assert form["errors"] == {"base": "invalid_auth"}
    assert suggestions(form) == {CONF_USERNAME: "old"}


async def test_intervals_are_chosen_in_the_options(hass: HomeAssistant) -> None:
    entry = known_fluksometer(hass)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert form["step_id"] == "init"
    assert schema_of(form)({}) == {"gauge_interval": 10, "counter_interval": 60}
    result = await hass.config_entries.options.async_configure(
        form["flow_id"], {"gauge_interval": 1.0, "counter_interval": 3600.0}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {"gauge_interval": 1, "counter_interval": 3600}
    again = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggestions(again) == {**entry.options, "clock": "automatic"}
    result = await hass.config_entries.options.async_configure(
        again["flow_id"], {**entry.options, "clock": "home_assistant"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options["clock"] == "home_assistant"
    again = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggestions(again) == entry.options
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(
            again["flow_id"], {**entry.options, "clock": "sun"}
        )


@pytest.mark.parametrize(
    "intervals",
    [
        {"gauge_interval": 0, "counter_interval": 60},
        {"gauge_interval": 301, "counter_interval": 60},
        {"gauge_interval": 10, "counter_interval": 9},
        {"gauge_interval": 10, "counter_interval": 3601},
    ],
)
async def test_an_interval_out_of_bounds_is_refused(
    hass: HomeAssistant, intervals: dict[str, int]
) -> None:
    entry = known_fluksometer(hass)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(form["flow_id"], intervals)
    assert entry.options == {}
