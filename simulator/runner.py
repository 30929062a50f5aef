"""Publish a simulated device to a broker, in real time or faster."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count

from .device import Device
from .messages import Message
from .publisher import Publisher


async def run(
    device: Device,
    host: str,
    port: int,
    *,
    username: str | None = None,
    password: str | None = None,
    speed: float = 1.0,
    duration: int | None = None,
    head_start: int = 0,
    hold: Callable[[Message], Awaitable[None]] | None = None,
) -> None:
    """Publish until cancelled, or for `duration` seconds of the device's time.

    `speed` is the device's seconds per real second. After `head_start` seconds, which
    take no time, nothing is left but what the device let the broker retain. `hold`
    publishes in the broker's own name what it takes from no client
    (`EmbeddedBroker.hold`). A connection that cannot be made raises OSError; one that
    is lost is made again every second.
    """
    loop = asyncio.get_running_loop()
    if hold is not None:
        await hold(device.bridge_state())
    first = device.start + head_start
    kept = _kept(device, first)
    publisher = Publisher(
        host,
        port,
        username,
        password,
        topics=device.subscriptions,
        hear=device.hear,
    )
    async with publisher:
        begun = loop.time()
        last = None if duration is None else first + duration - 1
        present = False
        for second in count(first):
            await asyncio.sleep(begun + (second - first) / speed - loop.time())
            if not publisher.connected:
                present = False
                with suppress(OSError):
                    await publisher.connect()
            sent = device.step(second)
            if publisher.connected and device.powered and not present:
                sent = [*device.retained(), *kept, *sent]
                present, kept = True, []
            if second == last:
                await _finish(publisher, sent)
                return
            for message in sent:
                publisher.publish(message)
            await publisher.flush()
            publisher.keep_alive()


def _kept(device: Device, until: int) -> list[Message]:
    """Let the device run until a second; return what a broker retains of that."""
    kept: dict[str, Message] = {}
    for second in range(device.start, until):
        for message in device.step(second):
            if message.retain:
                kept[message.topic] = message
    return [message for message in kept.values() if message.payload]


async def _finish(publisher: Publisher, messages: list[Message]) -> None:
    if publisher.connected:
        await publisher.confirm(messages)
