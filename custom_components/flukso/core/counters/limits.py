"""What a counter can have counted in a time."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from ..quantity import Quantity

# Fluksometers count in unsigned 32-bit integers of Wh; kWh.
WRAP = 4294967.296
# A wrap is believed within this share of the whole of both ends: a year of a large house.
WRAP_MARGIN = 100_000.0 / WRAP
# What conversions and sums leave behind the last digit is no step.
NOISE = 1e-6


class Limit(NamedTuple):
    """The most that can be carried: units an hour (kW of kWh), over so many s at least."""

    power: float
    shortest: float


# No small connection carries more. Host-stamped readings may come in the same instant.
CARRIED = Limit(1000.0, 1.0)
# What meters of gas, water, heat, ... of a house can carry in an hour, in the first of
# their units: gas of a G25, which is what a small connection may be (NL: 40 m3(n)/h),
# water of Q3 = 16 m3/h; larger than any boiler.
FLOWS: Final[Mapping[Quantity, float]] = {
    Quantity.ENERGY: CARRIED.power,
    Quantity.REACTIVE_ENERGY: CARRIED.power,
    Quantity.GAS: 40.0,
    Quantity.WATER: 25.0,
    Quantity.VOLUME: 25.0,
    Quantity.MASS: 200.0,
    Quantity.DURATION: 4000.0,
}
UNITS: Final[Mapping[str, float]] = {
    "kWh": 1.0,
    "GJ": 0.0036,
    "kvarh": 1.0,
    "varh": 1000.0,
    "m3": 1.0,
    "m³": 1.0,
    "L": 1000.0,
    "kg": 1.0,
    "s": 1.0,
}
# By so much a step may differ from what the power beside it says, which is a sample of
# every ten seconds: a load may have been switched just after it.
SAMPLED = Limit(25.0, 10.0)


def limit_of(quantity: Quantity, unit: str | None, shortest: float) -> Limit | None:
    """Return the limit of a counter in this unit; None of what is no flow.

    `shortest` s: what was counted in that time may be told at once.
    """
    flow, factor = FLOWS.get(quantity), UNITS.get(unit or "")
    if flow is None or factor is None:
        return None
    return Limit(flow * factor, shortest)


def believable(energy: float, elapsed: float, limit: Limit = CARRIED) -> bool:
    """Tell whether a step in so many s is one that can be carried."""
    return abs(energy) * 3600 <= limit.power * max(elapsed, limit.shortest)


def wrapped(
    energy: float, value: float, wrap: float = WRAP, *, net: bool
) -> float | None:
    """Return the step across the end of the counter, None when it cannot be one."""
    before = value - energy
    margin = wrap * WRAP_MARGIN
    if before > wrap - margin and 0 <= value < margin:
        return energy + wrap
    if net and 0 <= before < margin and value > wrap - margin:
        return energy - wrap
    return None
