"""Blocks are kept packed, within bounds, until their history is wanted."""

import pytest

from custom_components.flukso.core.drops import Dropped, DropReason
from custom_components.flukso.core.fluksometer.tmpo import store as tmpo_store
from custom_components.flukso.core.fluksometer.tmpo.block import MAX_BYTES
from custom_components.flukso.core.fluksometer.tmpo.keys import BlockKey
from custom_components.flukso.core.fluksometer.tmpo.store import (
    BlockStore,
    SeriesKey,
    unpacked,
)
from simulator.config import Sensor
from simulator.tmpo import TmpoStore

SID = "0123456789abcdef0123456789abcd01"
BEGIN = 1_700_000_000


def key(spans: int, level: int = 8) -> BlockKey:
    return BlockKey(SID, 0, level, BEGIN + (spans << level))


def test_blocks_are_found_by_the_time_that_they_tell_of() -> None:
    store = BlockStore()
    for spans in range(4):
        store.put(key(spans), bytes((spans,)))
    assert store.between(BEGIN + 256, BEGIN + 512) == [(key(1), b"\1")]
    assert len(store.between(BEGIN + 255, BEGIN + 513)) == 3
    store.forget(BEGIN + 512)
    assert store.between(0, BEGIN * 2) == [(key(2), b"\2"), (key(3), b"\3")]


def test_of_two_blocks_with_one_key_the_later_counts() -> None:
    store = BlockStore()
    store.put(key(0), b"one")
    store.put(key(0), b"other")
    assert store.between(BEGIN, BEGIN + 1) == [(key(0), b"other")]
    assert len(store) == 1


def test_a_block_that_is_too_large_is_refused() -> None:
    store = BlockStore()
    with pytest.raises(Dropped) as refused:
        store.put(key(0), bytes(MAX_BYTES + 1))
    assert refused.value.reason is DropReason.TOO_LARGE
    assert len(store) == 0


def test_a_full_shelf_takes_no_more_until_something_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tmpo_store, "MOST_BYTES", 10)
    store = BlockStore()
    store.put(key(0), bytes(6))
    with pytest.raises(Dropped):
        store.put(key(1), bytes(5))
    store.put(key(0), bytes(5))
    store.put(key(1), bytes(5))
    store.forget(BEGIN + 256)
    store.put(key(2), bytes(5))
    assert len(store) == 2


def test_no_more_blocks_are_kept_than_a_device_can_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tmpo_store, "MOST_BLOCKS", 2)
    store = BlockStore()
    store.put(key(0), b"")
    store.put(key(1), b"")
    store.put(key(0), b"again")
    with pytest.raises(Dropped):
        store.put(key(2), b"")


def test_what_cannot_be_read_is_told_beside_what_can() -> None:
    store = TmpoStore(1, 1)
    sensor = Sensor(1, SID, 0, "electricity", "counter", 0, True, {"rid": 0})
    for second in range(3):
        store.record(sensor, BEGIN + 1 + second, 1000 * second)
    store.step(BEGIN + 1)
    (block,) = store.step(BEGIN + 300)
    packed = [(key(0), block.payload), (key(1), b"nonsense")]
    history = unpacked(packed, BEGIN + 1000)
    assert list(history.series) == [SeriesKey(SID, 0)]
    assert list(history.series[SeriesKey(SID, 0)].values) == [0, 1, 2]
    assert [drop.reason for drop in history.drops] == [DropReason.MALFORMED]
