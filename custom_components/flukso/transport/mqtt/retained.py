"""Find out what a broker has retained."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ..errors import CannotConnect
from .session import BrokerAddress, Session, open_session

CONNECT_TIMEOUT = 10.0


async def collect_retained(
    broker: BrokerAddress,
    topics: tuple[str, ...],
    take: Callable[[str, bytes], bool],
    *,
    timeout: float,
    quiet: float = 0.5,
) -> None:
    """Hand every message on topics to take until it has been quiet for a while.

    take tells whether a message was what we look for: until the first such message
    the wait lasts timeout seconds, from then on until nothing came for quiet seconds.
    Raises CannotConnect or InvalidAuth; finding nothing is no error.
    """
    arrived = asyncio.Event()
    found = False

    def on_message(topic: str, payload: bytes, _retained: bool) -> None:
        nonlocal found
        found = take(topic, payload) or found
        arrived.set()

    session, _protocol = await open_session(broker, on_message, timeout=CONNECT_TIMEOUT)
    session.closed.add_done_callback(lambda _closed: arrived.set())
    try:
        await _subscribe(session, topics)
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not session.closed.done():
                    await asyncio.wait_for(arrived.wait(), quiet if found else None)
                    arrived.clear()
                if not found:
                    raise CannotConnect("the connection ended")
    finally:
        session.close()


async def _subscribe(session: Session, topics: tuple[str, ...]) -> None:
    """Subscribe, but do not wait for ever; raises CannotConnect."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await session.subscribe(topics)
    except TimeoutError as err:
        raise CannotConnect("subscription not confirmed") from err
