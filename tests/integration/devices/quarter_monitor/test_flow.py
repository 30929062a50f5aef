"""From an address to the config entry of a quarter monitor."""

from typing import Any

import pytest
from pytest_socket import socket_allow_hosts

from custom_components.flukso.const import DOMAIN
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulator.quarter_monitor_server import serve_monitor

from ....brokers import HOST, free_port
from ...homes import until
from .home import NOON, MonitorHome

ELSEWHERE = "127.0.0.2"


@pytest.fixture
def elsewhere(home: MonitorHome) -> str:
    """Return another address of this machine, which a test may connect to."""
    socket_allow_hosts([HOST, ELSEWHERE], allow_unix_socket=True)
    return ELSEWHERE


async def enter(hass: HomeAssistant, host: str, port: int) -> ConfigFlowResult:
    """Fill in the form that the menu leads to."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    form = await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "quarter_monitor"}
    )
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "quarter_monitor"
    return await hass.config_entries.flow.async_configure(
        form["flow_id"], {"host": host, "port": port}
    )


@pytest.mark.smoke
async def test_an_address_makes_an_entry_with_a_demand_meter(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    home.at(NOON + 300)
    result = await enter(hass, f" http://{HOST}/", home.server.port)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Quarter monitor"
    assert result["data"] == {
        "kind": "quarter_monitor",
        "host": HOST,
        "port": home.server.port,
    }
    entry = result["result"]
    assert entry.unique_id == HOST
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.get("sensor.grid_demand") is not None
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_port_is_that_of_a_web_page_unless_told_otherwise(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    form = await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "quarter_monitor"}
    )
    schema = form["data_schema"]
    assert schema is not None
    assert schema({"host": HOST}) == {"host": HOST, "port": 80}


@pytest.mark.parametrize(
    "fault",
    [
        "missing",
        "bad_request",
        "failure",
        "web_page",
        "garbage",
        "cut_off",
        "nothing",
        "empty_object",
        "elsewhere",
        "endless",
    ],
)
async def test_who_is_no_quarter_monitor_is_told_and_may_become_one(
    hass: HomeAssistant, home: MonitorHome, fault: str
) -> None:
    home.at(NOON + 300)
    home.server.faults["/"] = fault
    result = await enter(hass, HOST, home.server.port)
    assert result["errors"] == {"base": "no_quarter_monitor"}
    home.server.faults.clear()
    done = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"host": HOST, "port": home.server.port}
    )
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert await hass.config_entries.async_unload(done["result"].entry_id)


async def test_a_monitor_without_a_telegram_yet_is_one(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    home.monitor.deaf = True
    home.at(NOON + 300)
    result = await enter(hass, HOST, home.server.port)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert await hass.config_entries.async_unload(result["result"].entry_id)


async def test_who_hangs_up_cannot_be_connected_to(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    home.server.faults["/"] = "hang_up"
    result = await enter(hass, HOST, home.server.port)
    assert result["errors"] == {"base": "cannot_connect"}


@pytest.mark.parametrize("host", [HOST, "no such host", "a/b"])
async def test_an_address_without_a_monitor_cannot_be_connected_to(
    hass: HomeAssistant, home: MonitorHome, host: str
) -> None:
    result = await enter(hass, host, free_port())
    assert result["errors"] == {"base": "cannot_connect"}


async def test_a_monitor_is_added_once(hass: HomeAssistant, home: MonitorHome) -> None:
    await home.start(NOON + 300)
    result = await enter(hass, HOST, home.server.port)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def change(
    hass: HomeAssistant, home: MonitorHome, **typed: Any
) -> ConfigFlowResult:
    """Fill in the form of an entry's menu."""
    form = await home.entry.start_reconfigure_flow(hass)
    assert form["step_id"] == "reconfigure"
    return await hass.config_entries.flow.async_configure(form["flow_id"], typed)


async def test_a_monitor_that_moved_keeps_its_history(
    hass: HomeAssistant, home: MonitorHome, elsewhere: str
) -> None:
    await home.start(NOON + 890)
    await home.live(NOON + 910)
    async with serve_monitor(home.monitor, host=elsewhere) as server:
        result = await change(hass, home, host=elsewhere, port=server.port)
        assert result["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
        assert home.entry.unique_id == elsewhere
        assert home.entry.data["host"] == elsewhere
        assert home.entry.state is ConfigEntryState.LOADED
        assert len(await home.windows(NOON, NOON + 900)) == 1
        assert home.value("power_import") == "2000.0"
        assert await hass.config_entries.async_unload(home.entry.entry_id)


async def test_a_monitor_does_not_move_to_where_another_is(
    hass: HomeAssistant, home: MonitorHome, elsewhere: str
) -> None:
    await home.start(NOON + 300)
    async with serve_monitor(home.monitor, host=elsewhere) as server:
        other = await enter(hass, elsewhere, server.port)
        assert other["type"] is FlowResultType.CREATE_ENTRY
        result = await change(hass, home, host=elsewhere, port=server.port)
        assert result["reason"] == "already_configured"
        assert home.entry.data["host"] == HOST
        assert await hass.config_entries.async_unload(other["result"].entry_id)


async def test_a_change_to_where_nobody_is_changes_nothing(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    await home.start(NOON + 300)
    result = await change(hass, home, host=HOST, port=free_port())
    assert result["errors"] == {"base": "cannot_connect"}
    assert home.entry.data["port"] == home.server.port


async def test_there_is_no_choice_of_intervals(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    await home.start(NOON + 300)
    assert not home.entry.supports_options


async def test_another_demand_meter_asks_for_no_sensors(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    home.loads[NOON + 300] = -4000
    await home.start(NOON + 310)
    form = await hass.config_entries.subentries.async_init(
        (home.entry.entry_id, "demand"), context={"source": SOURCE_USER}
    )
    schema = form["data_schema"]
    assert schema is not None
    assert "import_sensors" not in {str(key) for key in schema.schema}
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"],
        {"name": "Solar", "profile": "custom", "rules": {"direction": "export"}},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await until(lambda: home.state("sensor.solar_demand").state != STATE_UNAVAILABLE)
    demand = float(home.state("sensor.solar_demand").state)
    assert demand == pytest.approx(4000 * 10 / 900 / 1000, abs=0.001)
