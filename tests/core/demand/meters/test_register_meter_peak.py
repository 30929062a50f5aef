"""The meter's own month peak, 1-0:1.6.0, tells a window as it is billed."""

import pytest

from custom_components.flukso.core.demand.meters.register_meter import (
    Correction,
    RegisterMeter,
)
from custom_components.flukso.core.windows import Source, Window

from ..house import BEGIN, QUARTER
from ..p1 import Telegram, read, restarted, telegrams

END = BEGIN + QUARTER
# As far as the ramp tells it.
MEASURED = pytest.approx(4.0, abs=0.001)


def told(month_peak: tuple[int, float] | None, since: int = 0) -> list[Telegram]:
    """Return a window of 4 kW and half a minute, with this peak from `since` s on."""
    return [
        item._replace(month_peak=month_peak if item.stamp - BEGIN >= since else None)
        for item in telegrams([4000] * (QUARTER + 30))
    ]


def demands(closed: list[Window]) -> list[float]:
    """Return the demands of the first window, as it was told one time after another."""
    assert {(window.start, window.source) for window in closed} == {
        (BEGIN, Source.METER)
    }
    assert all(window.complete for window in closed)
    return [window.known_demand for window in closed]


def test_a_peak_that_fits_is_the_window() -> None:
    """It is told once, and to the watt."""
    assert demands(read(RegisterMeter(), told((END, 4.001)))) == [4.001]


@pytest.mark.parametrize("demand", [3.999, 4.002, 4.030])
def test_a_peak_that_comes_later_tells_the_window_anew(demand: float) -> None:
    """Both up and down while it may be the same, once."""
    meter = RegisterMeter()
    closed = read(meter, told((END, demand), since=QUARTER + 12))
    assert demands(closed) == [MEASURED, demand]
    assert meter.corrected is None


def test_a_much_higher_peak_raises_the_window_and_is_noted() -> None:
    """The meter wins, and diagnostics can say so."""
    meter = RegisterMeter()
    closed = read(meter, told((END, 5.0), since=QUARTER + 12))
    assert demands(closed) == [MEASURED, 5.0]
    assert meter.corrected == Correction(BEGIN, closed[0].demand, 5.0)


@pytest.mark.parametrize(
    "month_peak",
    [
        None,
        (END - 2 * QUARTER, 6.0),
        (END + QUARTER, 6.0),
        (END - 2, 6.0),
        (END, 0.0),
        (END, 3.9),
    ],
    ids=["null", "old", "to come", "odd second", "zeroed", "lower"],
)
def test_a_peak_that_does_not_fit_changes_nothing(
    month_peak: tuple[int, float] | None,
) -> None:
    """Not what stays of another window, nor what a new month begins with."""
    meter = RegisterMeter()
    assert demands(read(meter, told(month_peak))) == [MEASURED]
    assert meter.corrected is None


def test_a_peak_within_a_silence_makes_its_window_known() -> None:
    """Of the windows nobody saw, the highest is told by the meter."""
    house = [1000] * QUARTER + [8000] * QUARTER + [1000] * (2 * QUARTER + 100)
    items = telegrams(house)
    peak = (BEGIN + 2 * QUARTER, 8.0)
    after = [item._replace(month_peak=peak) for item in items[3 * QUARTER + 80 :]]
    meter = RegisterMeter()
    closed = read(meter, items[:600] + after)
    assert [window.complete for window in closed] == [False, True, False, True]
    assert closed[1].known_demand == 8.0
    assert closed[1].source is Source.METER
    assert meter.corrected is None


def test_a_peak_is_recognised_after_a_restart() -> None:
    """The window it belongs to was closed before."""
    items = told((END, 4.003), since=QUARTER + 12)
    meter = RegisterMeter()
    assert demands(read(meter, items[: QUARTER + 5])) == [MEASURED]
    meter = restarted(meter)
    assert demands(read(meter, items[QUARTER + 5 : QUARTER + 20])) == [4.003]
    assert read(restarted(meter), items[QUARTER + 20 :]) == []


def test_a_peak_before_any_window_is_none() -> None:
    """Nothing was measured yet that it could tell."""
    assert read(RegisterMeter(), told((BEGIN, 9.0))[:30]) == []
