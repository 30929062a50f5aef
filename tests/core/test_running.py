"""Where a window is heading."""

import pytest

from custom_components.flukso.core.running import (
    PeakRisk,
    available,
    peak_certain,
    projected,
    target,
)


def test_projection_adds_the_power_of_the_remaining_time() -> None:
    """A telegram of a meter 386 s into its quarter: a ramp, not an average."""
    assert projected(4.065, 9.258, 900 - 386, 900) == pytest.approx(9.352, abs=1e-3)


def test_available_power_ends_the_window_at_its_target() -> None:
    """Drawing just that for the rest of the time makes the target."""
    power = available(10.0, 4.065, 900 - 386, 900)
    assert power == pytest.approx(10.39, abs=0.01)
    assert projected(4.065, power, 900 - 386, 900) == pytest.approx(10.0)


def test_nothing_is_available_above_the_target() -> None:
    """Only export would lower it, and that does not count."""
    assert available(2.5, 3.0, 450, 900) == -1.0


def test_the_last_second_counts_as_whole() -> None:
    """No division by nothing at the boundary."""
    assert available(2.5, 2.4, 0, 900) == pytest.approx(90.0)


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
    start: int,
    projection: float | None,
    level: float | None,
    *,
    elapsed: float = 450,
    certain: bool = False,
) -> bool:
    """Judge a window of 900 s, by default in its middle."""
    return risk.update(
        start,
        projection,
        level,
        elapsed=elapsed,
        remaining=900 - elapsed,
        certain=certain,
    )


def test_risk_has_hysteresis() -> None:
    """On above the target, off below 95 % of it."""
    risk = PeakRisk()
    steps = [2.4, 2.5, 2.51, 2.49, 2.38, 2.37, 2.49]
    assert [judge(risk, 900, power, 2.5) for power in steps] == [
        False,
        False,
        True,
        True,
        True,
        False,
        False,
    ]


def test_a_new_window_below_the_target_ends_the_risk() -> None:
    """What was at risk is over."""
    risk = PeakRisk()
    assert judge(risk, 900, 3.0, 2.5)
    assert not judge(risk, 1800, 2.45, 2.5)


def test_a_new_window_above_the_target_keeps_the_risk() -> None:
    """It goes on."""
    risk = PeakRisk()
    assert judge(risk, 900, 3.0, 2.5)
    assert judge(risk, 1800, 2.6, 2.5)


@pytest.mark.parametrize("elapsed", [0, 29.9, 870.1, 900])
def test_nothing_changes_at_the_ends_of_a_window(elapsed: float) -> None:
    """A kettle in the first seconds is no peak, and the last ones are too late."""
    risk = PeakRisk()
    assert not judge(risk, 900, 9.0, 2.5, elapsed=elapsed)
    assert judge(risk, 900, 9.0, 2.5, elapsed=30)
    assert judge(risk, 900, 1.0, 2.5, elapsed=elapsed)


def test_the_risk_of_a_window_is_not_flapped_by_the_quiet_of_the_next() -> None:
    """It is judged anew when the quiet is over, by the target and not 95 % of it."""
    risk = PeakRisk()
    assert judge(risk, 900, 3.0, 2.5, elapsed=800)
    assert judge(risk, 1800, 0.1, 2.5, elapsed=10)
    assert not judge(risk, 1800, 2.45, 2.5, elapsed=30)


@pytest.mark.parametrize("elapsed", [1, 450, 899])
def test_what_is_certain_is_at_risk_at_once(elapsed: float) -> None:
    """Also in the quiet ends of a window."""
    assert judge(PeakRisk(), 900, 2.6, 2.5, elapsed=elapsed, certain=True)


def test_an_unknown_projection_keeps_the_risk_of_its_window_only() -> None:
    """Not known is neither high nor low."""
    risk = PeakRisk(release=0.9)
    assert judge(risk, 900, 3.0, 2.5)
    assert judge(risk, 900, None, 2.5)
    assert not judge(risk, 1800, None, 2.5)
    assert not risk.active


def test_without_a_target_there_is_no_risk() -> None:
    """The window does not count."""
    risk = PeakRisk()
    assert judge(risk, 900, 3.0, 2.5)
    assert not judge(risk, 900, 9.0, None)
