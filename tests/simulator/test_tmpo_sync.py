"""A device publishes again what somebody missed, as its daemon does."""

import asyncio
from collections.abc import Iterable
import json
from pathlib import Path
from typing import Any

import pytest

from simulator import Device, Message, make_device
from simulator.config import Sensor
from simulator.runner import run
from simulator.tmpo import BlockKey, TmpoStore, sync_topic
from simulator.tmpo_sync import DaemonError, answer, request_topic
from tests.brokers import Message as Publication, publish

from .support import START, blocks, drive
from .test_runner import mosquitto, reader

_SIDS = tuple(f"0123456789abcdef0123456789abcd{number:02}" for number in (1, 2))
_BASE = 1_700_790_272 >> 20 << 20


def _request(*held: tuple[str, int, int, int]) -> bytes:
    return json.dumps(
        [dict(zip(("sid", "rid", "lvl", "bid"), item, strict=True)) for item in held]
    ).encode()


def _keys(messages: Iterable[Message]) -> list[BlockKey]:
    found = []
    for message in messages:
        _, _, sensor_id, _, rid, level, begin, _ = message.topic.split("/")
        found.append(BlockKey(sensor_id, int(rid), int(level), int(begin)))
    return found


def _stored(*places: tuple[int, int]) -> dict[BlockKey, bytes]:
    """Return blocks of two sensors: level and how many spans after the base."""
    return {
        BlockKey(sid, 0, level, _BASE + (spans << level)): f"{level}/{spans}".encode()
        for sid in _SIDS
        for level, spans in places
    }


def test_what_ends_later_comes_large_blocks_first_each_in_order() -> None:
    stored = _stored((8, 70), (8, 69), (16, 0), (12, 16), (12, 17))
    sent = answer(_request((_SIDS[0], 0, 8, 0)), stored)
    assert [(key.sensor_id, key.level) for key in _keys(sent)] == [
        (_SIDS[0], level) for level in (16, 12, 12, 8, 8)
    ]
    assert [key.begin for key in _keys(sent)] == [
        _BASE,
        _BASE + (16 << 12),
        _BASE + (17 << 12),
        _BASE + (69 << 8),
        _BASE + (70 << 8),
    ]
    assert sent[0] == (sent[0].topic, b"16/0", False, 0)


@pytest.mark.parametrize(
    ("spans", "count"), [(0, 3), (14, 3), (15, 2), (16, 1), (17, 0)]
)
def test_blocks_that_end_with_what_is_held_or_before_do_not_come(
    spans: int, count: int
) -> None:
    stored = _stored((12, 0), (8, 16), (8, 17))
    held = (_SIDS[1], 0, 8, _BASE + (spans << 8))
    assert len(answer(_request(held), stored)) == count


def test_every_recycle_id_from_the_held_one_on_comes() -> None:
    stored = {BlockKey(_SIDS[0], rid, 8, _BASE): b"" for rid in (2, 0, 1)}
    sent = answer(_request((_SIDS[0], 1, 0, 0)), stored)
    assert [key.rid for key in _keys(sent)] == [1, 2]


def test_zeros_bring_everything_and_unknown_sensors_nothing() -> None:
    stored = _stored((20, 0), (8, 5000))
    sent = answer(_request((_SIDS[0], 0, 0, 0), ("f" * 32, 0, 0, 0)), stored)
    assert set(_keys(sent)) == {key for key in stored if key.sensor_id == _SIDS[0]}


@pytest.mark.parametrize(
    "request_",
    [
        b"",
        b"not JSON",
        b"5",
        b"[5]",
        b'[{"sid":"x","rid":0,"lvl":8}]',
        b'[{"sid":"x","rid":0,"lvl":8,"bid":"0"}]',
        b'[{"rid":0,"lvl":8,"bid":0}]',
    ],
)
def test_the_daemon_dies_of_what_it_does_not_understand(request_: bytes) -> None:
    with pytest.raises(DaemonError):
        answer(request_, {})


def _asked(device: Device, request: bytes, at: int, last: int) -> list[Message]:
    device.hear(request_topic(device.device_id), request)
    return [m for _, m in drive(device, at, last) if "tmpo/" in m.topic]


