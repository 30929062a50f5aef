"""How much was drawn in a time, told only when it is known wholly."""

import pytest

from custom_components.flukso.core.demand.peaks.bill import (
    energy_of_days,
    energy_of_year,
)
from custom_components.flukso.core.demand.peaks.ledger import Ledger
from custom_components.flukso.core.windows import month_end, month_start

from ...tariff.tariffs import BRUSSELS, local, window

NOON = local(BRUSSELS, "2026-03-10 12:00")
TWO_DAYS = range(NOON - 2 * 86400, NOON, 900)
MONTHS = [f"2025-{number:02}" for number in range(3, 13)] + ["2026-01", "2026-02"]


def test_the_energy_of_days_is_that_of_their_quarters() -> None:
    quarters = {start: window(start, 2.0) for start in TWO_DAYS}
    quarters[TWO_DAYS[0] - 900] = window(TWO_DAYS[0] - 900, 50.0)
    assert energy_of_days(quarters, NOON, 2) == pytest.approx(96.0)
    # Until the quarter that runs.
    assert energy_of_days(quarters, NOON + 899, 2) == pytest.approx(96.0)


def test_the_newest_quarter_may_be_missing_but_no_other() -> None:
    quarters = {start: window(start, 2.0) for start in TWO_DAYS[:-1]}
    assert energy_of_days(quarters, NOON, 2) == pytest.approx(95.5)
    del quarters[TWO_DAYS[7]]
    assert energy_of_days(quarters, NOON, 2) is None
    assert energy_of_days({}, NOON, 2) is None


def whole_year() -> Ledger:
    """Return a ledger that knows 100 kWh in each of twelve months."""
    ledger = Ledger(BRUSSELS)
    for month in MONTHS:
        seconds = month_end(month, BRUSSELS) - month_start(month, BRUSSELS)
        ledger.count_energy(month, 100.0, seconds // 900)
    ledger.count_energy("2026-03", 7.0, 3)
    return ledger


def test_the_energy_of_a_year_is_that_of_the_twelve_months_before() -> None:
    assert energy_of_year(whole_year(), "2026-03", BRUSSELS) == pytest.approx(1200.0)


@pytest.mark.parametrize("month", ["2025-03", "2025-10", "2026-02"])
def test_a_year_with_a_hole_is_not_known(month: str) -> None:
    """March is an hour shorter, and October longer, by the clock."""
    ledger = whole_year()
    energy, quarters = ledger.energy(month)
    ledger.count_energy(month, energy, quarters - 1)
    assert energy_of_year(ledger, "2026-03", BRUSSELS) is None


@pytest.mark.parametrize(
    ("month", "following", "hours"),
    [
        ("2026-02", "2026-03", 28 * 24),
        ("2026-03", "2026-04", 31 * 24 - 1),
        ("2026-10", "2026-11", 31 * 24 + 1),
        ("2026-12", "2027-01", 31 * 24),
    ],
)
def test_a_month_ends_where_the_next_begins(
    month: str, following: str, hours: int
) -> None:
    end = month_end(month, BRUSSELS)
    assert end == month_start(following, BRUSSELS)
    assert end - month_start(month, BRUSSELS) == hours * 3600
