"""Hourly rows tell all that a counter moved, and no more."""

from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.energy.hours import Anchor, EnergyRow, hourly_rows
from custom_components.flukso.core.energy.series import Series

HOUR = 3600
BEGIN = 1_700_000_000 // HOUR * HOUR


def series(*points: tuple[float, float]) -> Series:
    """Return a series from hours since BEGIN and values."""
    return Series.of((BEGIN + round(hours * HOUR), value) for hours, value in points)


def rows(found: list[EnergyRow]) -> list[tuple[float, float, float, bool]]:
    return [((r.start - BEGIN) / HOUR, r.state, r.sum, r.whole) for r in found]


def test_a_row_tells_where_the_counter_stood_at_the_end_of_its_hour() -> None:
    found = hourly_rows(series((0, 10), (1, 12), (2.5, 15), (3, 15)))
    assert rows(found) == [(0, 12, 2, True), (1, 14, 4, True), (2, 15, 5, True)]


def test_hours_at_the_ends_are_marked_as_parts() -> None:
    found = hourly_rows(series((0.5, 10), (2.25, 17)))
    assert rows(found) == [(0, 12, 2, False), (1, 16, 6, True), (2, 17, 7, False)]


def test_a_silence_is_spread_over_its_hours() -> None:
    found = hourly_rows(series((0, 0), (1, 1), (5, 9), (6, 10)))
    assert [row.sum for row in found] == [1, 3, 5, 7, 9, 10]


def test_a_counter_in_another_unit_is_scaled() -> None:
    (row,) = hourly_rows(series((0, 2510682), (1, 2510683.5)), scale=0.001)
    assert (row.state, row.sum) == (2510.6835, 0.0015)


def test_sums_go_on_from_the_row_before() -> None:
    found = hourly_rows(series((1, 10), (2, 12)), before=Anchor(9.5, 100.0))
    assert rows(found) == [(1, 12, 102.5, True)]


def test_sums_lead_up_to_the_row_after() -> None:
    found = hourly_rows(series((1, 10), (2, 12), (3, 15)), after=Anchor(15.5, 0.5))
    assert rows(found) == [(1, 12, -3, True), (2, 15, 0, True)]


def test_a_counter_that_begins_anew_counts_from_zero() -> None:
    found = hourly_rows(series((0, 100), (0.5, 110), (0.75, 2), (1.5, 5), (2, 6)))
    assert [row.sum for row in found] == [13, 16]
    found = hourly_rows(series((0, 3), (1, 4)), before=Anchor(100.0, 50.0))
    assert [row.sum for row in found] == [54]
    found = hourly_rows(series((0, 90), (1, 100)), after=Anchor(2.0, 50.0))
    assert [row.sum for row in found] == [48]


def test_nothing_is_interpolated_across_a_new_beginning() -> None:
    found = hourly_rows(series((0, 100), (0.5, 110), (1.5, 4), (2, 6)))
    assert [(row.state, row.sum) for row in found] == [(110, 10), (6, 16)]


def test_a_mere_dip_is_taken_back() -> None:
    found = hourly_rows(series((0, 100), (1, 110), (1.5, 105), (2, 107)))
    assert [row.sum for row in found] == [10, 7]


@pytest.mark.parametrize("depth", [0.2, 50.0, 100.0])
def test_a_fall_that_comes_back_is_neither_a_beginning_nor_consumption(
    depth: float,
) -> None:
    """Of any depth; the hour that ends in it stands where it was before."""
    points = [(0, 100.0), (0.9, 109.0), (1, 109.0 - depth), (1.1, 111.0), (2, 120.0)]
    found = hourly_rows(series(*points))
    assert [row.sum for row in found] == [10, 20]
    assert [row.state for row in found] == [110, 120]


def test_a_fall_that_stays_is_a_new_beginning() -> None:
    points = [(hours / 10, 100.0 + hours) for hours in range(10)]
    points += [(hours / 10, hours - 10.0) for hours in range(10, 31)]
    found = hourly_rows(series(*points))
    assert [row.sum for row in found] == pytest.approx([9, 19, 29], abs=1)
    # Of three readings no more is known; what they come back to ends them all.
    points = [(0, 100.0), (1, 110.0), (1.2, 5.0), (2, 6.0), (3, 120.0)]
    assert [row.sum for row in hourly_rows(series(*points[:4]))] == [10, 16]
    assert [row.sum for row in hourly_rows(series(*points))] == [10, 15, 20]


def test_a_net_counter_runs_back() -> None:
    found = hourly_rows(series((0, 10), (1, 2), (2, -3)), rising=False)
    assert [(row.state, row.sum) for row in found] == [(2, -8), (-3, -13)]


def test_a_negative_value_of_a_rising_counter_is_left_out() -> None:
    found = hourly_rows(series((0, 10), (0.5, -1), (1, 12)))
    assert rows(found) == [(0, 12, 2, True)]
    assert hourly_rows(series((0, -10))) == []


def test_without_readings_there_are_no_rows() -> None:
    assert hourly_rows(Series.of(())) == []


@st.composite
def counters(draw: st.DrawFn) -> Series:
    """Return counters that rise by thousandths, and now and then begin anew.

    None comes back to where it was before.
    """
    time, milli = (
        BEGIN + draw(st.integers(0, HOUR)),
        draw(st.integers(10**9, 2 * 10**9)),
    )
    lives = 9
    points = [(time, milli / 1000)]
    for _ in range(draw(st.integers(0, 40))):
        time += draw(st.integers(1, 3 * HOUR))
        if lives and draw(st.integers(0, 9)) == 0:
            lives -= 1
            milli = lives * 10**8 + draw(st.integers(0, 1000))
        milli += draw(st.integers(0, 10**6))
        points.append((time, milli / 1000))
    return Series.of(points)


def counted(values: list[float]) -> float:
    """Return what the recorder's rules make of a counter."""
    return sum(b if b < 0.9 * a else b - a for a, b in pairwise(values))


@given(counter=counters(), before=st.integers(0, 10**6))
def test_no_energy_is_lost_or_invented(counter: Series, before: int) -> None:
    found = hourly_rows(counter, before=Anchor(counter.values[0], float(before)))
    if not found:
        assert len(counter) == 1
        return
    total = counted(counter.values.tolist())
    assert found[-1].sum - before == pytest.approx(total, abs=1e-5)
    assert [b.start - a.start for a, b in pairwise(found)] == [HOUR] * (len(found) - 1)
    assert all(row.start % HOUR == 0 for row in found)
    assert found[-1].state == pytest.approx(counter.values[-1], abs=1e-6)


@given(counter=counters(), cut=st.integers(1, 100))
def test_rows_of_a_part_go_on_as_those_of_the_whole(counter: Series, cut: int) -> None:
    whole = hourly_rows(counter)
    edge = BEGIN + cut * HOUR
    known = [row for row in whole if row.start < edge]
    if not known or len(known) == len(whole):
        return
    part = counter.between(edge, counter.times[-1])
    anchor = hourly_rows(part)
    again = [row for row in anchor if row.start >= edge]
    assert [row.state for row in again] == [row.state for row in whole[len(known) :]]
    shift = whole[-1].sum - again[-1].sum
    assert [row.sum + shift for row in again] == pytest.approx(
        [row.sum for row in whole[len(known) :]], abs=1e-5
    )
