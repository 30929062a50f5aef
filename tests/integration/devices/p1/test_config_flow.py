"""From a port to the config entry of a P1 meter."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
import termios
from typing import Any
from unittest.mock import AsyncMock, patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import DOMAIN
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_USER,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulator import make_meter
from simulator.p1_server import TcpLine

from ....brokers import HOST, free_port
from ....transport.p1.ports import Adapter
from .feed import p1_entry
from .telegrams import NOON, THREE_PHASES, fixture, read, simulated

KEY = "000102030405060708090A0B0C0D0E0F"
OTHER_KEY = "FF0102030405060708090A0B0C0D0E0F"
# Faster than any meter, so that the tests need not wait.
PACE = 0.02


@asynccontextmanager
async def talking(
    send: Callable[[bytes], None], *telegrams: bytes
) -> AsyncGenerator[None]:
    """Let a meter send telegrams, over and over."""

    async def talk() -> None:
        while True:
            for telegram in telegrams:
                with suppress(BlockingIOError):
                    send(telegram)
                await asyncio.sleep(PACE)

    task = asyncio.create_task(talk())
    try:
        yield
    finally:
        task.cancel()


def encrypted(second: int = NOON) -> bytes:
    """Return a telegram of a meter in Luxembourg."""
    telegram = make_meter("lu", start=second, key=KEY).telegram(second)
    assert telegram is not None
    return telegram


async def open_form(hass: HomeAssistant, step: str) -> ConfigFlowResult:
    """Go through the menu to a form."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert menu["type"] is FlowResultType.MENU
    form = await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": step}
    )
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == step
    assert not form["errors"]
    return form


async def submit(
    hass: HomeAssistant, form: ConfigFlowResult, **values: Any
) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_configure(form["flow_id"], values)


async def submit_device(hass: HomeAssistant, device: Path | str) -> ConfigFlowResult:
    form = await open_form(hass, "p1_serial")
    return await submit(hass, form, device=str(device))


async def submit_address(hass: HomeAssistant, line: TcpLine) -> ConfigFlowResult:
    form = await open_form(hass, "p1_network")
    return await submit(hass, form, host=HOST, port=line.port)


def suggestions(form: ConfigFlowResult) -> dict[str, Any]:
    """Return what the fields of a form are filled in with."""
    schema = form["data_schema"]
    assert schema is not None
    return {
        marker.schema: marker.description["suggested_value"]
        for marker in schema.schema
        if marker.description
    }


def network(line: TcpLine) -> dict[str, Any]:
    """Return the port of a TCP server as entries store it."""
    return {"kind": "p1_network", "host": HOST, "port": line.port}


def known_meter(
    hass: HomeAssistant, telegram: bytes, port: dict[str, Any], **more: Any
) -> MockConfigEntry:
    """Add the entry of a meter."""
    entry = p1_entry(telegram, port, **more)
    entry.add_to_hass(hass)
    return entry


@pytest.mark.smoke
async def test_a_meter_on_a_serial_port_becomes_an_entry(
    hass: HomeAssistant, adapter: Adapter, setup_entry: AsyncMock
) -> None:
    telegram = fixture(THREE_PHASES)
    meter = read(telegram).meter
    async with talking(adapter.send, telegram):
        result = await submit_device(hass, adapter.path)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == f"P1 meter {meter[:6]}"
    assert result["data"] == {
        "kind": "p1_serial",
        "device": str(adapter.path),
        "line": "115200_8N1",
        "family": "belgium",
    }
    assert result["result"].unique_id == meter
    await hass.async_block_till_done()
    setup_entry.assert_awaited_once()


@pytest.mark.usefixtures("setup_entry")
@pytest.mark.parametrize(
    ("family", "found"),
    [
        ("be-50213", "belgium"),
        ("be-50221", "belgium"),
        ("nl-2.2", "netherlands_old"),
        ("nl-5.0", "netherlands"),
        ("se", "sweden"),
    ],
)
async def test_the_family_of_a_meter_on_the_network_is_found(
    hass: HomeAssistant, line: TcpLine, family: str, found: str
) -> None:
    telegram = simulated(family)
    async with talking(line.send, telegram):
        result = await submit_address(hass, line)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {**network(line), "line": "115200_8N1", "family": found}
    assert result["result"].unique_id == read(telegram).meter


