"""What a user would set up: the device, the Energy dashboard, a page of the demand."""

import asyncio
from collections.abc import Iterator
from typing import Any

from .api import Api, Refused

START_TIMEOUT = 120.0
DASHBOARD = "demo-demand"
FLOWS = "/api/config/config_entries/flow"
OPTIONS = "/api/config/config_entries/options/flow"


async def until_running(api: Api) -> None:
    """Wait until Home Assistant has started all that it starts by itself."""
    async with asyncio.timeout(START_TIMEOUT):
        while (await api.command("get_config"))["state"] != "RUNNING":
            await asyncio.sleep(0.2)


async def add_fluksometer(api: Api, port: int) -> str:
    """Go through the dialog that adds a Fluksometer; return its config entry.

    One that is known already learns its new port this way.
    """
    menu = await api.post(FLOWS, {"handler": "flukso"})
    flow = f"{FLOWS}/{menu['flow_id']}"
    await api.post(flow, {"next_step_id": "fluksometer"})
    result = await api.post(flow, {"host": "127.0.0.1", "port": port})
    if result["type"] not in ("create_entry", "abort"):
        raise Refused(f"the dialog shows {result['errors']}")
    entries = await api.command("config_entries/get", domain="flukso")
    entry_id: str = entries[-1]["entry_id"]
    return entry_id


async def write_often(api: Api, entry_id: str) -> None:
    """Go through the options: write as often as they allow for counters."""
    form = await api.post(OPTIONS, {"handler": entry_id})
    values = {"gauge_interval": 5, "counter_interval": 10}
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


async def fill_dashboards(api: Api) -> bool:
    """Show the grid, the roof and the gas meter on the Energy dashboard.

    And the demand on a page of its own. What a user changed since stays. Returns
    whether the Energy dashboard was empty.
    """
    known = await entities(api)
    is_new = not await _energy_sources(api)
    if is_new:
        await api.command("energy/save_prefs", energy_sources=list(_sources(known)))
    dashboards = await api.command("lovelace/dashboards/list")
    if DASHBOARD not in {dashboard["url_path"] for dashboard in dashboards}:
        await api.command(
            "lovelace/dashboards/create",
            url_path=DASHBOARD,
            title="Demand",
            icon="mdi:transmission-tower-import",
            show_in_sidebar=True,
            require_admin=False,
        )
        await api.command(
            "lovelace/config/save", url_path=DASHBOARD, config=_demand_page(known)
        )
    return is_new


async def _energy_sources(api: Api) -> list[Any]:
    try:
        preferences = await api.command("energy/get_prefs")
    except Refused:
        return []
    sources: list[Any] = preferences["energy_sources"]
    return sources


def _sources(known: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the sources of the Energy dashboard, by what the sensors are called."""
    parts: dict[str, dict[str, str]] = {}
    for entity in known:
        part = parts.setdefault(entity["device_id"], {})
        part[entity["translation_key"]] = entity["entity_id"]
    # What measures the grid best: with direction, by its own meter, or at all.
    keys = {key for part in parts.values() for key in part}
    grid = next(key for key in ("energy_import", "energy_net", "energy") if key in keys)
    for part in parts.values():
        if "solar" in part.get("energy", ""):
            yield _solar(part)
        elif grid in part:
            yield _grid(part[grid], part)
        for kind in ("gas", "water"):
            if kind in part:
                yield {"type": kind, "stat_energy_from": part[kind]}


def _solar(part: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "solar",
        "stat_energy_from": part["energy"],
        "stat_rate": part["power"],
        "config_entry_solar_forecast": None,
    }


def _grid(imported: str, part: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "grid",
        "stat_energy_from": imported,
        "stat_energy_to": part.get("energy_export"),
        "stat_rate": part.get("power_net") or part["power"],
        "cost_adjustment_day": 0,
    }


def _demand_page(known: list[dict[str, Any]]) -> dict[str, Any]:
    of_meter = [entity for entity in known if entity["config_subentry_id"]]
    cards = {entity["translation_key"]: _tile(entity) for entity in of_meter}
    window = ("demand", "projected_demand", "available_power", "last_window_demand")
    month = ("month_peak", "month_peak_time", "target", "goal")
    warnings = ("peak_risk", "peak_certain")
    drawn = [cards[key]["entity"] for key in ("demand", "projected_demand", "target")]
    tiles = [
        _heading("This quarter of an hour"),
        *(cards[key] for key in (*window, *warnings)),
        _heading("This month"),
        *(cards[key] for key in month),
    ]
    graphs = [
        _heading("The last hours"),
        _graph("history-graph", entities=drawn, hours_to_show=2),
        _graph(
            "statistics-graph",
            title="Highest window of each hour",
            entities=["flukso:grid_demand"],
            stat_types=["max"],
            chart_type="bar",
            period="hour",
            days_to_show=1,
        ),
    ]
    sections = [{"cards": tiles}, {"cards": graphs}]
    return {"views": [{"title": "Demand", "type": "sections", "sections": sections}]}


def _tile(entity: dict[str, Any]) -> dict[str, Any]:
    name = entity["name"] or entity["original_name"]
    return {"type": "tile", "entity": entity["entity_id"], "name": name}


def _heading(text: str) -> dict[str, Any]:
    return {"type": "heading", "heading": text}


def _graph(kind: str, **settings: Any) -> dict[str, Any]:
    return {"type": kind, "grid_options": {"columns": "full"}, **settings}
