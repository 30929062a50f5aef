"""Profiles of quarters: whole W, rows on disk, and the energy they come to."""

import json

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.demand.powers.profile import (
    MOST_WATTS,
    STEPS,
    PowerProfile,
)

from ..house import BEGIN

powers = st.lists(st.none() | st.integers(0, 20_000), min_size=1, max_size=STEPS)


def energy(profile: PowerProfile) -> float:
    """Return what the steps come to, kWh."""
    return sum(power or 0 for power in profile.powers) * 5 / 3_600_000


def test_powers_are_whole_watts_and_fill_a_quarter() -> None:
    """What a connection cannot carry is cut off."""
    profile = PowerProfile([1.4, None, -3.0, 2e9])
    assert profile.powers == [1, None, 0, MOST_WATTS] + [None] * 176
    assert profile.seen == 3
    assert PowerProfile.of_kilowatts([1.234]).powers[0] == 1234
    assert PowerProfile([1234, None]).kilowatts[:2] == [1.234, None]


@given(told=powers)
def test_what_was_stored_is_read_back(told: list[int | None]) -> None:
    """Through JSON; unseen steps at the end take no room."""
    profile = PowerProfile(told)
    row = profile.to_row(BEGIN)
    if not profile.seen:
        assert row == [BEGIN]
        return
    assert row[-1] is not None
    start, again = PowerProfile.from_row(json.loads(json.dumps(row)))
    assert (start, again.powers) == (BEGIN, profile.powers)


@pytest.mark.parametrize(
    "row",
    [
        None,
        {},
        [],
        [BEGIN],
        [BEGIN, None],
        [BEGIN + 1, 5],
        ["noon", 5],
        [BEGIN, *[5] * (STEPS + 1)],
        [BEGIN, "5"],
        [BEGIN, True],
        [BEGIN, -1],
        [BEGIN, 1.5],
        [BEGIN, MOST_WATTS + 1],
        [BEGIN, float("nan")],
    ],
)
def test_what_cannot_be_a_profile_is_refused(row: object) -> None:
    """With the error that all that is stored raises."""
    with pytest.raises(ValueError):
        PowerProfile.from_row(row)


@given(
    told=st.lists(st.integers(0, 20_000), min_size=STEPS, max_size=STEPS),
    share=st.floats(0.6, 1.6),
)
def test_a_whole_profile_comes_to_the_energy_of_its_window(
    told: list[int], share: float
) -> None:
    """Within the rounding of its steps."""
    profile = PowerProfile(told)
    wanted = energy(profile) * share
    fitted = profile.fitted(wanted)
    assert fitted is not None
    assert energy(fitted) == pytest.approx(wanted, abs=STEPS * 0.5 * 5 / 3_600_000)


def test_a_profile_that_is_of_another_window_does_not_fit() -> None:
    """More than half of it is missing, or too much."""
    profile = PowerProfile([2000] * STEPS)
    assert profile.fitted(1.1) is None
    assert profile.fitted(0.24) is None
    assert PowerProfile([0] * STEPS).fitted(0.001) is None


def test_a_wh_that_a_counter_holds_back_is_no_other_window() -> None:
    """A house that draws next to nothing."""
    fitted = PowerProfile([6] * STEPS).fitted(0.0)
    assert fitted is not None
    assert fitted.powers == [0] * STEPS
    nothing = PowerProfile([0] * STEPS)
    assert nothing.fitted(0.0) is nothing


def test_what_was_not_wholly_seen_stays_as_it_is() -> None:
    """There is no telling what the rest was."""
    profile = PowerProfile([2000] * (STEPS - 1))
    assert profile.fitted(0.25) is profile
