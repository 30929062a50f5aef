"""Where a window is heading."""

from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.running import (
    PeakRisk,
    Running,
    available,
    peak_certain,
    projected,
    target,
)


def test_projection_adds_the_power_of_the_remaining_time() -> None:
    """A telegram of a meter 386 s into its quarter: a ramp, not an average."""
    assert projected(4.065, 9.258, 900 - 386, 900) == pytest.approx(9.352, abs=1e-3)


def window(demand: float, remaining: float, power: float | None = None) -> Running:
    """Return a running window of 900 s."""
    return Running(
        start=900,
        end=1800,
        elapsed=900 - remaining,
        remaining=remaining,
        demand=demand,
        power=power,
        projected=None,
        coverage=1.0,
    )


def test_available_power_ends_the_window_at_its_target() -> None:
    """Drawing just that for the rest of the time makes the target."""
    power = available(10.0, window(4.065, 900 - 386))
    assert power == pytest.approx(10.39, abs=0.01)
    assert power is not None
    assert projected(4.065, power, 900 - 386, 900) == pytest.approx(10.0)


def test_nothing_is_available_above_the_target() -> None:
    """Only export would lower it, and that does not count."""
    assert available(2.5, window(3.0, 450)) == -1.0


def test_no_more_is_available_than_a_connection_carries() -> None:
    """Near the end the arithmetic would allow a factory."""
    assert available(2.5, window(0.0, 30)) == 56.0


def test_what_is_available_is_not_told_at_the_very_end() -> None:
    """It means nothing any more."""
    assert available(2.5, window(2.4, 29)) is None


def test_while_a_break_is_likely_nothing_is_available_beside_the_present_power() -> (
    None
):
    """What a home does by itself may need the rest."""
    assert available(2.5, window(1.0, 450, 1.2), risky=True) == 1.2
    assert available(2.5, window(1.0, 450, 4.0), risky=True) == 3.0
    assert available(2.5, window(1.0, 450, None), risky=True) == 3.0
    assert available(2.5, window(1.0, 450, 1.2)) == 3.0


@pytest.mark.parametrize(
    ("floor", "month_peak", "goal", "expected"),
    [
        (2.5, None, None, 2.5),
        (2.5, 4.0, None, 4.0),
        (2.5, 4.0, 5.0, 5.0),
        (2.5, 1.0, 2.0, 2.5),
        (None, None, 0.0, 0.0),
        (None, None, None, None),
    ],
)
def test_the_target_is_the_highest_of_what_exists(
    floor: float | None,
    month_peak: float | None,
    goal: float | None,
    expected: float | None,
) -> None:
    """Below the floor, the peak so far and the goal nothing is saved."""
    assert target(floor, month_peak, goal) == expected


def test_a_peak_is_certain_once_the_ramp_is_above() -> None:
    """The ramp never falls."""
    assert peak_certain(2.6, 2.5)
    assert not peak_certain(2.5, 2.5)


def judge(
    risk: PeakRisk,
    minutes: float,
    chance: float | None,
    level: float | None = 2.5,
    *,
    start: int = 900,
    demand: float = 0.0,
    certain: bool = False,
) -> bool:
    """Judge a window of 900 s after so many minutes."""
    elapsed = minutes * 60
    return risk.update(
        start,
        chance,
        level,
        elapsed=elapsed,
        remaining=900 - elapsed,
        demand=demand,
        certain=certain,
    )


@pytest.mark.parametrize(
    ("minutes", "enough"), [(1, 0.8), (5, 0.8), (7, 0.625), (9, 0.45), (12, 0.25)]
)
def test_the_later_the_less_chance_is_enough(minutes: float, enough: float) -> None:
    """Early there is time to wait and see."""
    assert not judge(PeakRisk(), minutes, enough - 0.001)
    assert judge(PeakRisk(), minutes, enough + 0.001)


