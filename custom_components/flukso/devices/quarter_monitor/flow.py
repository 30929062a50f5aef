"""Steps of the config flow that lead to a quarter monitor."""

from typing import Any, Final

import probatio as vol

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ...const import CONF_KIND, KIND_QUARTER_MONITOR
from ...flows.steps import DeviceSteps, address_fields, clean_host, replaced
from ...helpers.errors import shown_in_form
from ...transport.http.quarter_monitor import QuarterMonitorClient

TITLE: Final = "Quarter monitor"
MONITOR_SCHEMA: Final = vol.Schema(address_fields(80))


class MonitorSteps(DeviceSteps):
    """Ask where a quarter monitor is."""

    async def async_step_quarter_monitor(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add a quarter monitor."""
        return await self._async_ask_monitor("quarter_monitor", user_input)

    async def async_reconfigure_quarter_monitor(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask where a known quarter monitor is now."""
        return await self._async_ask_monitor("reconfigure", user_input)

    async def _async_ask_monitor(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        shown = user_input
        if user_input is not None:
            host, port = clean_host(user_input[CONF_HOST]), user_input[CONF_PORT]
            with shown_in_form(errors):
                await self._async_confirm_monitor(host, port)
                return await self._async_save_monitor(host, port)
        elif self.source == SOURCE_RECONFIGURE:
            shown = dict(self._get_reconfigure_entry().data)
        return self.show(step_id, MONITOR_SCHEMA, shown, errors)

    async def _async_confirm_monitor(self, host: str, port: int) -> None:
        """Make sure that a monitor answers; raises CannotConnect, NoQuarterMonitor."""
        client = QuarterMonitorClient(async_get_clientsession(self.hass), host, port)
        if await client.current_quarter() is None:
            # Anybody may answer with an empty object.
            await client.years()

    async def _async_save_monitor(self, host: str, port: int) -> ConfigFlowResult:
        """Store the address, in the entry that is changed or in a new one."""
        address = {CONF_HOST: host, CONF_PORT: port}
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            return await self.async_save_as(
                entry, host.lower(), replaced(entry, address)
            )
        await self.async_claim(host.lower(), address)
        data = {CONF_KIND: KIND_QUARTER_MONITOR, **address}
        return self.async_create_entry(title=TITLE, data=data)
