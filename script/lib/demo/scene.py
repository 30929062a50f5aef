"""What a user would set up: the devices, and how often they are written."""

import asyncio
from pathlib import Path
from typing import Any

from .api import Api, Refused

START_TIMEOUT = 120.0
AREA = "antwerpen"
ON_THEIR_WAY = ("not_loaded", "setup_in_progress", "unload_in_progress")
SUBENTRIES = "/api/config/config_entries/subentries/flow"
FLOWS = "/api/config/config_entries/flow"
OPTIONS = "/api/config/config_entries/options/flow"


async def until_running(api: Api) -> None:
    """Wait until Home Assistant has started all that it starts by itself."""
    async with asyncio.timeout(START_TIMEOUT):
        while (await api.command("get_config"))["state"] != "RUNNING":
            await asyncio.sleep(0.2)


async def add_fluksometer(api: Api, port: int) -> None:
    """Go through the dialog that adds a Fluksometer.

    One that is known already learns its new port this way.
    """
    await _add(api, "fluksometer", {"host": "127.0.0.1", "port": port})


async def add_meter(api: Api, port: Path) -> None:
    """Go through the dialog that adds a digital meter on a serial port."""
    await _add(api, "p1_serial", {"device": str(port)})


async def _add(api: Api, step: str, form: dict[str, Any]) -> None:
    menu = await api.post(FLOWS, {"handler": "flukso"})
    flow = f"{FLOWS}/{menu['flow_id']}"
    await api.post(flow, {"next_step_id": step})
    result = await api.post(flow, form)
    known = result["type"] == "abort" and result["reason"] == "already_configured"
    if result["type"] != "create_entry" and not known:
        shown = result.get("errors") or result.get("reason")
        raise Refused(f"the dialog {step} shows {shown}")


async def choose_prices(api: Api) -> None:
    """Go through the dialogs of the demand meters: say whose prices count."""
    for entry in await _loaded_entries(api):
        subentries = await api.command(
            "config_entries/subentries/list", entry_id=entry["entry_id"]
        )
        for subentry in subentries:
            chosen = {
                "handler": [entry["entry_id"], subentry["subentry_type"]],
                "subentry_id": subentry["subentry_id"],
            }
            form = await api.post(SUBENTRIES, chosen)
            url = f"{SUBENTRIES}/{form['flow_id']}"
            result = await api.post(url, {"area": AREA})
            if result["type"] != "abort":
                raise Refused(f"the demand meter's dialog shows {result['errors']}")


async def _loaded_entries(api: Api) -> list[dict[str, Any]]:
    """Return the integration's entries that are loaded, as soon as none is on its way.

    Somebody may have added a device to the demo that is switched off by now.
    """
    async with asyncio.timeout(START_TIMEOUT):
        while True:
            entries = await api.command("config_entries/get", domain="flukso")
            if not any(entry["state"] in ON_THEIR_WAY for entry in entries):
                return [entry for entry in entries if entry["state"] == "loaded"]
            await asyncio.sleep(0.2)


async def choose_options(api: Api) -> None:
    """Go through the options: write as often as they allow, believe the devices' clock.

    Left to itself, an entry would not follow a clock that is minutes off.
    """
    for entry in await api.command("config_entries/get", domain="flukso"):
        form = await api.post(OPTIONS, {"handler": entry["entry_id"]})
        values = {"gauge_interval": 5, "counter_interval": 10, "clock": "meter"}
        result = await api.post(f"{OPTIONS}/{form['flow_id']}", values)
        if result["type"] != "create_entry":
            raise Refused(f"the options show {result}")


async def entities(api: Api) -> list[dict[str, Any]]:
    """Return the registry's entries of the integration that are enabled."""
    everything = await api.command("config/entity_registry/list")
    return [
        entity
        for entity in everything
        if entity["platform"] == "flukso" and entity["disabled_by"] is None
    ]


async def tidy(api: Api) -> None:
    """Remove what the first steps added and what cannot run without the internet."""
    for entry in await api.command("config_entries/get"):
        if entry["state"] == "setup_error":
            await api.delete(f"/api/config/config_entries/entry/{entry['entry_id']}")
