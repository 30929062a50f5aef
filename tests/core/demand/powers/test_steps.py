"""Means of steps of 5 s, from pieces of any length."""

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.demand.powers.steps import (
    KEPT_STEPS,
    STEP,
    StepMeans,
    added,
    first_known,
)

from ..house import BEGIN

COUNT = 40


@given(
    pieces=st.lists(
        st.tuples(st.integers(1, 4 * STEP), st.integers(0, 9000)), max_size=30
    )
)
def test_no_energy_is_lost_or_moved_to_another_step(
    pieces: list[tuple[int, int]],
) -> None:
    """Against a plain loop over the seconds."""
    means = StepMeans()
    seconds: list[int] = []
    for span, power in pieces:
        since = BEGIN + len(seconds)
        means.add(since, since + span, power)
        seconds += [power] * span
    seconds = seconds[: COUNT * STEP]
    expected = [
        sum(seconds[first : first + STEP]) / len(seconds[first : first + STEP])
        if first < len(seconds)
        else None
        for first in range(0, COUNT * STEP, STEP)
    ]
    assert means.means(BEGIN, COUNT) == pytest.approx(expected)


def test_a_step_of_which_a_part_was_told_is_the_mean_of_that_part() -> None:
    """And one of which nothing was told is unknown."""
    means = StepMeans()
    means.add(BEGIN + 1, BEGIN + 3, 4.0)
    means.add(BEGIN + 12.5, BEGIN + 13, 2.0)
    assert means.means(BEGIN, 4) == [4.0, None, 2.0, None]


def test_what_takes_no_time_tells_nothing() -> None:
    """As the first reading of a gauge."""
    means = StepMeans()
    means.add(BEGIN, BEGIN, 4.0)
    means.add(BEGIN + 2, BEGIN + 1, 4.0)
    assert means.means(BEGIN, 2) == [None, None]


def test_what_is_long_ago_is_forgotten() -> None:
    """Memory does not grow."""
    means = StepMeans()
    for number in range(KEPT_STEPS + 2):
        means.add(BEGIN + number * STEP, BEGIN + number * STEP + STEP, number)
    assert means.means(BEGIN, 3) == [None, 1.0, 2.0]


def test_a_clock_that_is_set_back_tells_the_same_step_anew() -> None:
    """What was said of it before is gone."""
    means = StepMeans()
    means.add(BEGIN, BEGIN + 20, 1.0)
    means.add(BEGIN + 5, BEGIN + 10, 3.0)
    means.add(BEGIN + 10, BEGIN + 11, 3.0)
    assert means.means(BEGIN, 4) == [1.0, 3.0, 3.0, 1.0]


def test_a_time_longer_than_is_kept_is_taken_from_its_end() -> None:
    """Not step by step from its beginning."""
    means = StepMeans()
    means.add(0, BEGIN, 1.0)
    assert means.means(BEGIN - 2 * STEP, 3) == [1.0, 1.0, None]


def test_sums_and_choices_of_steps() -> None:
    """A sum needs all of them, a choice any."""
    lanes = ([1.0, None, 3.0], [1.0, 2.0, None])
    assert added(lanes) == [2.0, None, None]
    assert first_known(*lanes) == [1.0, 2.0, 3.0]
    assert first_known([None], [None]) == [None]
