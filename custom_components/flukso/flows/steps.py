"""Ask for a connection in a form, and look for Fluksometers on a broker."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import probatio as vol

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from ..core.drops import Dropped
from ..core.fluksometer.device_config import (
    FluksometerConfig,
    FlxSection,
    SensorSection,
    combine,
    parse_flx_config,
    parse_sensor_config,
)
from ..core.fluksometer.topics import CONFIG_DISCOVERY, parse_device_topic
from ..helpers.errors import shown_in_form
from ..transport.errors import NoFluksometer, WrongDevice
from ..transport.mqtt.retained import collect_retained
from ..transport.mqtt.session import broker_address

# Handed on to the flows, beside what is made here.
__all__ = ["shown_in_form"]

DEFAULT_PORT: Final = 1883


CREDENTIALS_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_USERNAME): TextSelector(
            TextSelectorConfig(autocomplete="username")
        ),
        vol.Optional(CONF_PASSWORD): TextSelector(
            TextSelectorConfig(
                type=TextSelectorType.PASSWORD, autocomplete="current-password"
            )
        ),
    }
)


CONNECTION_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_HOST): TextSelector(TextSelectorConfig(autocomplete="off")),
        vol.Required(CONF_PORT, default=DEFAULT_PORT): vol.All(
            NumberSelector(
                NumberSelectorConfig(min=1, max=65535, mode=NumberSelectorMode.BOX)
            ),
            vol.Coerce(int),
        ),
    }
).extend(CREDENTIALS_SCHEMA.schema)


SEARCH_TIMEOUT: Final = 10.0
# Only an FLM03E publishes its port table, which tells the models apart.
SEARCH_TOPICS: Final = (CONFIG_DISCOVERY, "/device/+/config/flx")
# More than a household has; what else a broker offers is not looked at.
MAX_DEVICES: Final = 100

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def clean_host(typed: str) -> str:
    """Return a host that may have been pasted with scheme and slash."""
    return typed.strip().rpartition("://")[2].rstrip("/")


def connection_data(
    form: Mapping[str, Any], stored: Mapping[str, Any] = _NOTHING
) -> dict[str, Any]:
    """Return host, port and credentials as an entry stores them.

    A password that was left empty stays what is stored; without a user name there is
    none.
    """
    data: dict[str, Any] = {
        CONF_HOST: clean_host(form[CONF_HOST]),
        CONF_PORT: form[CONF_PORT],
    }
    if username := form.get(CONF_USERNAME):
        data[CONF_USERNAME] = username
        if password := form.get(CONF_PASSWORD) or stored.get(CONF_PASSWORD):
            data[CONF_PASSWORD] = password
    return data


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
