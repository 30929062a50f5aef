"""The Energy dashboard, and a page of the demand."""

from collections.abc import Iterator
from typing import Any

from .api import Api, Refused
from .sides import Side, Sides

DASHBOARD = "demo-demand"
NAMES = ("Fluksometer", "Digital meter")


async def fill_dashboards(api: Api, sides: Sides) -> bool:
    """Show grid, roof, gas and water on the Energy dashboard.

    And the demand on a page of its own. What a user changed since stays. Returns
    whether the Energy dashboard was empty.
    """
    is_new = not await _energy_sources(api)
    if is_new:
        await api.command("energy/save_prefs", energy_sources=list(_sources(sides)))
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
            "lovelace/config/save", url_path=DASHBOARD, config=_demand_page(sides)
        )
    return is_new


async def _energy_sources(api: Api) -> list[Any]:
    try:
        preferences = await api.command("energy/get_prefs")
    except Refused:
        return []
    sources: list[Any] = preferences["energy_sources"]
    return sources


def _sources(sides: Sides) -> Iterator[dict[str, Any]]:
    """Yield the sources: the grid's own meters, and the roof that they do not see."""
    for part in sides.meter.parts:
        if "energy_import" in part:
            yield {
                "type": "grid",
                "stat_energy_from": part["energy_import"]["entity_id"],
                "stat_energy_to": part["energy_export"]["entity_id"],
                "stat_rate": part["power_net"]["entity_id"],
                "cost_adjustment_day": 0,
            }
        for kind in ("gas", "water"):
            if kind in part:
                yield {"type": kind, "stat_energy_from": part[kind]["entity_id"]}
    for part in sides.fluksometer.parts:
        if "energy" in part and "solar" in part["energy"]["entity_id"]:
            yield {
                "type": "solar",
                "stat_energy_from": part["energy"]["entity_id"],
                "stat_rate": part["power"]["entity_id"],
                "config_entry_solar_forecast": None,
            }


def _demand_page(sides: Sides) -> dict[str, Any]:
    sections = [
        {"cards": list(cards)}
        for cards in (
            _demand_tiles(sides.fluksometer),
            (*_demand_graph(sides.fluksometer), *_cost_tiles(sides.meter)),
            _tiles_of_both(sides),
            _graphs_of_both(sides),
        )
    ]
    return {"views": [{"title": "Demand", "type": "sections", "sections": sections}]}


def _demand_tiles(side: Side) -> Iterator[dict[str, Any]]:
    window = ("demand", "projected_demand", "available_power", "last_window_demand")
    month = ("month_peak", "month_peak_time", "target", "goal")
    warnings = ("peak_risk", "peak_certain")
    yield _heading("This quarter of an hour")
    yield from (_tile(side.demand[key]) for key in (*window, *warnings))
    yield _heading("This month")
    yield from (_tile(side.demand[key]) for key in month)


def _demand_graph(side: Side) -> Iterator[dict[str, Any]]:
    drawn = [side.demand[key] for key in ("demand", "projected_demand", "target")]
    yield _heading("The last hours")
    yield _graph(
        "history-graph",
        entities=[entity["entity_id"] for entity in drawn],
        hours_to_show=2,
    )


def _cost_tiles(side: Side) -> Iterator[dict[str, Any]]:
    """Yield what the year of peaks costs that a digital meter knows."""
    yield _heading("What it costs")
    for key in ("rolling_peak", "month_cost", "month_peak_cost", "extra_kw_cost"):
        yield _tile(side.demand[key])


def _tiles_of_both(sides: Sides) -> Iterator[dict[str, Any]]:
    """Yield a column of tiles for each."""
    yield _heading("Side by side")
    for name in NAMES:
        yield _heading(name) | {
            "heading_style": "subtitle",
            "grid_options": {"columns": 6},
        }
    for key in ("demand", "projected_demand", "last_window_demand", "month_peak"):
        yield from (_tile(side.demand[key]) for side in sides)


def _graphs_of_both(sides: Sides) -> Iterator[dict[str, Any]]:
    """Yield graphs in which the two lie on top of each other, or not."""
    demands = [side.demand["demand"]["entity_id"] for side in sides]
    yield _heading("Demand of both")
    yield _graph("history-graph", entities=_named(demands), hours_to_show=2)
    yield _graph(
        "statistics-graph",
        title="Highest window of each hour",
        entities=_named(["flukso:grid_demand", "flukso:grid_2_demand"]),
        stat_types=["max"],
        chart_type="bar",
        period="hour",
        days_to_show=1,
    )


def _named(entities: list[str]) -> list[dict[str, Any]]:
    pairs = zip(NAMES, entities, strict=True)
    return [{"name": name, "entity": entity} for name, entity in pairs]


def _tile(entity: dict[str, Any]) -> dict[str, Any]:
    name = entity["name"] or entity["original_name"]
    return {"type": "tile", "entity": entity["entity_id"], "name": name}


def _heading(text: str) -> dict[str, Any]:
    return {"type": "heading", "heading": text}


def _graph(kind: str, **settings: Any) -> dict[str, Any]:
    return {"type": kind, "grid_options": {"columns": "full"}, **settings}
