"""Writes TMPO blocks, good and bad."""

from collections.abc import Sequence
from itertools import pairwise
import json
from pathlib import Path
from typing import Any
import zlib

from custom_components.flukso.core.fluksometer.tmpo.keys import (
    BlockKey,
    parse_block_topic,
)

SID = "0123456789abcdef0123456789abcd01"
TMPO = "tmpo"
BEGIN = 1_700_000_000 >> 20 << 20
NOW = 1_800_000_000.0
RECORDED = Path(__file__).parents[3] / "fixtures" / "tmpo"

type Point = tuple[int, float]


def key(
    level: int = 8, begin: int = BEGIN, *, rid: int = 0, sid: str = SID
) -> BlockKey:
    """Return the key of a block, by default at a multiple of all spans."""
    return BlockKey(sid, rid, level, begin)


def compress(text: bytes) -> bytes:
    """Compress as the device does."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush()


def text(points: Sequence[Point], **changes: Any) -> bytes:
    """Return the text of a block; `changes` replace parts of its header, or t and v."""
    document: dict[str, Any] = {
        "h": {
            "cfg": {"id": SID, "port": [1], "data_type": "counter", "unit": "Wh"},
            "tail": points[-1],
            "vsn": 1,
            "head": points[0],
        },
        "t": [0, *(b[0] - a[0] for a, b in pairwise(points))],
        "v": [0, *(round(b[1] - a[1], 3) for a, b in pairwise(points))],
    }
    for name, value in changes.items():
        (document if name in document else document["h"])[name] = value
    return json.dumps(document, separators=(",", ":")).encode()


def payload(points: Sequence[Point], **changes: Any) -> bytes:
    """Return the same, compressed."""
    return compress(text(points, **changes))


def recorded_blocks() -> dict[BlockKey, bytes]:
    """Return the blocks of a real FLM02 of July 2014, from the example of flukso/tmpo."""
    found = {}
    for path in sorted(RECORDED.rglob("*")):
        if path.is_file():
            sensor, *place = path.relative_to(RECORDED).parts
            name = parse_block_topic("/".join(["/sensor", sensor, TMPO, *place, "gz"]))
            assert name is not None
            found[name] = path.read_bytes()
    return found
