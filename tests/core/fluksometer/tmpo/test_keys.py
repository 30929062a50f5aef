"""Which topics are TMPO blocks, and how missing ones are asked for."""

import json

import pytest

from custom_components.flukso.core.fluksometer.tmpo.keys import (
    BlockKey,
    Held,
    blocks_filter,
    parse_block_topic,
    sync_payload,
    sync_topic,
)

SID = "0123456789abcdef0123456789abcd01"
TMPO = "tmpo"


@pytest.mark.parametrize(
    ("place", "rid", "level", "begin"),
    [
        ("0/8/1700000000", 0, 8, 1_700_000_000),
        ("3/12/1699999744", 3, 12, 1_699_999_744),
        ("2147483648/16/1404043264", 2**31, 16, 1_404_043_264),
        ("0/20/1402994688", 0, 20, 1_402_994_688),
    ],
)
def test_the_topic_names_the_block(
    place: str, rid: int, level: int, begin: int
) -> None:
    key = parse_block_topic(f"/sensor/{SID}/{TMPO}/{place}/gz")
    assert key == BlockKey(SID, rid, level, begin)
    assert key.end == begin + 2**level


@pytest.mark.parametrize(
    "topic",
    [
        f"/sensor/{SID}/{TMPO}/0/8/1700000000",
        f"/sensor/{SID}/{TMPO}/0/8/1700000000/xz",
        f"/sensor/{SID}/{TMPO}/0/8/1700000000/gz/",
        f"/sensor/{SID}/{TMPO}/0/8/1700000000/gz\n",
        f"sensor/{SID}/{TMPO}/0/8/1700000000/gz",
        f"/sensor/{SID.upper()}/{TMPO}/0/8/1700000000/gz",
        f"/sensor/{SID[1:]}/{TMPO}/0/8/1700000000/gz",
        f"/sensor/{SID}/{TMPO}/0/9/1700000000/gz",
        f"/sensor/{SID}/{TMPO}/0/08/1700000000/gz",
        f"/sensor/{SID}/{TMPO}/0/8/1700000001/gz",
        f"/sensor/{SID}/{TMPO}/0/20/1700000000/gz",
        f"/sensor/{SID}/{TMPO}/-1/8/1700000000/gz",
        f"/sensor/{SID}/{TMPO}/00/8/1700000000/gz",
        f"/sensor/{SID}/{TMPO}/2147483649/8/1700000000/gz",
        f"/sensor/{SID}/{TMPO}/0/8/٠/gz",
        f"/sensor/{SID}/{TMPO}/0/8/{'9' * 40}/gz",
        f"/sensor/{SID}/counter",
    ],
)
def test_other_topics_name_no_block(topic: str) -> None:
    assert parse_block_topic(topic) is None


def test_a_block_goes_into_larger_ones() -> None:
    key = BlockKey(SID, 1, 8, 1_700_000_256)
    assert [(one.level, one.begin) for one in key.ancestors] == [
        (12, 1_699_999_744),
        (16, 1_699_938_304),
        (20, 1_699_741_696),
    ]
    assert all(one.begin <= key.begin < key.end <= one.end for one in key.ancestors)
    assert BlockKey(SID, 1, 20, 1_699_741_696).ancestors == []


def test_blocks_of_a_sensor_are_subscribed_to_alone() -> None:
    assert blocks_filter(SID) == f"/sensor/{SID}/{TMPO}/+/+/+/gz"


def test_the_request_names_the_last_block_before_what_is_missing() -> None:
    held = [Held(SID, 0, 1_700_000_256), Held(SID, 2, 1_700_000_255)]
    assert sync_topic(SID) == f"/d/device/{SID}/{TMPO}/sync"
    assert sync_payload(held) == (
        b'[{"sid":"0123456789abcdef0123456789abcd01","rid":0,"lvl":8,"bid":1700000000},'
        b'{"sid":"0123456789abcdef0123456789abcd01","rid":2,"lvl":8,"bid":1699999744}]'
    )


@pytest.mark.parametrize("until", [0, 255])
def test_who_has_nothing_asks_for_everything(until: int) -> None:
    (entry,) = json.loads(sync_payload([Held(SID, 3, until)]))
    assert entry == {"sid": SID, "rid": 0, "lvl": 0, "bid": 0}


@pytest.mark.parametrize(("sid", "rid"), [("x", 0), (SID, -1), (SID, 2**31 + 1)])
def test_a_request_that_would_harm_the_device_is_not_made(sid: str, rid: int) -> None:
    with pytest.raises(ValueError, match="not a sensor"):
        sync_payload([Held(sid, rid, 1_700_000_000)])
