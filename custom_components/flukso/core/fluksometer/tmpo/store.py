"""Keep TMPO blocks packed as they come until their history is wanted."""

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from ...drops import Dropped, DropReason
from ...energy.series import Series
from .block import MAX_BYTES, Block, read_block
from .keys import BlockKey

# A full device has some 4 MB of blocks; these bounds are for who floods the broker.
MOST_BLOCKS: Final = 50_000
MOST_BYTES: Final = 64 << 20

type Packed = tuple[BlockKey, bytes]


class History(NamedTuple):
    """What blocks tell of each sensor, and which of them were not read, and why."""

    series: dict[SeriesKey, Series]
    drops: list[Dropped]
    damaged: list[BlockKey]


class BlockStore:
    """Blocks by key; of two with one key the later counts."""

    def __init__(self) -> None:
        """Begin empty."""
        self._blocks: dict[BlockKey, bytes] = {}
        self._bytes = 0

    def __len__(self) -> int:
        """Return the number of blocks."""
        return len(self._blocks)

    def put(self, key: BlockKey, payload: bytes) -> None:
        """Keep a block; raise Dropped when it, or all of them, would be too large."""
        size = self._bytes + len(payload) - len(self._blocks.get(key, b""))
        if len(payload) > MAX_BYTES:
            raise Dropped(DropReason.TOO_LARGE)
        if size > MOST_BYTES or (
            len(self._blocks) >= MOST_BLOCKS and key not in self._blocks
        ):
            raise Dropped(DropReason.TOO_LARGE, "too many blocks")
        self._blocks[key] = payload
        self._bytes = size

    def forget(self, before: int) -> None:
        """Give up the blocks that end before a moment (unix s)."""
        for key in [key for key in self._blocks if key.end <= before]:
            self._bytes -= len(self._blocks.pop(key))

    def between(self, start: int, end: int) -> list[Packed]:
        """Return the blocks that tell of a time, unix s."""
        return [
            (key, payload)
            for key, payload in self._blocks.items()
            if key.end > start and key.begin < end
        ]


def unpacked(packed: Iterable[Packed], now: float) -> History:
    """Return the history in blocks; slow, so for a thread of its own."""
    blocks: list[Block] = []
    drops: list[Dropped] = []
    damaged: list[BlockKey] = []
    for key, payload in packed:
        try:
            blocks.append(read_block(key, payload, now))
        except Dropped as drop:
            drops.append(drop)
            damaged.append(key)
    return History(merged(blocks), drops, damaged)


class SeriesKey(NamedTuple):
    """One use of a sensor: a device may give its id to another sensor, with a new rid."""

    sensor_id: str
    rid: int


def merged(blocks: Iterable[Block]) -> dict[SeriesKey, Series]:
    """Return the history of each sensor, whatever the order and number of its blocks.

    A whole block takes the place of the smaller ones that it was merged from. Of one
    that is not whole, the first and the last point count where nothing better is known.
    """
    best: dict[BlockKey, Block] = {}
    for block in blocks:
        known = best.get(block.key)
        if known is None or _quality(block) > _quality(known):
            best[block.key] = block
    whole = {key for key, block in best.items() if block.whole}
    parts: defaultdict[SeriesKey, list[Block]] = defaultdict(list)
    for key in sorted(best):
        if whole.isdisjoint(key.ancestors):
            parts[SeriesKey(key.sensor_id, key.rid)].append(best[key])
    return {key: _history(found) for key, found in parts.items()}


def _quality(block: Block) -> tuple[bool, int, array[int], array[float]]:
    """Return what decides between two blocks of the same name, always the same way."""
    points = block.points
    return block.whole, len(points), points.times, points.values


def _history(blocks: list[Block]) -> Series:
    """Return the points of a sensor's blocks, none of which is part of a whole one."""
    whole = [block.points for block in blocks if block.whole]
    whole.sort(key=lambda points: points.times[0])
    begins = [points.times[0] for points in whole]
    ends = [points.times[-1] for points in whole]
    rest = [
        Series.of([point])
        for block in blocks
        if not block.whole
        for point in zip(block.points.times, block.points.values, strict=True)
        if bisect_right(begins, point[0]) == bisect_left(ends, point[0])
    ]
    return Series.joined(*whole, *rest)
