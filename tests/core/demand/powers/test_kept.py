"""Of a month the profiles of its ten highest windows are kept, and of two days all."""

from collections.abc import Mapping
from random import Random

from hypothesis import given, settings, strategies as st

from custom_components.flukso.core.demand.powers.kept import (
    HIGHEST,
    RECENT,
    MonthProfiles,
    window_powers,
)
from custom_components.flukso.core.demand.powers.profile import PowerProfile
from custom_components.flukso.core.tariff.rule import Band, Calendar, Rule
from custom_components.flukso.core.windows import Window

from ...tariff.tariffs import BRUSSELS, local, window

QUARTER = 900
MARCH = local(BRUSSELS, "2026-03-01 00:00")
PROFILE = PowerProfile([1000] * 180)
PLAIN = Calendar(Rule(), BRUSSELS)
HOURS = Calendar(Rule(window=3600), BRUSSELS)


def quarters(*demands: float) -> dict[int, Window]:
    """Return quarters from the first of March on with these demands, kW."""
    return {
        MARCH + place * QUARTER: window(MARCH + place * QUARTER, demand)
        for place, demand in enumerate(demands)
    }


def kept(calendar: Calendar, windows: Mapping[int, Window], now: int) -> list[int]:
    """Return which quarters are kept of all of them, by their places."""
    profiles = MonthProfiles(calendar)
    for start in windows:
        profiles.put(start, PROFILE)
    profiles.prune(windows, now)
    return [(start - MARCH) // QUARTER for start in sorted(profiles.by_start)]


@settings(max_examples=60)
@given(
    demands=st.lists(st.integers(0, 30), min_size=1, max_size=400),
    seed=st.integers(0, 1000),
    ages=st.lists(st.integers(0, 31 * 96), max_size=6),
)
def test_the_same_is_kept_in_whatever_order_it_comes(
    demands: list[int], seed: int, ages: list[int]
) -> None:
    """However often is pruned meanwhile; never more than ten and two days."""
    windows = quarters(*demands)
    order = list(windows)
    Random(seed).shuffle(order)
    moments = sorted(MARCH + age * QUARTER for age in ages)
    now = max([*moments, MARCH + len(demands) * QUARTER])
    profiles = MonthProfiles(PLAIN)
    part = len(order) // (len(moments) + 1) + 1
    for place, start in enumerate(order):
        profiles.put(start, PROFILE)
        if place % part == part - 1 and place // part < len(moments):
            profiles.prune(windows, moments[place // part])
    profiles.prune(windows, now)

    recent = {start for start in windows if start >= now - RECENT}
    ranked = sorted(windows, key=lambda start: (-windows[start].known_demand, start))
    assert profiles.by_start.keys() == recent | set(ranked[:HIGHEST])
    assert len(profiles.by_start) <= HIGHEST + RECENT // QUARTER
    assert not profiles.prune(windows, now)


def test_of_equal_windows_the_first_are_kept() -> None:
    """As the first is the month's peak."""
    now = MARCH + 40 * 86400
    assert kept(PLAIN, quarters(*[2.0] * 20), now) == list(range(HIGHEST))


def test_of_longer_windows_all_quarters_are_kept() -> None:
    """Those of the ten highest hours, however low the quarter."""
    demands = [
        float(hour) * (quarter == 0) for hour in range(12) for quarter in range(4)
    ]
    now = MARCH + 40 * 86400
    assert kept(HOURS, quarters(*demands), now) == list(range(2 * 4, 12 * 4))


def test_windows_that_count_come_before_those_that_do_not() -> None:
    """What made the peak is kept, however high the nights are."""
    calendar = Calendar(Rule(bands=(Band(hours=(2, 24)),)), BRUSSELS)
    # Two hours that do not count, then three that do.
    demands = [9.0] * 8 + [1.0] * 8 + [8.0] * 4
    now = MARCH + 40 * 86400
    assert kept(calendar, quarters(*demands), now) == [*range(8, 14), *range(16, 20)]
    few = [9.0] * 12 + [1.0]
    assert kept(calendar, quarters(*few), now) == [0, 1, 2, 3, 4, 8, 9, 10, 11, 12]


def test_a_profile_without_its_window_is_let_go() -> None:
    """Also one of today: what was forgotten is gone."""
    profiles = MonthProfiles(PLAIN)
    profiles.put(MARCH, PROFILE)
    profiles.put(MARCH + QUARTER, PROFILE)
    assert profiles.prune(quarters(2.0), MARCH + 1800)
    assert profiles.by_start.keys() == {MARCH}


def test_what_tells_more_of_a_quarter_takes_its_place() -> None:
    """And what tells less does not."""
    profiles = MonthProfiles(PLAIN)
    half, other = PowerProfile([500] * 90), PowerProfile([900] * 180)
    assert profiles.put(MARCH, half)
    assert profiles.put(MARCH, PROFILE)
    assert not profiles.put(MARCH, half)
    assert profiles.put(MARCH, other)
    assert profiles.by_start[MARCH] is other


def test_what_began_before_a_moment_can_be_dropped() -> None:
    """As a month that is forgotten."""
    profiles = MonthProfiles(PLAIN)
    for start in quarters(1, 2, 3):
        profiles.put(start, PROFILE)
    profiles.drop(MARCH + 2 * QUARTER)
    assert profiles.by_start.keys() == {MARCH + 2 * QUARTER}


def test_a_damaged_row_costs_that_profile() -> None:
    """What is no list costs all."""
    profiles = MonthProfiles(PLAIN)
    for start in quarters(1, 2):
        profiles.put(start, PROFILE)
    saved = profiles.to_dict()
    again = MonthProfiles(PLAIN)
    assert again.restore(saved)
    assert again.to_dict() == saved

    rows = saved["profiles"]
    assert isinstance(rows, list)
    torn = MonthProfiles(PLAIN)
    assert not torn.restore({"profiles": [rows[0], 17]})
    assert torn.by_start.keys() == {MARCH}
    assert not MonthProfiles(PLAIN).restore({"profiles": "none"})
    assert not MonthProfiles(PLAIN).restore(None)
    assert MonthProfiles(PLAIN).restore({})


def test_a_window_has_the_powers_of_its_quarters() -> None:
    """What is not known of it was not seen."""
    profiles = {MARCH + QUARTER: PROFILE}
    assert window_powers(profiles, MARCH, QUARTER) is None
    powers = window_powers(profiles, MARCH, 2 * QUARTER)
    assert powers == [None] * 180 + [1000] * 180
