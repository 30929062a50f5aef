"""TMPO blocks are read exactly, and broken ones as far as they are certain."""

from array import array
from math import isfinite
import subprocess
import sys
import tracemalloc

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.flukso.core.drops import Dropped, DropReason
from custom_components.flukso.core.fluksometer.tmpo.block import (
    MAX_BYTES,
    Block,
    read_block,
)
from custom_components.flukso.core.fluksometer.topics import Stream

from .blocks import (
    BEGIN,
    NOW,
    SID,
    Point,
    compress,
    key,
    payload,
    recorded_blocks,
    text,
)

POINTS: list[Point] = [
    (BEGIN + 3, 2510682.0),
    (BEGIN + 31, 2510683.0),
    (BEGIN + 60, 2510683.25),
    (BEGIN + 89, 2510683.0),
]
TOO_DEEP = "[" * 5000


def points_of(block: Block) -> list[Point]:
    return list(zip(block.points.times, block.points.values, strict=True))


def dropped(data: bytes, level: int = 8) -> DropReason:
    with pytest.raises(Dropped) as caught:
        read_block(key(level), data, NOW)
    return caught.value.reason


def test_real_blocks_are_whole_or_broken_as_their_firmware_left_them() -> None:
    blocks = [read_block(name, data, NOW) for name, data in recorded_blocks().items()]
    assert [block.key.level for block in blocks if block.whole] == [8] * 10
    assert sorted(block.key.level for block in blocks if not block.whole) == [
        *[12] * 12,
        *[16] * 2,
        20,
    ]
    assert {(block.stream, block.unit) for block in blocks} == {(Stream.COUNTER, None)}
    assert all(len(block.points) == 2 for block in blocks if not block.whole)


def test_a_real_block_is_read_point_by_point() -> None:
    ((name, data),) = (
        (name, data)
        for name, data in recorded_blocks().items()
        if name.begin == 1404223488
    )
    assert points_of(read_block(name, data, NOW)) == [
        (1404223506, 2510676.0),
        (1404223534, 2510677.0),
        (1404223563, 2510678.0),
        (1404223592, 2510679.0),
        (1404223621, 2510680.0),
        (1404223650, 2510681.0),
        (1404223679, 2510682.0),
        (1404223708, 2510683.0),
        (1404223737, 2510684.0),
    ]


def test_a_real_block_that_is_not_json_keeps_its_ends() -> None:
    ((name, data),) = (
        (name, data) for name, data in recorded_blocks().items() if name.level == 20
    )
    assert points_of(read_block(name, data, NOW)) == [
        (1403449571, 2433125.0),
        (1404043251, 2486282.0),
    ]


def test_a_block_tells_what_it_holds() -> None:
    block = read_block(key(), payload(POINTS), NOW)
    assert block.whole
    assert (block.key, block.stream, block.unit) == (key(), Stream.COUNTER, "Wh")
    assert points_of(block) == POINTS


@pytest.mark.parametrize(
    "cfg",
    [{}, None, [], {"data_type": 7, "unit": 1}, {"data_type": "?", "unit": "W" * 17}],
)
def test_a_configuration_that_says_nothing_is_no_fault(cfg: object) -> None:
    block = read_block(key(), payload(POINTS, cfg=cfg), NOW)
    assert (block.stream, block.unit) == (None, None)
    assert block.whole


def test_one_point_is_a_block() -> None:
    block = read_block(key(), payload(POINTS[:1]), NOW)
    assert block.whole
    assert points_of(block) == POINTS[:1]


@settings(max_examples=60)
@given(
    level=st.sampled_from([8, 12, 16, 20]),
    steps=st.lists(st.integers(1, 60), max_size=400),
    data=st.data(),
)
def test_what_is_written_is_read(
    level: int, steps: list[int], data: st.DataObject
) -> None:
    milli = data.draw(st.integers(-(10**9), 4_294_967_295_999))
    points = [(BEGIN, milli / 1000)]
    for step in steps:
        stamp = points[-1][0] + step
        if stamp >= key(level).end:
            break
        milli += data.draw(st.integers(-5000, 100_000))
        points.append((stamp, milli / 1000))
    block = read_block(key(level), payload(points), NOW)
    assert block.whole
    assert block.points.times.tolist() == [time for time, _ in points]
    assert block.points.values == pytest.approx([v for _, v in points], abs=5e-4)


@pytest.mark.slow
def test_steps_of_thousandths_do_not_drift() -> None:
    points = [(BEGIN + n, round(98_765_432.1 + n * 0.207, 3)) for n in range(200_000)]
    block = read_block(key(20), payload(points), NOW)
    assert block.whole
    assert block.points.values == pytest.approx([v for _, v in points], abs=1e-3)


