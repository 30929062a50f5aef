"""Keep TMPO blocks packed as they come until their history is wanted."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from ...drops import Dropped, DropReason
from ...energy.series import Series
from .block import MAX_BYTES, Block, read_block
from .keys import BlockKey
from .tmpo_merge import SeriesKey, merged

# A full device has some 4 MB of blocks; these bounds are for who floods the broker.
MOST_BLOCKS: Final = 50_000
MOST_BYTES: Final = 64 << 20

type Packed = tuple[BlockKey, bytes]


class History(NamedTuple):
    """What blocks tell of each sensor, and why some of them were not read."""

    series: dict[SeriesKey, Series]
    drops: list[Dropped]


class BlockShelf:
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
    for key, payload in packed:
        try:
            blocks.append(read_block(key, payload, now))
        except Dropped as drop:
            drops.append(drop)
    return History(merged(blocks), drops)
