"""How the entry of a meter whose telegrams a dongle publishes is changed."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.devices.p1 import search as p1_search
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from ....brokers import HOST, Mosquitto, MosquittoFactory, free_port
from ...homes import until
from .dongles import (
    OWNER,
    USERS,
    dongle_entry,
    on_broker,
    on_home_assistant,
    send,
    set_up,
    talking,
    value_of,
)
from .telegrams import THREE_PHASES, encrypted, fixture, simulated

TELEGRAM = fixture(THREE_PHASES)
KEY = "000102030405060708090A0B0C0D0E0F"


async def submit(
    hass: HomeAssistant, form: ConfigFlowResult, **values: Any
) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_configure(form["flow_id"], values)


def suggestions(form: ConfigFlowResult) -> dict[str, Any]:
    """Return what the fields of a form are filled in with."""
    schema = form["data_schema"]
    assert schema is not None
    return {
        marker.schema: marker.description["suggested_value"]
        for marker in schema.schema
        if marker.description
    }


def known(hass: HomeAssistant, port: int, **login: str) -> MockConfigEntry:
    """Add the entry of the meter on a broker."""
    return dongle_entry(hass, TELEGRAM, on_broker(port, **login))


async def test_a_meter_moves_to_another_broker(
    hass: HomeAssistant, mosquitto: MosquittoFactory
) -> None:
    old, new = mosquitto(), mosquitto(users=USERS)
    entry = known(hass, old.port)
    await set_up(hass, entry)
    form = await entry.start_reconfigure_flow(hass)
    assert form["step_id"] == "reconfigure"
    assert suggestions(form) == {"host": HOST, "port": old.port}
    async with talking(new, TELEGRAM, **OWNER):
        typed = {"host": f"mqtt://{HOST}/", "port": new.port, **OWNER}
        result = await submit(hass, form, **typed)
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        await until(lambda: value_of(hass, entry) == "9.258")
    assert entry.data == {
        **on_broker(new.port, **OWNER),
        "family": "belgium",
        "demand_offered": True,
    }


async def test_an_empty_password_keeps_the_stored_one_which_is_not_shown(
    hass: HomeAssistant, mosquitto: MosquittoFactory
) -> None:
    guarded = mosquitto(users=USERS)
    entry = known(hass, guarded.port, **OWNER)
    form = await entry.start_reconfigure_flow(hass)
    assert suggestions(form) == {
        "host": HOST,
        "port": guarded.port,
        "username": OWNER["username"],
    }
    async with talking(guarded, TELEGRAM, **OWNER):
        result = await submit(hass, form, **suggestions(form))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["password"] == OWNER["password"]


async def test_what_is_wrong_with_another_broker_is_said_and_nothing_is_changed(
    hass: HomeAssistant, mosquitto: MosquittoFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, guarded = mosquitto(), mosquitto(users=USERS)
    entry = known(hass, broker.port)
    await set_up(hass, entry)
    before = dict(entry.data)
    form = await entry.start_reconfigure_flow(hass)
    form = await submit(hass, form, host=HOST, port=free_port())
    assert form["errors"] == {"base": "cannot_connect"}
    form = await submit(hass, form, host=HOST, port=guarded.port)
    assert form["errors"] == {"base": "invalid_auth"}
    await send(broker, TELEGRAM, retain=True)
    with monkeypatch.context() as brief:
        brief.setattr(p1_search, "SEARCH_TIMEOUT", 0.1)
        form = await submit(hass, form, host=HOST, port=broker.port)
    assert form["errors"] == {"base": "no_telegram"}
    async with talking(broker, simulated()):
        form = await submit(hass, form, host=HOST, port=broker.port)
    assert form["errors"] == {"base": "wrong_device"}
    assert suggestions(form) == {"host": HOST, "port": broker.port}
    await hass.async_block_till_done()
    assert dict(entry.data) == before
    assert entry.state is ConfigEntryState.LOADED


async def test_a_meter_is_read_on_while_a_form_waits_for_a_key(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    entry = known(hass, broker.port)
    await set_up(hass, entry)
    form = await entry.start_reconfigure_flow(hass)
    async with talking(broker, encrypted(KEY)):
        form = await submit(hass, form, host=HOST, port=broker.port)
    assert form["step_id"] == "p1_key"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    async with talking(broker, TELEGRAM):
        await until(lambda: value_of(hass, entry) == "9.258")


async def test_a_meter_on_home_assistants_broker_has_nothing_to_change(
    hass: HomeAssistant,
) -> None:
    entry = dongle_entry(hass, TELEGRAM, on_home_assistant())
    result = await entry.start_reconfigure_flow(hass)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "nothing_to_change"


async def test_new_credentials_are_asked_for_and_used(
    hass: HomeAssistant, mosquitto: MosquittoFactory
) -> None:
    guarded = mosquitto(users=USERS)
    entry = known(hass, guarded.port, username="flukso", password="old")
    assert await set_up(hass, entry) is ConfigEntryState.SETUP_ERROR
    (flow,) = entry.async_get_active_flows(hass, {"reauth"})
    form = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert form["step_id"] == "reauth_confirm"
    assert suggestions(form) == {"username": "flukso"}
    async with talking(guarded, TELEGRAM, **OWNER):
        form = await submit(hass, form, username="flukso", password="wrong")
        assert form["errors"] == {"base": "invalid_auth"}
        result = await submit(hass, form, **OWNER)
        assert result["reason"] == "reauth_successful"
        await until(lambda: value_of(hass, entry) == "9.258")
    assert entry.data["password"] == OWNER["password"]


async def test_a_new_key_is_asked_for_and_used(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    frame = encrypted(KEY)
    entry = dongle_entry(hass, frame, on_broker(broker.port), key=KEY)
    data = {**entry.data, "key": "f" * 32}
    hass.config_entries.async_update_entry(entry, data=data)
    await set_up(hass, entry)
    async with talking(broker, frame):
        await until(lambda: any(entry.async_get_active_flows(hass, {"reauth"})))
        (flow,) = entry.async_get_active_flows(hass, {"reauth"})
        assert flow["step_id"] == "p1_key"
        result = await submit(hass, flow, key=KEY)
        assert result["reason"] == "reauth_successful"
        await until(lambda: value_of(hass, entry) is not None)
    assert entry.data["key"] == KEY.lower()