@pytest.mark.usefixtures("setup_entry")
async def test_a_pasted_address_is_cleaned(hass: HomeAssistant, line: TcpLine) -> None:
    form = await open_form(hass, "p1_network")
    async with talking(line.send, simulated()):
        result = await submit(hass, form, host=f" tcp://{HOST}/ ", port=line.port)
    assert result["data"]["host"] == HOST


@pytest.mark.usefixtures("setup_entry", "brief_search")
async def test_a_meter_that_speaks_slowly_is_found(
    hass: HomeAssistant, adapter: Adapter
) -> None:
    telegram = simulated("nl-2.2")

    def send(data: bytes) -> None:
        slow = adapter.speed == termios.B9600
        adapter.send(data if slow else bytes(reversed(data)))

    async with talking(send, telegram):
        result = await submit_device(hass, adapter.path)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["line"] == "9600_7E1"


@pytest.mark.usefixtures("setup_entry")
async def test_a_meter_that_encrypts_asks_for_its_key(
    hass: HomeAssistant, line: TcpLine
) -> None:
    async with talking(line.send, encrypted()):
        form = await submit_address(hass, line)
        assert form["type"] is FlowResultType.FORM
        assert form["step_id"] == "p1_key"
        assert not form["errors"]
        form = await submit(hass, form, key=OTHER_KEY)
        assert form["errors"] == {"base": "wrong_key"}
        form = await submit(hass, form, key="no key at all")
        assert form["errors"] == {"base": "wrong_key"}
        assert suggestions(form) == {"key": "no key at all"}
        result = await submit(hass, form, key=f" {KEY.lower()} ")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {
        **network(line),
        "line": "115200_8N1",
        "family": "luxembourg",
        "key": KEY.lower(),
    }
    assert result["result"].unique_id == read(encrypted(), KEY).meter


@pytest.mark.usefixtures("setup_entry")
async def test_a_damaged_first_frame_does_not_make_the_key_wrong(
    hass: HomeAssistant, line: TcpLine
) -> None:
    frame = encrypted()
    damaged = frame[:30] + bytes(4) + frame[34:]
    form = await open_form(hass, "p1_network")
    async with talking(line.send, damaged):
        form = await submit(hass, form, host=HOST, port=line.port)
    assert form["step_id"] == "p1_key"
    async with talking(line.send, frame):
        result = await submit(hass, form, key=KEY)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.usefixtures("setup_entry", "socket_enabled")
async def test_an_address_where_nobody_listens_can_be_corrected(
    hass: HomeAssistant, line: TcpLine
) -> None:
    form = await open_form(hass, "p1_network")
    typed = {"host": HOST, "port": free_port()}
    form = await submit(hass, form, **typed)
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "p1_network"
    assert form["errors"] == {"base": "cannot_connect"}
    assert suggestions(form) == typed
    async with talking(line.send, simulated()):
        result = await submit(hass, form, host=HOST, port=line.port)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.usefixtures("setup_entry")
async def test_a_port_that_is_not_there_or_busy_cannot_be_connected_to(
    hass: HomeAssistant, adapter: Adapter, tmp_path: Path
) -> None:
    form = await submit_device(hass, tmp_path / "missing")
    assert form["errors"] == {"base": "cannot_connect"}
    form = await submit(hass, form, device="/dev/\0")
    assert form["errors"] == {"base": "cannot_connect"}
    with adapter.used_by_another():
        form = await submit(hass, form, device=str(adapter.path))
    assert form["errors"] == {"base": "cannot_connect"}
    async with talking(adapter.send, simulated()):
        result = await submit(hass, form, device=str(adapter.path))
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="silence"),
        pytest.param(bytes(range(256)), id="noise"),
        pytest.param(simulated().replace(b"1-0:1.7.0(", b"1-0:1.7.0(9"), id="damaged"),
        pytest.param(b"/XYZ5UNHEARDOF\r\n\r\n9-9:9.9.9(1)\r\n!\r\n", id="no meter"),
    ],
)
@pytest.mark.usefixtures("setup_entry", "brief_search")
async def test_a_port_without_a_valid_telegram_is_said_to_be_one(
    hass: HomeAssistant, line: TcpLine, sent: bytes
) -> None:
    async with talking(line.send, sent):
        form = await submit_address(hass, line)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": "no_telegram"}


