"""Telegrams leave nothing behind, from the bytes to the states."""

from collections import deque
import gc

from simulator import make_meter

from .feed import MakeMeterFeed, MeterFeed, p1_entry
from .telegrams import NOON

CONTAINERS = (dict, list, tuple, set, frozenset, deque)
# Until every timer has come, and within one quarter: windows are kept.
WARM_UP = 150
TELEGRAMS = 700


def held(root: object) -> int:
    """Return how much is reachable through objects of ours and containers."""
    seen: dict[int, object] = {}
    left = [root]
    while left:
        thing = left.pop()
        ours = type(thing).__module__.startswith("custom_components.flukso")
        if id(thing) not in seen and (ours or isinstance(thing, CONTAINERS)):
            seen[id(thing)] = thing
            left += gc.get_referents(thing)
    return sum(
        len(thing) if isinstance(thing, CONTAINERS) else 1 for thing in seen.values()
    )


async def test_an_entry_holds_as_much_after_many_telegrams_as_before(
    make_p1_feed: MakeMeterFeed,
) -> None:
    meter = make_meter("be-50217", start=NOON)
    telegrams = [
        telegram
        for second in range(NOON + 1, NOON + 1 + WARM_UP + TELEGRAMS)
        if (telegram := meter.telegram(second)) is not None
    ]
    feed = make_p1_feed(telegrams[0])
    feed.entry = p1_entry(telegrams[0], feed.entry.data, offered=False)
    await feed.start()
    await run(feed, telegrams[:WARM_UP])
    assert feed.meters
    before = held(feed.entry.runtime_data)
    await run(feed, telegrams[WARM_UP:])
    assert held(feed.entry.runtime_data) == before


async def run(feed: MeterFeed, telegrams: list[bytes]) -> None:
    """Let the meter send one telegram a second."""
    for telegram in telegrams:
        await feed.run(1, telegram)
