"""Add a device, or change how one is reached."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, override

import probatio as vol

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
)
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .const import CONF_DEVICE_ID, DOMAIN, SUBENTRY_DEMAND
from .core.fluksometer.device_config import FluksometerConfig
from .core.fluksometer.topics import hostname
from .devices.energy_meter.flow import EnergySteps
from .devices.fluksometer.discovery import DiscoverySteps
from .devices.fluksometer_rest.flow import known_by_sensors
from .devices.kinds import kind_of
from .devices.quarter_monitor.flow import MonitorSteps
from .flows.demand import DemandFlow
from .flows.options import FluksoOptionsFlow
from .flows.steps import (
    CONNECTION_SCHEMA,
    CREDENTIALS_SCHEMA,
    confirm_fluksometer,
    connection_data,
    find_fluksometers,
    shown_in_form,
)

# The menu: one step for each kind of device.
DEVICE_STEPS: Final = (
    "fluksometer",
    "p1_serial",
    "p1_network",
    "quarter_monitor",
    "energy_meter",
)


type Step = Callable[[dict[str, Any] | None], Awaitable[ConfigFlowResult]]


class FluksoConfigFlow(DiscoverySteps, EnergySteps, MonitorSteps, domain=DOMAIN):
    """Lead from an address to a config entry; one entry is one device."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Begin with nothing found."""
        super().__init__()
        self._connection: dict[str, Any] = {}
        self._found: dict[str, FluksometerConfig] = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> FluksoOptionsFlow:
        """Return the flow that changes how often values are written."""
        return FluksoOptionsFlow(kind_of(config_entry.data).options)

    @classmethod
    @callback
    @override
    def async_supports_options_flow(cls, config_entry: ConfigEntry) -> bool:
        """Tell whether there is a choice: what others read comes at their pace."""
        return bool(kind_of(config_entry.data).options)

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flows that add something to a device."""
        return {SUBENTRY_DEMAND: DemandFlow}

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what kind of device to add."""
        return self.async_show_menu(step_id="user", menu_options=list(DEVICE_STEPS))

    async def async_step_fluksometer(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where a Fluksometer is, and see who answers there."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._connection = connection_data(user_input)
            with shown_in_form(errors):
                self._found = await find_fluksometers(self._connection)
            if len(self._found) > 1:
                return await self.async_step_pick_device()
            if self._found:
                return await self._async_add(*self._found)
            no_broker = errors["base"] == "cannot_connect"
            if no_broker and await self.async_found_rest(self._connection[CONF_HOST]):
                return await self.async_step_rest_sensors()
        return self._show_form("fluksometer", CONNECTION_SCHEMA, user_input, errors)

    async def async_step_pick_device(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which of several Fluksometers on one broker to add."""
        if user_input is not None:
            return await self._async_add(user_input[CONF_DEVICE_ID])
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

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where a known device is now."""
        kind = kind_of(self._get_reconfigure_entry().data)
        step: Step = getattr(self, f"async_reconfigure_{kind.folder}")
        return await step(user_input)

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Begin again after the stored credentials, or the key, were refused."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for what the device, or its broker, takes."""
        kind = kind_of(self._get_reauth_entry().data)
        step: Step = getattr(self, f"async_reauth_{kind.folder}")
        return await step(user_input)

    async def async_reconfigure_fluksometer(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask where the broker of a Fluksometer is now."""
        entry = self._get_reconfigure_entry()
        return await self._async_change(
            "reconfigure", CONNECTION_SCHEMA, entry, user_input
        )

    async def async_reauth_fluksometer(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for credentials that the broker takes."""
        entry = self._get_reauth_entry()
        return await self._async_change(
            "reauth_confirm", CREDENTIALS_SCHEMA, entry, user_input
        )

    async def _async_add(self, device_id: str) -> ConfigFlowResult:
        """Make an entry, or teach the one that exists its new address."""
        ids = {sensor.id for sensor in self._found[device_id].sensors}
        if known_by_sensors(self.hass, ids) is not None:
            return self.async_abort(reason="already_configured")
        return await self.async_add_fluksometer(device_id, self._connection)

    async def _async_change(
        self,
        step_id: str,
        schema: vol.Schema,
        entry: ConfigEntry,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Show what is stored, and store what leads to the same device."""
        errors: dict[str, str] = {}
        if user_input is None:
            shown = {
                key: value for key, value in entry.data.items() if key != CONF_PASSWORD
            }
            return self._show_form(step_id, schema, shown, errors)
        address = {key: entry.data[key] for key in (CONF_HOST, CONF_PORT)}
        connection = connection_data({**address, **user_input}, entry.data)
        with shown_in_form(errors):
            await confirm_fluksometer(connection, entry.data[CONF_DEVICE_ID])
        if errors:
            return self._show_form(step_id, schema, user_input, errors)
        return self._save(entry, connection)

    def _save(self, entry: ConfigEntry, connection: dict[str, Any]) -> ConfigFlowResult:
        kept = {
            key: value
            for key, value in entry.data.items()
            if key not in CONNECTION_SCHEMA.schema
        }
        data = kept | connection
        # A loaded entry listens to its own changes and reloads itself.
        if entry.update_listeners:
            return self.async_update_and_abort(entry, data=data)
        return self.async_update_reload_and_abort(entry, data=data)

    def _show_form(
        self,
        step_id: str,
        schema: vol.Schema,
        values: Mapping[str, Any] | None,
        errors: dict[str, str],
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, values),
            errors=errors,
        )
