"""Find out how a meter drives its P1 port."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ..errors import CannotConnect, NoTelegram
from .stream import LineSettings, P1Address, SerialAddress, open_stream

# Two telegrams of a meter that sends every ten seconds: the first is often joined in
# its midst.
SHORTEST_ROUND = 20.0


async def detect[Found](
    address: P1Address,
    *,
    accept: Callable[[bytes], Found | None],
    timeout: float = 30.0,
) -> tuple[LineSettings, Found]:
    """Return the line settings and what accept made of the first valid telegram.

    accept gets all bytes as they come, those that the wrong settings garble too, and
    returns None until it has seen a telegram. timeout: seconds, shared by the settings
    to try, each of which gets SHORTEST_ROUND at least; a TCP server has no settings
    and counts as FAST. Raises NoTelegram, CannotConnect.
    """
    fast_only = (LineSettings.FAST,)
    rounds = LineSettings if isinstance(address, SerialAddress) else fast_only
    patience = max(timeout / len(rounds), SHORTEST_ROUND)
    for settings in rounds:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                return settings, await _first_found(address, settings, accept)
    raise NoTelegram("no valid telegram")


async def _first_found[Found](
    address: P1Address,
    settings: LineSettings,
    accept: Callable[[bytes], Found | None],
) -> Found:
    stream = await open_stream(address, settings)
    try:
        while data := await stream.read():
            if (found := accept(data)) is not None:
                return found
    finally:
        await stream.close()
    raise CannotConnect("the stream ended")