@pytest.mark.parametrize(
    "changes",
    [
        {"v": [0, 1, 1, 0.25, -0.25]},
        {"v": [0, 1, 0.25]},
        {"v": [0, 1, 0.25, 0.25]},
        {"v": [1, 1, 0.25, -0.25]},
        {"v": []},
        {"t": []},
        {"t": [0, 28, 29]},
        {"t": [0, 28, 29, 28]},
        {"t": [0, 28, 0, 58]},
        {"t": [0, 28, -1, 59]},
        {"t": [0, 28.0, 29, 29]},
        {"t": [0, 28, 29, 10**400]},
        {"t": [0, 28, [29], 29]},
        {"v": [0, 1e300, -1e300, 1]},
        {"v": [0, 10**400, 0.25, -0.25]},
        {"v": [0, 10**18, -(10**18), 1]},
        {"v": [0, float("nan"), 0.25, -0.25]},
        {"v": [0, float("inf"), 0.25, -0.25]},
        {"v": [0, "1", 0.25, -0.25]},
        {"v": [0, None, True, -0.25]},
        {"v": {}},
    ],
)
def test_steps_that_do_not_lead_to_the_end_leave_the_ends(
    changes: dict[str, object],
) -> None:
    block = read_block(key(), payload(POINTS, **changes), NOW)
    assert not block.whole
    assert points_of(block) == [POINTS[0], POINTS[-1]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"28,29", b"28,,29"),
        (b"28,29", b"28,029"),
        (b"0.25,", b"0.25,-,"),
        (b"0.25,", b"0.25],[1,"),
        (b'"v":[', b'"w":['),
        (b"]}", b"]"),
        (b"]}", b"]}\n"),
        (b"0.25,", b"0." + b"2" * 70_000 + b","),
    ],
)
def test_text_that_is_no_list_of_numbers_leaves_the_ends(
    old: bytes, new: bytes
) -> None:
    data = text(POINTS)
    start, _, rest = data.rpartition(old)
    block = read_block(key(20), compress(start + new + rest), NOW)
    assert not block.whole
    assert len(block.points) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"vsn": 2},
        {"vsn": None},
        {"head": None},
        {"head": [BEGIN]},
        {"head": [BEGIN, 1, 2]},
        {"head": [str(BEGIN), 1]},
        {"head": [True, 1]},
        {"head": [float(BEGIN), 1]},
        {"tail": [BEGIN + 89, "1"]},
        {"tail": [BEGIN + 89, True]},
        {"tail": [BEGIN + 1, 1]},
    ],
)
def test_without_ends_nothing_is_certain(changes: dict[str, object]) -> None:
    assert dropped(payload(POINTS, **changes)) is DropReason.MALFORMED


@pytest.mark.parametrize(
    "changes",
    [
        {"head": [BEGIN - 1, 1]},
        {"tail": [BEGIN + 256, 1]},
        {"tail": [10**17, 1]},
    ],
)
def test_ends_outside_the_span_are_refused(changes: dict[str, object]) -> None:
    assert dropped(payload(POINTS, **changes)) is DropReason.TIMESTAMP


@pytest.mark.parametrize("value", [1e16, -1e16, 10**19])
def test_an_absurd_counter_is_refused(value: float) -> None:
    data = payload(POINTS, tail=[BEGIN + 89, value])
    assert dropped(data) is DropReason.NOT_FINITE


@pytest.mark.parametrize("begin", [0, 1_234_567_680, int(NOW) + 2 * 86400 >> 8 << 8])
def test_blocks_of_another_age_are_refused(begin: int) -> None:
    points = [(begin + 5, 1.0)]
    with pytest.raises(Dropped) as caught:
        read_block(key(begin=begin), payload(points), NOW)
    assert caught.value.reason is DropReason.TIMESTAMP


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 100,
        b"null",
        b'{"h":{"a":1}}',
        b'{"h":[],"t":[0],"v":[0]}',
        b'{"h":7,"t":[0],"v":[0]}',
        b'{"h":{"vsn":1,,},"t":[0],"v":[0]}',
        b'{"h":' + TOO_DEEP.encode() + b',"t":[0],"v":[0]}',
        b'{"h":{"cfg":"' + b"\xff" + b'"},"t":[0],"v":[0]}',
        b'{"h":{"cfg":"' + b"a" * 20_000 + b'"},"t":[0],"v":[0]}',
    ],
)
def test_a_text_that_is_no_block_is_refused(content: bytes) -> None:
    assert dropped(compress(content)) is DropReason.MALFORMED


def test_what_is_not_one_whole_gzip_member_is_refused() -> None:
    data = payload(POINTS)
    assert dropped(b"") is DropReason.MALFORMED
    assert dropped(text(POINTS)) is DropReason.MALFORMED
    assert dropped(data + data) is DropReason.MALFORMED
    assert dropped(data[:-4] + b"\0\0\0\0") is DropReason.MALFORMED
    for cut in range(1, len(data)):
        assert dropped(data[:cut]) is DropReason.MALFORMED


