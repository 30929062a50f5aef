"""The telegrams that a P1 dongle publishes on a broker."""

from collections.abc import Callable

from ..mqtt.link import MqttLink
from ..mqtt.session import BrokerAddress
from ..state import LinkState


class P1MqttLink:
    """Hold a connection to the broker that a dongle publishes to.

    on_bytes gets each message, which should be a whole telegram. on_state hears what
    an MqttLink tells. A retained message is no news: nobody knows how old it is.
    """

    def __init__(
        self,
        broker: BrokerAddress,
        topic: str,
        *,
        on_bytes: Callable[[bytes], None],
        on_state: Callable[[LinkState], None],
    ) -> None:
        """Prepare a link; open() makes the first connection, run() keeps one."""
        self._topic = topic
        self._on_bytes = on_bytes
        self._on_elsewhere: Callable[[str, bytes], None] | None = None
        self._link = MqttLink(
            broker,
            on_message=self._on_message,
            on_state=on_state,
            first_topics=(topic,),
        )

    @property
    def connects(self) -> int:
        """How often a connection came to stand."""
        return self._link.connects

    async def open(self) -> None:
        """Connect and subscribe; raises CannotConnect or InvalidAuth."""
        await self._link.open()

    async def listen(
        self, topics: str, on_message: Callable[[str, bytes], None]
    ) -> Callable[[], None]:
        """Hear what is published on topics from now on; returns what ends it."""
        self._on_elsewhere = on_message
        self._link.want(topics)

        def end() -> None:
            self._on_elsewhere = None
            self._link.unwant(topics)

        return end

    async def run(self) -> None:
        """Keep the link up until closed or refused."""
        await self._link.run()

    def telegram_seen(self) -> None:
        """Do nothing: a connection proves itself by how long it lasts."""

    async def close(self) -> None:
        """End the connection for good."""
        self._link.close()

    def _on_message(self, topic: str, payload: bytes, retained: bool) -> None:
        if retained:
            return
        if topic == self._topic:
            self._on_bytes(payload)
        elif self._on_elsewhere is not None:
            self._on_elsewhere(topic, payload)
