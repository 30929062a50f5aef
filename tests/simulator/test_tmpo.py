"""The history blocks hold exactly what was published."""

from collections import defaultdict
import gzip
from typing import Any

import pytest

from simulator import Device, Message, make_device
from simulator.config import Sensor
from simulator.tmpo import TmpoStore, sync_topic

from .support import START, Point, Sent, blocks, drive, readings

_SID = "0123456789abcdef0123456789abcd01"
_FLM02_CONFIG: dict[str, Any] = {
    "id": _SID,
    "class": "analog",
    "type": "electricity",
    "function": "main",
    "port": [1],
    "rid": 0,
    "current": 50,
    "data_type": "counter",
    "voltage": 230,
}
_FLM03_CONFIG: dict[str, Any] = {
    "type": "electricity",
    "subtype": "pplus",
    "id": _SID,
    "port": [1],
    "rid": 0,
    "data_type": "counter",
    "unit": "Wh",
}


def _sensor(config: dict[str, Any]) -> Sensor:
    return Sensor(1, _SID, 0, "electricity", "counter", 0, True, config)


def _first_of_each_second(points: list[Point]) -> list[Point]:
    seen: dict[int, float] = {}
    for stamp, value in points:
        seen.setdefault(stamp, value)
    return list(seen.items())


def _history(device: Device, sent: list[Sent]) -> dict[str, list[Point]]:
    """Return what each recorded sensor published, by id."""
    return {
        sensor.id: _first_of_each_second(readings(sent, sensor.id, sensor.stream))
        for sensor in device.sensors.values()
    }


