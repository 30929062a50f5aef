"""What a Fluksometer announces of itself on the network, and whose entry it is."""

from dataclasses import dataclass
import re
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_ID, CONF_NAME, CONF_PORT, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.helpers.translation import async_get_translations

from ...const import CONF_DEVICE_ID, CONF_KIND, CONF_SENSORS, DOMAIN
from ...core.fluksometer.device_config import FluksometerConfig
from ...core.fluksometer.rest.sensors import RestKind, announced_sensors
from ...device import FluksoConfigEntry
from ...flows.steps import MQTT_PORT
from ...transport.errors import LinkError, NoFluksometer
from ...transport.http.rest import DEFAULT_PORT, RestAddress, read_series
from .search import confirm_fluksometer, find_fluksometers

REST_SERVICE: Final = "_flukso._tcp"
# The host name ends with the first digits of the device id.
_HOST_NAME: Final = re.compile(r"flukso-([0-9a-f]{6})(?![0-9a-f])", re.IGNORECASE)
_FIRST_PULSE_SLOT: Final = 4


@dataclass(frozen=True, slots=True)
class Announcement:
    """A Fluksometer that made itself known.

    `digits`: the first of its id. `address`: where it may be read over HTTP. `slots`:
    the sensors that it announces, if any, by id.
    """

    digits: str
    address: RestAddress
    slots: dict[str, int]

    @property
    def broker(self) -> dict[str, Any]:
        """Where it may publish, as an entry stores it."""
        return {CONF_HOST: self.address.host, CONF_PORT: MQTT_PORT}


def announced_over_zeroconf(info: ZeroconfServiceInfo) -> Announcement | None:
    """Return the device that announces its broker or its sensors."""
    slots: dict[str, int] = {}
    port = DEFAULT_PORT
    if info.type.startswith(REST_SERVICE):
        slots = announced_sensors(info.properties.items())
        port = info.port or DEFAULT_PORT
    names = f"{info.hostname} {info.name}"
    return _announcement(names, RestAddress(info.host, port), slots)


def announced_over_dhcp(info: DhcpServiceInfo) -> Announcement | None:
    """Return the device that asks the network for an address."""
    return _announcement(info.hostname, RestAddress(info.ip), {})


def _announcement(
    names: str, address: RestAddress, slots: dict[str, int]
) -> Announcement | None:
    if (match := _HOST_NAME.search(names)) is None:
        return None
    return Announcement(match[1].lower(), address, slots)


async def async_described(seen: Announcement) -> FluksometerConfig:
    """Return what a device says of itself over MQTT; raises LinkError."""
    found = await find_fluksometers(seen.broker)
    for device_id, config in found.items():
        if device_id.startswith(seen.digits):
            return config
    raise NoFluksometer("only others are there")


async def async_sensors_of(
    hass: HomeAssistant, seen: Announcement
) -> list[dict[str, Any]]:
    """Return the sensors that a device announces, as an entry stores them."""
    words = await async_get_translations(hass, hass.config.language, "device", [DOMAIN])
    port = words[f"component.{DOMAIN}.device.port.name"]
    return [
        {
            CONF_ID: sensor_id,
            CONF_NAME: port.format(number=slot),
            CONF_KIND: RestKind.ELECTRICITY
            if slot < _FIRST_PULSE_SLOT
            else RestKind.PULSES,
        }
        for sensor_id, slot in sorted(seen.slots.items(), key=lambda item: item[1])
    ]


async def async_new_address(
    hass: HomeAssistant, entry: FluksoConfigEntry, seen: Announcement
) -> dict[str, Any] | None:
    """Return where the device of an entry that hears nothing is now, as it stores it.

    None: the entry has no need of it, or the device does not answer there.
    """
    if entry.data[CONF_HOST] == seen.address.host or not is_deaf(entry):
        return None
    try:
        return await _async_confirmed(hass, entry, seen)
    except LinkError:
        return None


async def _async_confirmed(
    hass: HomeAssistant, entry: ConfigEntry, seen: Announcement
) -> dict[str, Any]:
    """Return the address of an entry's device; raises LinkError."""
    if sensors := entry.data.get(CONF_SENSORS):
        sensor = sensors[0]
        await read_series(
            async_get_clientsession(hass),
            seen.address,
            sensor[CONF_ID],
            RestKind(sensor[CONF_KIND]),
        )
        return {CONF_HOST: seen.address.host, CONF_PORT: seen.address.port}
    if CONF_USERNAME in entry.data:
        raise NoFluksometer("a broker that is not the device's own")
    await confirm_fluksometer(seen.broker, entry.data[CONF_DEVICE_ID])
    return seen.broker


def is_deaf(entry: FluksoConfigEntry) -> bool:
    """Tell whether the device does not answer where an entry has looked for it."""
    if entry.state is ConfigEntryState.LOADED:
        return not entry.runtime_data.device.reachable
    return entry.state is ConfigEntryState.SETUP_RETRY


def known_by_digits(hass: HomeAssistant, digits: str) -> FluksoConfigEntry | None:
    """Return the entry of the device whose id begins so, if it is known."""
    for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        of_device = not entry.data.keys().isdisjoint({CONF_DEVICE_ID, CONF_SENSORS})
        if of_device and (entry.unique_id or "").startswith(digits):
            return entry
    return None
