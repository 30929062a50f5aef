"""Steps of the config flow that lead to a Fluksometer."""

from functools import partial
from typing import Any

import probatio as vol

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_HOST
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from ...const import CONF_DEVICE_ID
from ...core.fluksometer.device_config import FluksometerConfig
from ...core.fluksometer.topics import hostname
from ...device import FluksoConfigEntry
from ...flows.steps import (
    CONNECTION_SCHEMA,
    CREDENTIALS_SCHEMA,
    Offer,
    connection_data,
    replaced,
    suggested,
)
from ...helpers.errors import shown_in_form
from ...transport.errors import LinkError
from ...transport.mqtt.session import BROKER_DATA
from ..fluksometer_rest.flow import RestSteps, async_answering, known_by_sensors
from .discovery import (
    Announcement,
    announced_over_dhcp,
    announced_over_zeroconf,
    async_described,
    async_new_address,
    async_sensors_of,
    known_by_digits,
)
from .search import confirm_fluksometer, find_fluksometers


class FluksometerSteps(RestSteps):
    """Ask where a Fluksometer is, or offer one; without a broker, ask it over HTTP."""

    # Known before the step that lets one choose.
    _connection: dict[str, Any]
    _found: dict[str, FluksometerConfig]

    async def async_step_fluksometer(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where a Fluksometer is, and see who answers there."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._connection = connection_data(user_input)
            with shown_in_form(errors):
                self._found = await find_fluksometers(self._connection)
            if not errors:
                if len(self._found) > 1:
                    return await self.async_step_pick_device()
                (config,) = self._found.values()
                return await self._async_add_device(config, self._connection)
            host = self._connection[CONF_HOST]
            no_broker = errors["base"] == "cannot_connect"
            if no_broker and (address := await async_answering(self.hass, host)):
                return await self.async_ask_sensors(address)
        return self.show("fluksometer", CONNECTION_SCHEMA, user_input, errors)

    async def async_step_pick_device(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which of several Fluksometers on one broker to add."""
        if user_input is not None:
            config = self._found[user_input[CONF_DEVICE_ID]]
            return await self._async_add_device(config, self._connection)
        known = self._async_current_ids(include_ignore=False)
        options = [
            SelectOptionDict(
                value=device_id, label=f"{hostname(device_id)} ({config.model})"
            )
            for device_id, config in sorted(self._found.items())
            if device_id not in known
        ]
        if not options:
            return self.async_abort(reason="already_configured")
        selector = SelectSelector(
            SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST)
        )
        return self.async_show_form(
            step_id="pick_device",
            data_schema=vol.Schema({vol.Required(CONF_DEVICE_ID): selector}),
        )

    async def async_step_zeroconf(
        self, discovery_info: ZeroconfServiceInfo
    ) -> ConfigFlowResult:
        """Offer a device that announces its broker or its sensors."""
        return await self._async_meet_device(announced_over_zeroconf(discovery_info))

    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Offer a device that asks the network for an address."""
        return await self._async_meet_device(announced_over_dhcp(discovery_info))

    async def async_reconfigure_fluksometer(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask where the broker of a Fluksometer is now."""
        entry = self._get_reconfigure_entry()
        return await self._async_change_device(
            "reconfigure", CONNECTION_SCHEMA, entry, user_input
        )

    async def async_reauth_fluksometer(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for credentials that the broker takes."""
        entry = self._get_reauth_entry()
        return await self._async_change_device(
            "reauth_confirm", CREDENTIALS_SCHEMA, entry, user_input
        )

    async def _async_change_device(
        self,
        step_id: str,
        schema: vol.Schema,
        entry: ConfigEntry,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Show what is stored, and store what leads to the same device."""
        errors: dict[str, str] = {}
        if user_input is not None:
            connection = connection_data(user_input, entry.data)
            with shown_in_form(errors):
                await confirm_fluksometer(connection, entry.data[CONF_DEVICE_ID])
                return self.save(entry, replaced(entry, connection, BROKER_DATA))
        return self.show(step_id, schema, suggested(entry, user_input), errors)

    async def _async_meet_device(self, seen: Announcement | None) -> ConfigFlowResult:
        """Follow a device that is known, offer any other."""
        if seen is None:
            return self.async_abort(reason="no_fluksometer")
        entry = known_by_digits(self.hass, seen.digits) or known_by_sensors(
            self.hass, set(seen.slots)
        )
        if entry is not None:
            # A flow with a unique id would leave its mark on the entry, and so make
            # the entry reload.
            return await self._async_follow(entry, seen)
        await self.async_set_unique_id(seen.digits)
        self._abort_if_unique_id_configured()
        self.context["title_placeholders"] = {"name": title_of(seen.digits)}
        try:
            config = await async_described(seen)
        except LinkError:
            return await self._async_offer_sensors(seen)
        if (entry := self._read_over_http(config)) is not None:
            return await self._async_follow(entry, seen)
        accept = partial(self._async_add_device, config, seen.broker)
        return await self.async_offer(
            Offer(title_of(config.device_id), config.model, accept)
        )

    async def _async_follow(
        self, entry: FluksoConfigEntry, seen: Announcement
    ) -> ConfigFlowResult:
        """Tell an entry where its device is now, if it does not hear from it."""
        if address := await async_new_address(self.hass, entry, seen):
            self.teach(entry, replaced(entry, address))
        return self.async_abort(reason="already_configured")

    async def _async_offer_sensors(self, seen: Announcement) -> ConfigFlowResult:
        """Offer the sensors that a device without a broker announces."""
        if not seen.slots:
            return self.async_abort(reason="cannot_connect")
        sensors = await async_sensors_of(self.hass, seen)
        return await self.async_ask_sensors(seen.address, seen.digits, sensors)

    def _read_over_http(self, config: FluksometerConfig) -> FluksoConfigEntry | None:
        """Return the entry that asks a sensor of a device, if there is one."""
        return known_by_sensors(self.hass, {sensor.id for sensor in config.sensors})

    async def _async_add_device(
        self, config: FluksometerConfig, connection: dict[str, Any]
    ) -> ConfigFlowResult:
        """Make an entry, or teach the one that exists its new address.

        Neither where its sensors are read over HTTP already.
        """
        if self._read_over_http(config) is not None:
            return self.async_abort(reason="already_configured")
        device_id = config.device_id
        await self.async_claim(device_id, connection)
        return self.async_create_entry(
            title=title_of(device_id), data={**connection, CONF_DEVICE_ID: device_id}
        )


def title_of(device_id: str) -> str:
    """Return the title of the entry of a device."""
    return f"Fluksometer {device_id[:6]}"
