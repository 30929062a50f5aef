"""The demo's household is busy when it has to be, and its clock is not too wrong."""

from collections.abc import Callable
from datetime import datetime

from hypothesis import given, strategies as st
import pytest

from script.lib.demo.house import (
    BUSY,
    HEAD_START,
    WINDOW,
    ZONE,
    BusyHousehold,
    MovedHousehold,
    SleepingHousehold,
    busy_moment,
    meters_before_boundary,
    near_boundary,
)
from simulator import Household
from simulator.household import Moment

YEAR = 365 * 86400
START = 1_768_478_400
# Home Assistant takes no stamp that lies further ahead.
MOST = 900


@given(st.integers(START, START + YEAR))
def test_a_clock_at_the_boundary_is_at_most_a_quarter_wrong(now: int) -> None:
    boundary = near_boundary(now)
    local = datetime.fromtimestamp(boundary, ZONE)
    assert boundary % WINDOW == 0
    assert -MOST <= boundary - now < MOST
    assert (local.day, local.hour, local.minute) != (1, 0, 0)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "flow", [lambda m: m.gas, lambda m: m.water, lambda m: m.solar, lambda m: m.power]
)
def test_everything_flows_in_a_busy_moment(
    seed: int, flow: Callable[[Moment], float]
) -> None:
    begin = busy_moment(seed)
    household = Household(seed)
    assert flow(household.at(begin)) > 0
    assert flow(household.at(begin + BUSY // 2)) != 0


def test_a_moved_household_is_the_same_at_another_time() -> None:
    moved = MovedHousehold(3, 1000)
    then = Household(3).at(START + 1000)
    assert moved.at(START) == then._replace(second=START)


def test_a_sleeping_household_uses_nothing_until_it_is_woken() -> None:
    asleep = START // WINDOW * WINDOW
    home = SleepingHousehold(3, asleep)
    assert home.at(asleep - 1) == Household(3).at(asleep - 1)
    moments = [home.at(second) for second in range(asleep, asleep + 100)]
    assert not any(moment.power or moment.gas or moment.water for moment in moments)
    home.wake()
    assert home.at(asleep + 100).power == 0
    assert home.at(asleep + 3 * WINDOW) == Household(3).at(asleep + 3 * WINDOW)


def test_a_busy_household_imports_on_every_phase_until_after_its_window() -> None:
    boundary = START // WINDOW * WINDOW
    home = BusyHousehold(3, boundary - WINDOW, shift=1000)
    assert home.at(boundary - 20).power == 0
    home.wake()
    for second in range(boundary - 10, boundary + 1):
        assert all(phase.power > 0 for phase in home.at(second).phases)
    assert home.at(boundary + 60).power == 0


@pytest.mark.parametrize(
    ("time", "head_start"),
    [("2026-03-10 12:03:20", HEAD_START), ("2026-03-31 23:59:00", 0)],
)
def test_both_meters_start_so_that_their_window_ends_soon(
    monkeypatch: pytest.MonkeyPatch, time: str, head_start: int
) -> None:
    now = datetime.fromisoformat(time).replace(tzinfo=ZONE).timestamp()
    monkeypatch.setattr("time.time", lambda: now)
    started, household = meters_before_boundary("FLM03E", 1, 40)
    assert started.head_start == head_start
    assert (started.device.start + head_start + 40) % WINDOW == 0
    assert started.meter.start == started.device.start + head_start
    assert household.at(started.meter.start).gas == 0
    household.wake()
    assert household.at(started.meter.start + 5).gas > 0
