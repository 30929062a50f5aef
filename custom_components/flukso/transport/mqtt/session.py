"""One connection to an MQTT broker, from CONNECT to its end."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import batched
from typing import Any, Final
import uuid

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from ..errors import CannotConnect, InvalidAuth, ProtocolRefused, SubscriptionRefused
from .loop import LoopClient, SocketWatch, open_socket

KEEPALIVE = 60
HOUSEKEEPING_INTERVAL = 5.0
# 40 topics make a packet of 2 kB: small for the 400 MHz boxes that run these brokers.
TOPICS_PER_PACKET = 40
# Brokers before Mosquitto 1.3 (FLM02 firmware of 2013) do not know 3.1.1.
PROTOCOLS = (MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv31)
# The values above 0x80 with which a broker refuses a subscription.
SUBSCRIPTION_REFUSED = 0x80
# paho's names for the answers 4 and 5 to CONNECT.
BAD_CREDENTIALS = ("Bad user name or password", "Not authorized")
# Stands for a topic that is not UTF-8; MQTT allows no empty one.
NO_TOPIC = ""

# What of a config entry's data points to a broker.
BROKER_DATA: Final = ("host", "port", "username", "password")

type MessageCallback = Callable[[str, bytes, bool], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Where a broker listens, and who we are there."""

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)


def broker_address(data: Mapping[str, Any]) -> BrokerAddress:
    """Return the broker that a config entry's data point to."""
    return BrokerAddress(**{key: data[key] for key in BROKER_DATA if key in data})


class Session:
    """One life of one connection; make a new one after it ends.

    on_message gets topic, payload and whether the broker had retained the message.
    """

    def __init__(
        self,
        broker: BrokerAddress,
        on_message: MessageCallback,
        *,
        protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv311,
    ) -> None:
        """Prepare a connection that is opened by connect()."""
        loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._broker = broker
        self._accepted: asyncio.Future[None] = loop.create_future()
        self._subscribed: dict[int, asyncio.Future[None]] = {}
        self._soon: set[int] = set()
        self._housekeeping: asyncio.TimerHandle | None = None
        self._deliver = on_message
        # MQTT 3.1 allows 23 characters; the daemons of the device use fixed names.
        self._client = LoopClient(f"flukso-ha-{uuid.uuid4().hex[:8]}", protocol)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        if broker.username:
            self._client.username_pw_set(broker.username, broker.password)
        SocketWatch(self._client, self._broken)

    async def connect(self) -> None:
        """Open the connection; raises CannotConnect, ProtocolRefused, InvalidAuth."""
        broker = self._broker
        try:
            self._client.connected_socket = await open_socket(broker.host, broker.port)
        except (OSError, ValueError) as err:
            raise CannotConnect(f"no connection: {type(err).__name__}") from err
        self._client.connect_async(broker.host, broker.port, KEEPALIVE)
        self._client.reconnect()
        self._keep_house()
        await self._accepted

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Subscribe at QoS 0 and wait until the broker confirmed all of it.

        Raises CannotConnect when the connection ends first, SubscriptionRefused.
        """
        waiting = []
        for mid in self._send_subscriptions(topics):
            confirmed = asyncio.get_running_loop().create_future()
            self._subscribed[mid] = confirmed
            waiting.append(confirmed)
        await asyncio.gather(*waiting)

    def subscribe_soon(self, topics: Iterable[str]) -> None:
        """Subscribe at QoS 0; a refusal or a broken connection ends the session."""
        try:
            self._soon.update(self._send_subscriptions(topics))
        except CannotConnect:
            self.close()

    def _send_subscriptions(self, topics: Iterable[str]) -> list[int]:
        mids = []
        for batch in batched(topics, TOPICS_PER_PACKET, strict=False):
            result, mid = self._client.subscribe([(topic, 0) for topic in batch])
            if result != mqtt.MQTT_ERR_SUCCESS or mid is None:
                raise CannotConnect("not connected")
            mids.append(mid)
        return mids

    def unsubscribe(self, topics: Iterable[str]) -> None:
        """Give up topics; nothing waits for the broker's answer."""
        for batch in batched(topics, TOPICS_PER_PACKET, strict=False):
            self._client.unsubscribe(list(batch))

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish at QoS 0, never retained; raises CannotConnect."""
        info = self._client.publish(topic, payload, qos=0, retain=False)
        if info.rc != mqtt.MQTT_ERR_SUCCESS:
            raise CannotConnect("not connected")

    def close(self) -> None:
        """End the connection politely."""
        self._client.disconnect()
        self._client.loop_write()
        self._client.hang_up()
        self._end("closed")

    def _keep_house(self) -> None:
        if self._client.loop_misc() == mqtt.MQTT_ERR_SUCCESS:
            loop = asyncio.get_running_loop()
            self._housekeeping = loop.call_later(
                HOUSEKEEPING_INTERVAL, self._keep_house
            )

    def _on_connect(
        self,
        _client: mqtt.Client,
        _data: object,
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        if self._accepted.done():
            return
        why = str(reason)
        if not reason.is_failure:
            self._accepted.set_result(None)
        elif why in BAD_CREDENTIALS:
            self._accepted.set_exception(InvalidAuth(why))
        else:
            self._accepted.set_exception(CannotConnect(why))

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _data: object,
        _flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        self._end(str(reason))

    def _on_subscribe(
        self,
        _client: mqtt.Client,
        _data: object,
        mid: int,
        reasons: list[ReasonCode],
        _properties: object,
    ) -> None:
        refused = any(reason.value >= SUBSCRIPTION_REFUSED for reason in reasons)
        confirmed = self._subscribed.pop(mid, None)
        if mid in self._soon:
            self._soon.discard(mid)
            if refused:
                asyncio.get_running_loop().call_soon(self.close)
        if confirmed is None or confirmed.done():
            return
        if refused:
            confirmed.set_exception(SubscriptionRefused("subscription refused"))
        else:
            confirmed.set_result(None)

    def _on_message(
        self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage
    ) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = NO_TOPIC
        self._deliver(topic, message.payload, message.retain)

    def _broken(self) -> None:
        self._client.hang_up()
        self._end("broken packet")

    def _end(self, why: str) -> None:
        """Settle everything that waits for this connection; safe to repeat."""
        if self._housekeeping:
            self._housekeeping.cancel()
        if not self._accepted.done():
            self._accepted.set_exception(ProtocolRefused(why))
            # When connecting has failed already, nobody waits to be told.
            self._accepted.exception()
        for confirmed in self._subscribed.values():
            if not confirmed.done():
                confirmed.set_exception(CannotConnect(why))
        self._subscribed.clear()
        if not self.closed.done():
            self.closed.set_result(None)


async def open_session(
    broker: BrokerAddress,
    on_message: MessageCallback,
    *,
    timeout: float,
    protocols: Iterable[MQTTProtocolVersion] = PROTOCOLS,
) -> tuple[Session, MQTTProtocolVersion]:
    """Connect with the first MQTT version that the broker accepts.

    Raises CannotConnect or InvalidAuth.
    """
    refusal = CannotConnect("no MQTT version to try")
    for protocol in protocols:
        session = Session(broker, on_message, protocol=protocol)
        try:
            async with asyncio.timeout(timeout):
                await session.connect()
        except ProtocolRefused as err:
            refusal = err
        except TimeoutError as err:
            session.close()
            raise CannotConnect("no answer in time") from err
        except BaseException:
            session.close()
            raise
        else:
            return session, protocol
    raise refusal
