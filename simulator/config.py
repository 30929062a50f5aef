"""The configuration a device publishes, and the sensors that follow from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .identity import Identity
from .messages import Message, Value, config_message, tonumber

type Section = dict[str, Value]
type Sections = dict[str, Section]

KUBE_TYPES = {
    "temperature": "gauge",
    "humidity": "gauge",
    "pressure": "gauge",
    "light": "gauge",
    "battery": "gauge",
    "error": "gauge",
    "movement": "counter",
    "vibration": "counter",
    "proximity": "counter",
}
# What the history blocks leave out of a sensor's configuration.
_NOT_RECORDED = ("enable", "counter", "tmpo")
_FLK01B = 19218


class Sensor(NamedTuple):
    """An enabled sensor slot."""

    slot: int
    id: str
    rid: int
    type: str
    stream: str
    kid: int
    recorded: bool
    config: Section


@dataclass(slots=True)
class Configuration:
    """The sections of `config/sensor`, `config/flx` and `config/kube`."""

    sensor: Sections
    flx: Sections | None = None
    kube: Sections | None = None
    sensor_qos: int = 0

    def messages(self, device_id: str) -> list[Message]:
        """Publish everything, retained."""
        sent = [config_message(device_id, "sensor", self.sensor, qos=self.sensor_qos)]
        if self.flx is not None:
            sent.append(config_message(device_id, "flx", self.flx))
        if self.kube is not None:
            sent.append(config_message(device_id, "kube", self.kube))
        return sent

    def sensors(self) -> dict[int, Sensor]:
        """Return the enabled sensors by slot."""
        slots = ((int(key), slot) for key, slot in self.sensor.items() if key.isdigit())
        return {
            number: _sensor(number, slot)
            for number, slot in slots
            if slot.get("enable") == 1
        }

    @property
    def sends_counters(self) -> bool:
        """Tell whether an FLM02's wired sensors publish counters."""
        return self.sensor["daemon"].get("enable_wan_branch", 1) == 1

    def without_kube(self, kid: int) -> None:
        """Remove a kube; its slots keep their id and recycle id."""
        if self.kube is not None:
            self.kube.pop(str(kid), None)
        for number, slot in self.sensor.items():
            if slot.get("kid") == kid:
                self.sensor[number] = {"id": slot["id"], "rid": slot["rid"]}


def _sensor(number: int, slot: Section) -> Sensor:
    rid, kid = slot.get("rid", 0), slot.get("kid", 0)
    return Sensor(
        slot=number,
        id=str(slot["id"]),
        rid=rid if isinstance(rid, int) else 0,
        type=str(slot["type"]),
        stream=str(slot.get("data_type", "counter")),
        kid=kid if isinstance(kid, int) else 0,
        recorded=slot.get("tmpo", 1) == 1,
        config={key: slot[key] for key in slot if key not in _NOT_RECORDED},
    )


def named(names: Mapping[int, str], number: int, default: str) -> Value:
    """Return a name as it arrives: one that reads as a number is a number."""
    return tonumber(names.get(number, default))


def empty_slots(identity: Identity, numbers: Iterable[int]) -> Sections:
    """Return slots that were never provisioned."""
    return {str(number): {"id": identity.sensor_id(number)} for number in numbers}


def kube_slots(identity: Identity, first: int, kid: int) -> Sections:
    """Return the nine slots that provisioning a kube takes."""
    return {
        str(first + index): {
            "id": identity.sensor_id(first + index),
            "class": "kube",
            "type": type_,
            "data_type": data_type,
            "kid": kid,
            "rid": 0,
            "enable": 1,
        }
        for index, (type_, data_type) in enumerate(KUBE_TYPES.items())
    }


def kube_sections(identity: Identity, name: str) -> Sections:
    """Return `config/kube` with one FLK01B."""
    return {
        "main": {
            "pair_group": 212,
            "collect_group": int(identity.device_id[:2], 16) % 210 + 1,
            "max_nodes": 30,
            "key": identity.hex_id("kube key"),
            "null_key": "0123456789abcdef0123456789abcdef",
            "encryption": 0,
            "cache": "/usr/share/kube",
        },
        "1": {
            "hw_id": identity.hex_id("kube", 1),
            "hw_type": _FLK01B,
            "sw_version": 1,
            "enable": 1,
            "name": name,
        },
    }


def bridge_section() -> Section:
    """Return the options of the bridge to the cloud."""
    return {
        "bridge_address": "api.flukso.net",
        "bridge_port": 8883,
        "bridge_keepalive": 60,
        "bridge_restart_timeout": 30,
    }
