"""Months of every tariff that is shipped, computed by hand."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from custom_components.flukso.core.demand.bill import Bill, bill
from custom_components.flukso.core.demand.price import (
    AboveReference,
    Linear,
    Per,
    Price,
    parse_steps,
)
from custom_components.flukso.core.demand.profiles import HOLIDAYS_OF, PROFILES
from custom_components.flukso.core.demand.tariff import IsHoliday, no_holidays

from .tariffs import BRUSSELS, House, window

HOLIDAYS = {date(2026, 1, 1), date(2026, 1, 6), date(2026, 1, 26)}


def is_holiday(day: date) -> bool:
    """Tell New Year's day, Epiphany and Australia day from others."""
    return day in HOLIDAYS


def house_of(
    key: str, zone: str, price: Price, is_holiday: IsHoliday = no_holidays
) -> House:
    """Return a house with a shipped tariff at a price."""
    return House(replace(PROFILES[key], price=price), ZoneInfo(zone), is_holiday)


def bill_of(house: House, month: str) -> Bill:
    """Return the bill of a month that has one."""
    result = bill(house.ledger, house.profile, month)
    assert result is not None
    return result


def test_the_profiles_are_these() -> None:
    assert list(PROFILES) == [
        "flanders",
        "sweden",
        "sweden_workdays",
        "norway",
        "germany_rlm",
        "australia",
        "luxembourg",
        "custom",
    ]
    masked = {key for key, profile in PROFILES.items() if len(profile.rule.bands) == 1}
    assert HOLIDAYS_OF.keys() == masked


# --- Flanders: the highest quarter of each month, the mean of twelve ---------------


def flemish() -> House:
    return House(replace(PROFILES["flanders"], area="imewo"), BRUSSELS)


def test_flanders_bills_the_mean_with_the_floor_of_each_month() -> None:
    """March with a skipped hour, April empty, May torn, October with a doubled hour."""
    house = flemish()
    # 31 days of 96 quarters, less four.
    after = house.at("2026-03-29 03:00")
    assert house.live("2026-03-01", "2026-04-01", {after: 4.0}) == 2972
    assert house.demand("2026-03") == 4.0
    assert house.demand("2026-04") is None
    # Of May one quarter alone is known, for a part.
    house.ledger.add(window(house.at("2026-05-02 12:00"), 1.0, coverage=0.5))
    second = house.at("2026-10-25 02:15", fold=1)
    first = house.at("2026-10-25 02:15")
    assert second == first + 3600
    # 31 days of 96 quarters, and four.
    assert house.live("2026-10-01", "2026-11-01", {first: 6.9, second: 7.0}) == 2980
    peak = house.ledger.peak("2026-10")
    assert peak is not None
    assert (peak.demand, peak.start, peak.exact) == (7.0, second, True)
    assert house.ledger.unseen("2026-05") == 1
    # March alone: 4.0. April rests on March. May: (4.0 + 2.5) / 2.
    # October: (4.0 + 2.5 + 7.0) / 3 = 13.5 / 3.
    demands = [
        house.ledger.billed_demand(month, house.profile)
        for month in ("2026-02", "2026-03", "2026-04", "2026-05", "2026-10")
    ]
    assert demands == [None, 4.0, 4.0, 3.25, 4.5]
    # 4.5 x 54.2009816 = 243.9044172; x 31 / 365 = 20.7151697; x 1.06 = 21.9580799.
    assert bill_of(house, "2026-10").month_cost == pytest.approx(21.9580799)


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
    assert bill_of(house, "2026-03").month_cost == pytest.approx(398.125)


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
    assert bill_of(house, "2026-01").month_cost == pytest.approx(500.0)


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
    result = bill_of(house, "2026-07")
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
    assert bill_of(house, "2026-02").year_cost == pytest.approx(1875.0)
    house.live("2026-07-01", "2026-08-01")
    assert bill_of(house, "2026-07").year_cost == pytest.approx(1875.0)


def test_a_year_of_which_only_summer_is_known_costs_nothing_yet() -> None:
    house = workdays()
    house.live("2026-07-01", "2026-08-01")
    assert bill_of(house, "2026-07").year_cost == 0.0


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
    assert bill_of(house, "2026-10").month_cost == pytest.approx(cost)


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
    assert bill_of(house, "2026-03").month_cost == pytest.approx(250.0)


