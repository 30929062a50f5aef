"""Months of Swedish and Norwegian tariffs, computed by hand."""

import pytest

from custom_components.flukso.core.demand.peaks.bill import bill
from custom_components.flukso.core.tariff.price import Linear, Per, parse_steps

from .tariffs import House, house_of, is_holiday, window

# --- Sweden: three hours on different days, the night at half ----------------------


def swedish() -> House:
    return house_of("sweden", "Europe/Stockholm", Linear(65.0, Per.MONTH))


def test_sweden_takes_the_best_hour_of_three_days() -> None:
    """March: the clocks skip from 2 to 3 on the 29th."""
    house = swedish()
    hours = house.live(
        "2026-03-01",
        "2026-04-01",
        {
            house.at("2026-03-05 18:00"): 6.0,
            # Of the same day.
            house.at("2026-03-05 19:00"): 5.8,
            # 4.5 at night.
            house.at("2026-03-12 23:00"): 9.0,
            # The last hour before the change and the first after: 4.0 and 4.2.
            house.at("2026-03-29 01:00"): 8.0,
            house.at("2026-03-29 03:00"): 8.4,
            # From 6 it is day.
            house.at("2026-03-20 06:00"): 4.1,
        },
    )
    assert hours == 743
    # (6.0 + 4.5 + 4.2) / 3 = 14.7 / 3.
    assert house.demand("2026-03") == pytest.approx(4.9)
    starts = [item.start for item in house.ledger.chosen("2026-03")]
    assert starts == [
        house.at("2026-03-05 18:00"),
        house.at("2026-03-12 23:00"),
        house.at("2026-03-29 03:00"),
    ]
    # 4.9 x 65 = 318.5; x 1.25 = 398.125.
    assert house.bill("2026-03").month_cost == pytest.approx(398.125)


def test_sweden_counts_both_hours_of_october() -> None:
    """On the 25th there are two hours from 2 to 3, of one day."""
    house = swedish()
    hours = house.live(
        "2026-10-01",
        "2026-11-01",
        {
            house.at("2026-10-25 02:00"): 7.0,
            house.at("2026-10-25 02:00", fold=1): 7.6,
            house.at("2026-10-03 22:00"): 8.0,
            house.at("2026-10-03 21:00"): 3.9,
            house.at("2026-10-14 06:00"): 4.4,
        },
    )
    assert hours == 745
    # (4.4 + 8.0 / 2 + 7.6 / 2) / 3 = 12.2 / 3.
    assert house.demand("2026-10") == pytest.approx(4.066667)


def test_sweden_takes_the_days_there_are() -> None:
    """Two days of November, one hour of them half seen; no December."""
    house = swedish()
    house.live("2026-11-02", "2026-11-04", {house.at("2026-11-02 12:00"): 5.0})
    torn = window(house.at("2026-11-04 12:00"), 3.0, 3600, coverage=0.5)
    house.ledger.add(torn)
    peak = house.ledger.peak("2026-11")
    assert peak is not None
    # The 2nd, the 4th, and little on the 3rd: (5.0 + 3.0 + 0.4) / 3 = 8.4 / 3.
    assert (peak.demand, peak.exact) == (2.8, False)
    assert house.demand("2026-12") is None
    assert bill(house.ledger, house.profile, "2026-12") is None


# --- Sweden: on workdays from 7 to 19, November to March ---------------------------


def workdays() -> House:
    price = Linear(100.0, Per.MONTH)
    return house_of("sweden_workdays", "Europe/Stockholm", price, is_holiday)


def test_workdays_are_without_holidays() -> None:
    """In January the 1st, and the 6th, a Tuesday."""
    house = workdays()
    house.live(
        "2026-01-01",
        "2026-02-01",
        {
            house.at("2026-01-06 12:00"): 9.0,
            # A Saturday; too early; too late.
            house.at("2026-01-10 12:00"): 9.0,
            house.at("2026-01-07 06:00"): 9.0,
            house.at("2026-01-07 19:00"): 9.0,
            house.at("2026-01-07 18:00"): 5.0,
            house.at("2026-01-08 07:00"): 4.0,
            house.at("2026-01-09 10:00"): 3.0,
        },
    )
    assert house.demand("2026-01") == 4.0
    # 4.0 x 100 x 1.25.
    assert house.bill("2026-01").month_cost == pytest.approx(500.0)


def test_workdays_follow_the_clock() -> None:
    """On Monday the 30th of March 7 o'clock is an hour earlier than on Friday."""
    house = workdays()
    house.live(
        "2026-03-01",
        "2026-04-01",
        {
            house.at("2026-03-27 07:00"): 3.5,
            house.at("2026-03-27 06:00"): 9.0,
            house.at("2026-03-30 07:00"): 4.5,
            house.at("2026-03-30 06:00"): 9.0,
            house.at("2026-03-02 12:00"): 1.0,
        },
    )
    # 3 days of 24 hours, less one.
    apart = house.at("2026-03-30 07:00") - house.at("2026-03-27 07:00")
    assert apart == 71 * 3600
    # (4.5 + 3.5 + 1.0) / 3.
    assert house.demand("2026-03") == 3.0


