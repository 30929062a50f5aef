"""The sensors of an FLM02 that is read over HTTP, where it does not describe itself."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from ..device_config import FluksometerConfig, Model, SensorConfig
from ..topics import Stream, is_hex_id

# What a fresh device announces until somebody saves its sensors (avahi, flukso.service).
_PLACEHOLDER: Final = "0123456789abcdef0123456789abcde"


class RestKind(StrEnum):
    """What a sensor measures; only its owner knows.

    Clamps and the P1 port speak by themselves, everything else counts pulses.
    """

    ELECTRICITY = "electricity"
    PULSES = "electricity_pulses"
    WATER = "water"
    GAS = "gas"

    @property
    def query(self) -> str:
        """Return the unit that has to be asked for."""
        return "lperday" if self in (self.WATER, self.GAS) else "watt"

    @property
    def unit(self) -> str:
        """Return the unit of the answer."""
        return "L/day" if self in (self.WATER, self.GAS) else "W"

    @property
    def top(self) -> float:
        """Return what no value is above, in that unit."""
        return 1e9 if self in (self.WATER, self.GAS) else 2.0**20

    @property
    def per_second(self) -> float:
        """Return what a second of one unit counts: Wh, L."""
        return 1 / 86400 if self in (self.WATER, self.GAS) else 1 / 3600


class RestSensor(NamedTuple):
    """One sensor, as its owner describes it."""

    id: str
    name: str
    kind: RestKind


def announced_sensors(properties: Iterable[tuple[str, object]]) -> dict[str, int]:
    """Return the slots of the sensors that a device announces (`id<slot>=<id>`)."""
    found = {}
    for key, value in properties:
        slot = key.removeprefix("id")
        if key.startswith("id") and slot.isdecimal() and isinstance(value, str):
            sensor_id = value.lower()
            if is_sensor_id(sensor_id):
                found[sensor_id] = int(slot)
    return found


def is_sensor_id(text: str) -> bool:
    """Tell whether a sensor can have this id."""
    return is_hex_id(text) and not text.startswith(_PLACEHOLDER)


def rest_config(device_id: str, sensors: Iterable[RestSensor]) -> FluksometerConfig:
    """Return sensors as the configuration of a device, a port for each."""
    return FluksometerConfig(
        device_id=device_id,
        model=Model.UNKNOWN,
        sensors=tuple(
            _sensor_config(number, sensor)
            for number, sensor in enumerate(sensors, start=1)
        ),
        ports={},
        kubes={},
        phase=None,
        math=None,
        sends_counters=False,
        sends_gauges=True,
        skipped_fields=0,
    )


def _sensor_config(number: int, sensor: RestSensor) -> SensorConfig:
    pulses = sensor.kind is not RestKind.ELECTRICITY
    electric = sensor.kind.unit == "W"
    return SensorConfig(
        slot=number,
        id=sensor.id,
        rid=0,
        enabled=True,
        type=RestKind.ELECTRICITY if electric else sensor.kind,
        subtype=None,
        sensor_class="pulse" if pulses else "analog",
        data_type=Stream.COUNTER,
        ports=(number,),
        kid=None,
        name=sensor.name,
        constant=None,
        tmpo=True,
    )
