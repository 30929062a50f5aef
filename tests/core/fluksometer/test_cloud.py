"""What Flukso's cloud answers, and what is asked of it."""

import json

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.drops import Dropped, DropReason
from custom_components.flukso.core.fluksometer.cloud import (
    MAX_LIST_BYTES,
    MAX_SERIES_BYTES,
    Resolution,
    SeriesSpan,
    blocks_for,
    is_token,
    read_list,
    read_series,
    spans_for,
)
from custom_components.flukso.core.fluksometer.tmpo.keys import BlockKey
from custom_components.flukso.core.windows import QUARTER

SID = "0123456789abcdef0123456789abcd01"
NOW = 1_700_000_100 - 1_700_000_100 % QUARTER
SPAN = SeriesSpan(NOW - 3 * QUARTER, NOW - QUARTER, Resolution.QUARTER, NOW)


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def block(level: int, begin: int, rid: int = 0) -> BlockKey:
    return BlockKey(SID, rid, level, begin >> level << level)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        (SID, True),
        (SID.upper(), False),
        (SID[1:], False),
        (SID + "0", False),
        (f"{SID}\n", False),
    ],
)
def test_a_token_is_32_hexadecimal_digits(text: str, fits: bool) -> None:
    assert is_token(text) is fits


def test_a_list_names_blocks() -> None:
    payload = b'[{"rid":0,"lvl":20,"bid":1402994688,"ext":"gz"},{"rid":2,"lvl":8,"bid":1404223744,"ext":"gz"}]'
    assert read_list(SID, payload) == [
        BlockKey(SID, 0, 20, 1402994688),
        BlockKey(SID, 2, 8, 1404223744),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"lvl": 9},
        {"lvl": True},
        {"bid": 1402994689},
        {"bid": -(1 << 20)},
        {"bid": 2**40},
        {"bid": "1402994688"},
        {"rid": -1},
        {"rid": 1.0},
        {"ext": "bz2"},
        {"ext": None},
    ],
)
def test_what_is_no_block_is_left_out_of_a_list(wrong: dict[str, object]) -> None:
    good = {"rid": 0, "lvl": 20, "bid": 1402994688, "ext": "gz"}
    assert len(read_list(SID, encoded([good, good | wrong, 7, {}]))) == 1


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", DropReason.MALFORMED),
        (b"{}", DropReason.MALFORMED),
        (b"null", DropReason.MALFORMED),
        (b"[1", DropReason.MALFORMED),
        (b"\xff", DropReason.MALFORMED),
        (b"[" * 100_000, DropReason.MALFORMED),
        (b"[" + b" " * MAX_LIST_BYTES + b"]", DropReason.TOO_LARGE),
    ],
)
def test_what_is_no_list_is_refused(payload: bytes, reason: DropReason) -> None:
    with pytest.raises(Dropped) as raised:
        read_list(SID, payload)
    assert raised.value.reason is reason


def test_only_blocks_that_tell_of_the_quarters_are_needed() -> None:
    before, at, after = (block(12, NOW + step * 4096) for step in (-1, 0, 1))
    inside = at.begin + 2 * QUARTER - at.begin % QUARTER
    assert blocks_for([inside], {after, at, before}) == [at]
    assert blocks_for([], [before, at, after]) == []


def test_a_quarter_at_the_edge_of_a_block_needs_the_one_beside() -> None:
    # Quarters and blocks of 256 s begin together every 57 600 s.
    begin = 57_600 * 30_000
    sides = [block(8, begin - 256), block(8, begin)]
    assert blocks_for([begin], sides) == sides
    assert blocks_for([begin - QUARTER], sides) == sides


def test_what_is_part_of_a_larger_block_is_not_needed() -> None:
    large, small = block(12, NOW), block(8, NOW)
    assert blocks_for([NOW], [small, large]) == [large]
    assert blocks_for([NOW], [small, large._replace(rid=1)]) == [
        large._replace(rid=1),
        small,
    ]


