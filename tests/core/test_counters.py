"""Steps between cumulative readings."""

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.counters.track import (
    WRAP,
    CounterTrack,
    Step,
    StepKind,
)


def second_step(
    first: tuple[float, float], second: tuple[float, float], *, net: bool = False
) -> Step:
    """Return the step between two readings (s, kWh)."""
    track = CounterTrack(net=net)
    assert track.step(*first) == Step(0.0, 0.0, StepKind.FIRST)
    return track.step(*second)


def test_more_is_forward() -> None:
    """The energy of a step is the difference."""
    step = second_step((1000, 5.0), (1010, 5.25))
    assert step == Step(10, 0.25, StepKind.FORWARD)


def test_the_same_value_later_is_a_step_of_nothing() -> None:
    """Zero is a value: it tells that nothing was used."""
    assert second_step((1000, 5.0), (1010, 5.0)) == Step(10, 0.0, StepKind.FORWARD)


def test_less_on_a_net_counter_is_export() -> None:
    """Counters of P1 through an FLM02 run backwards."""
    step = second_step((1000, 5.0), (1010, 4.75), net=True)
    assert step == Step(10, -0.25, StepKind.BACKWARD)


@pytest.mark.parametrize("net", [True, False])
def test_a_full_counter_goes_on_from_zero(net: bool) -> None:
    """32 bits of Wh end at 4 294 967.296 kWh."""
    step = second_step((1000, WRAP - 0.002), (1010, 0.003), net=net)
    assert step.kind is StepKind.WRAP
    assert step.energy == pytest.approx(0.005)


def test_a_net_counter_wraps_below_zero() -> None:
    """An unsigned net counter that exports more than it imported starts at the top."""
    step = second_step((1000, 0.002), (1010, WRAP - 0.003), net=True)
    assert step.kind is StepKind.WRAP
    assert step.energy == pytest.approx(-0.005)


@pytest.mark.parametrize(
    ("before", "after", "net"),
    [
        (700.0, 0.0, False),
        (700.0, 699.999, False),
        (700.0, 0.0, True),
        (700.0, 705.0, False),
        (WRAP - 90_000, 5.0, False),
        (0.002, WRAP - 0.003, False),
        (700.0, WRAP - 0.003, True),
    ],
)
def test_what_no_connection_carries_is_a_reset(
    before: float, after: float, net: bool
) -> None:
    """A fall, or more than 1000 kW, is no reading of the same counter."""
    step = second_step((1000, before), (1010, after), net=net)
    assert step == Step(10, 0.0, StepKind.RESET)


def test_after_a_reset_the_new_counter_counts() -> None:
    """A reset re-anchors."""
    track = CounterTrack()
    track.step(1000, 700.0)
    track.step(1010, 0.0)
    assert track.step(1020, 0.01) == Step(10, 0.01, StepKind.FORWARD)


def test_readings_of_one_instant_are_judged_as_of_a_second() -> None:
    """Two host-stamped readings a millisecond apart are no reset."""
    assert second_step((1000, 5.0), (1000.001, 5.001)).kind is StepKind.FORWARD


@pytest.mark.parametrize("late", [0, 1, 60])
def test_a_late_reading_is_ignored(late: int) -> None:
    """What is not newer changes nothing."""
    track = CounterTrack()
    track.step(1000, 5.0)
    assert track.step(1000 - late, 9.0).kind is StepKind.STALE
    assert track.step(1001, 5.1).energy == pytest.approx(0.1)


def test_a_clock_set_back_starts_anew() -> None:
    """More than a minute back is a clock, and the way is not known."""
    track = CounterTrack()
    track.step(1000, 5.0)
    assert track.step(939, 5.1) == Step(-61, 0.0, StepKind.CLOCK)
    assert track.step(940, 5.2).energy == pytest.approx(0.1)


@given(
    rises=st.lists(st.integers(0, 200), min_size=1, max_size=50),
    gaps=st.lists(st.integers(1, 5000), min_size=50, max_size=50),
)
def test_steps_add_up_to_the_difference(rises: list[int], gaps: list[int]) -> None:
    """Nothing is lost between readings, through a wrap as well."""
    track = CounterTrack()
    time, value = 1000, int(WRAP * 1000) - 3000
    track.step(time, value / 1000)
    total = 0.0
    for rise, gap in zip(rises, gaps, strict=False):
        time, value = time + gap, value + rise
        total += track.step(time, value % round(WRAP * 1000) / 1000).energy
    assert total == pytest.approx(sum(rises) / 1000, abs=1e-6)


def test_a_stored_reading_comes_back() -> None:
    """The step over a restart is the difference to what was stored."""
    track, restored, empty = CounterTrack(), CounterTrack(), CounterTrack()
    track.step(1000, 5.0)
    restored.restore(track.to_row())
    empty.restore(empty.to_row())
    assert restored.step(2000, 6.0) == Step(1000, 1.0, StepKind.FORWARD)
    assert empty.step(2000, 6.0).kind is StepKind.FIRST


@pytest.mark.parametrize("row", [[], [1.0], ["a", 1], [1, None], [-1, 1], 5, [9e99, 1]])
def test_a_damaged_reading_is_a_value_error(row: object) -> None:
    """Nothing but a time and a number comes back."""
    with pytest.raises(ValueError):
        CounterTrack().restore(row)
