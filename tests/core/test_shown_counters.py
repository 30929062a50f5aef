"""Counters that entities show keep what is believed, also through a restart."""

import json

import pytest

from custom_components.flukso.core.counters.limits import CARRIED, WRAP
from custom_components.flukso.core.counters.shown import Rebase, ShownCounter, exchanged
from custom_components.flukso.core.counters.steps import StepKind
from custom_components.flukso.core.counters.track import CounterTrack

BEGIN = 1_768_478_400


def shown(*readings: tuple[int, float], wrap: float = 0.0) -> ShownCounter:
    """Return a counter that took readings, s since BEGIN and kWh, as they came."""
    counter = ShownCounter(CARRIED, wrap=wrap)
    for second, value in readings:
        counter.take(BEGIN + second, value, BEGIN + second)
    return counter


def restarted(counter: ShownCounter) -> ShownCounter:
    """Return a counter after a restart."""
    again = ShownCounter(CARRIED)
    again.restore(json.loads(json.dumps(counter.to_row())))
    return again


def replaced(seconds: int = 1500) -> list[tuple[int, float]]:
    """Return what a meter of 700 kWh sends, and one of 12.5 kWh in its place."""
    before = [(second, 700 + second / 3600) for second in range(0, 60, 10)]
    after = [(second, 12.5 + second / 3600) for second in range(60, seconds, 10)]
    return [*before, *after]


def test_before_the_first_reading_nothing_is_believed() -> None:
    assert ShownCounter(CARRIED).value is None


def test_a_dip_is_held_also_across_a_restart() -> None:
    counter = restarted(shown((0, 700.0), (10, 700.01), (20, 0.0), (30, 0.0)))
    assert counter.value == 700.01
    assert counter.take(BEGIN + 40, 0.0, BEGIN + 40) is StepKind.HELD
    assert counter.take(BEGIN + 50, 700.02, BEGIN + 50) is StepKind.FORWARD
    assert (counter.value, counter.rebases) == (700.02, [])


def test_a_replaced_meter_is_taken_over_and_its_shift_told() -> None:
    counter = shown(*replaced())
    (rebase,) = counter.rebases
    assert counter.value == pytest.approx(12.5 + 1490 / 3600)
    # From the last reading of the old meter to the first of the new one.
    assert rebase.shift == pytest.approx(12.5 + 60 / 3600 - (700 + 50 / 3600))
    assert BEGIN + 960 <= rebase.time <= BEGIN + 1000


def test_a_restart_while_a_new_meter_is_in_doubt_changes_nothing() -> None:
    counter = shown(*replaced(600))
    assert counter.value == pytest.approx(700 + 50 / 3600)
    again = restarted(counter)
    for second, value in replaced()[60:]:
        again.take(BEGIN + second, value, BEGIN + second)
    assert again.rebases == shown(*replaced()).rebases
    assert again.value == shown(*replaced()).value


def test_what_nobody_accounted_for_waits_through_a_restart() -> None:
    counter = shown(*replaced())
    assert restarted(counter).rebases == counter.rebases
    assert isinstance(restarted(counter).rebases[0], Rebase)


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        [[BEGIN, 700.0], None],
        [[BEGIN, 700.0], [[BEGIN]]],
        [[BEGIN, 700.0], [[BEGIN, "12"]]],
        [[BEGIN, 700.0, False, None, None], []],
        [[BEGIN, 700.0, False, [], [BEGIN]], []],
    ],
)
def test_a_damaged_row_begins_anew(row: object) -> None:
    counter = ShownCounter(CARRIED)
    counter.restore(row)
    assert counter.take(BEGIN + 10, 5.0, BEGIN + 10) is StepKind.FIRST
    assert counter.value == 5.0


def test_a_full_counter_goes_on_from_zero_without_a_rebase() -> None:
    counter = shown((0, WRAP - 0.002), (10, WRAP - 0.001), (20, 0.001), wrap=WRAP)
    assert (counter.value, counter.rebases) == (0.001, [])


def test_readings_of_one_moment_come_one_after_the_other() -> None:
    counter = shown((0, 5.0), (0, 5.001), (0, 5.002))
    assert counter.value == 5.002


def test_what_is_held_to_be_told_again_goes_through_a_restart() -> None:
    track = CounterTrack(retells=True)
    readings = replaced()
    for second, value in readings[:60]:
        track.step(BEGIN + second, value)
    again = CounterTrack(retells=True)
    again.restore(json.loads(json.dumps(track.to_row())))
    assert again.doubtful
    kinds = [again.step(BEGIN + second, value).kind for second, value in readings[60:]]
    assert kinds.count(StepKind.RESET) == 1
    assert kinds[-1] is StepKind.FORWARD


@pytest.mark.parametrize("first", [0.0, 12.5, 700.05, 90_000.0])
def test_the_first_reading_of_another_meter_is_a_rebase(first: float) -> None:
    """Also where it could be counted from the last one of the meter before."""
    counter = ShownCounter(CARRIED)
    counter.restore(exchanged(shown((0, 700.0), (10, 700.01)).to_row()))
    counter = restarted(counter)
    assert counter.value == 700.01
    assert counter.take(BEGIN + 300, first, BEGIN + 300) is StepKind.RESET
    assert counter.take(BEGIN + 310, first + 0.01, BEGIN + 310) is StepKind.FORWARD
    assert counter.rebases == [Rebase(BEGIN + 300, first - 700.01)]
    assert counter.value == first + 0.01
