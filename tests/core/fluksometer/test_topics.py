"""Topics are recognised by their grammar and nothing else."""

import pytest

from custom_components.flukso.core.fluksometer.topics import (
    CONFIG_DISCOVERY,
    DeviceTopic,
    Stream,
    bridge_state_topic,
    device_topics,
    hostname,
    is_hex_id,
    parse_bridge_state,
    parse_device_topic,
    sensor_topic,
)

from .support import DEVICE_ID


@pytest.mark.parametrize(
    ("text", "is_id"),
    [
        (DEVICE_ID, True),
        (DEVICE_ID.upper(), False),
        (DEVICE_ID[:-1], False),
        (DEVICE_ID + "0", False),
        (DEVICE_ID[:-1] + "\n", False),
        (DEVICE_ID[:-1] + "g", False),
        (DEVICE_ID[:-1] + "٣", False),
        (int("1" * 32), False),
        (None, False),
    ],
)
def test_only_32_lower_case_hex_digits_are_an_id(text: object, is_id: bool) -> None:
    assert is_hex_id(text) is is_id


@pytest.mark.parametrize(
    "name", ["config/sensor", "config/flx", "config/kube", "test/tap"]
)
def test_device_topic_says_whose_and_what(name: str) -> None:
    assert parse_device_topic(f"/device/{DEVICE_ID}/{name}") == DeviceTopic(
        DEVICE_ID, name
    )


@pytest.mark.parametrize(
    "topic",
    [
        f"/device/{DEVICE_ID}/config/push",
        f"/device/{DEVICE_ID}/config/sensor/",
        f"/device/{DEVICE_ID}/config/sensor\n",
        f"device/{DEVICE_ID}/config/sensor",
        f"/device/{DEVICE_ID.upper()}/config/sensor",
        "/device/+/config/sensor",
        f"/sensor/{DEVICE_ID}/gauge",
        "",
    ],
)
def test_other_topics_are_no_device_topics(topic: str) -> None:
    assert parse_device_topic(topic) is None


def test_every_device_topic_is_recognised_as_such() -> None:
    topics = device_topics(DEVICE_ID)
    assert len(topics) == 4
    assert all(parse_device_topic(topic) for topic in topics)
    assert CONFIG_DISCOVERY.replace("+", DEVICE_ID) in topics


def test_sensor_topic_ends_in_its_stream() -> None:
    assert sensor_topic(DEVICE_ID, Stream.GAUGE) == f"/sensor/{DEVICE_ID}/gauge"
    assert sensor_topic(DEVICE_ID, Stream.COUNTER) == f"/sensor/{DEVICE_ID}/counter"


def test_host_and_bridge_are_named_after_the_first_six_digits() -> None:
    assert hostname(DEVICE_ID) == "flukso-0f1e2d"
    assert (
        bridge_state_topic(DEVICE_ID)
        == "$SYS/broker/connection/flukso-0f1e2d.flukso/state"
    )


@pytest.mark.parametrize(
    ("state", "is_up"),
    [(b"1", True), (b"0", False), (b"1\n", True), (b"", None), (b"up", None)],
)
def test_first_byte_tells_whether_the_bridge_is_up(
    state: bytes, is_up: bool | None
) -> None:
    assert parse_bridge_state(state) is is_up
