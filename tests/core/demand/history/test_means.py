"""Windows from means of power that a server kept."""

import pytest

from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.history.means import Means, mean_windows
from custom_components.flukso.core.windows import Source, Window

NOON = 1_700_000_100 - 1_700_000_100 % 3600
MAIN = SourcePlan(imports=("main",))
PHASES = SourcePlan(imports=("a", "b"), exports=("x", "y"))


def series(length: int, *powers: float | None, start: int = NOON) -> Means:
    """Return means of so many W, one after the other from a moment on."""
    return {
        start + place * length: power for place, power in enumerate(powers, start=1)
    }


def test_quarters_become_windows_by_power() -> None:
    windows = mean_windows(MAIN, {"main": series(900, 100, 400, 4000, 1000)}, 900)
    assert windows[1:3] == [
        Window(NOON + 900, 900, 0.1, 0.1, Source.POWER, 1.0),
        Window(NOON + 1800, 900, 1.0, 1.0, Source.POWER, 1.0),
    ]


def test_minutes_are_added_up_to_quarters() -> None:
    means = series(60, *range(100, 100 + 31), start=NOON - 60)
    (first, second, *_) = mean_windows(MAIN, {"main": means}, 60)[1:]
    assert (first.start, second.start) == (NOON, NOON + 900)
    assert first.complete
    assert first.demand == pytest.approx(0.108)
    assert second.coverage == pytest.approx(14.5 / 15)


def test_a_mean_beside_an_unknown_one_was_half_seen() -> None:
    means = series(900, 1000, 1200, None, 2000, 1600, 1700)
    windows = mean_windows(MAIN, {"main": means}, 900)
    assert [(w.start - NOON, w.coverage, round(w.certain, 6)) for w in windows] == [
        (0, 0.5, 0.125),
        (900, 0.5, 0.15),
        (2700, 0.5, 0.25),
        (3600, 1.0, 0.4),
        (4500, 0.5, 0.2125),
    ]
    assert [round(w.demand, 6) for w in windows] == [1, 1.2, 2, 1.6, 1.7]


def test_unknown_minutes_are_taken_to_be_like_the_rest() -> None:
    powers = [600.0 + minute for minute in range(17)]
    means = series(60, *powers[:6], *[None] * 5, *powers[11:], start=NOON - 60)
    window = mean_windows(MAIN, {"main": means}, 60)[1]
    assert window.start == NOON
    assert window.coverage == pytest.approx((10 - 1) / 15)
    sure = sum([601, 602, 603, 604, 605 / 2, 611 / 2, 612, 613, 614, 615]) / 60_000
    assert window.certain == pytest.approx(sure)
    assert window.demand == pytest.approx(0.608)


def test_a_silence_that_the_server_filled_is_no_demand() -> None:
    powers = [500.0, 700.0, *[333.0] * 13, 800.0, 900.0]
    windows = mean_windows(MAIN, {"main": series(900, *powers)}, 900)
    filled = windows[2:15]
    assert {window.coverage for window in filled} == {0.0}
    assert {window.known_demand for window in filled} == {0.0}
    assert sum(window.energy for window in filled) == pytest.approx(13 * 333 / 4000)
    assert windows[1].coverage == windows[15].coverage == 1.0


@pytest.mark.parametrize(
    ("power", "quarters"), [(333.0, 12), (0.0, 40)], ids=["three hours", "nothing"]
)
def test_a_house_may_draw_the_same_for_a_while(power: float, quarters: int) -> None:
    powers = [500.0, *[power] * quarters, 800.0]
    windows = mean_windows(MAIN, {"main": series(900, *powers)}, 900)
    assert all(window.complete for window in windows[1:-1])


def test_phases_are_netted_before_the_sign_is_taken() -> None:
    means = {
        "a": series(900, 3000, 3100, 3200),
        "b": series(900, 0, 0, 0),
        "x": series(900, 0, 0, 0),
        "y": series(900, 1000, 1000, 4000),
    }
    windows = mean_windows(PHASES, means, 900)
    assert [round(window.demand, 6) for window in windows] == [2, 2.1, 0]


def test_export_of_a_net_sensor_is_no_import() -> None:
    plan = SourcePlan(imports=("main",), net=True)
    means = {"main": series(900, -500, -700, 900)}
    assert [window.demand for window in mean_windows(plan, means, 900)] == [
        0,
        0,
        pytest.approx(0.9),
    ]


def test_a_moment_that_one_sensor_does_not_know_is_not_known() -> None:
    means = {
        name: series(900, 100, None if name == "b" else 200, 300, 350)
        for name in ("a", "b", "x", "y")
    }
    starts = [window.start - NOON for window in mean_windows(PHASES, means, 900)]
    assert starts == [0, 1800, 2700]


def test_a_sensor_that_is_not_told_of_leaves_nothing_known() -> None:
    assert mean_windows(PHASES, {"a": series(900, 1, 2, 3)}, 900) == []
    assert mean_windows(MAIN, {"main": {}}, 900) == []
    assert mean_windows(SourcePlan(imports=()), {}, 900) == []
