"""How high a window may come for free: found anew by adding it."""

from dataclasses import replace
from typing import NamedTuple

from hypothesis import example, given, strategies as st
import pytest

from custom_components.flukso.core.demand.peaks.target import free_demand
from custom_components.flukso.core.tariff.known import PROFILES
from custom_components.flukso.core.tariff.price import AboveReference, parse_steps
from custom_components.flukso.core.tariff.rule import (
    WORKDAYS,
    Band,
    FloorScope,
    Period,
    Profile,
    Rule,
)

from ...tariff.tariffs import BRUSSELS, House, local, window

# Added to what is free, it has to cost something, kW.
MORE = 0.010
# Demands are rounded to a milliwatt, kW.
ROUNDING = 2e-6

NIGHT = Band(weight=0.5, hours=(22, 6))
STEPS = parse_steps("2: 125; 5: 200; 10: 320; 500")
TARIFFS = {
    "flanders": PROFILES["flanders"],
    "floor of the mean": replace(PROFILES["flanders"], floor_scope=FloorScope.MEAN),
    "steps of the mean": Profile(price=STEPS, rolling=12, floor=2.0),
    "no floor": replace(PROFILES["flanders"], floor=0.0),
    "three days, night at half": PROFILES["sweden"],
    "three days with a floor": replace(PROFILES["sweden"], floor=3.0),
    "two windows": Profile(rule=Rule(window=3600, top=2, bands=(NIGHT, Band()))),
    "workdays": Profile(
        rule=Rule(
            window=1800, top=3, different_days=True, bands=(Band(days=WORKDAYS),)
        ),
        floor=1.0,
    ),
    "steps": replace(PROFILES["norway"], price=STEPS),
    "steps of the highest": Profile(price=STEPS, floor=2.0),
    "steps at half": replace(PROFILES["sweden"], price=STEPS),
    "year": PROFILES["germany_rlm"],
    "year of three days": Profile(
        rule=PROFILES["norway"].rule, period=Period.YEAR, floor=1.0
    ),
}


class Life(NamedTuple):
    """Loads, kW by the number of their window since 20 October, and an override.

    `others`: in August, which is another month of the same year.
    """

    loads: dict[int, float]
    others: dict[int, float]
    running: int
    said: tuple[int, float | None] | None


LIVES = st.builds(
    Life,
    loads=st.dictionaries(
        st.integers(0, 80), st.integers(0, 1200).map(lambda n: n / 100), max_size=14
    ),
    others=st.dictionaries(
        st.integers(0, 50), st.integers(0, 1200).map(lambda n: n / 100), max_size=3
    ),
    running=st.integers(0, 80),
    said=st.none()
    | st.tuples(st.integers(0, 80), st.none() | st.sampled_from([0.0, 1.5, 4.0, 9.0])),
)


def apart(profile: Profile) -> int:
    """Return the time from one window to the next, s, so that there are several days."""
    length = profile.rule.window
    return 3 * length if length == 3600 else 7 * length


def lived(profile: Profile, life: Life, running: float | None) -> House:
    """Return a house with these windows, and the one that runs as it ended."""
    house = House(profile)
    length, step = profile.rule.window, apart(profile)
    for first, loads in (
        ("2026-08-20", life.others),
        ("2026-10-20", {**life.loads, life.running: running}),
    ):
        begin = house.at(first)
        month = first[:7]
        if life.said is not None and month == "2026-10":
            number, peak = life.said
            said = None if peak is None else (peak, begin)
            house.ledger.override(month, begin + number * step, said)
        for number, load in loads.items():
            if load is not None:
                house.ledger.add(window(begin + number * step, load, length))
    return house