def test_a_block_is_written_as_the_daemon_writes_it() -> None:
    store = TmpoStore(1, 1_700_000_001)
    stamps = (1_700_000_003, 1_700_000_031, 1_700_000_060, 1_700_000_089, 1_700_000_118)
    for count, stamp in enumerate(stamps):
        store.record(_sensor(_FLM02_CONFIG), stamp, (2_510_682 + count) * 1000)
    (message,) = store.step(1_700_000_256 + 20)
    assert message.topic.removeprefix(f"/sensor/{_SID}/") == "tmpo/0/8/1700000000/gz"
    assert not message.retain
    # The header of real files: no name, no time, best compression, Unix.
    assert message.payload[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03"
    assert gzip.decompress(message.payload).decode() == (
        '{"h":{"cfg":{"id":"0123456789abcdef0123456789abcd01","class":"analog",'
        '"type":"electricity","function":"main","port":[1],"rid":0,"current":50,'
        '"data_type":"counter","voltage":230},"tail":[1700000118,2510686],"vsn":1,'
        '"head":[1700000003,2510682]},"t":[0,28,29,29,29],"v":[0,1,1,1,1]}'
    )


def test_two_blocks_are_joined_as_the_daemon_joins_them() -> None:
    store = TmpoStore(1, 1_700_000_001)
    points = (232, 240, 248, 256, 264, 272)
    for index, after in enumerate(points):
        milli = 100_250 + 60 * index
        store.record(_sensor(_FLM03_CONFIG), 1_700_000_000 + after, milli)
    children = [*store.step(1_700_000_276), *store.step(1_700_000_532)]
    assert [message.topic.split("/")[-2] for message in children] == [
        "1700000000",
        "1700000256",
    ]
    assert store.step(1_700_003_840 + 21) == []
    (parent,) = store.step(1_700_003_840 + 22)
    assert parent.topic.endswith("tmpo/0/12/1699999744/gz")
    assert gzip.decompress(parent.payload).decode() == (
        '{"h":{"cfg":{"type":"electricity","subtype":"pplus",'
        '"id":"0123456789abcdef0123456789abcd01","port":[1],"rid":0,'
        '"data_type":"counter","unit":"Wh"},"tail":[1700000272,100.55],"vsn":1,'
        '"head":[1700000232,100.25]},"t":[0,8,8,8,8,8],'
        '"v":[0,0.06,0.06,0.06,0.06,0.06]}'
    )
    assert [key.level for key in store.blocks] == [12]


@pytest.mark.parametrize("model", ["FLM02B", "FLM03E"])
def test_blocks_decode_to_what_was_published(model: str) -> None:
    device = make_device(model, start=START)
    sent = drive(device, START, START + 4 * 256)
    history = _history(device, sent)
    found = blocks(message for _, message in sent)
    assert {block.level for block in found} == {8}
    assert len(found) > 20
    for block in found:
        published = [
            point
            for point in history[block.sensor_id]
            if block.begin <= point[0] < block.begin + 256
        ]
        assert block.points == published
        assert tuple(block.head["tail"]) == published[-1]
        assert tuple(block.head["head"]) == published[0]


@pytest.mark.parametrize("model", ["FLM02A", "FLM02B", "FLM03E"])
def test_every_active_sensor_gets_one_block_a_span(model: str) -> None:
    device = make_device(model, start=START // 256 * 256)
    sent = drive(device, device.start, device.start + 256 + 25)
    found = blocks(message for _, message in sent)
    active = {
        sensor_id
        for sensor_id, points in _history(device, sent).items()
        if any(stamp < device.start + 256 for stamp, _ in points)
    }
    assert len(found) == len(active)
    assert {block.sensor_id for block in found} == active
    seconds = {second - device.start for second, m in sent if "tmpo/0/" in m.topic}
    assert len(seconds) == 1
    assert 260 <= seconds.pop() <= 276


def test_configuration_in_a_block_leaves_the_switches_out() -> None:
    device = make_device("FLM03E", start=START)
    found = blocks(message for _, message in drive(device, START, START + 300))
    fields = {field for block in found for field in block.head["cfg"]}
    assert not {"enable", "counter", "tmpo"} & fields
    assert all(block.head["vsn"] == 1 for block in found)


def test_sensors_outside_the_history_have_no_blocks() -> None:
    device = make_device("FLM03E", start=START, math="p1+p2+p3")
    left_out = {device.sensors[slot].id for slot in (13, 14, 25, 26)}
    found = blocks(message for _, message in drive(device, START, START + 300))
    assert found
    assert not left_out & {block.sensor_id for block in found}


def test_decimation_keeps_every_eighth_second() -> None:
    device = make_device("FLM03E", start=START, tmpo_decimation=8)
    found = blocks(message for _, message in drive(device, START, START + 300))
    assert found
    assert {stamp % 8 for block in found for stamp, _ in block.points} == {0}


@pytest.mark.slow
def test_parents_hold_what_their_children_held() -> None:
    device = make_device("FLM02A", start=START)
    sent = drive(device, START, START + 70_000)
    history = _history(device, sent)
    found = blocks(message for _, message in sent)
    assert {block.level for block in found} == {8, 12, 16}
    for block in found:
        span = range(block.begin, block.begin + (1 << block.level))
        assert block.points == [p for p in history[block.sensor_id] if p[0] in span]
    merged = [s for s, m in sent if "tmpo/0/12/" in m.topic or "tmpo/0/16/" in m.topic]
    assert len(set(merged)) == len(merged)
    kept = blocks(Message(key.topic, data) for key, data in device.tmpo.blocks.items())
    covered: dict[str, list[Point]] = defaultdict(list)
    for block in sorted(kept, key=lambda one: one.begin):
        covered[block.sensor_id] += block.points
    for sensor_id, points in covered.items():
        assert points == history[sensor_id][: len(points)]


def test_twelve_days_end_in_one_block() -> None:
    begin = (START >> 20) << 20
    store = TmpoStore(1, begin)
    sensor = _sensor(_FLM02_CONFIG)
    sent = []
    for index in range((1 << 20) // 128 + 64):
        stamp = begin + index * 128
        store.record(sensor, stamp, index * 1000)
        sent += store.step(stamp)
    (whole,) = (block for block in blocks(sent) if block.level == 20)
    assert whole.begin == begin
    assert len(whole.points) == (1 << 20) // 128
    assert whole.points[-1][1] == len(whole.points) - 1


def test_a_device_without_history_publishes_none() -> None:
    device = make_device("FLM03E", start=START, tmpo=False)
    sent = drive(device, START, START + 600)
    assert not [m for _, m in sent if "tmpo/" in m.topic]


def test_a_starting_device_asks_the_cloud_what_it_has() -> None:
    device = make_device("FLM02B", start=START)
    sent = drive(device, START, START + 10)
    asked = [m for _, m in sent if m.topic.endswith("tmpo/sync")]
    assert asked == [(sync_topic(device.device_id), b"", False, 0)]
