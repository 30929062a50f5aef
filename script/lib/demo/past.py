"""The days before the demo: what the household used, as hourly statistics."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
import time
from typing import Any

from simulator import make_device

from .api import Api
from .scene import entities

HOUR = 3600
DAYS = 3
# Shown unit: its class, and how much of it one counted Wh or L is.
UNITS = {"kWh": ("energy", 0.001), "m³": ("volume", 0.001), "L": ("volume", 1.0)}


async def import_past(api: Api, model: str, seed: int) -> None:
    """Give the counters the days before now, so that the Energy dashboard has some."""
    rows = await asyncio.to_thread(_rows, model, seed, int(time.time()))
    states = {state["entity_id"]: state for state in await api.command("get_states")}
    for entity in await entities(api):
        sensor_id, _, stream = entity["unique_id"].partition("_")
        state = states.get(entity["entity_id"])
        if state is None or sensor_id not in rows or not stream.endswith("counter"):
            continue
        unit = state["attributes"].get("unit_of_measurement")
        if unit in UNITS:
            await _import(api, entity["entity_id"], unit, rows[sensor_id])


def _rows(model: str, seed: int, now: int) -> dict[str, dict[int, float]]:
    """Return what each sensor counted until the end of each hour, 0 being now."""
    hours = range(now // HOUR * HOUR - DAYS * 24 * HOUR, now - HOUR + 1, HOUR)
    device = make_device(model, seed=seed, start=hours[0])
    until = {hour: device.true_energy(hour + HOUR) for hour in hours}
    total = device.true_energy(now)
    return {
        sensor_id: {hour: counted[sensor_id] - end for hour, counted in until.items()}
        for sensor_id, end in total.items()
    }


async def _import(api: Api, entity_id: str, unit: str, rows: dict[int, float]) -> None:
    unit_class, factor = UNITS[unit]
    await api.command(
        "recorder/import_statistics",
        metadata={
            "source": "recorder",
            "statistic_id": entity_id,
            "name": None,
            "has_sum": True,
            "mean_type": 0,
            "unit_class": unit_class,
            "unit_of_measurement": unit,
        },
        stats=list(_statistics(rows, factor)),
    )


def _statistics(rows: dict[int, float], factor: float) -> Iterator[dict[str, Any]]:
    for hour, counted in rows.items():
        start = datetime.fromtimestamp(hour, UTC).isoformat()
        yield {"start": start, "sum": counted * factor}
