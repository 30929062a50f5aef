"""The telegrams of a P1 dongle through Home Assistant's own MQTT client.

Imported only where it is used: not everybody has MQTT.
"""

import asyncio
from collections.abc import Callable

from homeassistant.components import mqtt
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ...transport.errors import NoMqttClient
from ...transport.state import LinkState


class HomeAssistantLink:
    """Share Home Assistant's connection to its broker.

    on_bytes gets each message, which should be a whole telegram; on_state hears UP and
    DOWN. A retained message is no news: nobody knows how old it is.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        topic: str,
        *,
        on_bytes: Callable[[bytes], None],
        on_state: Callable[[LinkState], None],
    ) -> None:
        """Prepare a link; open() subscribes."""
        self.connects = 0
        self._hass = hass
        self._topic = topic
        self._on_bytes = on_bytes
        self._on_state = on_state
        self._up = False
        self._stops: list[CALLBACK_TYPE] = []
        self._over = asyncio.Event()

    async def open(self) -> None:
        """Subscribe, now or when the broker is there; raises NoMqttClient."""
        hass = self._hass
        if not await mqtt.async_wait_for_mqtt_client(hass):
            raise NoMqttClient("Home Assistant has no MQTT client")
        self._stops = [
            await mqtt.async_subscribe(
                hass, self._topic, self._on_message, encoding=None
            ),
            mqtt.async_subscribe_connection_status(hass, self._on_connection),
        ]
        self._on_connection(mqtt.is_connected(hass))

    async def run(self) -> None:
        """Wait until closed: Home Assistant keeps the connection."""
        await self._over.wait()

    def telegram_seen(self) -> None:
        """Do nothing: the connection is not ours to judge."""

    async def close(self) -> None:
        """Unsubscribe for good."""
        self._over.set()
        stops, self._stops = self._stops, []
        for stop in stops:
            stop()

    @callback
    def _on_connection(self, connected: bool) -> None:
        if connected is self._up:
            return
        self._up = connected
        self.connects += connected
        self._on_state(LinkState.UP if connected else LinkState.DOWN)

    @callback
    def _on_message(self, message: mqtt.ReceiveMessage) -> None:
        # A reload of Home Assistant's MQTT takes over what is unsubscribed afterwards.
        if self._over.is_set() or message.retain:
            return
        if isinstance(message.payload, bytes):
            self._on_bytes(message.payload)
