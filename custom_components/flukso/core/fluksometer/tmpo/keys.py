"""Name the blocks of TMPO, the history that a Fluksometer keeps, and ask for them.

A block holds what a sensor recorded in a span of 2^level seconds from `begin` on. The
device merges 16 blocks of a level into one of the next.
"""

from collections.abc import Iterable
import json
import re
from typing import Final, NamedTuple

from ..topics import is_hex_id

LEVELS: Final = (8, 12, 16, 20)
BLOCK_SUFFIX: Final = "/gz"

_TMPO: Final = "tmpo"
_MAX_RID: Final = 2**31
_NUMBER: Final = "0|[1-9][0-9]{0,9}"
_BLOCK_TOPIC: Final = re.compile(
    rf"/sensor/([0-9a-f]{{32}})/{_TMPO}/({_NUMBER})/({'|'.join(map(str, LEVELS))})"
    rf"/({_NUMBER})/gz"
)


class BlockKey(NamedTuple):
    """What identifies a block: `begin` is the unix second that its span starts at.

    `rid` tells the uses of a sensor id apart: it counts up when the device gives the
    place of a sensor to another one.
    """

    sensor_id: str
    rid: int
    level: int
    begin: int

    @property
    def end(self) -> int:
        """Return the first second after the block's span."""
        return self.begin + (1 << self.level)

    @property
    def ancestors(self) -> list[BlockKey]:
        """Return the larger blocks that this one is merged into, next one first."""
        return [
            self._replace(level=level, begin=self.begin >> level << level)
            for level in LEVELS
            if level > self.level
        ]


class Held(NamedTuple):
    """Up to when (unix s) all of a sensor's history is known; 0: nothing is."""

    sensor_id: str
    rid: int
    until: int


def parse_block_topic(topic: str) -> BlockKey | None:
    """Return which block comes on a topic; None for any other topic."""
    if (match := _BLOCK_TOPIC.fullmatch(topic)) is None:
        return None
    key = BlockKey(match[1], int(match[2]), int(match[3]), int(match[4]))
    if key.rid > _MAX_RID or key.begin % (1 << key.level):
        return None
    return key


def blocks_filter(sensor_id: str) -> str:
    """Return what to subscribe to for the blocks of one sensor."""
    return f"/sensor/{sensor_id}/{_TMPO}/+/+/+/gz"


def sync_topic(device_id: str) -> str:
    """Return the topic on which a device is asked to publish its blocks again."""
    return f"/d/device/{device_id}/{_TMPO}/sync"


def sync_payload(held: Iterable[Held]) -> bytes:
    """Return the request for every block that ends after what is held.

    To be published with QoS 0 and never retained. One request names all sensors: the
    device answers only the newest. ValueError when something is no id or number of the
    grammar: the device's daemon dies of what it cannot read.
    """
    entries = [_sync_entry(*item) for item in held]
    return json.dumps(entries, separators=(",", ":")).encode()


def _sync_entry(sensor_id: str, rid: int, until: int) -> dict[str, str | int]:
    """Name the last small block that lies wholly before `until`."""
    if not is_hex_id(sensor_id) or not 0 <= rid <= _MAX_RID:
        raise ValueError("not a sensor of a Fluksometer")
    level = LEVELS[0]
    begin = (until >> level) - 1 << level
    if begin < 0:
        rid = level = begin = 0
    return {"sid": sensor_id, "rid": rid, "lvl": level, "bid": begin}
