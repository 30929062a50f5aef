"""Drives simulated devices and reads what they publish, as any client would."""

from collections.abc import Iterable
import gzip
import json
import re
from typing import Any, NamedTuple

from simulator import Device, Message

# 15 January 2026, 12:00 UTC: a cold day with some sun.
START = 1_768_478_400

_BLOCK_TOPIC = re.compile(r"/sensor/([0-9a-f]{32})/tmpo/(\d+)/(\d+)/(\d+)/gz")


class Sent(NamedTuple):
    """A message and the second of its publication."""

    second: int
    message: Message


class Block(NamedTuple):
    """A decoded history block."""

    sensor_id: str
    level: int
    begin: int
    head: dict[str, Any]
    points: list[tuple[int, float]]


type Point = tuple[int, float]


def drive(device: Device, first: int, last: int) -> list[Sent]:
    """Step through every second of [first, last)."""
    return [
        Sent(second, message)
        for second in range(first, last)
        for message in device.step(second)
    ]


def readings(sent: Iterable[Sent], sensor_id: str, stream: str) -> list[Point]:
    """Return stamps and values of one stream."""
    topic = f"/sensor/{sensor_id}/{stream}"
    payloads = (
        json.loads(m.payload) for _, m in sent if m.topic == topic and m.payload
    )
    return [(stamp, value) for stamp, value, _ in payloads]


def units(sent: Iterable[Sent], sensor_id: str, stream: str) -> set[str]:
    """Return the units of one stream."""
    topic = f"/sensor/{sensor_id}/{stream}"
    return {json.loads(m.payload)[2] for _, m in sent if m.topic == topic}


def payloads(sent: Iterable[Sent], part: str) -> list[bytes]:
    """Return what was published on topics that contain a part."""
    return [message.payload for _, message in sent if part in message.topic]


def config(messages: Iterable[Message], name: str) -> dict[str, Any]:
    """Return a published configuration."""
    (payload,) = (m.payload for m in messages if m.topic.endswith(f"/config/{name}"))
    document: dict[str, Any] = json.loads(payload)
    return document


def blocks(messages: Iterable[Message]) -> list[Block]:
    """Decode the history blocks: each element is the step from the one before."""
    found: list[Block] = []
    for topic, payload, *_ in messages:
        if match := _BLOCK_TOPIC.fullmatch(topic):
            document = json.loads(gzip.decompress(payload))
            sensor_id, _, level, begin = match.groups()
            head = document["h"]
            points = _points(head["head"], document["t"], document["v"])
            found.append(Block(sensor_id, int(level), int(begin), head, points))
    return found


def _points(head: list[float], steps: list[int], changes: list[float]) -> list[Point]:
    stamp, milli = int(head[0]), round(head[1] * 1000)
    points: list[Point] = []
    for seconds, change in zip(steps, changes, strict=True):
        stamp += seconds
        milli += round(change * 1000)
        points.append((stamp, milli / 1000))
    return points
