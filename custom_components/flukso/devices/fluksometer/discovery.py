"""Steps of the config flow that begin with a Fluksometer's own announcements."""

import re
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
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
from ...flows.steps import confirm_fluksometer, find_fluksometers
from ...transport.errors import LinkError, NoFluksometer
from ...transport.http.rest import DEFAULT_PORT, RestAddress, read_series
from ..fluksometer_rest.flow import RestSteps, known_by_sensors
from ..p1.dongle_flow import DongleSteps

MQTT_PORT: Final = 1883
REST_SERVICE: Final = "_flukso._tcp"
# The host name ends with the first digits of the device id.
_HOST_NAME: Final = re.compile(r"flukso-([0-9a-f]{6})(?![0-9a-f])", re.IGNORECASE)
_FIRST_PULSE_SLOT: Final = 4


class DiscoverySteps(DongleSteps, RestSteps):
    """Offer the Fluksometers that announce themselves, and follow those known."""

    # What is offered, known before the step that confirms it.
    _offered: FluksometerConfig | None = None
    _broker: dict[str, Any]

    async def async_step_zeroconf(
        self, discovery_info: ZeroconfServiceInfo
    ) -> ConfigFlowResult:
        """Offer a device that announces its broker or its sensors."""
        slots: dict[str, int] = {}
        port = DEFAULT_PORT
        if discovery_info.type.startswith(REST_SERVICE):
            slots = announced_sensors(discovery_info.properties.items())
            port = discovery_info.port or DEFAULT_PORT
        names = f"{discovery_info.hostname} {discovery_info.name}"
        self._rest = RestAddress(discovery_info.host, port)
        return await self._async_meet(names, slots)

    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Offer a device that asks the network for an address."""
        self._rest = RestAddress(discovery_info.ip)
        return await self._async_meet(discovery_info.hostname, {})

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add the device that was found."""
        if self._offered is None:
            return await super().async_step_confirm(user_input)
        if user_input is not None:
            return await self.async_add_fluksometer(
                self._offered.device_id, self._broker
            )
        return self.async_show_form(
            step_id="confirm",
            description_placeholders={
                "name": title_of(self._offered.device_id),
                "model": self._offered.model,
            },
        )

    async def async_add_fluksometer(
        self, device_id: str, connection: dict[str, Any]
    ) -> ConfigFlowResult:
        """Make an entry, or teach the one that exists its new address."""
        entry = await self.async_set_unique_id(device_id, raise_on_progress=False)
        self._abort_if_unique_id_configured(
            updates=connection,
            reload_on_update=entry is not None and not entry.update_listeners,
        )
        return self.async_create_entry(
            title=title_of(device_id), data={**connection, CONF_DEVICE_ID: device_id}
        )

    async def _async_meet(self, names: str, slots: dict[str, int]) -> ConfigFlowResult:
        """Follow a device that is known, offer any other."""
        if (match := _HOST_NAME.search(names)) is None:
            return self.async_abort(reason="no_fluksometer")
        self._digits = digits = match[1].lower()
        entry = known_by_digits(self.hass, digits) or known_by_sensors(
            self.hass, set(slots)
        )
        if entry is not None:
            # A flow with a unique id would leave its mark on the entry, and so make
            # the entry reload.
            await self._async_follow(entry)
            return self.async_abort(reason="already_configured")
        await self.async_set_unique_id(digits)
        self._abort_if_unique_id_configured()
        self.context["title_placeholders"] = {"name": title_of(digits)}
        self._broker = {CONF_HOST: self._rest.host, CONF_PORT: MQTT_PORT}
        try:
            self._offered = await self._async_described(digits)
        except LinkError:
            return await self._async_offer_rest(slots)
        self._set_confirm_only()
        return await self.async_step_confirm()

    async def _async_described(self, digits: str) -> FluksometerConfig:
        """Return what the device says of itself over MQTT; raises LinkError."""
        found = await find_fluksometers(self._broker)
        for device_id, config in found.items():
            if device_id.startswith(digits):
                return config
        raise NoFluksometer("only others are there")

    async def _async_offer_rest(self, slots: dict[str, int]) -> ConfigFlowResult:
        """Offer the sensors that a device without a broker announces."""
        if not slots:
            return self.async_abort(reason="cannot_connect")
        words = await async_get_translations(
            self.hass, self.hass.config.language, "device", [DOMAIN]
        )
        port = words[f"component.{DOMAIN}.device.port.name"]
        self._announced = [
            {
                CONF_ID: sensor_id,
                CONF_NAME: port.format(number=slot),
                CONF_KIND: RestKind.ELECTRICITY
                if slot < _FIRST_PULSE_SLOT
                else RestKind.PULSES,
            }
            for sensor_id, slot in sorted(slots.items(), key=lambda item: item[1])
        ]
        return await self.async_step_rest_sensors()

    async def _async_follow(self, entry: FluksoConfigEntry) -> None:
        """Lead an entry that hears nothing to where its device is now."""
        if entry.data[CONF_HOST] == self._rest.host or not is_deaf(entry):
            return
        try:
            address = await self._async_confirmed(entry)
        except LinkError:
            return
        self._teach(entry, {**entry.data, **address})

    async def _async_confirmed(self, entry: ConfigEntry) -> dict[str, Any]:
        """Return the address of an entry's device; raises LinkError."""
        host = self._rest.host
        if sensors := entry.data.get(CONF_SENSORS):
            sensor = sensors[0]
            await read_series(
                async_get_clientsession(self.hass),
                self._rest,
                sensor[CONF_ID],
                RestKind(sensor[CONF_KIND]),
            )
            return {CONF_HOST: host, CONF_PORT: self._rest.port}
        if CONF_USERNAME in entry.data:
            raise NoFluksometer("a broker that is not the device's own")
        broker = {CONF_HOST: host, CONF_PORT: MQTT_PORT}
        await confirm_fluksometer(broker, entry.data[CONF_DEVICE_ID])
        return broker


def title_of(device_id: str) -> str:
    """Return the title of the entry of a device."""
    return f"Fluksometer {device_id[:6]}"


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