def test_norway_has_a_price_for_a_month_that_has_just_begun() -> None:
    """One day of April: the lowest step, 125 x 1.25. Nothing is known of May."""
    house = norwegian()
    house.live("2026-04-01", "2026-04-02", {house.at("2026-04-01 08:00"): 1.5})
    result = bill_of(house, "2026-04")
    assert (result.demand, result.month_cost) == (1.5, 156.25)
    # One kW more is 2.5 kW: (200 - 125) x 1.25.
    assert result.extra_kw_cost == pytest.approx(93.75)
    # Nothing beside the lowest step, which is due in any case.
    assert result.peak_cost == 0.0
    # A year of such months: 12 x 156.25.
    assert result.year_cost == pytest.approx(1875.0)
    assert bill(house.ledger, house.profile, "2026-05") is None


# --- Germany, RLM: the highest quarter of the calendar year ------------------------


def german() -> House:
    house = house_of("germany_rlm", "Europe/Berlin", Linear(120.0))
    house.live("2025-11-01", "2025-12-01", {house.at("2025-11-20 08:00"): 90.0})
    house.live("2026-01-01", "2026-02-01", {house.at("2026-01-20 08:00"): 60.0})
    house.live("2026-03-01", "2026-04-01", {house.at("2026-03-29 03:00"): 75.0})
    house.live("2026-05-04", "2026-05-07", {house.at("2026-05-05 08:00"): 30.0})
    doubled = house.at("2026-10-25 02:45", fold=1)
    house.live("2026-10-01", "2026-11-01", {doubled: 70.0})
    house.live("2027-01-01", "2027-01-02", {house.at("2027-01-01 08:00"): 20.0})
    return house


def test_germany_bills_the_highest_of_the_year_so_far() -> None:
    """February and April are unknown, May is incomplete; each January begins anew."""
    house = german()
    months = ("2025-11", "2026-01", "2026-02", "2026-03", "2026-05", "2026-10")
    demands = [house.ledger.billed_demand(name, house.profile) for name in months]
    assert demands == [90.0, 60.0, 60.0, 75.0, 75.0, 75.0]
    assert house.ledger.billed_demand("2027-01", house.profile) == 20.0
    assert house.ledger.billed_demand("2024-12", house.profile) is None


def test_germany_pays_for_the_year() -> None:
    """And for what a month raised it by."""
    house = german()
    march = bill_of(house, "2026-03")
    # 75 x 120 = 9000; x 1.19 = 10710. Of that for March: x 31 / 365 = 909.6164384.
    assert march.year_cost == pytest.approx(10710.0)
    assert march.month_cost == pytest.approx(909.6164384)
    # From 60 to 75 kW: 15 x 120 x 1.19. One kW more: 120 x 1.19.
    assert march.peak_cost == pytest.approx(2142.0)
    assert march.extra_kw_cost == pytest.approx(142.8)
    # 70 kW in October are less than what March had cost already.
    assert bill_of(house, "2026-10").peak_cost == 0.0
    # 60 x 120 x 1.19: there was nothing before January.
    assert bill_of(house, "2026-01").peak_cost == pytest.approx(8568.0)


# --- Australia: half an hour from 15 to 21 on working weekdays ---------------------


def australian() -> House:
    return house_of("australia", "Australia/Sydney", Linear(0.4, Per.DAY), is_holiday)


def test_australia_counts_its_hours_on_working_weekdays() -> None:
    """January: the 26th is a Monday and a public holiday."""
    house = australian()
    house.live(
        "2026-01-01",
        "2026-02-01",
        {
            house.at("2026-01-26 15:00"): 9.0,
            # A Saturday; too early; too late.
            house.at("2026-01-24 16:00"): 9.0,
            house.at("2026-01-27 14:30"): 9.0,
            house.at("2026-01-27 21:00"): 9.0,
            house.at("2026-01-27 20:30"): 3.2,
            house.at("2026-01-28 15:00"): 3.1,
        },
    )
    assert house.demand("2026-01") == pytest.approx(3.2)
    result = bill_of(house, "2026-01")
    # 3.2 x 0.4 x 31 = 39.68; x 1.1 = 43.648; one kW: 0.4 x 31 x 1.1 = 13.64.
    assert result.month_cost == pytest.approx(43.648)
    assert result.peak_cost == pytest.approx(43.648)
    assert result.extra_kw_cost == pytest.approx(13.64)


def test_australia_follows_the_clock() -> None:
    """At 15 it is 4 o'clock UTC in summer and 5 in winter."""
    house = australian()
    summer = house.at("2026-02-02 15:00")
    winter = house.at("2026-06-01 15:00")
    assert (summer % 86400, winter % 86400) == (4 * 3600, 5 * 3600)
    # Five days of February are known, all of June, nothing of August.
    house.live("2026-02-01", "2026-02-06", {summer: 1.25, summer - 1800: 9.0})
    house.live("2026-06-01", "2026-07-01", {winter: 2.5, winter - 1800: 9.0})
    # 1.25 x 0.4 x 28 x 1.1; 2.5 x 0.4 x 30 x 1.1.
    assert bill_of(house, "2026-02").month_cost == pytest.approx(15.4)
    assert bill_of(house, "2026-06").month_cost == pytest.approx(33.0)
    assert bill(house.ledger, house.profile, "2026-08") is None


