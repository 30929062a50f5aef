"""The passing of a meter's time."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count


async def paced(
    start: int, speed: float = 1.0, duration: int | None = None
) -> AsyncIterator[int]:
    """Yield each second when it comes, forever or so many of them.

    `speed` is the meter's seconds per real second.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for second in count(start) if duration is None else range(start, start + duration):
        await asyncio.sleep(begun + (second - start) / speed - loop.time())
        yield second
