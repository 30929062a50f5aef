"""The history a device keeps: TMPO blocks, published once and merged into larger ones.

A level is the base-2 logarithm of a block's span in seconds: 8, 12, 16 and 20.
"""

from collections.abc import Iterator
from itertools import accumulate
import json
from random import Random
from typing import NamedTuple
import zlib

from .config import Section, Sensor
from .messages import Message, lua_json, thousandths

LEVELS = (8, 12, 16, 20)
TMPO = "tmpo"
_SPAN = 1 << LEVELS[0]
_PAGE = 4096
_SANE_TIME = 1_234_567_890


class BlockKey(NamedTuple):
    """What identifies a block: `begin` is the Unix second it starts at."""

    sensor_id: str
    rid: int
    level: int
    begin: int

    @property
    def topic(self) -> str:
        """Name the topic the block is published on."""
        place = f"{self.rid}/{self.level}/{self.begin}"
        return f"/sensor/{self.sensor_id}/{TMPO}/{place}/gz"

    @property
    def parent(self) -> BlockKey:
        """Return the block of the next level that this one goes into."""
        level = self.level + 4
        begin = self.begin >> level << level
        return BlockKey(self.sensor_id, self.rid, level, begin)


def sync_topic(device_id: str) -> str:
    """Name the topic on which a starting device asks the cloud what it has."""
    return f"/device/{device_id}/{TMPO}/sync"


class _Chunk:
    """One block in the making: stamps, and values in thousandths."""

    __slots__ = ("config", "stamps", "values")

    def __init__(self, config: Section, stamp: int, milli: int) -> None:
        self.config = config
        self.stamps = [stamp]
        self.values = [milli]

    def add(self, stamp: int, milli: int) -> None:
        # Stamps must increase, or the point is dropped.
        if stamp > self.stamps[-1]:
            self.stamps.append(stamp)
            self.values.append(milli)

    def extend(self, later: _Chunk) -> None:
        """Add a block's points; the configuration is that of the last one."""
        self.config = later.config
        self.stamps += later.stamps
        self.values += later.values


def _deltas(numbers: list[int]) -> Iterator[int]:
    yield 0
    for before, after in zip(numbers, numbers[1:], strict=False):
        yield after - before


def _encode(config: str, chunk: _Chunk) -> bytes:
    """Write a block with the key order the readers rely on: h, t, v."""
    (first, *_, last) = (
        f"[{stamp},{thousandths(milli)}]"
        for stamp, milli in (
            (chunk.stamps[0], chunk.values[0]),
            (chunk.stamps[-1], chunk.values[-1]),
        )
    )
    stamps = ",".join(map(str, _deltas(chunk.stamps)))
    values = ",".join(map(thousandths, _deltas(chunk.values)))
    head = f'{{"cfg":{config},"tail":{last},"vsn":1,"head":{first}}}'
    return _gzip(f'{{"h":{head},"t":[{stamps}],"v":[{values}]}}'.encode())


def _gzip(data: bytes) -> bytes:
    """Compress to one member without time stamp, as the device's zlib does."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _decode(block: bytes) -> _Chunk:
    """Undo `_encode`."""
    content = json.loads(zlib.decompress(block, 16 + zlib.MAX_WBITS))
    stamp, value = content["h"]["head"]
    chunk = _Chunk(content["h"]["cfg"], stamp, round(value * 1000))
    changes = (round(change * 1000) for change in content["v"])
    chunk.stamps = [stamp + passed for passed in accumulate(content["t"])]
    chunk.values = [chunk.values[0] + moved for moved in accumulate(changes)]
    return chunk


class TmpoStore:
    """The blocks of one device, from the last seconds to the last weeks."""

    def __init__(
        self, seed: int, boot: int, decimation: int = 1, pages: int = 900
    ) -> None:
        """Start empty; the grace after a block's end differs from boot to boot."""
        self._seed = seed
        self._decimation = decimation
        self._pages = pages
        self._open: dict[BlockKey, _Chunk] = {}
        self._merging: Iterator[Message] = iter(())
        self.blocks: dict[BlockKey, bytes] = {}
        self._boot(boot)

    def _boot(self, second: int) -> None:
        self._grace = Random(f"tmpo/{self._seed}/{second}").randint(4, 20)
        self._closes = -(-second // _SPAN) * _SPAN

    def reboot(self, second: int) -> None:
        """Lose what was in memory."""
        self._open.clear()
        self._merging = iter(())
        self._boot(second)

    def record(self, sensor: Sensor, stamp: int, milli: int) -> None:
        """Remember one published value, in thousandths of its unit."""
        if stamp <= _SANE_TIME or not sensor.recorded or stamp % self._decimation:
            return
        key = BlockKey(sensor.id, sensor.rid, LEVELS[0], stamp // _SPAN * _SPAN)
        chunk = self._open.get(key)
        if chunk is None:
            self._open[key] = _Chunk(sensor.config, stamp, milli)
        else:
            chunk.add(stamp, milli)

    def step(self, second: int) -> list[Message]:
        """Publish what is due: all level-8 blocks at once, merged ones one by one."""
        if second <= _SANE_TIME:
            return []
        if second < self._closes + self._grace:
            message = next(self._merging, None)
            return [] if message is None else [message]
        due = [key for key in self._open if key.begin < self._closes]
        sent = [self._keep(key, self._open.pop(key)) for key in due]
        self._closes = -(-second // _SPAN) * _SPAN
        self._collect_garbage()
        self._merging = self._merge(second)
        return sent

    def _collect_garbage(self) -> None:
        """Give up the oldest span of the highest level while flash is nearly full."""
        level = LEVELS[-1]
        while (
            sum(-(-len(data) // _PAGE) for data in self.blocks.values()) > self._pages
        ):
            oldest = min(key.begin >> level for key in self.blocks)
            for key in [key for key in self.blocks if key.begin >> level == oldest]:
                del self.blocks[key]

    def _keep(self, key: BlockKey, chunk: _Chunk) -> Message:
        block = _encode(lua_json(chunk.config), chunk)
        self.blocks[key] = block
        return Message(key.topic, block)

    def _merge(self, second: int) -> Iterator[Message]:
        """Merge the blocks whose parent's time is over, level by level."""
        for level in LEVELS[:-1]:
            families: dict[BlockKey, list[BlockKey]] = {}
            for key in sorted(key for key in self.blocks if key.level == level):
                parent = key.parent
                if parent.begin + (1 << parent.level) <= second:
                    families.setdefault(parent, []).append(key)
            for parent, children in families.items():
                first, *others = (_decode(self.blocks.pop(key)) for key in children)
                for later in others:
                    first.extend(later)
                yield self._keep(parent, first)
