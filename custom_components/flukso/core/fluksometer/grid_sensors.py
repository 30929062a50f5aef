"""Find the sensors that measure the connection to the grid."""

from collections.abc import Iterable, Sequence
import re
from typing import Final, NamedTuple

from ..demand.grid.grid import SourcePlan
from .catalogue import Kind
from .channels import kind_of
from .device_config import FluksometerConfig, Model, SensorConfig
from .live_reading import LiveReading

# What the ports of an FLM03E say when `math` adds clamps up: the sum of the phases is
# on port 1 (docs, fluksometer.rst); use with solar panels has these on port 1 and the
# use of the house on port 2 (flm-ui, port.js), so that no port shows the grid.
_SUM_OF_PHASES: Final = "p1+p2+p3"
_USE_WITH_SOLAR: Final = "p2+p1"

_WORD: Final = re.compile(r"[^\W\d_]+")
_SOLAR_WORDS: Final = frozenset({"pv", "zon"})
_SOLAR_BEGINNINGS: Final = ("solar", "solaire", "zonne", "panneaux", "photovolt")


class GridSensors(NamedTuple):
    """Ids of the sensors whose sum is the grid; `net`: they run backwards too."""

    imports: tuple[str, ...]
    exports: tuple[str, ...]
    net: bool


def default_grid(config: FluksometerConfig) -> GridSensors | None:
    """Return the sensors that measure the grid as far as names and ports tell."""
    if config.model is Model.FLM03E:
        return _grid_of_ports(config)
    return _grid_of_meter(config) or _grid_of_names(config)


def _grid_of_ports(config: FluksometerConfig) -> GridSensors | None:
    """Return import and export of the clamps of an FLM03E that are not in another.

    The device switches `tmpo` off for clamps that port 1 contains (flm-ui, port.js).
    """
    if config.math == _USE_WITH_SOLAR:
        return None
    clamps = [
        sensor
        for sensor in _electricity(config, Kind.CLAMP)
        if all(
            config.ports[port].enabled for port in sensor.ports if port in config.ports
        )
    ]
    if config.math == _SUM_OF_PHASES:
        sensors = [sensor for sensor in clamps if 1 in sensor.ports]
    else:
        sensors = [sensor for sensor in clamps if sensor.tmpo]
    imports = _ids(sensor for sensor in sensors if sensor.subtype == "pplus")
    exports = _ids(sensor for sensor in sensors if sensor.subtype == "pminus")
    return GridSensors(imports, exports, net=False) if imports else None


def _grid_of_meter(config: FluksometerConfig) -> GridSensors | None:
    """Return the P1 counter of an FLM02, which is the grid meter's own."""
    meters = _electricity(config, Kind.METER)
    return GridSensors(_ids(meters[:1]), (), net=True) if meters else None


def _grid_of_names(config: FluksometerConfig) -> GridSensors | None:
    """Return what an FLM02 user named "main…", else the clamps not named solar.

    FLM02 clamps have no direction: panels would count as use (avr/b/main.c).
    """
    clamps = _electricity(config, Kind.CLAMP)
    electricity = [*clamps, *_electricity(config, Kind.PULSE)]
    main = [item for item in electricity if _name(item).startswith("main")]
    chosen = main or [item for item in clamps if not _is_solar(_name(item))]
    return GridSensors(_ids(chosen), (), net=False) if chosen else None


def _electricity(config: FluksometerConfig, kind: Kind) -> Sequence[SensorConfig]:
    return [
        sensor
        for sensor in config.sensors
        if sensor.enabled
        and sensor.type == "electricity"
        and kind_of(config, sensor) is kind
    ]


def _name(sensor: SensorConfig) -> str:
    return (sensor.name or "").casefold()


def _is_solar(name: str) -> bool:
    words = _WORD.findall(name)
    return any(
        word in _SOLAR_WORDS or word.startswith(_SOLAR_BEGINNINGS) for word in words
    )


def _ids(sensors: Iterable[SensorConfig]) -> tuple[str, ...]:
    return tuple(sensor.id for sensor in sensors)


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
