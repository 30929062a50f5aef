"""Hours are filled in amid known ones, and those stay."""

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.energy.gaps import (
    ORIGIN,
    KnownRow,
    gap_rows,
    missing_hours,
)
from custom_components.flukso.core.energy.hours import hourly_rows
from custom_components.flukso.core.energy.series import Series

HOUR = 3600
BEGIN = 1_700_000_000 // HOUR * HOUR
DAY = range(BEGIN, BEGIN + 24 * HOUR, HOUR)
LATE = 120


def at(hours: float) -> int:
    return BEGIN + round(hours * HOUR)


def steady(first: float = 0, last: float = 24, power: float = 2.0) -> Series:
    """Return a counter that tells every minute what a steady power makes of it."""
    moments = range(at(first), at(last) + 1, 60)
    return Series.of((moment, power * (moment - BEGIN) / HOUR) for moment in moments)


def known(hour: float, state: float, total: float) -> KnownRow:
    return KnownRow(at(hour), state, total)


def told(
    rows: list[KnownRow], series: Series, hours: range = DAY
) -> list[tuple[float, float, float]]:
    """Return hour, counter and sum of the rows that are filled in."""
    found = gap_rows(series, rows, hours, late=LATE)
    return [
        (-1 if row.start == ORIGIN else (row.start - BEGIN) / HOUR, row.state, row.sum)
        for row in found
    ]


def test_hours_without_a_row_are_missing() -> None:
    assert missing_hours([at(1), at(3)], range(at(0), at(5), HOUR)) == [
        at(0),
        at(2),
        at(4),
    ]


def test_a_gap_is_filled_and_the_row_after_it_keeps_what_is_left() -> None:
    rows = [known(2, 6, 106), known(3, 8, 108), known(6, 14, 114), known(7, 16, 116)]
    found = told(rows, steady(), range(at(2), at(8), HOUR))
    assert found == [(4, 10, 110), (5, 12, 112)]


def test_hours_before_the_first_row_lead_up_to_it() -> None:
    rows = [known(3, 8, 1.5)]
    found = told(rows, steady(), range(at(0), at(4), HOUR))
    # What a first row says counts as consumed, so the sums begin long before.
    assert found == [(-1, 0, -6.5), (0, 2, -4.5), (1, 4, -2.5), (2, 6, -0.5)]


def test_an_older_time_moves_where_the_sums_begin() -> None:
    rows = [KnownRow(ORIGIN, 4, -2.5), known(2, 6, -0.5), known(3, 8, 1.5)]
    found = told(rows, steady(first=0.5), range(at(0), at(2), HOUR))
    assert found == [(-1, 1, -5.5), (0, 2, -4.5), (1, 4, -2.5)]


def test_where_sums_begin_is_not_told_without_an_hour() -> None:
    found = told([known(3, 8, 1.5)], steady(last=0.5), range(at(0), at(3), HOUR))
    assert found == []


def test_hours_after_the_last_row_go_on_from_it() -> None:
    found = told([known(1, 4, 0.5)], steady(), range(at(0), at(4), HOUR))
    assert found == [(-1, 0, -3.5), (0, 2, -1.5), (2, 6, 2.5), (3, 8, 4.5)]


def test_without_a_row_nothing_is_known_to_put_others_on() -> None:
    assert told([], steady()) == []


def test_a_row_that_was_written_before_its_hour_ended_is_replaced() -> None:
    # Home Assistant left at a quarter past two.
    rows = [known(1, 4, 104), known(2, 4.5, 104.5), known(5, 12, 112)]
    found = told(rows, steady(), range(at(2), at(6), HOUR))
    assert found == [(2, 6, 106), (3, 8, 108), (4, 10, 110)]


def test_rows_that_repeat_what_was_seen_last_are_replaced() -> None:
    silent = [known(hour, 4.5, 104.5) for hour in (2, 3, 4)]
    rows = [known(1, 4, 104), *silent, known(5, 12, 112), known(6, 14, 114)]
    found = told(rows, steady(), range(at(1), at(7), HOUR))
    assert found == [(2, 6, 106), (3, 8, 108), (4, 10, 110)]


def test_rows_stay_where_the_counter_stood_still() -> None:
    rows = [known(hour, 6, 106) for hour in range(2, 6)]
    still = Series.of((at(hour), 6.0) for hour in range(1, 9))
    assert told(rows, still, range(at(2), at(6), HOUR)) == []


def test_a_row_whose_counter_was_told_a_minute_late_stays() -> None:
    late = 2 * LATE / HOUR
    rows = [known(1, 4, 104), known(2, 6 - late, 106 - late), known(4, 10, 110)]
    found = told(rows, steady(), range(at(2), at(5), HOUR))
    assert found == [(3, 8, 108)]


