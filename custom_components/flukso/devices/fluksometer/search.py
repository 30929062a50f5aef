"""Look for Fluksometers on a broker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...core.drops import Dropped
from ...core.fluksometer.device_config import (
    FluksometerConfig,
    FlxSection,
    SensorSection,
    combine,
    parse_flx_config,
    parse_sensor_config,
)
from ...core.fluksometer.topics import CONFIG_DISCOVERY, parse_device_topic
from ...transport.errors import NoFluksometer, WrongDevice
from ...transport.mqtt.retained import collect_retained
from ...transport.mqtt.session import broker_address

SEARCH_TIMEOUT: Final = 10.0
# Only an FLM03E publishes its port table, which tells the models apart.
SEARCH_TOPICS: Final = (CONFIG_DISCOVERY, "/device/+/config/flx")
# More than a household has; what else a broker offers is not looked at.
MAX_DEVICES: Final = 100


async def find_fluksometers(data: Mapping[str, Any]) -> dict[str, FluksometerConfig]:
    """Return the devices that a broker knows, by device id; at least one.

    Raises CannotConnect, InvalidAuth or NoFluksometer.
    """
    sections: dict[str, _Sections] = {}

    def take(topic: str, payload: bytes) -> bool:
        about = parse_device_topic(topic)
        if about is None or (
            about.device_id not in sections and len(sections) >= MAX_DEVICES
        ):
            return False
        return sections.setdefault(about.device_id, _Sections()).take(
            about.name, payload
        )

    await collect_retained(
        broker_address(data), SEARCH_TOPICS, take, timeout=SEARCH_TIMEOUT
    )
    found = {
        device_id: combine(device_id, section.sensor, section.flx, None)
        for device_id, section in sections.items()
        if section.sensor is not None
    }
    if not found:
        raise NoFluksometer("no readable device configuration")
    return found


async def confirm_fluksometer(data: Mapping[str, Any], device_id: str) -> None:
    """Make sure that a broker knows a device.

    Raises CannotConnect, InvalidAuth, NoFluksometer or WrongDevice.
    """
    if device_id not in await find_fluksometers(data):
        raise WrongDevice("another device answers")


@dataclass(slots=True)
class _Sections:
    """What one device says of itself, as far as it has arrived."""

    sensor: SensorSection | None = None
    flx: FlxSection | None = None

    def take(self, name: str, payload: bytes) -> bool:
        """Keep a section; tell whether it was a readable list of sensors."""
        try:
            if name == "config/flx":
                self.flx = parse_flx_config(payload)
                return False
            self.sensor = parse_sensor_config(payload)
        except Dropped:
            return False
        return True
