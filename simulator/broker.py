"""A broker inside the process, for when there is none to publish to."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
import logging
import socket
from typing import Self

from amqtt.broker import Broker
from amqtt.errors import BrokerError

from .messages import Message

_LOOPBACK = "127.0.0.1"
_FAREWELL = 1.0
_LOGGERS = ("amqtt", "transitions")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the broker's own log to itself: refused clients are not our errors."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def free_port() -> int:
    """Return a TCP port of the loopback interface that is free now."""
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


class EmbeddedBroker:
    """An anonymous MQTT 3.1.1 broker on 127.0.0.1, running while the context is."""

    def __init__(self, port: int = 0) -> None:
        """Choose the port; 0 takes a free one."""
        self.port = port
        self._resources = ExitStack()
        self._broker: Broker | None = None

    async def __aenter__(self) -> Self:
        """Start to listen; raise OSError when the port is taken."""
        self.port = self.port or free_port()
        broker = Broker(
            {
                "listeners": {
                    "default": {"type": "tcp", "bind": f"{_LOOPBACK}:{self.port}"}
                },
                "plugins": {
                    "amqtt.plugins.authentication.AnonymousAuthPlugin": {
                        "allow_anonymous": True
                    }
                },
            }
        )
        with ExitStack() as starting:
            starting.enter_context(_quiet())
            try:
                await broker.start()
            except BrokerError as error:
                raise OSError(f"cannot listen on {_LOOPBACK}:{self.port}") from error
            self._resources = starting.pop_all()
        self._broker = broker
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        with self._resources, suppress(TimeoutError):
            if self._broker is not None:
                # The broker waits for ever for a client that left while it came in.
                async with asyncio.timeout(_FAREWELL):
                    await self._broker.shutdown()
        self._broker = None

    async def hold(self, message: Message) -> None:
        """Publish a retained message in the broker's own name ($SYS topics)."""
        if self._broker is None:
            raise RuntimeError("the broker is not running")
        topic, payload, _, qos = message
        await self._broker.retain_message(None, topic, payload, qos)
        await self._broker.internal_message_broadcast(topic, payload, qos)
