"""How the telegrams of an entry come to us."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from homeassistant.const import CONF_DEVICE, CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module

from ...const import (
    CONF_KIND,
    CONF_LINE,
    CONF_TOPIC,
    KIND_P1_BROKER,
    KIND_P1_MQTT,
    KIND_P1_SERIAL,
)
from ...transport.mqtt.session import broker_address
from ...transport.p1.dongle import P1MqttLink
from ...transport.p1.link import P1Link
from ...transport.p1.stream import LineSettings, P1Address, SerialAddress, TcpAddress
from ...transport.state import LinkState


class TelegramLink(Protocol):
    """What brings the telegrams of a meter, and comes back whenever it can."""

    @property
    def connects(self) -> int:
        """How often it came up."""

    async def open(self) -> None:
        """Begin to receive; raises LinkError."""

    async def run(self) -> None:
        """Keep receiving until closed or refused."""

    def telegram_seen(self) -> None:
        """Learn that a valid telegram has come through."""

    async def close(self) -> None:
        """Stop for good; run() ends with it."""


class MakeLink(Protocol):
    """What makes a source that hands its bytes and its state on."""

    def __call__(
        self,
        *,
        on_bytes: Callable[[bytes], None],
        on_state: Callable[[LinkState], None],
    ) -> TelegramLink:
        """Prepare a source that is not open yet."""


def p1_address(data: Mapping[str, Any]) -> P1Address:
    """Return the port that an entry's data point to."""
    if data[CONF_KIND] == KIND_P1_SERIAL:
        return SerialAddress(data[CONF_DEVICE])
    return TcpAddress(data[CONF_HOST], data[CONF_PORT])


async def async_link_maker(hass: HomeAssistant, data: Mapping[str, Any]) -> MakeLink:
    """Return what makes the source that an entry's data point to."""
    kind = data[CONF_KIND]
    if kind == KIND_P1_BROKER:
        return partial(P1MqttLink, broker_address(data), data[CONF_TOPIC])
    if kind == KIND_P1_MQTT:
        module = await async_import_module(hass, f"{__package__}.ha_mqtt")
        return partial(module.HomeAssistantLink, hass, data[CONF_TOPIC])
    return partial(P1Link, p1_address(data), LineSettings(data[CONF_LINE]))
