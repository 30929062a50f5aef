"""Which entities belong to the Fluksometer, and which to the digital meter."""

import asyncio
from typing import Any, NamedTuple

from .api import Api, Refused
from .scene import entities

TIMEOUT = 60.0
EMPTY = {"unknown", "unavailable"}
# Only the telegrams of a digital meter have it.
OF_METER = "telegram_rate"


class Side(NamedTuple):
    """What one of the two shows: registry entries by translation key.

    parts: of each device with readings. demand: of its demand meter.
    """

    parts: list[dict[str, dict[str, Any]]]
    demand: dict[str, dict[str, Any]]

    def counters(self, *keys: str) -> list[str]:
        """Return the entities of the first of the keys that any part has."""
        found = [[part[key] for part in self.parts if key in part] for key in keys]
        return [part["entity_id"] for part in next(filter(None, found), [])]


class Sides(NamedTuple):
    """The two that measure one household."""

    fluksometer: Side
    meter: Side

    @property
    def grid(self) -> tuple[list[str], list[str]]:
        """Return what counts the import: with direction, in sum, or at all."""
        return (
            [
                counter
                for counter in self.fluksometer.counters(
                    "energy_import", "energy_net", "energy"
                )
                if "solar" not in counter
            ],
            self.meter.counters("energy_import"),
        )


async def until_measuring(api: Api) -> Sides:
    """Wait until both count the grid and follow the running window."""
    deadline = asyncio.get_running_loop().time() + TIMEOUT
    while True:
        sides = _sides(await entities(api))
        missing = ["entities"] if sides is None else await _missing(api, sides)
        if sides is not None and not missing:
            return sides
        if asyncio.get_running_loop().time() > deadline:
            raise Refused(f"nothing to compare yet: {', '.join(missing)}")
        await asyncio.sleep(0.2)


def _sides(known: list[dict[str, Any]]) -> Sides | None:
    """Return the sides; None until both have a demand meter.

    Devices that somebody added to the demo come after its own.
    """
    owners = [e["config_entry_id"] for e in known]
    meters = {e["config_entry_id"] for e in known if e["translation_key"] == OF_METER}
    meter = next((owner for owner in owners if owner in meters), None)
    fluksometer = next((owner for owner in owners if owner not in meters), None)
    both = Sides(
        _side([e for e in known if e["config_entry_id"] == fluksometer]),
        _side([e for e in known if e["config_entry_id"] == meter]),
    )
    complete = all("demand" in side.demand for side in both) and all(both.grid)
    return both if complete else None


def _side(known: list[dict[str, Any]]) -> Side:
    side = Side([], {})
    parts: dict[str, dict[str, dict[str, Any]]] = {}
    for entity in known:
        demand = entity["config_subentry_id"] is not None
        group = side.demand if demand else parts.setdefault(entity["device_id"], {})
        group[entity["translation_key"]] = entity
    side.parts.extend(parts.values())
    return side


async def _missing(api: Api, sides: Sides) -> list[str]:
    """Return the entities that have nothing to compare yet."""
    states = {s["entity_id"]: s["state"] for s in await api.command("get_states")}
    needed = [
        *(side.demand["demand"]["entity_id"] for side in sides),
        *(counter for counters in sides.grid for counter in counters),
    ]
    return [name for name in needed if states.get(name, "unknown") in EMPTY]
