"""Put TMPO blocks together to the history of each sensor."""

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from ...energy.series import Series
from .block import Block
from .keys import BlockKey


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