@pytest.mark.parametrize(
    ("level", "limit"), [(8, 1 << 16), (12, 1 << 18), (16, 1 << 20), (20, 1 << 24)]
)
def test_no_more_is_unpacked_than_a_level_can_hold(level: int, limit: int) -> None:
    start, end = text(POINTS)[:-2], b"]}"
    filler = b" " * (limit - len(start) - len(end))
    assert not read_block(key(level), compress(start + filler + end), NOW).whole
    assert dropped(compress(start + filler + b" " + end), level) is DropReason.TOO_LARGE


def test_a_bomb_is_not_unpacked() -> None:
    bomb = compress(b"[" * (64 << 20))
    oversize = bytes(MAX_BYTES + 1)
    tracemalloc.start()
    try:
        reasons = {dropped(bomb, 20), dropped(bomb), dropped(oversize, 20)}
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reasons == {DropReason.TOO_LARGE}
    assert peak < 40 << 20


@pytest.mark.parametrize("filler", [b"[],", b"0,", b"1e9,", b'"",', b"{},", b"0.1,"])
def test_a_text_full_of_small_things_takes_no_more_memory(filler: bytes) -> None:
    times, _, values = text(POINTS).partition(b'"v":[0')
    stuffed = filler * ((15 << 20) // len(filler))
    data = compress(times + b'"v":[0,' + stuffed + values.removeprefix(b","))
    tracemalloc.start()
    try:
        block = read_block(key(20), data, NOW)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not block.whole
    assert peak < 48 << 20


FULLEST = """
import resource
from tests.pure_package import install
install()
from custom_components.flukso.core.fluksometer.tmpo.block import read_block
from tests.core.fluksometer.tmpo.blocks import BEGIN, NOW, SID, compress, key

def make():
    count = 1 << 20
    head = f'{{"h":{{"tail":[{BEGIN + count - 1},{count * 1000 - 1000}.5],"vsn":1,'
    head += f'"head":[{BEGIN},0.5]}},"t":[0'
    return compress(
        head.encode() + b",1" * (count - 1) + b'],"v":[0' + b",1000.000" * (count - 1)
        + b"]}"
    )

data = make()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
block = read_block(key(20), data, NOW)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(block.whole, len(block.points), block.points.values[-1], after - before)
"""


def test_the_fullest_block_stays_within_memory() -> None:
    result = subprocess.run(
        [sys.executable, "-c", FULLEST], capture_output=True, text=True, check=True
    )
    whole, count, last, kibibytes = result.stdout.split()
    assert (whole, count, last) == ("True", str(1 << 20), "1048575000.5")
    assert int(kibibytes) < 64 << 10


NASTY = st.sampled_from(
    [
        *("NaN", "Infinity", "-Infinity", "1e999", "9" * 400, "-1", "-0", "0", "null"),
        *("true", '""', '"\\ud800"', "[]", "{}", "[[1]]", TOO_DEEP, ",", "", ":"),
        *("]", "}", "1.5", "\x00", "1e5", str(2**64), '"t":[', '],"v":['),
    ]
)


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    """Return the text of a block with some of its tokens replaced."""
    content = text(POINTS).decode()
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(start + 12, len(content))))
        content = content[:start] + draw(NASTY) + content[end:]
    return content.encode(errors="replace")


def survives(level: int, data: bytes) -> None:
    """Read what may be anything; what comes of it is sound."""
    try:
        block = read_block(key(level), data, NOW)
    except Dropped:
        return
    times = block.points.times
    assert len(times) == len(block.points.values) >= 1
    assert all(before < after for before, after in zip(times, times[1:], strict=False))
    assert BEGIN <= times[0] <= times[-1] < block.key.end
    assert all(map(isfinite, block.points.values))
    assert isinstance(times, array)


LEVEL = st.sampled_from([8, 12, 16, 20])


@settings(max_examples=500)
@given(level=LEVEL, content=mutilated())
def test_no_mutilated_block_does_harm(level: int, content: bytes) -> None:
    survives(level, compress(content))


@settings(max_examples=200)
@given(level=LEVEL, data=st.binary(max_size=400))
def test_no_bytes_do_harm(level: int, data: bytes) -> None:
    survives(level, data)
    survives(level, compress(data))


@given(flips=st.lists(st.tuples(st.integers(0, 150), st.integers(1, 255))))
def test_no_flipped_bits_do_harm(flips: list[tuple[int, int]]) -> None:
    data = bytearray(payload(POINTS))
    for place, bits in flips:
        data[place % len(data)] ^= bits
    survives(8, bytes(data))


def test_a_reason_never_tells_what_was_read() -> None:
    with pytest.raises(Dropped) as caught:
        read_block(key(), payload(POINTS, head=[SID, 1]), NOW)
    assert SID not in str(caught.value)
