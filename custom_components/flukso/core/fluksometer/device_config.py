"""Describe one Fluksometer from its retained `/device/<id>/config/*` payloads."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..drops import Dropped, DropReason
from .config_fields import Fields, Sections
from .topics import Stream

_MAX_RID: Final = 2**31
_MAX_KID: Final = 30
_MAX_HARDWARE: Final = 2**16 - 1
_MAX_SLOT: Final = 256
_MAX_PORT: Final = 64
_FLM02_SLOTS: Final = 64


class Model(StrEnum):
    """What the board config of the device says, or could be concluded."""

    FLM02A = "FLM02A"
    FLM02B = "FLM02B"
    FLM02C = "FLM02C"
    FLM02W = "FLM02W"
    FLM03E = "FLM03E"
    UNKNOWN = "Fluksometer"


# `main.hw_minor` of an FLM02 (flukso.init); FLM02C has none.
_FLM02_MODELS: Final = {
    None: Model.FLM02C,
    0: Model.FLM02W,
    1: Model.FLM02A,
    2: Model.FLM02B,
}


@dataclass(frozen=True, slots=True)
class SensorConfig:
    """One provisioned sensor slot.

    `rid` tells the series of a reused slot apart. `name` is the user's (the FLM02
    `function`), `constant` is in Wh, L… per pulse, `kid` is the kube's number. `tmpo`
    off: not recorded, because another sensor contains it.
    """

    slot: int
    id: str
    rid: int
    enabled: bool
    type: str | None
    subtype: str | None
    sensor_class: str | None
    data_type: Stream
    ports: tuple[int, ...]
    kid: int | None
    name: str | None
    constant: float | None
    tmpo: bool


@dataclass(frozen=True, slots=True)
class PortConfig:
    """One port of an FLM03E; `constant` in Wh, L, g, s… per pulse."""

    number: int
    name: str | None
    enabled: bool
    port_class: str | None
    constant: float | None


@dataclass(frozen=True, slots=True)
class KubeConfig:
    """One paired kube, without its radio ids and keys."""

    kid: int
    name: str | None
    hw_type: int | None
    sw_version: int | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class SensorSection:
    """What `config/sensor` says; `highest_slot` counts empty slots too."""

    sensors: tuple[SensorConfig, ...]
    hw_major: int | None
    hw_minor: int | None
    phase: str | None
    highest_slot: int
    has_tmpo_root: bool
    sends_counters: bool
    sends_gauges: bool
    skipped_fields: int


@dataclass(frozen=True, slots=True)
class FlxSection:
    """What `config/flx` says."""

    ports: Mapping[int, PortConfig]
    phase: str | None
    math: str | None
    skipped_fields: int


@dataclass(frozen=True, slots=True)
class KubeSection:
    """What `config/kube` says."""

    kubes: Mapping[int, KubeConfig]
    skipped_fields: int


@dataclass(frozen=True, slots=True)
class FluksometerConfig:
    """One Fluksometer as configured.

    `phase` is "1p", "3p+n", "3p-n", or "1", "3" for an FLM02. An FLM02 sends counters
    and gauges of its wired sensors only when the user let it.
    """

    device_id: str
    model: Model
    sensors: tuple[SensorConfig, ...]
    ports: Mapping[int, PortConfig]
    kubes: Mapping[int, KubeConfig]
    phase: str | None
    math: str | None
    sends_counters: bool
    sends_gauges: bool
    skipped_fields: int


def parse_sensor_config(payload: bytes) -> SensorSection:
    """Return what `config/sensor` says; raise Dropped when it has no slot at all."""
    sections = Sections(payload)
    slots = sections.numbered(_MAX_SLOT)
    if not slots:
        raise Dropped(DropReason.MALFORMED, "no slots")
    main, daemon = sections.named("main"), sections.named("daemon")
    return SensorSection(
        sensors=_unique_sensors(slots),
        hw_major=main.integer("hw_major", 0, _MAX_HARDWARE),
        hw_minor=main.integer("hw_minor", 0, _MAX_HARDWARE),
        phase=main.text("phase"),
        highest_slot=max(slots),
        has_tmpo_root=sections.named("tmpo").has("root"),
        # fluksod publishes counters with the WAN branch and gauges with the LAN one.
        sends_counters=daemon.flag("enable_wan_branch") is not False,
        sends_gauges=daemon.flag("enable_lan_branch") is not False,
        skipped_fields=sections.skipped,
    )


def parse_flx_config(payload: bytes) -> FlxSection:
    """Return what `config/flx` says; raise Dropped."""
    sections = Sections(payload)
    main = sections.named("main")
    return FlxSection(
        ports={
            number: PortConfig(
                number=number,
                name=fields.text("name"),
                enabled=fields.flag("enable") is not False,
                port_class=fields.text("class"),
                constant=fields.positive("constant"),
            )
            for number, fields in sections.numbered(_MAX_PORT).items()
        },
        phase=main.text("phase"),
        math=main.text("math"),
        skipped_fields=sections.skipped,
    )


def parse_kube_config(payload: bytes) -> KubeSection:
    """Return what `config/kube` says, without any key; raise Dropped."""
    sections = Sections(payload)
    return KubeSection(
        kubes={
            kid: KubeConfig(
                kid=kid,
                name=fields.text("name"),
                hw_type=fields.integer("hw_type", 0, _MAX_HARDWARE),
                sw_version=fields.integer("sw_version", 0, _MAX_HARDWARE),
                enabled=fields.flag("enable") is not False,
            )
            for kid, fields in sections.numbered(_MAX_KID).items()
        },
        skipped_fields=sections.skipped,
    )


def combine(
    device_id: str,
    sensor: SensorSection,
    flx: FlxSection | None,
    kube: KubeSection | None,
) -> FluksometerConfig:
    """Return the whole configuration from what has arrived of it."""
    parts = [part for part in (sensor, flx, kube) if part is not None]
    return FluksometerConfig(
        device_id=device_id,
        model=_model(sensor, flx),
        sensors=sensor.sensors,
        ports={} if flx is None else flx.ports,
        kubes={} if kube is None else kube.kubes,
        phase=sensor.phase if flx is None else flx.phase,
        math=None if flx is None else flx.math,
        sends_counters=sensor.sends_counters,
        sends_gauges=sensor.sends_gauges,
        skipped_fields=sum(part.skipped_fields for part in parts),
    )


def _model(sensor: SensorSection, flx: FlxSection | None) -> Model:
    """Return the model; no topic names it, so it is concluded."""
    if flx is not None:
        return Model.FLM03E
    if sensor.hw_major == 2:
        return _FLM02_MODELS.get(sensor.hw_minor, Model.UNKNOWN)
    has_subtype = any(item.subtype is not None for item in sensor.sensors)
    if sensor.has_tmpo_root or has_subtype or sensor.highest_slot > _FLM02_SLOTS:
        return Model.FLM03E
    return Model.UNKNOWN


def _unique_sensors(slots: Mapping[int, Fields]) -> tuple[SensorConfig, ...]:
    """Return the usable slots in order; of slots with one id the first."""
    sensors: dict[str, SensorConfig] = {}
    for slot, fields in slots.items():
        if (sensor := _sensor(slot, fields)) is None:
            continue
        if sensor.id in sensors:
            fields.skip()
        else:
            sensors[sensor.id] = sensor
    return tuple(sensors.values())


def _sensor(slot: int, fields: Fields) -> SensorConfig | None:
    """Return the sensor in a slot; None when it was never provisioned or has no id."""
    if (enabled := fields.flag("enable")) is None:
        return None
    if (sensor_id := fields.hex_id("id")) is None:
        return None
    return SensorConfig(
        slot=slot,
        id=sensor_id,
        rid=fields.integer("rid", 0, _MAX_RID) or 0,
        enabled=enabled,
        type=fields.text("type"),
        subtype=fields.text("subtype"),
        sensor_class=fields.text("class"),
        data_type=fields.stream("data_type") or Stream.COUNTER,
        ports=fields.ports("port"),
        kid=fields.integer("kid", 1, _MAX_KID),
        name=fields.text("function"),
        constant=fields.positive("constant"),
        tmpo=fields.flag("tmpo") is not False,
    )
