"""Steps of the config flow that lead to a quarter monitor."""

from collections.abc import Mapping
from typing import Any, Final

import probatio as vol

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME

from ...const import CONF_KIND, KIND_QUARTER_MONITOR
from ...flows.steps import (
    CREDENTIALS_SCHEMA,
    DeviceSteps,
    address_fields,
    connection_data,
    replaced,
    suggested,
)
from ...helpers.errors import shown_in_form
from .client import client_of

TITLE: Final = "Quarter monitor"
MONITOR_SCHEMA: Final = vol.Schema(address_fields(80)).extend(CREDENTIALS_SCHEMA.schema)
CONNECTION: Final = (CONF_HOST, CONF_PORT, CONF_USERNAME, CONF_PASSWORD)


class MonitorSteps(DeviceSteps):
    """Ask where a quarter monitor is, and how to log in where it asks for that."""

    async def async_step_quarter_monitor(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add a quarter monitor."""
        errors: dict[str, str] = {}
        if user_input is not None:
            connection = connection_data(user_input)
            with shown_in_form(errors):
                await self._async_confirm_monitor(connection)
                await self.async_claim(connection[CONF_HOST].lower(), connection)
                data = {CONF_KIND: KIND_QUARTER_MONITOR, **connection}
                return self.async_create_entry(title=TITLE, data=data)
        return self.show("quarter_monitor", MONITOR_SCHEMA, user_input, errors)

    async def async_reconfigure_quarter_monitor(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask where a known quarter monitor is now."""
        entry = self._get_reconfigure_entry()
        return await self._async_change_monitor(
            "reconfigure", MONITOR_SCHEMA, entry, user_input
        )

    async def async_reauth_quarter_monitor(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for a login that the monitor takes."""
        entry = self._get_reauth_entry()
        return await self._async_change_monitor(
            "reauth_confirm", CREDENTIALS_SCHEMA, entry, user_input
        )

    async def _async_change_monitor(
        self,
        step_id: str,
        schema: vol.Schema,
        entry: ConfigEntry,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Show what is stored, and store what leads to a monitor."""
        errors: dict[str, str] = {}
        if user_input is not None:
            connection = _connection(user_input, entry.data)
            with shown_in_form(errors):
                await self._async_confirm_monitor(connection)
                return await self.async_save_as(
                    entry,
                    connection[CONF_HOST].lower(),
                    replaced(entry, connection, CONNECTION),
                )
        placeholders = {"name": entry.title}
        shown = suggested(entry, user_input)
        return self.show(step_id, schema, shown, errors, placeholders)

    async def _async_confirm_monitor(self, connection: dict[str, Any]) -> None:
        """Make sure that a monitor answers; raises LinkError."""
        client = client_of(self.hass, connection)
        if await client.current_quarter() is None:
            # Anybody may answer with an empty object.
            await client.years()


def _connection(form: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an entry stores; its password goes to no other host."""
    connection = connection_data(form, stored)
    moved = connection[CONF_HOST].lower() != stored[CONF_HOST].lower()
    if moved and not form.get(CONF_PASSWORD):
        connection.pop(CONF_PASSWORD, None)
    return connection
