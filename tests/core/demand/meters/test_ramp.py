"""The demand register tells of a window only what the totals allow."""

import pytest

from custom_components.flukso.core.demand.meters.ramp import Ramp, Reading
from custom_components.flukso.core.windows import Source, Window

from ..house import BEGIN, QUARTER

# What the totals told of the window, kWh.
TOLD = Window(BEGIN, QUARTER, 0.9, 0.9, Source.COUNTER, 1.0)


def drawn(second: int) -> float:
    """Return what 4 kW come to, kWh."""
    return 4.0 * second / 3600


@pytest.fixture
def ramp() -> Ramp:
    """Return the ramp of a quarter of 4 kW, ten seconds before its end."""
    found = Ramp(QUARTER)
    for second in range(0, QUARTER, 10):
        found.take(Reading(BEGIN + second, 500 + drawn(second), drawn(second), 4.0))
    return found


def settled(ramp: Ramp, total: float) -> Window:
    """Return the window once a telegram of the next one shows a total."""
    stamp = BEGIN + QUARTER
    (window,) = ramp.settle([TOLD], stamp, Reading(stamp, total, 0.0, 4.0))
    return window


def test_it_knows_the_end_of_its_window(ramp: Ramp) -> None:
    window = settled(ramp, 500 + drawn(QUARTER))
    assert window.energy == pytest.approx(1.0, abs=0.001)
    assert window.source is Source.METER


@pytest.mark.parametrize("total", [0.0, 499.0, 5_010.0])
def test_a_total_that_cannot_be_true_says_nothing_of_the_end(
    ramp: Ramp, total: float
) -> None:
    """What the last ramp showed is in the window all the same."""
    window = settled(ramp, total)
    assert window.energy == pytest.approx(drawn(QUARTER - 10))
    assert window.source is Source.COUNTER
