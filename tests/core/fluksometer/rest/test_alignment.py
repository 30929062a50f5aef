"""Values of several sensors, moment by moment."""

from typing import NamedTuple

from hypothesis import given, strategies as st

from custom_components.flukso.core.fluksometer.rest.alignment import (
    PATIENCE,
    STEP,
    Alignment,
)


class Span(NamedTuple):
    begin: int
    end: int
    value: float


def test_values_wait_for_the_slowest_sensor() -> None:
    both = Alignment(["a", "b"])
    both.add("a", [Span(100, 101, 5), Span(101, 102, 6)])
    both.add("b", [Span(100, 101, 7)])
    assert both.take() == [(101, {"a": 5, "b": 7})]
    both.add("b", [Span(101, 102, 8)])
    assert both.take() == [(102, {"a": 6, "b": 8})]


def test_a_value_holds_at_each_moment_of_the_others() -> None:
    both = Alignment(["a", "b"])
    both.add("a", [Span(100, 104, 5)])
    both.add("b", [Span(100, 101, 7), Span(101, 104, 8)])
    assert both.take() == [(101, {"a": 5, "b": 7}), (104, {"a": 5, "b": 8})]


def test_a_value_that_holds_for_long_is_repeated() -> None:
    alone = Alignment(["a"])
    alone.add("a", [Span(100, 125, 5)])
    assert [moment.time for moment in alone.take()] == [110, 120, 125]
    assert STEP == 10


def test_a_hole_has_no_value() -> None:
    both = Alignment(["a", "b"])
    both.add("a", [Span(100, 101, 1), Span(105, 106, 2)])
    both.add("b", [Span(100, 103, 3), Span(103, 106, 4)])
    assert both.take() == [
        (101, {"a": 1, "b": 3}),
        (103, {"b": 3}),
        (106, {"a": 2, "b": 4}),
    ]


def test_a_sensor_that_stays_away_is_not_waited_for_without_end() -> None:
    both = Alignment(["a", "b"])
    both.add("b", [Span(0, 1, 9)])
    both.add("a", [Span(0, 1, 5)])
    both.take()
    both.add("a", [Span(PATIENCE, PATIENCE + 1, 5)])
    assert both.take() == []
    both.add("a", [Span(PATIENCE + 1, PATIENCE + 2, 6)])
    assert both.take()[-1] == (PATIENCE + 2, {"a": 6})


def test_what_comes_too_late_is_left_out() -> None:
    both = Alignment(["a", "b"])
    both.add("a", [Span(0, 1, 5)])
    both.add("b", [Span(0, 1, 5)])
    both.add("a", [Span(PATIENCE + 1, PATIENCE + 2, 6)])
    both.take()
    both.add("b", [Span(1, 2, 7)])
    assert both.take() == []


def test_a_clock_that_was_set_back_begins_anew() -> None:
    alone = Alignment(["a"])
    alone.add("a", [Span(1000, 1001, 5)])
    alone.take()
    alone.add("a", [Span(100, 101, 6)])
    assert alone.take() == [(101, {"a": 6})]


def test_without_sensors_there_are_no_moments() -> None:
    assert Alignment([]).take() == []


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 40)), max_size=60),
)
def test_energy_is_neither_lost_nor_made(steps: list[tuple[str, int]]) -> None:
    both = Alignment(["a", "b"])
    ends = {"a": 0, "b": 0}
    energy = {"a": 0.0, "b": 0.0}
    told = {"a": 0.0, "b": 0.0}
    taken = 0
    for index, (sensor, length) in enumerate(steps):
        span = Span(ends[sensor], ends[sensor] + length, float(index))
        ends[sensor] = span.end
        energy[sensor] += span.value * length
        both.add(sensor, [span])
        if min(ends.values()) == 0:
            continue
        for moment in both.take():
            assert moment.time > taken
            for name, value in moment.values.items():
                told[name] += value * (moment.time - taken)
            taken = moment.time
    for sensor, end in ends.items():
        if end == taken:
            assert told[sensor] == energy[sensor]
