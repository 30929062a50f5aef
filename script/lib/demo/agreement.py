"""See that a Fluksometer and a digital meter measure the same of one household."""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

from .api import Api
from .sides import EMPTY, Sides

# The household sleeps again after 2 s, and counters are written every 10 s.
SETTLED = 13.0
# A meter and most clamps count whole Wh: a difference of two of its values is wrong by
# less than one of them.
STEP = 1.0
# An FLM02's clamps see no voltage and take it for 230 V.
SHARE = 0.03
# Less than so many times what it may be wrong by says nothing.
ENOUGH = 4
DEMANDS = ("last_window_demand", "month_peak")
WH_OF_KW = 250.0


class Pair(NamedTuple):
    """What both say of the same, in Wh, and by how much they may differ."""

    name: str
    fluksometer: float
    meter: float
    tolerance: float

    @property
    def problem(self) -> str | None:
        """Return what is wrong with it, if anything."""
        if self.meter < ENOUGH * self.tolerance:
            return f"{self}: too little to compare"
        if abs(self.fluksometer - self.meter) > self.tolerance:
            return f"{self}: they disagree"
        return None

    def __str__(self) -> str:
        """Show it in a line."""
        return (
            f"{self.name}: Fluksometer {self.fluksometer:.1f} Wh, "
            f"digital meter {self.meter:.1f} Wh, tolerance {self.tolerance:.1f} Wh"
        )


async def grid_totals(api: Api, sides: Sides) -> tuple[float, float]:
    """Return what both have counted in Wh."""
    states = await _states(api)
    first, second = (
        sum(_number(states, counter) * 1000 for counter in counters)
        for counters in sides.grid
    )
    return first, second


async def compare(api: Api, sides: Sides, before: tuple[float, float]) -> list[Pair]:
    """Return what both measured since, when the last values are written."""
    await asyncio.sleep(SETTLED)
    growth = zip(await grid_totals(api, sides), before, strict=True)
    return [
        _pair("imported", sides, *(now - then for now, then in growth)),
        *_demands(sides, await _states(api)),
    ]


def _demands(sides: Sides, states: dict[str, str]) -> Iterator[Pair]:
    for key in DEMANDS:
        shown = [_number(states, side.demand[key]["entity_id"]) for side in sides]
        yield _pair(key, sides, *(kilowatts * WH_OF_KW for kilowatts in shown))


def _pair(name: str, sides: Sides, fluksometer: float, meter: float) -> Pair:
    counters = sum(map(len, sides.grid))
    return Pair(name, fluksometer, meter, SHARE * meter + STEP * counters)


async def _states(api: Api) -> dict[str, str]:
    return {s["entity_id"]: s["state"] for s in await api.command("get_states")}


def _number(states: dict[str, str], entity_id: str) -> float:
    state = states.get(entity_id, "unknown")
    return 0.0 if state in EMPTY else float(state)
