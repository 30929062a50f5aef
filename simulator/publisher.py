"""An MQTT 3.1.1 client on the event loop that publishes, and hears a few requests."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from .messages import Message

_KEEPALIVE = 60
_ANSWER = 10.0


class Publisher:
    """One connection, open while the context is."""

    def __init__(
        self,
        host: str,
        port: int,
        username: str | None,
        password: str | None,
        *,
        topics: Sequence[str] = (),
        hear: Callable[[str, bytes], None] | None = None,
    ) -> None:
        """Prepare; nothing is sent yet. `hear` gets what comes on the topics."""
        self._host = host
        self._port = port
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv311)
        self._client.username_pw_set(username, password)
        self._client.on_connect = self._answered
        self._client.on_disconnect = self._lost
        self._client.on_socket_close = self._closed
        self._client.on_message = self._heard
        self._topics = topics
        self._hear = hear
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[str] = self._loop.create_future()
        self._written = asyncio.Event()
        self._subscribed = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Tell whether the broker has accepted the connection."""
        return self._client.is_connected()

    async def connect(self) -> None:
        """Connect, again if need be; raise OSError when it fails."""
        self._answer = self._loop.create_future()
        self._client.on_socket_register_write = None
        self._client.on_socket_unregister_write = None
        await self._open()
        self._watch()
        try:
            async with asyncio.timeout(_ANSWER):
                refusal = await self._answer
        except TimeoutError:
            refusal = "no answer"
        if refusal:
            raise ConnectionError(f"{self._host}:{self._port}: {refusal}")

    async def _open(self) -> None:
        """Open the socket; when cancelled, wait for what cannot be interrupted."""
        opening = self._loop.run_in_executor(
            None, partial(self._client.connect, self._host, self._port, _KEEPALIVE)
        )
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            with suppress(OSError):
                await opening
            raise

    def _watch(self) -> None:
        """Let the event loop serve the socket that a connection has opened."""
        self._client.on_socket_register_write = self._write_wanted
        self._client.on_socket_unregister_write = self._write_done
        connection = self._client.socket()
        if connection is None:
            raise ConnectionError(f"{self._host}:{self._port}: closed")
        self._loop.add_reader(connection, self._client.loop_read)
        if self._client.want_write():
            self._loop.add_writer(connection, self._client.loop_write)
        else:
            self._written.set()

    def _write_wanted(self, _: Client, __: Any, connection: Any) -> None:
        self._written.clear()
        self._loop.add_writer(connection, self._client.loop_write)

    def _write_done(self, _: Client, __: Any, connection: Any) -> None:
        self._written.set()
        self._loop.remove_writer(connection)

    def _closed(self, _: Client, __: Any, connection: Any) -> None:
        self._written.set()
        self._loop.remove_reader(connection)
        self._loop.remove_writer(connection)

    def _answered(self, _: Client, __: Any, ___: Any, reason: Any, *____: Any) -> None:
        if not reason.is_failure and self._topics:
            self._client.subscribe([(topic, 0) for topic in self._topics])
        if not self._answer.done():
            self._answer.set_result(str(reason) if reason.is_failure else "")

    def _heard(self, _: Client, __: Any, message: MQTTMessage) -> None:
        if self._hear is not None:
            self._hear(message.topic, message.payload)

    def _lost(self, *_: Any) -> None:
        if not self._answer.done():
            self._answer.set_result("connection closed")

    def publish(self, message: Message) -> bool:
        """Queue a message; tell whether there is a connection to send it on."""
        topic, payload, retain, qos = message
        info = self._client.publish(topic, payload, qos, retain)
        return info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    async def confirm(self, messages: list[Message]) -> None:
        """Publish, and wait until the broker has passed the last message on.

        A broker may drop what it has not handled yet when its client leaves.
        """
        if not messages:
            return
        topic, payload, *_ = messages[-1]
        arrived = asyncio.Event()

        def echoed(_: Client, __: Any, message: MQTTMessage) -> None:
            if message.payload == payload:
                arrived.set()

        self._client.message_callback_add(topic, echoed)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.subscribe(topic)
        with suppress(TimeoutError):
            async with asyncio.timeout(_ANSWER):
                await self._subscribed.wait()
                for message in messages:
                    self.publish(message)
                await arrived.wait()

    def keep_alive(self) -> None:
        """Ping when it is time to; call about once a second."""
        self._client.loop_misc()

    async def flush(self) -> None:
        """Wait until everything queued is on its way."""
        if self._client.want_write():
            await self._written.wait()

    async def __aenter__(self) -> Self:
        """Connect; an attempt that is given up leaves no connection behind."""
        try:
            await self.connect()
        except OSError, asyncio.CancelledError:
            await self._leave()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Say goodbye."""
        await self._leave()

    async def _leave(self) -> None:
        self._client.disconnect()
        with suppress(TimeoutError):
            async with asyncio.timeout(_ANSWER):
                await self.flush()
        self._client.loop_misc()
