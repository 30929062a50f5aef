"""A connection that is wanted: it comes back whenever it can."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from paho.mqtt.enums import MQTTProtocolVersion

from ..backoff import Backoff
from ..errors import CannotConnect, InvalidAuth, LinkError, SubscriptionRefused
from ..state import LinkState
from .session import PROTOCOLS, BrokerAddress, MessageCallback, Session, open_session

CONNECT_TIMEOUT = 10.0
# A reboot of the device takes about a minute: look again at least that often.
RETRY_CAP = 60.0
# A connection that a broker ends sooner counts as one more failed attempt.
STEADY_AFTER = 60.0


class MqttLink:
    """Hold a connection and its subscriptions to one broker.

    on_state hears UP once the subscriptions have landed, DOWN when a connection that
    was up ends, REFUSED when the broker no longer takes our credentials; connecting
    is then left to whoever mends them.
    """

    def __init__(
        self,
        broker: BrokerAddress,
        *,
        on_message: MessageCallback,
        on_state: Callable[[LinkState], None],
        first_topics: Iterable[str] = (),
        fence_topic: str | None = None,
    ) -> None:
        """Prepare a link; open() makes the first connection, run() keeps one.

        first_topics are subscribed to before all others. A broker sends what it has
        retained for them before it confirms the later fence_topic, so that after
        open() everything retained has been delivered.
        """
        self._broker = broker
        self._on_message = on_message
        self._on_state = on_state
        self._first_topics = tuple(first_topics)
        self._fence_topic = fence_topic
        self._wanted: dict[str, None] = {}
        self._fresh: dict[str, None] = {}
        self._session: Session | None = None
        self._flush: asyncio.Handle | None = None
        self._protocols: tuple[MQTTProtocolVersion, ...] = PROTOCOLS
        self._over = False
        self.protocol: MQTTProtocolVersion | None = None
        self.connects = 0

    @property
    def connected(self) -> bool:
        """Whether a connection stands and its subscriptions have landed."""
        return self._session is not None

    async def open(self) -> None:
        """Connect and subscribe; raises CannotConnect or InvalidAuth."""
        session, protocol = await open_session(
            self._broker,
            self._on_message,
            timeout=CONNECT_TIMEOUT,
            protocols=self._protocols,
        )
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                landed = await self._subscribe(session)
        except TimeoutError as err:
            session.close()
            raise CannotConnect("subscription not confirmed") from err
        except BaseException:
            session.close()
            raise
        self._session = session
        # What the broker spoke once it is tried first from now on.
        self._protocols = tuple(
            sorted(self._protocols, key=lambda known: known != protocol)
        )
        self.protocol = protocol
        self.connects += 1
        session.unsubscribe(topic for topic in landed if topic not in self._wanted)
        self._subscribe_fresh()
        self._on_state(LinkState.UP)

    async def run(self) -> None:
        """Keep the link up until closed or refused; opens it when it is not."""
        backoff = Backoff(cap=RETRY_CAP)
        while not self._over:
            try:
                if self._session is None:
                    await self.open()
            except InvalidAuth:
                self._on_state(LinkState.REFUSED)
                return
            except LinkError:
                await asyncio.sleep(backoff.next())
                continue
            if self._session is not None and await self._lasted(self._session):
                backoff.reset()
            if not self._over:
                await asyncio.sleep(backoff.next())

    def close(self) -> None:
        """End the connection for good; run() ends with it."""
        self._over = True
        if self._flush:
            self._flush.cancel()
        if self._session is not None:
            self._session.close()
            self._session = None

    async def _subscribe(self, session: Session) -> tuple[str, ...]:
        """Subscribe to everything; returns what of it was wanted."""
        await session.subscribe(self._first_topics)
        if self._fence_topic:
            # A broker that keeps this topic to itself answers in order, too.
            with suppress(SubscriptionRefused):
                await session.subscribe((self._fence_topic,))
        self._fresh.clear()
        wanted = tuple(self._wanted)
        await session.subscribe(wanted)
        if self._over:
            raise CannotConnect("closed meanwhile")
        return wanted

    async def _lasted(self, session: Session) -> bool:
        """Wait for the end of a connection; tell whether it was a steady one."""
        loop = asyncio.get_running_loop()
        begin = loop.time()
        await asyncio.wait({session.closed})
        if not self._over:
            self._session = None
            self._on_state(LinkState.DOWN)
        return loop.time() - begin >= STEADY_AFTER

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish at QoS 0, never retained; raises CannotConnect."""
        if self._session is None:
            raise CannotConnect("not connected")
        # What was wanted last is subscribed to before the answer can come.
        self._subscribe_fresh()
        self._session.publish(topic, payload)

    def want(self, topic: str) -> None:
        """Subscribe to a topic now, or as soon as there is a connection."""
        if topic in self._wanted:
            return
        self._wanted[topic] = None
        self._fresh[topic] = None
        if self._flush is None and self._session is not None:
            loop = asyncio.get_running_loop()
            self._flush = loop.call_soon(self._subscribe_fresh)

    def unwant(self, topic: str) -> None:
        """Give a topic up."""
        if self._wanted.pop(topic, "absent") == "absent":
            return
        if self._fresh.pop(topic, "absent") == "absent" and self._session is not None:
            self._session.unsubscribe((topic,))

    def _subscribe_fresh(self) -> None:
        """Subscribe in few packets to all that was asked for since the last turn."""
        self._flush = None
        if self._session is None or not self._fresh:
            return
        topics, self._fresh = tuple(self._fresh), {}
        self._session.subscribe_soon(topics)
