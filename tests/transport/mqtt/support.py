"""What the tests of the connections share."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from custom_components.flukso.transport.mqtt.link import MqttLink
from custom_components.flukso.transport.mqtt.session import BrokerAddress
from custom_components.flukso.transport.state import LinkState

from ...brokers import HOST, Address

TIMEOUT = 10.0


def address(broker: Address, **credentials: str) -> BrokerAddress:
    """Return where a broker listens, as the integration writes it."""
    return BrokerAddress(host=HOST, port=broker.port, **credentials)


async def until(met: Callable[[], bool]) -> None:
    """Let the event loop run until a condition is met."""
    async with asyncio.timeout(TIMEOUT):
        while not met():
            await asyncio.sleep(0.001)


@dataclass(slots=True)
class Heard:
    """What a connection handed over."""

    messages: list[tuple[str, bytes, bool]] = field(default_factory=list)
    states: list[LinkState] = field(default_factory=list)

    def on_message(self, topic: str, payload: bytes, retained: bool) -> None:
        self.messages.append((topic, payload, retained))

    @property
    def payloads(self) -> list[bytes]:
        return [payload for _topic, payload, _retained in self.messages]

    def link(
        self, broker: Address, *first_topics: str, fence: str | None = None
    ) -> MqttLink:
        """Return a link that hands everything to this."""
        return MqttLink(
            address(broker),
            on_message=self.on_message,
            on_state=self.states.append,
            first_topics=first_topics,
            fence_topic=fence,
        )
