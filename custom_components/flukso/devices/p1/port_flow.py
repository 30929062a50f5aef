"""Steps of the config flow that lead to a P1 meter on a serial port or a TCP server."""

from collections.abc import Mapping
from typing import Any, Final

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_DEVICE, CONF_HOST, CONF_PORT
from homeassistant.helpers.selector import SerialPortSelector

from ...const import CONF_KIND, KIND_P1_NETWORK, KIND_P1_SERIAL
from ...flows.steps import address_fields, clean_host
from ...helpers.errors import shown_in_form
from .meter_flow import MeterSteps

SERIAL_SCHEMA: Final = vol.Schema({vol.Required(CONF_DEVICE): SerialPortSelector()})
NETWORK_SCHEMA: Final = vol.Schema(address_fields())
PORT_SCHEMAS: Final = {KIND_P1_SERIAL: SERIAL_SCHEMA, KIND_P1_NETWORK: NETWORK_SCHEMA}


class PortSteps(MeterSteps):
    """Ask for the port that a meter is behind."""

    async def async_step_p1_serial(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a serial port, and see which meter is behind it."""
        return await self._async_ask_port("p1_serial", KIND_P1_SERIAL, user_input)

    async def async_step_p1_network(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a TCP server, and see which meter is behind it."""
        return await self._async_ask_port("p1_network", KIND_P1_NETWORK, user_input)

    async def async_change_port(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask which port a known meter is behind now."""
        entry = self._get_reconfigure_entry()
        return await self._async_ask_port(
            "reconfigure", entry.data[CONF_KIND], user_input, entry.data
        )

    async def _async_ask_port(
        self,
        step_id: str,
        kind: str,
        user_input: dict[str, Any] | None,
        shown: Mapping[str, Any] | None = None,
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            self.port = port_data(kind, user_input)
            with shown_in_form(errors):
                return await self.async_look()
        return self.show(step_id, PORT_SCHEMAS[kind], user_input or shown, errors)


def port_data(kind: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return a port as an entry stores it."""
    if kind == KIND_P1_SERIAL:
        return {CONF_KIND: kind, CONF_DEVICE: form[CONF_DEVICE].strip()}
    return {
        CONF_KIND: kind,
        CONF_HOST: clean_host(form[CONF_HOST]),
        CONF_PORT: form[CONF_PORT],
    }