def cost(house: House) -> float:
    """Return what October makes dearer: its mean, the year's highest, or their step.

    October is billed by the floor at least, also while nothing of it is known.
    """
    profile = house.profile
    demands = house.ledger.billed_demands("2026-10", profile)
    demands.setdefault("2026-10", profile.month_floor)
    demand = max(demands.values())
    if profile.period is Period.MONTH:
        demand = sum(demands.values()) / len(demands)
    demand = max(demand, profile.floor)
    return demand if profile.price is not STEPS else STEPS.at(demand)


@pytest.mark.parametrize("profile", TARIFFS.values(), ids=TARIFFS)
@given(life=LIVES)
@example(life=Life({}, {}, 0, None))
@example(life=Life({1: 11.0, 30: 11.5, 60: 12.0}, {0: 12.0}, 70, None))
@example(life=Life({1: 6.0, 30: 5.0, 60: 4.0, 75: 3.0}, {}, 2, None))
@example(life=Life({1: 6.0}, {}, 60, (50, 4.0)))
@example(life=Life({}, {}, 60, (70, 4.0)))
def test_up_to_the_limit_a_window_is_free_and_above_it_is_not(
    profile: Profile, life: Life
) -> None:
    """Whatever was before: 10 W above it the month is dearer."""
    before = lived(profile, life, None)
    start = before.at("2026-10-20") + life.running * apart(profile)
    free = free_demand(before.ledger, start, before.calendar, profile)
    if free is None:
        # It does not count, or the highest step is reached.
        assert cost(lived(profile, life, 99.0)) == cost(before)
        return
    void = life.said is not None and life.running < life.said[0]
    assert free >= 0.0
    assert cost(lived(profile, life, free)) <= cost(before) + ROUNDING
    dearer = cost(lived(profile, life, free + MORE)) > cost(before) + ROUNDING
    assert dearer is not void


@pytest.mark.parametrize("weight", [1.0, 0.5])
def test_up_to_the_reference_power_a_window_is_free(weight: float) -> None:
    """Whatever it counts for, and whatever was before."""
    profile = Profile(
        rule=Rule(reference=3.0, bands=(Band(weight=weight),)),
        price=AboveReference(10.0, 0.1),
    )
    house = House(profile)
    house.ledger.add(window(house.at("2026-10-01 12:00"), 9.0))
    start = house.at("2026-10-02 12:00")
    free = free_demand(house.ledger, start, house.calendar, profile)
    assert free == 3.0
    excess = house.ledger.excess("2026-10")
    house.ledger.add(window(start, free))
    assert house.ledger.excess("2026-10") == excess
    house.ledger.add(window(start, free + MORE))
    assert house.ledger.excess("2026-10") > excess


def test_a_window_that_does_not_count_has_no_limit() -> None:
    house = House(PROFILES["sweden_workdays"])
    summer, winter = (
        free_demand(house.ledger, local(BRUSSELS, stamp), house.calendar, house.profile)
        for stamp in ("2026-07-01 12:00", "2026-12-01 12:00")
    )
    assert (summer, winter) == (None, 0.0)


def test_the_first_window_of_a_month_is_free_up_to_the_floor() -> None:
    """What was drawn the month before is another month's."""
    house = House(PROFILES["flanders"])
    house.ledger.add(window(house.at("2026-09-30 23:45"), 9.0))
    start = house.at("2026-10-01 00:00")
    assert free_demand(house.ledger, start, house.calendar, house.profile) == 2.5


def test_the_fourth_day_is_free_up_to_the_third() -> None:
    """6, 5 and 4 kW on other days; on the day of the 6 kW up to those 6."""
    house = House(PROFILES["norway"])
    for day, load in ((1, 6.0), (2, 5.0), (3, 4.0)):
        house.ledger.add(window(house.at(f"2026-10-0{day} 12:00"), load, 3600))
    limits = [
        free_demand(
            house.ledger,
            house.at(f"2026-10-0{day} 18:00"),
            house.calendar,
            house.profile,
        )
        for day in (1, 2, 3, 4)
    ]
    assert limits == pytest.approx([6.0, 5.0, 4.0, 4.0])
