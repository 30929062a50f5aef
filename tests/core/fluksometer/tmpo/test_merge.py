"""Blocks of any order and number make the same history."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from random import Random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.flukso.core.energy.series import Series, Silence
from custom_components.flukso.core.fluksometer.tmpo.block import Block, read_block
from custom_components.flukso.core.fluksometer.tmpo.keys import BlockKey
from custom_components.flukso.core.fluksometer.tmpo.store import SeriesKey, merged

from .blocks import BEGIN, NOW, SID, Point, payload, recorded_blocks

LEVELS = (8, 12, 16, 20)


def blocks_of(points: Iterable[Point], level: int, rid: int = 0) -> list[Block]:
    """Return the blocks of a level that hold these points, as the device sends them."""
    spans = groupby(points, key=lambda point: point[0] >> level << level)
    return [
        read_block(BlockKey(SID, rid, level, begin), payload(list(inside)), NOW)
        for begin, inside in spans
    ]


def broken(block: Block) -> Block:
    """Return what can be known of a block that the firmware merged wrongly."""
    times, values = block.points.times, block.points.values
    ends = Series.of([(times[0], values[0]), (times[-1], values[-1])])
    return replace(block, points=ends, whole=False)


def points_of(series: Series) -> list[Point]:
    return list(zip(series.times, series.values, strict=True))


POINTS = [(BEGIN + 7 * n, 100.0 + n) for n in range(6000)]


def test_a_parent_takes_the_place_of_its_children() -> None:
    children = blocks_of(POINTS[:400], 8)
    parent = blocks_of([(time, value + 0.5) for time, value in POINTS[:500]], 12)[0]
    (history,) = merged([*children, parent]).values()
    assert points_of(history) == points_of(parent.points)


def test_grandchildren_go_with_their_grandparent() -> None:
    (history,) = merged([*blocks_of(POINTS, 8), *blocks_of(POINTS, 16)]).values()
    assert points_of(history) == POINTS


def test_children_stand_for_a_parent_that_was_merged_wrongly() -> None:
    children = blocks_of(POINTS[:1000], 8)
    parents = [broken(block) for block in blocks_of(POINTS[:1000], 12)]
    (history,) = merged([*parents, *children]).values()
    assert points_of(history) == POINTS[:1000]


def test_ends_of_a_broken_parent_count_where_children_are_missing() -> None:
    first, *_, last = blocks_of(POINTS[:500], 8)
    parent = broken(blocks_of(POINTS[:500], 12)[0])
    between = points_of(parent.points)
    (history,) = merged([parent, last]).values()
    assert points_of(history) == [between[0], *points_of(last.points)]
    (history,) = merged([parent, first]).values()
    assert points_of(history) == [*points_of(first.points), between[1]]


def test_what_is_missing_between_blocks_is_a_silence() -> None:
    first, _, _, last = blocks_of(POINTS[:140], 8)
    (history,) = merged([last, first]).values()
    assert history.silences(100) == [
        Silence(
            first.points.times[-1],
            last.points.times[0],
            last.points.values[0] - first.points.values[-1],
        )
    ]


def test_a_whole_block_beats_a_broken_one_of_the_same_name() -> None:
    (block,) = blocks_of(POINTS[:30], 8)
    for order in ([block, broken(block)], [broken(block), block]):
        (history,) = merged(order).values()
        assert points_of(history) == POINTS[:30]


def test_another_use_of_a_sensor_is_another_history() -> None:
    old, new = blocks_of(POINTS[:30], 8, rid=0), blocks_of([(BEGIN + 250, 1.0)], 8, 1)
    found = merged([*new, *old])
    assert {key: points_of(series) for key, series in found.items()} == {
        SeriesKey(SID, 0): POINTS[:30],
        SeriesKey(SID, 1): [(BEGIN + 250, 1.0)],
    }


def test_no_blocks_are_no_history() -> None:
    assert merged([]) == {}


def test_a_real_device_has_one_history_in_order() -> None:
    blocks = [read_block(key, data, NOW) for key, data in recorded_blocks().items()]
    (history,) = merged(blocks).values()
    assert (len(history), history.values[0], history.values[-1]) == (
        146,
        2433125.0,
        2510791.0,
    )
    assert list(history.values) == sorted(history.values)
    # Every block of a higher level was merged wrongly: only its ends are certain.
    assert len(history.silences(3600)) == 15


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(), chosen=st.data())
def test_order_and_repetition_make_no_difference(
    seed: int, chosen: st.DataObject
) -> None:
    pool = [block for level in LEVELS for block in blocks_of(POINTS[:700], level)]
    picked = chosen.draw(st.lists(st.sampled_from(pool), max_size=20))
    picked = [broken(block) if block.key.begin % 3 else block for block in picked]
    expected = merged(picked)
    twice = [*picked, *picked]
    Random(seed).shuffle(twice)
    assert merged(twice) == expected
    for series in expected.values():
        assert all(a < b for a, b in zip(series.times, series.times[1:], strict=False))
        assert set(points_of(series)) <= set(POINTS)


@pytest.mark.parametrize("levels", [(8, 12), (12, 16), (8, 12, 16, 20)])
def test_what_a_device_merges_meanwhile_makes_no_difference(
    levels: tuple[int, ...],
) -> None:
    whole = [block for level in levels for block in blocks_of(POINTS, level)]
    (history,) = merged(whole).values()
    assert points_of(history) == POINTS
