"""The last minute of a sensor as an FLM02 answers it, and every second once."""

from contextlib import suppress
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.drops import Dropped, DropReason
from custom_components.flukso.core.fluksometer.rest.series import (
    MAX_BYTES,
    Run,
    Series,
    SeriesTrack,
    amount_of,
    mean_of,
    parse_series,
)
from custom_components.flukso.core.stored import Damaged

NOW = 1_773_140_400
TOP = 2.0**20


def parse(body: bytes) -> Series:
    return parse_series(body, NOW, TOP)


def file(readings: dict[int, float], until: int) -> Series:
    """Return what the device answers at a second of readings by their stamps."""
    pairs: list[list[Any]] = []
    value: Any = "nan"
    for second in range(until, until - 60, -1):
        value = readings.get(second, value)
        pairs.append([second, value])
    return parse(json.dumps(pairs[::-1]).encode())


def seconds(runs: tuple[Run, ...]) -> list[int]:
    """Return each second that runs are about."""
    return [second for run in runs for second in range(run.begin + 1, run.end + 1)]


def test_the_sample_of_the_manual_is_read() -> None:
    series = parse(
        b'[[1310047446,124],[1310047447,125],[1310047448,125],[1310047449,"nan"],'
        b'[1310047450,"nan"]]'
    )
    assert series == Series(
        (
            Run(1310047445, 1310047446, 124),
            Run(1310047446, 1310047448, 125),
        ),
        span=5,
    )


def test_a_sensor_without_readings_tells_nothing() -> None:
    assert parse(b"[]") == Series()


def test_a_value_holds_since_the_second_before() -> None:
    series = parse(b"[[1700000000,10],[1700000005,20]]")
    assert series.runs[-1] == Run(1700000000, 1700000005, 20)


@pytest.mark.parametrize("value", ["nan", "-nan"])
def test_what_is_not_a_number_is_no_value(value: str) -> None:
    assert parse(f'[[1700000000,"{value}"]]'.encode()) == Series((), span=1)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e300", "9" * 400, "1048577"])
def test_a_value_that_cannot_be_is_left_out_and_counted(value: str) -> None:
    series = parse(f"[[1700000000,5],[1700000001,{value}]]".encode())
    assert series == Series((Run(1699999999, 1700000000, 5),), span=2, refused=1)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", DropReason.MALFORMED),
        (b"[[1700000000,1", DropReason.MALFORMED),
        (b"\xff", DropReason.MALFORMED),
        (b"[" * 9000, DropReason.MALFORMED),
        (b"{}", DropReason.MALFORMED),
        (b"f([[1700000000,1]]);", DropReason.MALFORMED),
        (b"[1700000000,1]", DropReason.MALFORMED),
        (b"[[1700000000]]", DropReason.MALFORMED),
        (b"[[1700000000,1,2]]", DropReason.MALFORMED),
        (b'[[1700000000,"12"]]', DropReason.MALFORMED),
        (b"[[1700000000,null]]", DropReason.MALFORMED),
        (b"[[1700000000,true]]", DropReason.MALFORMED),
        (b"[[true,1]]", DropReason.MALFORMED),
        (b"[[1700000000.5,1]]", DropReason.MALFORMED),
        (b"[[1,1]]", DropReason.TIMESTAMP),
        (b"[[1773240400,1]]", DropReason.TIMESTAMP),
        (b"[[1700000000,1],[1700000000,1]]", DropReason.OUT_OF_ORDER),
        (b"[[1700000001,1],[1700000000,1]]", DropReason.OUT_OF_ORDER),
        (b"[[1700000000,1],[1700000061,1]]", DropReason.OUT_OF_ORDER),
        (b" " * (MAX_BYTES + 1), DropReason.TOO_LARGE),
    ],
)
def test_what_is_no_series_is_dropped(body: bytes, reason: DropReason) -> None:
    with pytest.raises(Dropped) as caught:
        parse(body)
    assert caught.value.reason is reason


@given(st.binary(max_size=200))
def test_no_answer_raises_anything_else(body: bytes) -> None:
    with suppress(Dropped):
        assert parse(body).span >= 0


@given(
    st.lists(st.integers(1, 57), min_size=2, max_size=12),
    st.lists(st.integers(1, 150), min_size=1, max_size=40),
    st.integers(0, 3000),
)
def test_every_second_counts_once_however_often_it_is_asked(
    pauses: list[int], gaps: list[int], power: int
) -> None:
    stamps = [NOW - 60]
    for gap in gaps:
        stamps.append(stamps[-1] + gap)
    readings = {
        stamp: float(power + index * 7 % 100) for index, stamp in enumerate(stamps)
    }
    track, now = SeriesTrack(), NOW
    taken: list[Run] = []
    for pause in pauses:
        # The file is as of the last reading.
        until = max(stamp for stamp in stamps if stamp <= now)
        taken += track.take(file(readings, until), now, now)
        now += pause
    told = seconds(tuple(taken))
    assert told == list(range(told[0], told[0] + len(told)))
    for run in taken:
        following = min(stamp for stamp in stamps if stamp >= run.end)
        assert run.value == readings[following]