def _whole(device: Device) -> bytes:
    return _request(*((s.id, 0, 0, 0) for s in device.sensors.values()))


def test_all_that_is_stored_comes_in_one_second() -> None:
    device = make_device("FLM02B", start=START, cloud=False)
    drive(device, START, START + 1100)
    sent = _asked(device, _whole(device), START + 1100, START + 1101)
    assert {m.topic: m.payload for m in sent} == {
        key.topic: block for key, block in device.tmpo.blocks.items()
    }
    assert len(sent) > 20


def test_only_the_newest_request_of_a_second_is_answered() -> None:
    device = make_device("FLM02B", start=START)
    drive(device, START, START + 600)
    device.hear(request_topic(device.device_id), _whole(device))
    first = next(iter(device.sensors.values())).id
    sent = _asked(device, _request((first, 0, 0, 0)), START + 600, START + 603)
    assert {block.sensor_id for block in blocks(sent)} == {first}


def test_what_is_no_request_is_not_heard() -> None:
    device = make_device("FLM02B", start=START)
    drive(device, START, START + 600)
    device.hear("/d/device/other/tmpo/sync", _whole(device))
    assert not [
        m for _, m in drive(device, START + 600, START + 603) if "tmpo/" in m.topic
    ]


def test_a_daemon_that_died_has_lost_what_was_in_memory_and_asks_the_cloud() -> None:
    begin = START // 256 * 256
    device = make_device("FLM02B", start=begin)
    drive(device, begin, begin + 200)
    sent = _asked(device, b"[{}]", begin + 200, begin + 256 + 30)
    assert [m.payload for m in sent if m.topic == sync_topic(device.device_id)] == [b""]
    assert min(block.points[0][0] for block in blocks(sent)) >= begin + 200


@pytest.mark.parametrize("options", [{"tmpo_answers": False}, {"tmpo": False}])
def test_a_device_may_never_answer(options: dict[str, Any]) -> None:
    device = make_device("FLM03E", start=START, waveforms=False, **options)
    drive(device, START, START + 300)
    assert not _asked(device, _whole(device), START + 300, START + 310)


def test_a_reboot_forgets_a_request() -> None:
    device = make_device("FLM02B", start=START)
    drive(device, START, START + 600)
    device.faults.start("reboot", at=START + 600)
    sent = _asked(device, _whole(device), START + 600, START + 665)
    assert not blocks(sent)


def test_an_flm03e_without_history_says_so_in_its_slots() -> None:
    device = make_device("FLM03E", start=START, tmpo=False)
    document = json.loads(device.retained()[0].payload)
    assert document["1"]["tmpo"] == 0
    assert not any(
        sensor.recorded for sensor in device.sensors.values() if sensor.slot < 37
    )


def test_the_oldest_twelve_days_give_way_when_flash_is_full() -> None:
    """One page of 4 kB holds one small block, and twenty of them fit."""
    store = TmpoStore(1, 1, pages=20)

    def record(count: int, stamp: int) -> set[int]:
        for number in range(count):
            sensor_id = f"{number:032x}"
            sensor = Sensor(1, sensor_id, 0, "gas", "counter", 0, True, {"rid": 0})
            store.record(sensor, stamp + 1, 1000)
        store.step(stamp + 1)
        store.step(stamp + 300)
        return {key.begin >> 20 << 20 for key in store.blocks}

    later = _BASE + (1 << 20)
    assert record(12, _BASE) == {_BASE}
    assert record(8, later) == {_BASE, later}
    assert record(1, later + 600) == {later}


async def test_a_request_reaches_the_device_through_a_broker(tmp_path: Path) -> None:
    device = make_device("FLM02B", start=START)
    with mosquitto(tmp_path) as broker:
        async with reader(broker.port, "/sensor/+/tmpo/+/+/+/gz") as client:
            work = asyncio.create_task(
                run(device, "127.0.0.1", broker.port, speed=50, head_start=600)
            )
            received: list[Message] = []
            topic = request_topic(device.device_id)
            while not received:
                await publish(
                    broker, [Publication(topic, _whole(device), retain=False)]
                )
                await asyncio.sleep(0.05)
                while not client.received.empty():
                    received.append(client.received.get())
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
    assert {block.begin for block in blocks(received)} >= {START // 256 * 256 + 256}
