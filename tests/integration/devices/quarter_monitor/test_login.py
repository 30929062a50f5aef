"""A quarter monitor of December 2023 asks for a login."""

from base64 import b64encode
from typing import Any

import pytest
from pytest_socket import socket_allow_hosts

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.diagnostics import async_get_config_entry_diagnostics
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from simulator.quarter_monitor_server import serve_monitor

from ....brokers import HOST
from ...actions.imports import import_windows
from .home import NOON, MonitorHome
from .test_flow import enter

ELSEWHERE = "127.0.0.2"
USER, PASSWORD = "reader", "a pass phrase: ü"
FORM = {"username": USER, "password": PASSWORD}


def basic(username: str, password: str) -> str:
    """Return the header of a login."""
    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"


LOGIN = basic(USER, PASSWORD)
OTHER = basic("other", "login")


def ask_for_login(home: MonitorHome, login: str = LOGIN) -> None:
    home.server.login = login


def know_login(hass: HomeAssistant, home: MonitorHome) -> None:
    """Let the entry have the login stored."""
    home.entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(home.entry, data={**home.entry.data, **FORM})


def reauth(hass: HomeAssistant) -> list[Any]:
    """Return the flows that ask for a login again."""
    return [
        flow
        for flow in hass.config_entries.flow.async_progress()
        if flow["context"]["source"] == SOURCE_REAUTH
    ]


async def answer(
    hass: HomeAssistant, form: ConfigFlowResult | Any, **typed: Any
) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_configure(form["flow_id"], typed)


async def test_the_form_offers_a_login_and_says_that_one_is_needed(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    ask_for_login(home)
    home.at(NOON + 300)
    form = await enter(hass, HOST, home.server.port)
    assert form["errors"] == {"base": "invalid_auth"}
    assert form["data_schema"] is not None
    fields = {str(key) for key in form["data_schema"].schema}
    assert fields == {"host", "port", "username", "password"}
    address = {"host": HOST, "port": home.server.port}

    form = await answer(hass, form, **address, username=USER, password="wrong")
    assert form["errors"] == {"base": "invalid_auth"}
    done = await answer(hass, form, **address, **FORM)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["data"] == {"kind": "quarter_monitor", **address, **FORM}
    await hass.async_block_till_done()
    assert done["result"].state is ConfigEntryState.LOADED
    assert await hass.config_entries.async_unload(done["result"].entry_id)


async def test_what_is_measured_is_as_without_a_login(
    hass: HomeAssistant, home: MonitorHome, caplog: pytest.LogCaptureFixture
) -> None:
    ask_for_login(home)
    know_login(hass, home)
    await home.start(NOON + 890)
    await home.live(NOON + 910)
    assert home.value("power_import") == "2000.0"
    (window,) = await home.windows(NOON, NOON + 900)
    assert window["demand"] == pytest.approx(2.0, abs=0.01)
    assert set(home.server.logins) == {LOGIN}
    diagnostics = await async_get_config_entry_diagnostics(hass, home.entry)
    for text in (str(diagnostics), caplog.text):
        assert PASSWORD not in text
        assert USER not in text
        assert LOGIN not in text


async def test_a_login_that_is_asked_for_later_is_asked_of_the_user_once(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    await home.start(NOON + 300)
    ask_for_login(home)
    await home.live(NOON + 330)
    (flow,) = reauth(hass)
    form = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert form["step_id"] == "reauth_confirm"
    placeholders = form["description_placeholders"]
    assert placeholders is not None
    assert placeholders["name"] == "Quarter monitor"
    form = await answer(hass, form, username=USER, password="wrong")
    assert form["errors"] == {"base": "invalid_auth"}
    done = await answer(hass, form, **FORM)
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.entry.data["username"] == USER
    assert home.entry.data["password"] == PASSWORD
    assert home.value("power_import") == "2000.0"


async def test_an_entry_whose_login_is_refused_asks_for_another(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    ask_for_login(home, OTHER)
    know_login(hass, home)
    home.at(NOON + 300)
    assert not await home.set_up()
    (flow,) = reauth(hass)
    done = await answer(hass, flow, username="other", password="login")
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert home.entry.state is ConfigEntryState.LOADED


async def test_the_login_can_be_changed_and_given_up(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    know_login(hass, home)
    ask_for_login(home)
    await home.start(NOON + 300)
    address = {"host": HOST, "port": home.server.port}

    # The password is not shown, and stays.
    form = await home.entry.start_reconfigure_flow(hass)
    assert form["data_schema"] is not None
    shown = {
        str(key): key.description.get("suggested_value")
        for key in form["data_schema"].schema
        if key.description
    }
    assert shown == {**address, "username": USER}
    assert (await answer(hass, form, **address, username=USER))["reason"]
    assert home.entry.data["password"] == PASSWORD

    home.server.login = None
    form = await home.entry.start_reconfigure_flow(hass)
    assert (await answer(hass, form, **address))["reason"] == "reconfigure_successful"
    assert not {"username", "password"} & home.entry.data.keys()
    await hass.async_block_till_done()


async def test_a_stored_password_is_sent_to_no_other_host(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    socket_allow_hosts([HOST, ELSEWHERE], allow_unix_socket=True)
    know_login(hass, home)
    ask_for_login(home)
    await home.start(NOON + 300)
    async with serve_monitor(home.monitor, host=ELSEWHERE) as other:
        form = await home.entry.start_reconfigure_flow(hass)
        moved = {"host": ELSEWHERE, "port": other.port, "username": USER}
        other.login = LOGIN
        form = await answer(hass, form, **moved)
        assert form["errors"] == {"base": "invalid_auth"}
        assert LOGIN not in other.logins

        # Nor to where the monitor says that it is now.
        home.server.login = None
        home.server.faults["/"] = "elsewhere"
        await home.live(NOON + 310)
        assert LOGIN not in other.logins


async def test_a_card_behind_a_login_is_read_by_the_entry_that_has_it(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    know_login(hass, home)
    ask_for_login(home)
    home.monitor.fill(NOON - 3600, NOON, lambda _second: 3000)
    await home.start(NOON + 300)
    address = {"host": HOST, "port": home.server.port}
    answered = await import_windows(hass, **address)
    assert answered["added"] + answered["known"] > 0

    ask_for_login(home, OTHER)
    with pytest.raises(HomeAssistantError) as raised:
        await import_windows(hass, **address)
    assert raised.value.translation_key == "monitor_asks_for_login"


async def test_the_form_needs_no_login(hass: HomeAssistant, home: MonitorHome) -> None:
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    form = await answer(hass, menu, next_step_id="quarter_monitor")
    assert form["data_schema"] is not None
    assert form["data_schema"]({"host": HOST}) == {"host": HOST, "port": 80}
