"""Find the channels of a Fluksometer: each stream of each enabled sensor."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from .catalogue import CATALOGUE, OTHER, Kind, Row, RowKey
from .device_config import FluksometerConfig, SensorConfig
from .topics import Stream, sensor_topic

_FIRST_PULSE_PORT: Final = 4
_SERIAL_PORT: Final = 6
_FLK01A: Final = 19217
# An FLK01A declares these and never sends them (kube registry, flk01a).
_NOT_ON_FLK01A: Final = frozenset({"pressure", "light", "vibration"})

# Classes of FLM02 sensors and FLM03E ports, and of the kubes of both.
_KIND_OF_CLASS: Final[dict[str | None, Kind]] = {
    "analog": Kind.CLAMP,
    "ww": Kind.CLAMP,
    "ct": Kind.CLAMP,
    "pulse": Kind.PULSE,
    "cosem": Kind.METER,
    "uart": Kind.METER,
    "kube": Kind.KUBE,
}


@dataclass(frozen=True, slots=True)
class Owner:
    """The part of a Fluksometer that a sensor belongs to; the hub has number 0."""

    kind: Literal["hub", "port", "kube"]
    number: int


@dataclass(frozen=True, slots=True)
class Channel:
    """One stream of one sensor; `pulse_size` in payload units per pulse."""

    sensor: SensorConfig
    row: Row
    owner: Owner
    topic: str
    unique_id: str
    pulse_size: float | None


def channels(config: FluksometerConfig) -> tuple[Channel, ...]:
    """Return what the enabled sensors of a Fluksometer publish, in slot order."""
    return tuple(
        Channel(
            sensor=sensor,
            row=row,
            owner=owner_of(sensor),
            topic=sensor_topic(sensor.id, row.stream),
            unique_id=f"{sensor.id}_{sensor.rid}_{row.stream}",
            pulse_size=_pulse_size(config, sensor) if row.pulse else None,
        )
        for sensor in config.sensors
        if sensor.enabled
        for row in _rows(config, sensor)
    )


def owner_of(sensor: SensorConfig) -> Owner:
    """Return the port or kube of a sensor; the first port of several."""
    if sensor.kid is not None:
        return Owner("kube", sensor.kid)
    if sensor.ports:
        return Owner("port", sensor.ports[0])
    if sensor.sensor_class == "cosem":
        return Owner("port", _SERIAL_PORT)
    return Owner("hub", 0)


def owner_name(config: FluksometerConfig, owner: Owner) -> str | None:
    """Return what the user calls a port or kube; None when it has no name.

    A mere number is no name: the port or kube has one already.
    """
    name = _given_name(config, owner)
    return None if name is None or name.isdigit() else name


def _given_name(config: FluksometerConfig, owner: Owner) -> str | None:
    """Return the name of a port or kube as the device has it."""
    if owner.kind == "kube":
        kube = config.kubes.get(owner.number)
        return None if kube is None else kube.name
    if port := config.ports.get(owner.number):
        return port.name
    names = (
        sensor.name
        for sensor in config.sensors
        if sensor.enabled and sensor.name and owner_of(sensor) == owner
    )
    return next(names, None)


def kind_of(config: FluksometerConfig, sensor: SensorConfig) -> Kind:
    """Return where a sensor sits.

    Wired sensors of an FLM03E have no class: that of their port decides, or else the
    number of the port, of which 1 to 3 are clamps.
    """
    if sensor.sensor_class in _KIND_OF_CLASS:
        return _KIND_OF_CLASS[sensor.sensor_class]
    if sensor.kid is not None:
        return Kind.KUBE
    if not sensor.ports:
        return Kind.UNKNOWN
    port = config.ports.get(sensor.ports[0])
    if port is not None and port.port_class in _KIND_OF_CLASS:
        return _KIND_OF_CLASS[port.port_class]
    return Kind.PULSE if sensor.ports[0] >= _FIRST_PULSE_PORT else Kind.CLAMP


def _rows(config: FluksometerConfig, sensor: SensorConfig) -> Iterator[Row]:
    """Yield the rows of the streams that a sensor has.

    A counter sensor has a gauge beside its counter, but for those of kubes; a gauge
    sensor has only the gauge.
    """
    if _never_sends(config, sensor):
        return
    kind = kind_of(config, sensor)
    subtype = None if kind is Kind.PULSE else sensor.subtype
    rows = CATALOGUE.get(RowKey(kind, sensor.type, subtype), OTHER)
    has_both = sensor.data_type is Stream.COUNTER and kind is not Kind.KUBE
    for row in rows:
        if has_both or row.stream is sensor.data_type:
            yield row


def _never_sends(config: FluksometerConfig, sensor: SensorConfig) -> bool:
    """Tell whether a kube has been paired with a sensor that it lacks."""
    kube = None if sensor.kid is None else config.kubes.get(sensor.kid)
    return (
        kube is not None and kube.hw_type == _FLK01A and sensor.type in _NOT_ON_FLK01A
    )


def _pulse_size(config: FluksometerConfig, sensor: SensorConfig) -> float | None:
    """Return the size of a pulse, from the sensor (FLM02) or its port (FLM03E)."""
    if sensor.constant is not None or not sensor.ports:
        return sensor.constant
    port = config.ports.get(sensor.ports[0])
    return None if port is None else port.constant
