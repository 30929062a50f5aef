"""Prices that change in the course of the years, month by month."""

from dataclasses import replace

import pytest

from custom_components.flukso.core.demand.peaks.bill import Bill, bill
from custom_components.flukso.core.demand.peaks.target import free_demand
from custom_components.flukso.core.tariff.dated import price_in, price_year, vat_in
from custom_components.flukso.core.tariff.known import PROFILES
from custom_components.flukso.core.tariff.price import (
    DatedPrice,
    Linear,
    Per,
    Price,
    parse_steps,
)
from custom_components.flukso.core.tariff.rule import Period, Profile

from .tariffs import FLEMISH, House, seeded

IMEWO = replace(PROFILES["flanders"], area="imewo")
NORWAY = PROFILES["norway"]


def bill_of(peaks: dict[str, float], profile: Profile, month: str) -> Bill:
    """Return the bill of a month that has one, after these month peaks."""
    result = bill(seeded(peaks).ledger, profile, month)
    assert result is not None
    return result


@pytest.mark.parametrize(
    ("month", "price"),
    [
        ("2025-12", 40.0),
        ("2026-01", 50.0),
        ("2026-06", 50.0),
        # What began last counts, and what began before it when that is over.
        ("2026-07", 55.0),
        ("2026-08", 55.0),
        ("2026-09", 50.0),
        ("2027-01", 60.0),
        ("2031-05", 60.0),
    ],
)
def test_a_month_has_the_price_that_began_last(month: str, price: float) -> None:
    """In whatever order they were typed."""
    rows = (
        DatedPrice("2027-01", price=Linear(60.0)),
        DatedPrice("2026-01", price=Linear(50.0)),
        DatedPrice("2026-07", "2026-08", price=Linear(55.0)),
    )
    for dated in (rows, rows[::-1]):
        profile = replace(FLEMISH, price=Linear(40.0), dated=dated)
        assert price_in(profile, month) == Linear(price)


def test_before_and_after_a_dated_price_the_list_of_the_area_counts() -> None:
    """And its year is told, which a price of one's own has not."""
    dated = (DatedPrice("2026-03", "2026-05", price=Linear(50.0)),)
    profile = replace(IMEWO, dated=dated)
    for month in ("2026-02", "2026-06"):
        assert price_in(profile, month) == price_in(IMEWO, month)
        assert price_year(profile, month) == 2026
    for month in ("2026-03", "2026-05"):
        assert price_in(profile, month) == Linear(50.0)
        assert price_year(profile, month) is None


def test_another_vat_leaves_the_price_as_it_is() -> None:
    """Six per cent until March 2026, then 21."""
    profile = replace(IMEWO, dated=(DatedPrice("2026-04", vat=21.0),))
    assert [vat_in(profile, month) for month in ("2026-03", "2026-04")] == [6.0, 21.0]
    assert price_in(profile, "2026-04") == price_in(IMEWO, "2026-04")
    result = bill_of({"2026-03": 4.0, "2026-04": 6.0}, profile, "2026-04")
    # April: mean 5 kW x 54.2009816 x 30 / 365 x 1.21.
    assert result.month_cost == pytest.approx(26.951995, abs=1e-5)
    # March: 4 kW x 54.2009816 x 31 / 365 x 1.06 = 19.518293.
    assert result.last_year_cost == pytest.approx(26.951995 + 19.518293, abs=1e-5)
    assert result.year_cost == pytest.approx(5 * 54.2009816 * 1.21)


def test_each_month_of_the_last_year_counts_at_its_own_price() -> None:
    """40 EUR until the end of February, 60 from March on, without VAT."""
    dated = (DatedPrice("2026-03", price=Linear(60.0)),)
    profile = replace(FLEMISH, price=Linear(40.0), dated=dated)
    result = bill_of(
        {"2026-01": 4.0, "2026-02": 6.0, "2026-03": 8.0}, profile, "2026-03"
    )
    # January 4 kW x 40 x 31 / 365 = 13.589041; February 5 kW x 40 x 28 / 365 =
    # 15.342466; March 6 kW x 60 x 31 / 365 = 30.575342.
    assert result.last_year_cost == pytest.approx(59.506849)
    assert result.month_cost == pytest.approx(30.575342)
    # A year at the demand and the price that count now, and a twelfth for one kW more.
    assert result.year_cost == pytest.approx(360.0)
    assert result.extra_kw_cost == pytest.approx(5.0)


def test_the_bill_of_a_month_that_is_over_has_the_price_of_its_time() -> None:
    dated = (DatedPrice("2026-03", price=Linear(60.0)),)
    profile = replace(FLEMISH, price=Linear(40.0), dated=dated)
    result = bill_of(
        {"2026-01": 4.0, "2026-02": 6.0, "2026-03": 8.0}, profile, "2026-02"
    )
    assert result.year_cost == pytest.approx(200.0)
    assert result.month_cost == pytest.approx(15.342466)


def test_where_each_month_is_billed_by_itself_the_year_is_of_their_prices() -> None:
    """Known months as they were, and their mean for each of the others."""
    per_month = Linear(10.0, Per.MONTH)
    dated = (DatedPrice("2026-02", price=Linear(20.0, Per.MONTH), vat=25.0),)
    profile = Profile(price=per_month, dated=dated)
    result = bill_of({"2026-01": 3.0, "2026-02": 4.0}, profile, "2026-02")
    # 30 without VAT, and 80 with 25 %: 130 for two months, 65 for each of ten others.
    assert result.last_year_cost == pytest.approx(130.0)
    assert result.year_cost == pytest.approx(780.0)


def test_a_month_without_a_price_leaves_the_last_year_untold() -> None:
    """Nothing is said of it, rather than that it cost nothing, or as much as now."""
    dated = (DatedPrice("2026-02", price=Linear(12.0, Per.MONTH)),)
    profile = Profile(dated=dated)
    peaks = {"2026-01": 3.0, "2026-02": 4.0}
    result = bill_of(peaks, profile, "2026-02")
    assert result.last_year_cost is None
    # Twelve times the one month of which there is a price.
    assert result.year_cost == pytest.approx(12 * 48.0)
    assert bill(seeded(peaks).ledger, profile, "2026-01") is None


def test_a_yearly_peak_costs_what_each_month_of_it_cost() -> None:
    """The highest of the year so far, at the price of each month."""
    dated = (DatedPrice("2026-02", price=Linear(365.0)),)
    profile = Profile(period=Period.YEAR, price=Linear(730.0), dated=dated)
    result = bill_of({"2026-01": 1.0, "2026-02": 2.0}, profile, "2026-02")
    # January 1 kW x 730 x 31 / 365 = 62; February 2 kW x 365 x 28 / 365 = 56.
    assert result.last_year_cost == pytest.approx(118.0)
    assert result.year_cost == pytest.approx(730.0)


@pytest.mark.parametrize(
    ("month", "free"), [("2026-01", 4.999), ("2026-02", 3.999), ("2026-03", 4.999)]
)
def test_the_steps_of_a_month_tell_what_is_free_in_it(month: str, free: float) -> None:
    steps: Price = parse_steps("2: 125; 5: 200; 320")
    others: Price = parse_steps("4: 150; 320")
    dated = (DatedPrice("2026-02", "2026-02", price=others),)
    profile = replace(NORWAY, price=steps, dated=dated)
    profile = replace(profile, rule=replace(profile.rule, top=1))
    house = House(profile)
    start = house.at(f"{month}-10 18:00")
    house.live(f"{month}-01", f"{month}-10", {house.at(f"{month}-02 18:00"): 3.0})
    assert free_demand(house.ledger, start, house.calendar, profile) == free