def test_australia_bills_nothing_in_the_months_of_its_clock_changes() -> None:
    """April has an hour twice, on the 5th; October skips one, on the 4th."""
    house = australian()
    april = house.live("2026-04-01", "2026-05-01", {house.at("2026-04-07 16:00"): 9.0})
    october = house.live("2026-10-01", "2026-11-01")
    # 30 x 48 + 2; 31 x 48 - 2.
    assert (april, october) == (1442, 1486)
    assert bill_of(house, "2026-04").month_cost == 0.0
    assert bill_of(house, "2026-10").month_cost == 0.0
    assert house.ledger.unseen("2026-04") == 0


# --- Luxembourg: energy above a reference power ------------------------------------


def luxembourgish() -> House:
    return house_of("luxembourg", "Europe/Luxembourg", AboveReference(10.0, 0.15))


def test_luxembourg_bills_what_is_above_the_reference() -> None:
    """March: four quarters of 5 kW, one of which follows the skipped hour."""
    house = luxembourgish()
    peaks = {house.at(f"2026-03-08 18:{minute}"): 5.0 for minute in (15, 30, 45)}
    peaks[house.at("2026-03-29 03:00")] = 5.0
    # Just the reference costs nothing.
    peaks[house.at("2026-03-29 01:45")] = 3.0
    house.live("2026-03-01", "2026-04-01", peaks)
    # 4 x (5 - 3) kW x 0.25 h = 2 kWh.
    assert house.ledger.excess("2026-03") == pytest.approx(2.0)
    result = bill_of(house, "2026-03")
    # 10 + 2 x 0.15 = 10.3; x 1.08 = 11.124; of that 2 x 0.15 x 1.08 for the peaks.
    assert result.month_cost == pytest.approx(11.124)
    assert result.peak_cost == pytest.approx(0.324)
    # A kW more during one quarter: 0.25 x 0.15 x 1.08.
    assert result.extra_kw_cost == pytest.approx(0.0405)


def test_luxembourg_bills_both_hours_of_october() -> None:
    """7 kW at a quarter past two, twice."""
    house = luxembourgish()
    peaks = {
        house.at("2026-10-25 02:15"): 7.0,
        house.at("2026-10-25 02:15", fold=1): 7.0,
        house.at("2026-10-01 00:00"): 4.2,
    }
    house.live("2026-10-01", "2026-11-01", peaks)
    # (4 + 4 + 1.2) / 4 = 2.3 kWh; (10 + 0.345) x 1.08 = 11.1726.
    assert bill_of(house, "2026-10").month_cost == pytest.approx(11.1726)


def test_luxembourg_bills_what_is_certain() -> None:
    """Of a quarter that was half seen 0.9 kWh are known; nothing of June."""
    house = luxembourgish()
    torn = window(house.at("2026-05-05 12:00"), 3.6, coverage=0.5)
    house.ledger.add(torn)
    # 0.9 - 0.75.
    assert house.ledger.excess("2026-05") == pytest.approx(0.15)
    # Seen wholly it was less than the reference.
    house.ledger.add(window(torn.start, 2.9))
    assert house.ledger.excess("2026-05") == 0.0
    assert house.ledger.excess("2026-06") == 0.0
    assert bill(house.ledger, house.profile, "2026-06") is None


# --- Custom: as the form makes it --------------------------------------------------


def test_custom_begins_as_the_mean_of_twelve_months() -> None:
    """March with a clock change, April unknown, May incomplete and low."""
    house = house_of("custom", "Europe/Brussels", Linear(48.0))
    house.live("2026-03-01", "2026-04-01", {house.at("2026-03-31 23:45"): 4.0})
    house.live("2026-05-01", "2026-05-03", {house.at("2026-05-01 00:00"): 1.0})
    result = bill_of(house, "2026-05")
    # (4.0 + 2.5) / 2; x 48 x 31 / 365 = 13.2493151; x 1.06 = 14.0442740.
    assert result.demand == 3.25
    assert result.month_cost == pytest.approx(14.0442740)
    # 3.25 x 48 x 1.06; 48 / 12 x 1.06; 1.0 kW is below the floor.
    assert result.year_cost == pytest.approx(165.36)
    assert result.extra_kw_cost == pytest.approx(4.24)
    assert result.peak_cost == 0.0
    # April is billed by March.
    assert bill_of(house, "2026-04").demand == 4.0
    assert bill(house.ledger, house.profile, "2026-02") is None
