"""What setting up an entry makes Home Assistant load."""

import asyncio
from importlib.util import find_spec
import json
from pathlib import Path
import sys
from typing import Any

import pytest

from custom_components.flukso.devices.kinds import KINDS
from simulator.p1_server import listen
from simulator.quarter_monitor import QuarterMonitor
from simulator.quarter_monitor_server import serve_monitor

from ..brokers import HOST, Message, Mosquitto, publish
from ..devices import FLM03E_ID

ROOT = Path(__file__).parents[2]
PACKAGE = "custom_components.flukso"
# What reads telegrams and opens ports. serialx itself is also loaded by Home
# Assistant's own usb: the module of ours that imports it tells.
P1_MODULES = {
    "dsmr_parser",
    f"{PACKAGE}.core.p1.telegram",
    f"{PACKAGE}.devices.p1.hub",
    f"{PACKAGE}.transport.p1.stream",
}
MONITOR_MODULES = {
    f"{PACKAGE}.devices.quarter_monitor.hub",
    f"{PACKAGE}.devices.quarter_monitor.card_import",
}
IMPORT_CONFIG_FLOW = f"""
import json, sys
import {PACKAGE}.config_flow
print(json.dumps(sorted(sys.modules)))
"""


async def modules_after(*arguments: str) -> set[str]:
    """Return the modules that a fresh interpreter says it has loaded."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return set(json.loads(said))


async def loaded(unique_id: str, data: dict[str, Any]) -> set[str]:
    """Return the modules of a fresh interpreter that has set up an entry."""
    return await modules_after(
        "-m", "tests.integration.fresh", json.dumps([unique_id, data])
    )


@pytest.mark.parametrize("module", sorted(P1_MODULES | MONITOR_MODULES))
def test_what_must_not_be_loaded_can_be_found(module: str) -> None:
    assert find_spec(module) is not None


async def test_the_config_flow_loads_nothing_that_reads_telegrams_or_opens_ports() -> (
    None
):
    hubs = {f"{PACKAGE}.devices.{kind.folder}.hub" for kind in KINDS}
    absent = P1_MODULES | MONITOR_MODULES | hubs | {"serialx"}
    assert [module for module in absent if find_spec(module) is None] == []
    modules = await modules_after("-c", IMPORT_CONFIG_FLOW)
    assert f"{PACKAGE}.devices.p1.flow" in modules
    assert modules.isdisjoint(absent)


async def test_a_fluksometer_loads_nothing_that_reads_telegrams(
    broker: Mosquitto, flm03e_messages: list[Message]
) -> None:
    await publish(broker, flm03e_messages)
    modules = await loaded(
        FLM03E_ID, {"host": HOST, "port": broker.port, "device_id": FLM03E_ID}
    )
    assert {
        f"{PACKAGE}.devices.fluksometer.hub",
        f"{PACKAGE}.sensor",
        f"{PACKAGE}.config_flow",
    } <= modules
    assert modules.isdisjoint(P1_MODULES | MONITOR_MODULES)


async def test_a_quarter_monitor_loads_what_asks_it(socket_enabled: None) -> None:
    noon = 1_773_140_400
    async with serve_monitor(QuarterMonitor(lambda _second: 2000, noon)) as server:
        server.monitor.live(noon + 20)
        modules = await loaded(
            HOST, {"kind": "quarter_monitor", "host": HOST, "port": server.port}
        )
    assert modules >= MONITOR_MODULES
    assert modules.isdisjoint(P1_MODULES)


async def test_a_p1_meter_loads_what_reads_telegrams(socket_enabled: None) -> None:
    async with listen() as line:
        modules = await loaded(
            "0123456789abcdef",
            {
                "kind": "p1_network",
                "host": HOST,
                "port": line.port,
                "line": "115200_8N1",
                "family": "belgium",
            },
        )
    assert modules >= P1_MODULES
