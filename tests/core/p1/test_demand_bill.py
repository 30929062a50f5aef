"""What the months that a meter remembers cost."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from custom_components.flukso.core.demand.peaks.bill import bill
from custom_components.flukso.core.demand.peaks.ledger import Ledger
from custom_components.flukso.core.demand.peaks.seeds import running_seed, seeds, settle
from custom_components.flukso.core.p1.month_maxima import month_maxima
from custom_components.flukso.core.tariff.known import PROFILES

from .support import THIRTEEN_MONTHS, read_fixture

BRUSSELS = ZoneInfo("Europe/Brussels")
ANTWERP = replace(PROFILES["flanders"], area="antwerpen")


def test_a_month_costs_by_the_mean_of_twelve_from_the_first_telegram_on() -> None:
    """Not by its own peak: 25.891 kW since 15 November 2024."""
    found = read_fixture(THIRTEEN_MONTHS)
    assert found.timestamp is not None
    assert found.month_peak is not None
    stamp, demand = found.month_peak
    now = found.timestamp
    running = running_seed((int(stamp.timestamp()), demand), now, BRUSSELS)
    assert running is not None
    maxima = month_maxima(found.history or (), BRUSSELS)
    ledger = Ledger(BRUSSELS)
    settle(ledger, [*seeds(maxima, now, BRUSSELS), running])
    result = bill(ledger, ANTWERP, "2024-11")
    assert result is not None
    # 17.440 + 17.632 + 14.301 + 13.429 + 13.080 + 16.789 + 16.074 + 15.127 + 13.067
    # + 20.304 + 17.198 + 25.891 = 200.332; / 12. October and November 2023 are too old.
    assert result.demand == pytest.approx(16.6943333)
    # The nearest prices are those of 2025, 53.26 EUR with VAT.
    assert result.price_year == 2025
    # 16.6943333 x 53.26 = 889.1401933; x 30 / 365 = 73.0800159.
    assert result.year_cost == pytest.approx(889.1401933)
    assert result.month_cost == pytest.approx(73.0800159)
    # What is above 2.5 kW: 23.391 x 53.26 / 12.
    assert result.peak_cost == pytest.approx(103.8170550)
    # All thirteen months, and the running one.
    assert len(ledger.months) == 14