def test_rows_of_another_counter_stay() -> None:
    # Its entity had the same name, or was a sum of Home Assistant's own.
    rows = [known(hour, hour / 10, hour / 10) for hour in range(1, 7)]
    assert told(rows, steady(), range(at(1), at(7), HOUR)) == []


def test_the_first_row_of_all_stays_even_if_it_is_cut() -> None:
    rows = [known(2, 4.5, 0.5), known(4, 10, 6)]
    found = told(rows, steady(), range(at(2), at(5), HOUR))
    assert found == [(3, 8, 4)]


def test_a_row_is_only_compared_with_what_was_recorded_then() -> None:
    rows = [known(1, 4, 104), known(2, 4.5, 104.5), known(4, 10, 110)]
    found = told(rows, steady(first=3.5), range(at(2), at(5), HOUR))
    assert found == [(3, 8, 108)]


def test_only_hours_whose_end_was_recorded_are_filled() -> None:
    rows = [known(1, 4, 104), known(8, 18, 118)]
    found = told(rows, steady(first=3.5, last=5.5), range(at(1), at(9), HOUR))
    assert found == [(3, 8, 108), (4, 10, 110)]


def test_what_the_recorder_lost_in_a_reset_is_in_no_row() -> None:
    counter = Series.of(
        [(at(1), 100.0), (at(2.5), 130.0), (at(2.6), 0.0), (at(5), 4.0)]
    )
    rows = [known(0, 100, 50), known(4, 4, 54)]
    found = gap_rows(counter, rows, range(at(1), at(4), HOUR), late=LATE)
    assert [row.sum for row in found] == [54, 54, 54]


def test_a_small_counter_is_not_taken_for_one_that_began_anew() -> None:
    # What was recorded before and after the gap lies far outside.
    counter = Series.of([(at(0), 1.0), (at(3.5), 9.0), (at(4.5), 10.0), (at(9), 40.0)])
    rows = [known(2, 8, 18), known(5, 12, 22)]
    found = gap_rows(counter, rows, range(at(3), at(5), HOUR), late=LATE)
    assert [row.sum for row in found] == pytest.approx([19.5, 22])


def test_nothing_is_interpolated_across_a_new_beginning() -> None:
    counter = Series.of([(at(1), 100.0), (at(5), 1.0), (at(6), 3.0)])
    rows = [known(1, 100, 100), known(6, 5, 105)]
    found = gap_rows(counter, rows, range(at(2), at(6), HOUR), late=LATE)
    assert [(row.state, row.sum) for row in found] == [
        (100, 100),
        (100, 100),
        (1, 101),
        (3, 103),
    ]


def test_a_net_counter_may_pass_the_row_after() -> None:
    counter = Series.of([(at(0), 0.0), (at(2), 6.0), (at(4), -2.0)])
    rows = [known(0, 3, 3), known(3, -2, -2)]
    found = gap_rows(counter, rows, range(at(1), at(3), HOUR), late=LATE, rising=False)
    assert [row.sum for row in found] == [6, 2]


def test_the_counter_is_scaled_to_the_unit_of_the_rows() -> None:
    rows = [known(1, 0.004, 1.004), known(3, 0.008, 1.008)]
    found = gap_rows(steady(), rows, range(at(2), at(3), HOUR), late=LATE, scale=0.001)
    assert [(row.state, row.sum) for row in found] == [(0.006, 1.006)]


steps = st.lists(
    st.tuples(st.integers(60, 2 * HOUR), st.integers(0, 10**5)), max_size=40
)


def rising(steps: list[tuple[int, int]]) -> Series:
    """Return a counter that rises for more than a day, told at irregular times."""
    time, milli = BEGIN, 5000
    points = [(time, 5.0)]
    for seconds, more in [*steps, (24 * HOUR, 10**5)]:
        time, milli = time + seconds, milli + more
        points.append((time, milli / 1000))
    return Series.of(points)


@given(steps=steps, lost=st.sets(st.integers(1, 23)), until=st.integers(1, 24))
def test_whatever_is_missing_comes_back_as_it_was(
    steps: list[tuple[int, int]], lost: set[int], until: int
) -> None:
    counter = rising(steps)
    whole = [
        KnownRow(row.start, row.state, row.sum)
        for row in hourly_rows(counter)
        if row.start + HOUR <= BEGIN + 24 * HOUR
    ]
    left = [row for place, row in enumerate(whole) if place not in lost]
    hours = range(BEGIN, BEGIN + until * HOUR, HOUR)
    found = gap_rows(counter, left, hours, late=LATE)
    assert [row.start for row in found] == [
        BEGIN + place * HOUR for place in sorted(lost) if place < until
    ]
    for row in found:
        truth = whole[(row.start - BEGIN) // HOUR]
        assert (row.state, row.sum) == pytest.approx(truth[1:], abs=1e-5)
    # And once more changes nothing.
    again = sorted([*left, *(KnownRow(row.start, row.state, row.sum) for row in found)])
    assert gap_rows(counter, again, hours, late=LATE) == []
