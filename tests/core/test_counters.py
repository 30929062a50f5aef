"""Steps between cumulative readings."""

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.counters.limits import WRAP
from custom_components.flukso.core.counters.steps import Step, StepKind
from custom_components.flukso.core.counters.track import CounterTrack


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
def test_what_no_connection_carries_is_held(
    before: float, after: float, net: bool
) -> None:
    """A fall, or more than 1000 kW, is no reading of the same counter."""
    track = agreed(before, net=net)
    assert track.step(1020, after) == Step(10, 0.0, StepKind.HELD)
    assert track.value == before
    assert track.step(1030, before) == Step(20, 0.0, StepKind.FORWARD)


def agreed(value: float, *, net: bool = False) -> CounterTrack:
    """Return a counter that two readings agree on."""
    track = CounterTrack(net=net)
    track.step(1000, value)
    track.step(1010, value)
    return track


def fed(track: CounterTrack, *readings: tuple[float, float]) -> list[Step]:
    return [track.step(*reading) for reading in readings]


def kinds(steps: list[Step]) -> list[StepKind]:
    return [step.kind for step in steps if step.kind is not StepKind.HELD]


@pytest.mark.parametrize("depth", [0.001, 0.1, 1.5, 62.0, 700.0])
def test_a_fall_that_comes_back_is_nothing(depth: float) -> None:
    """What is beyond was counted since the value was believed."""
    track = agreed(700.0)
    steps = fed(track, (1020, 700.0 - depth), (1030, 700.0 - depth), (1040, 700.004))
    assert tuple(steps[-1]) == (30, pytest.approx(0.004), StepKind.FORWARD)


def test_what_comes_back_bit_by_bit_may_have_been_counted() -> None:
    """The step is a lower bound then."""
    track = agreed(700.0)
    *_, last = fed(track, (1020, 699.99), (1030, 699.995), (1040, 700.001))
    assert tuple(last) == (30, pytest.approx(0.001), StepKind.PASSED)


@pytest.mark.parametrize(
    ("period", "count"), [(1, 1000), (10, 100), (60, 16), (600, 4)]
)
@pytest.mark.parametrize("base", [123.0, 9000.0])
def test_a_rebase_is_taken_over_once_it_has_stayed(
    base: float, period: int, count: int
) -> None:
    """What was counted since is counted, and what it moved by is not."""
    track = agreed(700.0)
    readings = [(1020 + n * period, base + n * 0.01) for n in range(count)]
    steps = fed(track, *readings)
    (found,) = [step for step in steps if step.kind is StepKind.RESET]
    assert 900 <= steps[-1].seconds <= 1900 or steps[-1].kind is StepKind.FORWARD
    assert 0 < found.energy <= (count - 1) * 0.01 + 1e-9


def test_a_counter_that_begins_at_nothing_and_counts_is_taken_over_soon() -> None:
    track = agreed(700.0)
    steps = fed(track, *((1020 + n * 10, n * 0.002) for n in range(60)))
    assert steps.index(next(s for s in steps if s.kind is StepKind.RESET)) == 30


@pytest.mark.parametrize("stuck", [0.0, 650.0, 70_000.0])
def test_what_stands_still_is_taken_over_late(stuck: float) -> None:
    track = agreed(700.0)
    steps = fed(track, *((1020 + n * 60, stuck) for n in range(130)))
    assert steps.index(next(s for s in steps if s.kind is StepKind.RESET)) == 120


def test_hours_of_flapping_are_no_rebase() -> None:
    track = agreed(723.5)
    steps = fed(track, *((1020 + n * 10, 723.5 - n % 2 * 0.1) for n in range(4000)))
    assert set(kinds(steps)) == {StepKind.FORWARD}
    assert sum(step.energy for step in steps) == 0


def test_a_fall_that_was_taken_over_and_comes_back_is_no_consumption() -> None:
    """A dip of hours, at 1 kW: all that is counted is the truth."""
    track = agreed(700.0)
    steps = []
    for n in range(1, 400):
        true = 700.0 + n / 360
        steps.append(track.step(1010 + n * 10, true - (1.5 if n < 300 else 0.0)))
    assert StepKind.RESET in kinds(steps)
    assert sum(step.energy for step in steps) == pytest.approx(399 / 360)


def test_two_readings_outweigh_a_first_one() -> None:
    track = CounterTrack()
    steps = fed(track, (1000, 0.0), (1010, 4321.0), (1020, 4321.1), (1030, 4321.2))
    assert kinds(steps) == [StepKind.FIRST, StepKind.RESET, StepKind.FORWARD]


def test_after_a_long_silence_much_is_believed() -> None:
    track = agreed(700.0)
    assert track.step(1010 + 7 * 86400, 900.0).energy == pytest.approx(200.0)


def test_a_restart_amid_a_dip_does_not_fool_it() -> None:
    track, restored = agreed(700.0), CounterTrack()
    fed(track, (1020, 699.0), (1030, 699.0))
    restored.restore(track.to_row())
    assert restored.step(1040, 699.0).kind is StepKind.HELD
    assert restored.step(1050, 700.1).energy == pytest.approx(0.1)


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
