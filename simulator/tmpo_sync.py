"""How the history daemon answers who missed blocks."""

from collections.abc import Iterator, Mapping
import json

from .messages import Message
from .tmpo import LEVELS, TMPO, BlockKey


class DaemonError(Exception):
    """The daemon does not understand a request, and dies of it."""


def request_topic(device_id: str) -> str:
    """Name the topic on which a client asks a device for its blocks."""
    return f"/d/device/{device_id}/{TMPO}/sync"


def answer(request: bytes, blocks: Mapping[BlockKey, bytes]) -> list[Message]:
    """Publish every block that ends later than those that are held."""
    return [
        Message(key.topic, blocks[key])
        for held in _held(request)
        for key in _later(held, blocks)
    ]


def _held(request: bytes) -> Iterator[BlockKey]:
    """Yield the last block that is held of each sensor; raise DaemonError."""
    try:
        entries = json.loads(request)
        for entry in entries:
            rid, level, begin = (entry[key] for key in ("rid", "lvl", "bid"))
            yield BlockKey(entry["sid"], _number(rid), _number(level), _number(begin))
    except (ValueError, KeyError, TypeError) as error:
        raise DaemonError from error


def _number(item: object) -> int:
    if isinstance(item, int | float) and not isinstance(item, bool):
        return int(item)
    raise TypeError("no number")


def _later(held: BlockKey, blocks: Mapping[BlockKey, bytes]) -> list[BlockKey]:
    """Return what ends later: per recycle id, large blocks first, each in order."""
    found = [
        key
        for key in blocks
        if key.sensor_id == held.sensor_id
        and key.rid >= held.rid
        and _end(key) > _end(held)
    ]
    return sorted(found, key=lambda key: (key.rid, -LEVELS.index(key.level), key.begin))


def _end(key: BlockKey) -> int:
    return key.begin + (1 << key.level) - 1