@pytest.mark.parametrize(
    "data",
    [
        {"port": "{path}"},
        {"device": {"path": "{path}"}},
        {"ports": ["{path}"]},
        {"device": "serial://{path}:4800"},
        {"usb_path": "{target}"},
    ],
)
@pytest.mark.parametrize("part", ["data", "options"])
@pytest.mark.usefixtures("setup_entry")
async def test_a_port_of_another_integration_is_not_opened(
    hass: HomeAssistant, adapter: Adapter, data: Any, part: str
) -> None:
    names = {"{path}": str(adapter.path), "{target}": str(adapter.path.resolve())}
    other = MockConfigEntry(domain="other", **{part: named(data, names)})
    other.add_to_hass(hass)
    with patch("custom_components.flukso.devices.p1.search.detect") as detect:
        form = await submit_device(hass, adapter.path)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": "port_in_use"}
    detect.assert_not_called()


def named(value: Any, names: dict[str, str]) -> Any:
    """Return settings with the names of a port filled in."""
    match value:
        case dict():
            return {key: named(part, names) for key, part in value.items()}
        case list():
            return [named(part, names) for part in value]
        case str():
            for place, name in names.items():
                value = value.replace(place, name)
    return value


@pytest.mark.usefixtures("setup_entry")
async def test_a_disabled_or_ignored_entry_does_not_keep_a_port(
    hass: HomeAssistant, adapter: Adapter
) -> None:
    data = {"port": str(adapter.path)}
    for kept in (
        MockConfigEntry(domain="dsmr", data=data, disabled_by=ConfigEntryDisabler.USER),
        MockConfigEntry(domain="dsmr", data=data, source=SOURCE_IGNORE),
        MockConfigEntry(domain="dsmr", data={"port": 1, "host": "/\0", "baud": None}),
    ):
        kept.add_to_hass(hass)
    async with talking(adapter.send, simulated()):
        result = await submit_device(hass, adapter.path)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.usefixtures("setup_entry")
async def test_a_port_that_is_already_read_is_not_added_twice(
    hass: HomeAssistant, line: TcpLine
) -> None:
    known_meter(hass, simulated(), network(line))
    result = await submit_address(hass, line)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


@pytest.mark.usefixtures("setup_entry")
async def test_a_known_meter_learns_its_new_port(
    hass: HomeAssistant, line: TcpLine
) -> None:
    telegram = simulated()
    entry = known_meter(hass, telegram, {"kind": "p1_serial", "device": "/dev/gone"})
    async with talking(line.send, telegram):
        result = await submit_address(hass, line)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data == {
        **network(line),
        "line": "115200_8N1",
        "family": "belgium",
        "demand_offered": True,
    }


@pytest.mark.usefixtures("setup_entry")
async def test_an_ignored_meter_can_be_added_after_all(
    hass: HomeAssistant, line: TcpLine
) -> None:
    telegram = simulated()
    ignored = MockConfigEntry(
        domain=DOMAIN, unique_id=read(telegram).meter, source=SOURCE_IGNORE
    )
    ignored.add_to_hass(hass)
    async with talking(line.send, telegram):
        result = await submit_address(hass, line)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_loaded_meter_moves_to_its_new_port_at_once(
    hass: HomeAssistant, line: TcpLine, adapter: Adapter
) -> None:
    telegram = simulated()
    entry = known_meter(hass, telegram, network(line))
    assert await hass.config_entries.async_setup(entry.entry_id)
    async with talking(adapter.send, telegram):
        await submit_device(hass, adapter.path)
        await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["device"] == str(adapter.path)
    assert adapter.locked


