"""How the sensors of a demand meter are to be combined."""

from collections.abc import Iterable

from ..demand.grid.grid import SourcePlan
from .device_config import Model
from .live import LiveReading

# The P1 port of an FLM02 is read every 10 s; everything else speaks every second.
GAP_OF_METER = 30.0
GAP_OF_CLAMP = 15.0


def make_plan(
    readings: Iterable[LiveReading],
    imports: tuple[str, ...],
    exports: tuple[str, ...],
) -> SourcePlan:
    """Return the plan for sensors by what the device says that they are."""
    net = any(
        reading.channel.row.running_backwards
        for reading in readings
        if reading.channel.sensor.id in imports
    )
    return SourcePlan(
        imports=imports,
        exports=exports,
        net=net,
        max_gap=GAP_OF_METER if net else GAP_OF_CLAMP,
    )


def stamp_lag(model: Model) -> int:
    """Return the seconds from a stamp to the moment that the counter speaks of.

    An FLM03E stamps a measured second by its beginning (flxd, decode.h).
    """
    return 1 if model is Model.FLM03E else 0
