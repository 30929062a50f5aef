"""Steps of the config flow that lead to a P1 meter, whatever brings its telegrams."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult

from ...const import CONF_KIND, P1_DONGLE_KINDS
from .dongle_flow import DongleSteps, login_refused
from .port_flow import PortSteps


class P1Steps(PortSteps, DongleSteps):
    """Ask for a port, hear dongles, and change what leads to a known meter."""

    async def async_reconfigure_p1(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask where a known meter is now."""
        if self._get_reconfigure_entry().data[CONF_KIND] in P1_DONGLE_KINDS:
            return await self.async_change_broker(user_input)
        return await self.async_change_port(user_input)

    async def async_reauth_p1(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for the key, or for credentials that the broker of a dongle takes."""
        if user_input is None and not login_refused(self._get_reauth_entry()):
            return await self.async_change_key()
        return await self.async_change_credentials(user_input)
