"""The days before the demo: what the household used, as hourly statistics."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
import time
from typing import Any

from simulator import Household, make_device
from simulator.energy import GAS, WATER, Rate, Truth
from simulator.gridmeter import net_power

from .api import Api
from .sides import Sides

HOUR = 3600
DAYS = 3
# Shown unit: its class, and how much of it one counted Wh or L is.
UNITS = {"kWh": ("energy", 0.001), "m³": ("volume", 0.001), "L": ("volume", 1.0)}
# What the digital meter counts.
METERED = {
    "energy_import": Rate(lambda moment: max(net_power(moment), 0)),
    "energy_export": Rate(lambda moment: max(-net_power(moment), 0)),
    "gas": GAS,
    "water": WATER,
}

type Counted = dict[str, dict[int, float]]


async def import_past(api: Api, sides: Sides, model: str, seed: int) -> None:
    """Give the counters the days before now, so that the Energy dashboard has some."""
    now = int(time.time())
    of_device, of_meter = await asyncio.to_thread(_past, model, seed, now)
    states = {state["entity_id"]: state for state in await api.command("get_states")}
    for entity_id, rows in (
        *_of_fluksometer(sides, of_device),
        *_of_meter(sides, of_meter),
    ):
        state = states.get(entity_id)
        unit = state and state["attributes"].get("unit_of_measurement")
        if unit in UNITS:
            await _import(api, entity_id, unit, rows)


def _of_fluksometer(
    sides: Sides, counted: Counted
) -> Iterator[tuple[str, dict[int, float]]]:
    for part in sides.fluksometer.parts:
        for entity in part.values():
            sensor_id, _, stream = entity["unique_id"].partition("_")
            if sensor_id in counted and stream.endswith("counter"):
                yield entity["entity_id"], counted[sensor_id]


def _of_meter(sides: Sides, counted: Counted) -> Iterator[tuple[str, dict[int, float]]]:
    for part in sides.meter.parts:
        for key, entity in part.items():
            if key in counted:
                yield entity["entity_id"], counted[key]


def _past(model: str, seed: int, now: int) -> tuple[Counted, Counted]:
    """Return what both counted until the end of each hour, 0 being now."""
    start = now // HOUR * HOUR - DAYS * 24 * HOUR
    device = make_device(model, seed=seed, start=start)
    meter = Truth(Household(seed), start, METERED)
    return _rows(device.true_energy, start, now), _rows(meter.at, start, now)


def _rows(counted: Callable[[int], dict[str, float]], start: int, now: int) -> Counted:
    until = {hour: counted(hour + HOUR) for hour in range(start, now - HOUR + 1, HOUR)}
    return {
        name: {hour: of_all[name] - end for hour, of_all in until.items()}
        for name, end in counted(now).items()
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
