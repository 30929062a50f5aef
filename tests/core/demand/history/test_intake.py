"""Windows from elsewhere: which are believed, and which tell something new."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
import math
from zoneinfo import ZoneInfo

import pytest

from custom_components.flukso.core.demand.history.intake import Intake, Windows, is_news
from custom_components.flukso.core.windows import Source, Window

BRUSSELS = ZoneInfo("Europe/Brussels")
OCTOBER = int(datetime(2026, 10, 1, tzinfo=BRUSSELS).timestamp())
NOW = OCTOBER + 9000
GOOD = Window(OCTOBER, 900, 1.0, 1.0, Source.POWER, 1.0)
TORN = Window(OCTOBER, 900, 1.0, 0.5, Source.COUNTER, 0.5)


def by_month(windows: Iterable[Window], now: int) -> tuple[dict[str, Windows], int]:
    """Return what is taken of windows, and how many are refused."""
    intake = Intake(now, BRUSSELS)
    intake.take(windows)
    return intake.months, intake.refused


def test_windows_are_told_apart_by_the_local_month_of_their_start() -> None:
    """The last quarter of September is not of October, though it ends with it."""
    before = replace(GOOD, start=OCTOBER - 900)
    assert by_month([GOOD, before], NOW) == (
        {"2026-10": {OCTOBER: GOOD}, "2026-09": {OCTOBER - 900: before}},
        0,
    )


@pytest.mark.parametrize("order", [[GOOD, TORN], [TORN, GOOD]])
def test_of_several_for_one_quarter_the_best_is_kept(order: list[Window]) -> None:
    """In whatever order they come."""
    assert by_month(order, NOW) == ({"2026-10": {OCTOBER: GOOD}}, 0)


def test_a_month_that_comes_in_parts_is_one_month() -> None:
    """Also where windows of another month came in between."""
    before, after = (replace(GOOD, start=OCTOBER + step) for step in (-900, 900))
    intake = Intake(NOW, BRUSSELS)
    intake.take([GOOD, before])
    intake.take([after, replace(GOOD, start=NOW)])
    intake.take([TORN])
    assert intake.months == {
        "2026-10": {OCTOBER: GOOD, OCTOBER + 900: after},
        "2026-09": {OCTOBER - 900: before},
    }
    assert intake.refused == 1


def test_windows_are_as_a_file_will_hold_them() -> None:
    """So that what is computed of them does not change with a restart."""
    third = replace(GOOD, energy=1 / 3, certain=1 / 3, coverage=2 / 3)
    months, _ = by_month([third], NOW)
    assert months["2026-10"][OCTOBER].to_row() == third.to_row()
    assert months["2026-10"][OCTOBER].energy == 0.333333


def test_a_window_may_end_now() -> None:
    """And not a second later."""
    assert by_month([GOOD], OCTOBER + 900)[1] == 0
    assert by_month([GOOD], OCTOBER + 899) == ({}, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(replace(GOOD, length=3600), id="not-a-quarter"),
        pytest.param(replace(GOOD, start=OCTOBER + 1), id="between-boundaries"),
        pytest.param(replace(GOOD, start=0), id="no-clock"),
        pytest.param(replace(GOOD, start=OCTOBER * 900), id="far-future"),
        pytest.param(replace(GOOD, energy=0.9), id="certain-above-believed"),
        pytest.param(replace(GOOD, certain=-0.1), id="negative"),
        pytest.param(replace(GOOD, energy=250.1), id="too-much"),
        pytest.param(replace(GOOD, energy=math.nan), id="not-a-number"),
        pytest.param(replace(GOOD, coverage=1.1), id="seen-too-well"),
        pytest.param(replace(GOOD, source=Source.SEED), id="seed"),
    ],
)
def test_a_window_that_cannot_be_true_is_refused(wrong: Window) -> None:
    """The others are not."""
    assert by_month([wrong, GOOD], NOW) == ({"2026-10": {OCTOBER: GOOD}}, 1)


def test_what_is_measured_as_well_and_says_the_same_is_no_news() -> None:
    """The stored form decides: it is rounded."""
    assert is_news(GOOD, None)
    assert is_news(GOOD, TORN)
    assert not is_news(TORN, GOOD)
    assert not is_news(replace(GOOD, energy=1.0 + 1e-9), GOOD)
    assert is_news(replace(GOOD, energy=1.1), GOOD)