@pytest.mark.parametrize(
    ("minutes", "demand", "enough"),
    [(2, 1.0, 0.8), (3, 1.5, 0.6075), (4, 2.0, 0.33), (3, 2.49, 0.25), (13, 2.49, 0.5)],
)
def test_the_more_is_drawn_already_the_less_chance_is_enough(
    minutes: float, demand: float, enough: float
) -> None:
    """With 9 kW a quarter of 2.5 kW is over after four minutes, not after fifteen."""
    assert not judge(PeakRisk(), minutes, enough - 0.01, demand=demand)
    assert judge(PeakRisk(), minutes, enough + 0.01, demand=demand)


def test_just_before_the_end_more_is_asked_for() -> None:
    """Little can be done any more."""
    assert not judge(PeakRisk(), 14, 0.45)
    assert judge(PeakRisk(), 14, 0.55)


def test_a_risk_is_held_and_let_go_when_the_chance_is_low() -> None:
    """For three minutes, and then below one in four."""
    risk = PeakRisk()
    chances = {1: 0.9, 2: 0.0, 3: 0.0, 4: 0.3, 5: 0.26, 6: 0.24, 7: 0.26}
    told = [judge(risk, minute, chance) for minute, chance in chances.items()]
    assert told == [True, True, True, True, True, False, False]


def test_near_the_end_a_risk_is_not_let_go() -> None:
    """It would only be switched once more."""
    risk = PeakRisk()
    assert judge(risk, 5, 0.9)
    assert judge(risk, 14, 0.0)


def test_it_is_judged_once_a_minute() -> None:
    """What happens within a minute changes nothing."""
    risk = PeakRisk()
    assert not judge(risk, 0.5, 1.0)
    assert not judge(risk, 1.0, 0.0)
    assert not judge(risk, 1.9, 1.0)
    assert judge(risk, 2.1, 1.0)


def test_a_new_window_is_judged_anew_after_its_first_minute() -> None:
    """What was told of the one before is neither held nor flapped."""
    risk = PeakRisk()
    assert judge(risk, 12, 0.9)
    assert judge(risk, 0.5, 0.0, start=1800)
    assert not judge(risk, 1, 0.7, start=1800)
    assert judge(risk, 2, 0.9, start=1800)


def test_nothing_changes_in_the_last_half_minute() -> None:
    """Nothing can be done any more, unless the target is broken."""
    assert not judge(PeakRisk(), 14.6, 1.0)
    assert judge(PeakRisk(), 14.6, None, certain=True)


@pytest.mark.parametrize("minutes", [0.1, 7.5, 14.9])
def test_what_is_certain_is_at_risk_at_once(minutes: float) -> None:
    """Also within a minute."""
    assert judge(PeakRisk(), minutes, 0.0, certain=True)


def test_an_unknown_chance_keeps_the_risk_of_its_window_only() -> None:
    """Not known is neither high nor low."""
    risk = PeakRisk()
    assert judge(risk, 5, 0.9)
    assert judge(risk, 9, None)
    assert not judge(risk, 1, None, start=1800)
    assert not risk.active


def test_without_a_target_there_is_no_risk() -> None:
    """The window does not count."""
    risk = PeakRisk()
    assert judge(risk, 5, 0.9)
    assert not judge(risk, 9, 0.9, None)


@given(st.lists(st.floats(0, 1), min_size=90, max_size=90))
def test_it_changes_at_most_once_a_minute_and_is_held_for_three(
    chances: list[float],
) -> None:
    """Whatever the chances are, each ten seconds of a window."""
    risk = PeakRisk()
    told = [judge(risk, place / 6, chance) for place, chance in enumerate(chances)]
    changes = [place for place in range(1, 90) if told[place] != told[place - 1]]
    gaps = [after - before for before, after in pairwise(changes)]
    assert all(
        gap >= (18 if told[begin] else 6)
        for begin, gap in zip(changes, gaps, strict=False)
    )
