"""A counter that is told again and again is believed as far as it was measured."""

import pytest

from custom_components.flukso.core.demand.meters.repeated_counter import (
    LATE,
    MAX_GAP,
    SLOWEST,
    RepeatedCounter,
)
from custom_components.flukso.core.stored import Damaged

from ..house import BEGIN, WH


def rising(
    counter: RepeatedCounter, count: int, pace: float, start: float = BEGIN
) -> float:
    """Let a counter grow by 10 Wh at a pace; return when it grew last."""
    for number in range(count):
        counter.take(start + number * pace, 100 + number * 10 * WH)
    return start + (count - 1) * pace


def value_after(count: int) -> float:
    return 100 + (count - 1) * 10 * WH


def test_a_value_that_changes_was_just_measured() -> None:
    counter = RepeatedCounter()
    assert counter.take(BEGIN, 100) == BEGIN
    assert counter.take(BEGIN + 60, 101) == BEGIN + 60
    assert counter.take(BEGIN + 61.5, 100.5) == BEGIN + 61.5


def test_a_repeated_value_of_a_counter_that_is_polled_at_its_pace_was_measured() -> (
    None
):
    counter = RepeatedCounter()
    last = rising(counter, 5, pace=10)
    assert counter.pace == 10
    assert counter.take(last + 10, value_after(5)) == last + 10
    assert counter.take(last + 20, value_after(5)) == last + 20


def test_a_value_repeated_faster_than_the_counter_is_holds_for_a_while_ago() -> None:
    """Read once a minute, told every second."""
    counter = RepeatedCounter()
    last = rising(counter, 5, pace=60)
    told = [counter.take(last + second, value_after(5)) for second in range(1, 86)]
    lag = LATE * 60 - 1
    assert told[:74] == [None] * 74
    assert told[74:] == [last + second - lag for second in range(75, 86)]


def test_a_counter_of_unknown_pace_is_waited_for() -> None:
    counter = RepeatedCounter()
    counter.take(BEGIN, 100)
    assert counter.pace is None
    told = [counter.take(BEGIN + second, 100) for second in range(10, 390, 10)]
    lag = LATE * SLOWEST - 10
    assert [moment for moment in told if moment is not None] == [
        BEGIN + second - lag for second in range(10, 390, 10) if second > lag
    ]


def test_an_idle_hour_does_not_hide_how_fast_a_counter_is() -> None:
    counter = RepeatedCounter()
    last = rising(counter, 5, pace=10)
    value = value_after(5)
    for number in range(1, 20):
        counter.take(last + number * 600, value + number * WH)
    assert counter.pace == 10


def test_a_counter_that_gets_slower_is_noticed() -> None:
    counter = RepeatedCounter()
    last = rising(counter, 5, pace=10)
    for number in range(1, 6):
        counter.take(last + number * 300, value_after(5) + number)
    assert counter.pace == 300


def test_one_change_that_comes_early_is_no_pace() -> None:
    counter = RepeatedCounter()
    last = rising(counter, 5, pace=60)
    counter.take(last + 5, 200)
    counter.take(last + 65, 200.1)
    assert counter.pace == 60


def test_a_change_that_is_told_in_parts_is_no_pace() -> None:
    counter = RepeatedCounter()
    last = rising(counter, 5, pace=60)
    for _ in range(5):
        counter.take(last + 0.1, 200)
        counter.take(last + 0.2, 201)
    assert counter.pace == 60


def test_what_is_repeated_after_a_silence_counts_when_it_stays() -> None:
    """It may have been restored, from before the silence."""
    counter = RepeatedCounter()
    last = rising(counter, 5, pace=10)
    back = last + MAX_GAP + 100
    told = [
        counter.take(back + second, value_after(5))
        for second in range(0, int(MAX_GAP) + 20, 10)
    ]
    assert told == [None] * 10 + [back + 100]


def test_a_change_after_a_silence_counts_at_once() -> None:
    counter = RepeatedCounter()
    last = rising(counter, 5, pace=10)
    assert counter.take(last + 1000, value_after(5)) is None
    assert counter.take(last + 1010, 101) == last + 1010
    assert counter.take(last + 1020, 101) == last + 1020


def test_a_clock_that_is_set_back_is_followed() -> None:
    counter = RepeatedCounter()
    last = rising(counter, 5, pace=10)
    assert counter.take(last - 3600, value_after(5)) == last - 3600
    assert counter.take(last - 3590, value_after(5)) == last - 3590


def test_the_mean_power_is_of_a_minute_at_least() -> None:
    counter = RepeatedCounter()
    assert counter.power is None
    rising(counter, 6, pace=10)
    assert counter.power is None
    rising(counter, 30, pace=10, start=BEGIN + 60)
    assert counter.power == pytest.approx(3.6)


def test_a_load_that_begins_shows_after_two_minutes() -> None:
    counter = RepeatedCounter()
    value, power = 100.0, 1.0
    for number in range(60):
        if number == 40:
            power = 5.0
        value += power / 360
        counter.take(BEGIN + number * 10, value)
    assert counter.power == pytest.approx(5.0, abs=0.01)


def test_a_jump_is_no_power() -> None:
    counter = RepeatedCounter()
    last = rising(counter, 30, pace=10)
    counter.take(last + 10, 1e6)
    assert counter.power is None


def test_a_restart_keeps_what_is_known_of_a_counter() -> None:
    counter = RepeatedCounter()
    last = rising(counter, 5, pace=60)
    again = RepeatedCounter(counter.to_dict())
    assert again.pace == 60
    assert again.to_dict() == counter.to_dict()
    assert again.take(last + 60, value_after(5)) == counter.take(
        last + 60, value_after(5)
    )
    assert RepeatedCounter(RepeatedCounter().to_dict()).pace is None


@pytest.mark.parametrize(
    "damage",
    [
        {"value": "100"},
        {"reported": -1},
        {"changed": None},
        {"told": "now"},
        {"doubtful_until": 1e99},
        {"unit": -1},
        {"paces": None},
        {"paces": [1.0] * 6},
        {"paces": [-1.0]},
        {"more": 1},
    ],
)
def test_a_damaged_state_is_told(damage: dict[str, object]) -> None:
    with pytest.raises(Damaged):
        RepeatedCounter(RepeatedCounter().to_dict() | damage)