def test_a_summer_month_costs_nothing() -> None:
    """Windows were seen, but none counts; of August nothing is known."""
    house = workdays()
    house.live("2026-07-01", "2026-08-01", {house.at("2026-07-01 12:00"): 9.0})
    assert house.demand("2026-07") is None
    result = house.bill("2026-07")
    assert (result.demand, result.month_cost, result.peak_cost) == (0.0, 0.0, 0.0)
    assert bill(house.ledger, house.profile, "2026-08") is None


def test_workdays_of_an_incomplete_month_are_those_seen() -> None:
    """One Monday of February."""
    house = workdays()
    house.live("2026-02-02", "2026-02-03", {house.at("2026-02-02 08:00"): 2.0})
    assert house.demand("2026-02") == 2.0


def test_a_year_of_workdays_has_five_months_that_cost() -> None:
    """Those that are not known yet are taken for like those that are."""
    house = workdays()
    house.live("2026-01-05", "2026-01-06", {house.at("2026-01-05 08:00"): 4.0})
    house.live("2026-02-02", "2026-02-03", {house.at("2026-02-02 08:00"): 2.0})
    # (4.0 + 2.0) x 100, and three months of (4.0 + 2.0) / 2 x 100; x 1.25.
    # 600 + 900 = 1500; x 1.25 = 1875.
    assert house.bill("2026-02").year_cost == pytest.approx(1875.0)
    house.live("2026-07-01", "2026-08-01")
    assert house.bill("2026-07").year_cost == pytest.approx(1875.0)


def test_a_year_of_which_only_summer_is_known_costs_nothing_yet() -> None:
    house = workdays()
    house.live("2026-07-01", "2026-08-01")
    assert house.bill("2026-07").year_cost == 0.0


# --- Norway: three hours on different days, priced in steps ------------------------


def norwegian() -> House:
    steps = parse_steps("2: 125; 5: 200; 10: 320; 500")
    return house_of("norway", "Europe/Oslo", steps)


@pytest.mark.parametrize(
    ("peaks", "demand", "cost"),
    [
        # 12.6 / 3 is below 5 kW: 200 x 1.25.
        ((5.6, 4.0, 3.0), 4.2, 250.0),
        # A step begins with its bound: 320 x 1.25.
        ((6.0, 5.0, 4.0), 5.0, 400.0),
        # Above the last bound: 500 x 1.25.
        ((20.0, 10.0, 3.0), 11.0, 625.0),
    ],
)
def test_norway_prices_the_mean_in_steps(
    peaks: tuple[float, float, float], demand: float, cost: float
) -> None:
    """October: of the two hours from 2 to 3 the second is the higher."""
    house = norwegian()
    second, other, third = peaks
    house.live(
        "2026-10-01",
        "2026-11-01",
        {
            house.at("2026-10-25 02:00"): second - 0.1,
            house.at("2026-10-25 02:00", fold=1): second,
            house.at("2026-10-06 17:00"): other,
            house.at("2026-10-31 23:00"): third,
        },
    )
    assert house.demand("2026-10") == pytest.approx(demand)
    assert house.bill("2026-10").month_cost == pytest.approx(cost)


def test_norway_counts_march_without_its_hour() -> None:
    """From the 29th at 3 on, the hours belong to the same day."""
    house = norwegian()
    house.live(
        "2026-03-01",
        "2026-04-01",
        {
            house.at("2026-03-29 01:00"): 3.0,
            house.at("2026-03-29 03:00"): 2.9,
            house.at("2026-03-31 23:00"): 2.0,
            house.at("2026-03-01 00:00"): 1.0,
        },
    )
    # (3.0 + 2.0 + 1.0) / 3 = 2.0, the bound of the first step.
    assert house.demand("2026-03") == 2.0
    assert house.bill("2026-03").month_cost == pytest.approx(250.0)


def test_norway_has_a_price_for_a_month_that_has_just_begun() -> None:
    """One day of April: the lowest step, 125 x 1.25. Nothing is known of May."""
    house = norwegian()
    house.live("2026-04-01", "2026-04-02", {house.at("2026-04-01 08:00"): 1.5})
    result = house.bill("2026-04")
    assert (result.demand, result.month_cost) == (1.5, 156.25)
    # One kW more is 2.5 kW: (200 - 125) x 1.25.
    assert result.extra_kw_cost == pytest.approx(93.75)
    # Nothing beside the lowest step, which is due in any case.
    assert result.peak_cost == 0.0
    # A year of such months: 12 x 156.25.
    assert result.year_cost == pytest.approx(1875.0)
    assert bill(house.ledger, house.profile, "2026-05") is None
