"""Name the MQTT topics of a Fluksometer.

All topics of the device begin with a slash; only the notification of its broker's
bridge to the cloud lives below `$SYS`.
"""

from enum import StrEnum
import re
from typing import Final, NamedTuple, TypeGuard

CONFIG_DISCOVERY: Final = "/device/+/config/sensor"

_DEVICE_NAMES: Final = ("config/sensor", "config/flx", "config/kube", "test/tap")
_HEX_ID: Final = re.compile(r"[0-9a-f]{32}")
_DEVICE_TOPIC: Final = re.compile(
    rf"/device/({_HEX_ID.pattern})/({'|'.join(_DEVICE_NAMES)})"
)
_BRIDGE_STATES: Final = {b"1": True, b"0": False}


class Stream(StrEnum):
    """One of the two topics on which a sensor publishes."""

    GAUGE = "gauge"
    COUNTER = "counter"


class DeviceTopic(NamedTuple):
    """What a device topic is about: `name` is what follows the device id."""

    device_id: str
    name: str


def is_hex_id(text: object) -> TypeGuard[str]:
    """Tell whether this is a device or sensor id: 32 lower-case hex digits."""
    return isinstance(text, str) and _HEX_ID.fullmatch(text) is not None


def parse_device_topic(topic: str) -> DeviceTopic | None:
    """Return what a device topic is about; None for any other topic."""
    if (match := _DEVICE_TOPIC.fullmatch(topic)) is None:
        return None
    return DeviceTopic(match[1], match[2])


def device_topics(device_id: str) -> tuple[str, ...]:
    """Return the retained topics that describe one device."""
    return tuple(f"/device/{device_id}/{name}" for name in _DEVICE_NAMES)


def sensor_topic(sensor_id: str, stream: Stream) -> str:
    """Return the topic of one stream of readings."""
    return f"/sensor/{sensor_id}/{stream}"


def hostname(device_id: str) -> str:
    """Return the host name that the device gives itself at its first boot."""
    return f"flukso-{device_id[:6]}"


def bridge_state_topic(device_id: str) -> str:
    """Return the topic on which Mosquitto tells the state of the cloud bridge."""
    return f"$SYS/broker/connection/{hostname(device_id)}.flukso/state"


def parse_bridge_state(payload: bytes) -> bool | None:
    """Tell whether the bridge is up; None when the payload does not say.

    The first byte decides, as for the globe LED of the device.
    """
    return _BRIDGE_STATES.get(payload[:1])