def test_the_last_day_is_asked_by_minute_and_older_weeks_by_quarter() -> None:
    spans = list(spans_for(range(NOW - 20 * 86400, NOW, QUARTER), NOW))
    assert [span.resolution for span in spans] == [
        Resolution.MINUTE,
        *[Resolution.QUARTER] * 3,
    ]
    assert spans[0].end == NOW
    assert spans[-1].start == NOW - 20 * 86400 - QUARTER
    for span in spans:
        assert span.end - span.start <= span.resolution.longest


@given(st.sets(st.integers(min_value=1, max_value=5000), max_size=60))
def test_all_quarters_are_asked_for_with_one_more_on_each_side(
    ages: set[int],
) -> None:
    quarters = {NOW - age * QUARTER for age in ages}
    spans = list(spans_for(quarters, NOW))
    assert spans == sorted(spans, key=lambda span: -span.start)
    for quarter in quarters:
        assert any(
            span.start <= quarter - QUARTER
            and min(quarter + 2 * QUARTER, NOW) <= span.end
            for span in spans
        )
    for span in spans:
        assert span.end - span.start <= span.resolution.longest


def test_a_series_tells_means_by_their_ends() -> None:
    means = (100.5, "nan", 301.5, 402)
    rows = [[SPAN.start + step * QUARTER, mean] for step, mean in enumerate(means, 1)]
    assert read_series(SPAN, encoded(rows)) == {
        SPAN.start + QUARTER: 100.5,
        SPAN.start + 2 * QUARTER: None,
        SPAN.start + 3 * QUARTER: 301.5,
        SPAN.start + 4 * QUARTER: 402.0,
    }


def test_only_what_was_asked_for_is_taken_from_a_series() -> None:
    rows = [[SPAN.start + step * QUARTER, 7] for step in range(-2, 8)]
    assert min(read_series(SPAN, encoded(rows))) == SPAN.start + QUARTER
    assert max(read_series(SPAN, encoded(rows))) == SPAN.end


def test_means_of_days_are_none_of_quarters() -> None:
    week = SPAN._replace(first=NOW - 6 * 86400)
    rows = [[NOW // 86400 * 86400 - day * 86400, 400] for day in (4, 3, 2, 1)]
    assert read_series(week, encoded(rows)) == {}


def test_a_series_without_rows_tells_nothing() -> None:
    assert read_series(SPAN, b"[]") == {}


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([[NOW, "many"]], DropReason.MALFORMED),
        ([[NOW, True]], DropReason.MALFORMED),
        ([[NOW, None]], DropReason.MALFORMED),
        ([[NOW]], DropReason.MALFORMED),
        ([[float(NOW), 1]], DropReason.MALFORMED),
        ([NOW, 1], DropReason.MALFORMED),
        ([[NOW, float("nan")]], DropReason.NOT_FINITE),
        ([[NOW, float("-inf")]], DropReason.NOT_FINITE),
        ([[NOW, 10**400]], DropReason.NOT_FINITE),
        ([[NOW, 1], [NOW, 2]], DropReason.OUT_OF_ORDER),
        ([[NOW, 1], [NOW - QUARTER, 2]], DropReason.OUT_OF_ORDER),
        ([[-NOW, 1]], DropReason.OUT_OF_ORDER),
        (" " * MAX_SERIES_BYTES, DropReason.TOO_LARGE),
    ],
)
def test_what_is_no_series_is_refused(rows: object, reason: DropReason) -> None:
    with pytest.raises(Dropped) as raised:
        read_series(SPAN, encoded(rows))
    assert raised.value.reason is reason


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["rid", "lvl", "bid", "ext"]), inner)
    ),
)


@given(JUNK)
def test_no_answer_raises_anything_else(value: object) -> None:
    for read in (
        lambda: read_list(SID, encoded(value)),
        lambda: read_series(SPAN, encoded(value)),
    ):
        try:
            read()
        except Dropped:
            continue


@given(st.binary())
def test_no_bytes_raise_anything_else(payload: bytes) -> None:
    for read in (lambda: read_list(SID, payload), lambda: read_series(SPAN, payload)):
        try:
            read()
        except Dropped:
            continue
