"""The broker that an entry is read from."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME

from .transport.mqtt import BrokerAddress

BROKER_DATA: Final = (CONF_HOST, CONF_PORT, CONF_USERNAME, CONF_PASSWORD)


def broker_address(data: Mapping[str, Any]) -> BrokerAddress:
    """Return the broker that an entry's data point to."""
    return BrokerAddress(
        host=data[CONF_HOST],
        port=data[CONF_PORT],
        username=data.get(CONF_USERNAME),
        password=data.get(CONF_PASSWORD),
    )