def test_pulses_that_are_an_hour_apart_count_for_all_of_it() -> None:
    readings = {NOW: 40.0, NOW + 3600: 24.0}
    track = SeriesTrack()
    taken: list[Run] = []
    for now in range(NOW, NOW + 3601, 50):
        newest = max(stamp for stamp in readings if stamp <= now)
        taken += track.take(file(readings, newest), now, now)
    assert taken[-1] == Run(NOW, NOW + 3600, 24)


def test_seconds_that_nobody_asked_for_are_a_hole() -> None:
    readings = {NOW + second: 100.0 for second in range(-60, 400)}
    track = SeriesTrack()
    track.take(file(readings, NOW), NOW, NOW)
    (run,) = track.take(file(readings, NOW + 300), NOW + 300, NOW + 300)
    assert run == Run(NOW + 240, NOW + 300, 100)


def test_a_short_hole_counts_as_seen() -> None:
    readings = {NOW + second: 100.0 for second in range(-60, 400)}
    track = SeriesTrack()
    track.take(file(readings, NOW), NOW, NOW)
    (run,) = track.take(file(readings, NOW + 75), NOW + 75, NOW + 75)
    assert run == Run(NOW, NOW + 75, 100)


def test_a_minute_that_is_over_since_long_tells_nothing_new() -> None:
    readings = dict.fromkeys(range(NOW - 500, NOW - 400), 100.0)
    track = SeriesTrack()
    assert track.take(file(readings, NOW - 401), NOW, NOW) == ()
    readings[NOW] = 50.0
    assert seconds(track.take(file(readings, NOW), NOW, NOW + 10)) == []


@pytest.mark.parametrize("step", [-3600, 3600])
def test_a_clock_that_is_set_counts_nothing_twice(step: int) -> None:
    readings = {NOW + second: 100.0 for second in range(-60, 1)}
    track = SeriesTrack()
    assert len(seconds(track.take(file(readings, NOW), NOW, NOW))) == 60
    after = {NOW + step + second: 100.0 for second in range(-60, 31)}
    first = track.take(file(after, NOW + step + 10), NOW + 10, NOW + 10)
    then = track.take(file(after, NOW + step + 20), NOW + 20, NOW + 20)
    assert first == ()
    assert then == (Run(NOW + step + 10, NOW + step + 20, 100),)


def test_an_answer_without_a_value_is_no_gap() -> None:
    readings = {NOW: 100.0, NOW + 100: 36.0}
    track = SeriesTrack()
    track.take(file(readings, NOW), NOW, NOW)
    track.take(Series((), 60), NOW + 50, NOW + 50)
    (run,) = track.take(file(readings, NOW + 100), NOW + 100, NOW + 100)
    assert run == Run(NOW, NOW + 100, 36)


def test_a_restart_goes_on_where_it_ended() -> None:
    readings = {NOW + second: 100.0 for second in range(-60, 60)}
    track = SeriesTrack()
    track.take(file(readings, NOW), NOW, NOW)
    again = SeriesTrack(json.loads(json.dumps(track.to_row())))
    (run,) = again.take(file(readings, NOW + 30), NOW + 30, NOW + 30)
    assert run == Run(NOW, NOW + 30, 100)


def test_a_track_that_knew_nothing_is_restored_too() -> None:
    assert SeriesTrack(SeriesTrack().to_row()).until is None


@pytest.mark.parametrize(
    "state", [1, [], [1, 2], ["a", 1, 1], [0.5, 1, 1], [1, 1, None], [1, 1, -1]]
)
def test_a_damaged_state_is_refused(state: object) -> None:
    with pytest.raises(Damaged):
        SeriesTrack(state)


def test_what_flows_back_is_not_taken_off() -> None:
    runs = (Run(0, 10, 360), Run(10, 20, -360))
    assert amount_of(runs) == 3600
    assert mean_of(runs) == 0


def test_nothing_has_no_mean() -> None:
    assert mean_of(()) is None


@pytest.mark.parametrize("stamp", [5, 4_102_444_800])
def test_a_clock_that_is_known_to_be_astray_may_tell_any_time(stamp: int) -> None:
    body = f"[[{stamp}, 7]]".encode()
    (run,) = parse_series(body, 1_773_144_000.0, 100.0, astray=True).runs
    assert run == Run(stamp - 1, stamp, 7)
    with pytest.raises(Dropped):
        parse_series(body, 1_773_144_000.0, 100.0)
