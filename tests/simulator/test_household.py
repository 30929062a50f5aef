"""The household: a function of seed and time, with every kind of load."""

from hypothesis import given, strategies as st
import pytest

from simulator import Household
from simulator.weather import sun_height

from .support import START

DAY = 86400
# 15 July 2026, 00:00 UTC.
SUMMER = 1_784_073_600
_SECONDS = st.integers(1_500_000_000, 2_000_000_000)


@given(st.integers(0, 1 << 32), _SECONDS)
def test_equal_seeds_are_equal_homes(seed: int, second: int) -> None:
    assert Household(seed).at(second) == Household(seed).at(second)


def test_different_seeds_are_different_homes() -> None:
    assert Household(1).at(START) != Household(2).at(START)


@given(st.integers(0, 1 << 32), _SECONDS)
def test_flows_are_physical_and_on_the_grid_of_the_board(
    seed: int, second: int
) -> None:
    moment = Household(seed).at(second)
    assert all(200 < phase.voltage < 255 for phase in moment.phases)
    assert all((phase.power * 2048).is_integer() for phase in moment.phases)
    assert all((phase.reactive * 2048).is_integer() for phase in moment.phases)
    assert all(0 <= phase.current < 60 for phase in moment.phases)
    assert 0 <= moment.solar <= 4200
    assert 0 <= moment.gas < 3
    assert 0 <= moment.water < 3


@given(st.integers(0, 1 << 32), _SECONDS)
def test_the_climate_stays_within_a_house(seed: int, second: int) -> None:
    climate = Household(seed).climate(second)
    assert 15 < climate.temperature < 27
    assert 30 < climate.humidity < 75
    assert 98_000 < climate.pressure < 105_000
    assert 0 <= climate.light < 2_000


def test_solar_exports_on_one_phase_while_others_import() -> None:
    moments = [Household(1).at(s) for s in range(SUMMER, SUMMER + DAY, 60)]
    mixed = [m for m in moments if m.phases[0].power < 0 < m.phases[2].power]
    assert any(moment.power > 0 for moment in mixed)
    assert any(moment.power < 0 for moment in mixed)


def test_the_sun_shines_by_day_only() -> None:
    moments = [Household(3).at(s) for s in range(SUMMER, SUMMER + DAY, 60)]
    night = [m for m in moments if sun_height(m.second) < 0]
    assert len(night) > 300
    assert sum(moment.solar for moment in night) == 0
    assert max(moment.solar for moment in moments) > 2_000


def test_the_car_charges_on_three_phases() -> None:
    home = Household(1)
    week = [home.at(s) for s in range(START, START + 7 * DAY, 300)]
    assert any(all(p.power > 3_300 for p in moment.phases) for moment in week)


@pytest.mark.parametrize(("start", "low", "high"), [(START, 4, 15), (SUMMER, 0, 1.5)])
def test_gas_heats_in_winter(start: int, low: float, high: float) -> None:
    litres = sum(Household(2).at(s).gas * 10 for s in range(start, start + DAY, 10))
    assert low < litres / 1000 < high


def test_people_are_up_for_part_of_the_day() -> None:
    home = Household(5)
    hours = [home.occupied(s) for s in range(START, START + 7 * DAY, 3600)]
    assert 30 < sum(hours) < 130


def test_gaps_in_the_day_plan_do_not_exist_at_midnight() -> None:
    home = Household(1)
    midnight = (START // DAY) * DAY - 3600
    for day in range(60):
        before = home.at(midnight + day * DAY - 1)
        after = home.at(midnight + day * DAY)
        # What runs over midnight runs on: only the evening's lights end by habit.
        change = [
            abs(b.power - a.power)
            for b, a in zip(before.phases, after.phases, strict=True)
        ]
        assert max(change) < 700
