"""Who asks a quarter monitor, from what an entry stores."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ...transport.http.quarter_monitor import Login, QuarterMonitorClient


def client_of(hass: HomeAssistant, data: Mapping[str, Any]) -> QuarterMonitorClient:
    """Return who asks the monitor of an entry's data, logged in where it has a login."""
    username = data.get(CONF_USERNAME)
    return QuarterMonitorClient(
        async_get_clientsession(hass),
        data[CONF_HOST],
        data[CONF_PORT],
        Login(username, data.get(CONF_PASSWORD, "")) if username else None,
    )