async def test_reconfiguring_looks_again_at_the_port_that_is_being_read(
    hass: HomeAssistant, adapter: Adapter
) -> None:
    telegram = simulated()
    port = {"kind": "p1_serial", "device": str(adapter.path)}
    entry = known_meter(hass, telegram, port)
    assert await hass.config_entries.async_setup(entry.entry_id)
    form = await entry.start_reconfigure_flow(hass)
    assert form["step_id"] == "reconfigure"
    assert suggestions(form) == {"device": str(adapter.path)}
    async with talking(adapter.send, telegram):
        result = await submit(hass, form, device=str(adapter.path))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data == {
        **port,
        "line": "115200_8N1",
        "family": "belgium",
        "demand_offered": True,
    }


@pytest.mark.usefixtures("brief_search")
async def test_a_failed_reconfiguration_leaves_the_meter_as_it_was(
    hass: HomeAssistant, line: TcpLine
) -> None:
    telegram = simulated()
    entry = known_meter(hass, telegram, network(line))
    assert await hass.config_entries.async_setup(entry.entry_id)
    before = dict(entry.data)
    form = await entry.start_reconfigure_flow(hass)
    form = await submit(hass, form, host=HOST, port=line.port)
    assert form["step_id"] == "reconfigure"
    assert form["errors"] == {"base": "no_telegram"}
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert dict(entry.data) == before


@pytest.mark.usefixtures("setup_entry")
async def test_reconfiguring_to_another_meter_is_refused(
    hass: HomeAssistant, line: TcpLine
) -> None:
    entry = known_meter(hass, fixture(THREE_PHASES), network(line))
    form = await entry.start_reconfigure_flow(hass)
    async with talking(line.send, simulated()):
        form = await submit(hass, form, host=HOST, port=line.port)
    assert form["errors"] == {"base": "wrong_device"}
    async with talking(line.send, fixture(THREE_PHASES)):
        result = await submit(hass, form, host=HOST, port=line.port)
    assert result["reason"] == "reconfigure_successful"


@pytest.mark.usefixtures("setup_entry")
async def test_reconfiguring_a_meter_that_encrypts_uses_the_key_it_has(
    hass: HomeAssistant, line: TcpLine
) -> None:
    entry = known_meter(hass, encrypted(), network(line), key=KEY)
    form = await entry.start_reconfigure_flow(hass)
    async with talking(line.send, encrypted()):
        result = await submit(hass, form, host=HOST, port=line.port)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["key"] == KEY


@pytest.mark.usefixtures("setup_entry")
async def test_reconfiguring_a_meter_with_a_new_key_asks_for_it(
    hass: HomeAssistant, line: TcpLine
) -> None:
    entry = known_meter(hass, encrypted(), network(line), key=KEY)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "key": OTHER_KEY})
    form = await entry.start_reconfigure_flow(hass)
    async with talking(line.send, encrypted()):
        form = await submit(hass, form, host=HOST, port=line.port)
        assert form["step_id"] == "p1_key"
        result = await submit(hass, form, key=KEY)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["key"] == KEY.lower()


async def test_a_key_that_opens_nothing_any_more_is_asked_for_again(
    hass: HomeAssistant, line: TcpLine
) -> None:
    entry = known_meter(hass, encrypted(), network(line), key=KEY)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "key": OTHER_KEY})
    assert await hass.config_entries.async_setup(entry.entry_id)
    async with talking(line.send, encrypted()):
        async with asyncio.timeout(10):
            while not (flows := hass.config_entries.flow.async_progress()):
                await asyncio.sleep(PACE)
        (flow,) = flows
        assert flow["step_id"] == "p1_key"
        form = await hass.config_entries.flow.async_configure(flow["flow_id"])
        form = await submit(hass, form, key="1" * 32)
        assert form["errors"] == {"base": "wrong_key"}
        result = await submit(hass, form, key=KEY)
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "reauth_successful"
        await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["key"] == KEY.lower()
