"""The mask of the steps to come, and the powers of the steps that are over."""

import pytest

from custom_components.flukso.core.running import Running
from custom_components.flukso.core.tariff.forecast import RampTrace, mask
from custom_components.flukso.core.tariff.rule import Band, Calendar, Rule

from .tariffs import BRUSSELS, local

NOON = local(BRUSSELS, "2026-03-10 12:00")
MIDNIGHT = local(BRUSSELS, "2026-04-01 00:00")
EVENING = Calendar(Rule(bands=(Band(weight=0.5, hours=(12, 13)),)), BRUSSELS)
ALWAYS = Calendar(Rule(), BRUSSELS)


@pytest.mark.parametrize(
    ("begin", "step", "expected"),
    [
        # The last step before noon, and the first after one o'clock.
        (NOON - 300, 300, [0.0] + [0.5] * 12 + [0.0]),
        (NOON - 900, 900, [0.0] + [0.5] * 4 + [0.0]),
        # A step that is longer than a window counts as the one in which it ends.
        (NOON - 1800, 1800, [0.0, 0.5, 0.5, 0.0]),
    ],
)
def test_steps_count_as_their_windows(
    begin: int, step: int, expected: list[float]
) -> None:
    assert mask(EVENING, begin, step, len(expected)) == expected


def test_the_next_month_is_not_billed_with_this_one() -> None:
    assert mask(ALWAYS, MIDNIGHT - 600, 300, 4) == [1.0, 1.0, 0.0, 0.0]
    assert mask(ALWAYS, MIDNIGHT, 300, 2) == [1.0, 1.0]
    assert mask(ALWAYS, MIDNIGHT, 300, 0) == []


def test_powers_are_those_between_whole_minutes() -> None:
    """However the moments lie, at which the ramp is passed."""
    trace = RampTrace()
    assert trace.mean_powers(900, 60) == []
    # 3 kW for two minutes, then 6 kW; kW of ramp are kWs / 900.
    for second in range(7, 200, 7):
        energy = 3.0 * min(second, 120) + 6.0 * max(0, second - 120)
        trace.take(NOON, NOON + second, energy / 900)
    assert trace.mean_powers(900, 60) == pytest.approx([3.0, 3.0, 6.0], abs=0.2)
    assert sum(trace.mean_powers(900, 60)) == pytest.approx(12.0, abs=0.01)


def test_a_window_that_runs_is_followed_to_the_present() -> None:
    """By its power, also where its last reading is a while ago."""
    trace = RampTrace()
    for elapsed in (60, 120):
        # 3 kW; the counter was read 30 s ago.
        ramp = 3.0 * (elapsed - 30) / 900
        trace.follow(
            Running(
                start=NOON,
                end=NOON + 900,
                elapsed=elapsed,
                remaining=900 - elapsed,
                demand=ramp,
                power=3.0,
                projected=ramp + 3.0 * (930 - elapsed) / 900,
                coverage=1.0,
            )
        )
    assert trace.mean_powers(900, 60) == pytest.approx([3.0, 3.0])


def test_without_a_power_the_last_reading_is_followed() -> None:
    """No more is known."""
    trace = RampTrace()
    trace.follow(Running(NOON, NOON + 900, 60, 840, 0.1, None, None, 1.0))
    assert trace.mean_powers(900, 60) == pytest.approx([1.5])


def test_longer_steps_are_means_of_their_minutes() -> None:
    trace = RampTrace()
    for minute in range(1, 12):
        trace.take(NOON, NOON + minute * 60, minute * 60 * minute / 900)
    # The energy of the first m minutes is m * m kW minutes.
    assert trace.mean_powers(900, 300) == pytest.approx([5.0, 15.0])
    assert trace.mean_powers(900, 900) == []


def test_a_ramp_begun_late_is_a_mean_until_then() -> None:
    trace = RampTrace()
    trace.take(NOON, NOON + 180, 1.5 * 180 / 900)
    assert trace.mean_powers(900, 60) == pytest.approx([1.5] * 3)


@pytest.mark.parametrize("projected", [None, 3.0])
def test_the_ramp_is_where_the_power_since_the_last_reading_leads(
    projected: float | None,
) -> None:
    """Without a power it is where the last reading was."""
    trace = RampTrace()
    power = None if projected is None else 6.0
    trace.follow(Running(NOON, NOON + 900, 600, 300, 0.9, power, projected, 1.0))
    reached = 0.9 if projected is None else projected - 6.0 * 300 / 900
    assert sum(trace.mean_powers(900, 60)) / 15 == pytest.approx(reached)


def test_a_new_window_begins_anew_and_time_does_not_run_backwards() -> None:
    trace = RampTrace()
    trace.take(NOON, NOON + 120, 0.4)
    trace.take(NOON + 900, NOON + 960, 0.2)
    assert trace.mean_powers(900, 60) == pytest.approx([3.0])
    trace.take(NOON + 900, NOON + 950, 0.1)
    trace.take(NOON + 900, NOON + 1020, 0.1)
    # A ramp that falls was wrong before: no power is negative.
    assert trace.mean_powers(900, 60) == pytest.approx([3.0, 0.0])
