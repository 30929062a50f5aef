"""Add a device, or change how one is reached."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
)
from homeassistant.core import callback

from .const import DOMAIN, SUBENTRY_DEMAND
from .devices.energy_meter.flow import EnergySteps
from .devices.fluksometer.flow import FluksometerSteps
from .devices.fluksometer_rest.flow import RestSteps
from .devices.kinds import kind_of
from .devices.p1.flow import P1Steps
from .devices.quarter_monitor.flow import MonitorSteps
from .flows.demand import DemandFlow
from .flows.options import FluksoOptionsFlow

# The menu: one step for each kind of device.
DEVICE_STEPS: Final = (
    "fluksometer",
    "p1_serial",
    "p1_network",
    "quarter_monitor",
    "energy_meter",
)


type Step = Callable[[dict[str, Any] | None], Awaitable[ConfigFlowResult]]


class FluksoConfigFlow(
    FluksometerSteps, RestSteps, P1Steps, MonitorSteps, EnergySteps, domain=DOMAIN
):
    """Lead from an address to a config entry; one entry is one device."""

    VERSION = 1
    MINOR_VERSION = 1

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

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where a known device is now."""
        step = self._of_kind("reconfigure", self._get_reconfigure_entry())
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
        step = self._of_kind("reauth", self._get_reauth_entry())
        return await step(user_input)

    def _of_kind(self, name: str, entry: ConfigEntry) -> Step:
        """Return what the kind of an entry's device does in a step."""
        step: Step = getattr(self, f"async_{name}_{kind_of(entry.data).folder}")
        return step
