"""Months of the tariffs that are shipped, computed by hand."""

from dataclasses import replace

import pytest

from custom_components.flukso.core.demand.peaks.bill import bill
from custom_components.flukso.core.tariff.known import HOLIDAYS_OF, PROFILES
from custom_components.flukso.core.tariff.price import AboveReference, Linear, Per

from .tariffs import BRUSSELS, House, house_of, is_holiday, window


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
    assert house.bill("2026-10").month_cost == pytest.approx(21.9580799)


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
    march = house.bill("2026-03")
    # 75 x 120 = 9000; x 1.19 = 10710. Of that for March: x 31 / 365 = 909.6164384.
    assert march.year_cost == pytest.approx(10710.0)
    assert march.month_cost == pytest.approx(909.6164384)
    # From 60 to 75 kW: 15 x 120 x 1.19. One kW more: 120 x 1.19.
    assert march.peak_cost == pytest.approx(2142.0)
    assert march.extra_kw_cost == pytest.approx(142.8)
    # 70 kW in October are less than what March had cost already.
    assert house.bill("2026-10").peak_cost == 0.0
    # 60 x 120 x 1.19: there was nothing before January.
    assert house.bill("2026-01").peak_cost == pytest.approx(8568.0)


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
    result = house.bill("2026-01")
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
    assert house.bill("2026-02").month_cost == pytest.approx(15.4)
    assert house.bill("2026-06").month_cost == pytest.approx(33.0)
    assert bill(house.ledger, house.profile, "2026-08") is None


def test_australia_bills_nothing_in_the_months_of_its_clock_changes() -> None:
    """April has an hour twice, on the 5th; October skips one, on the 4th."""
    house = australian()
    april = house.live("2026-04-01", "2026-05-01", {house.at("2026-04-07 16:00"): 9.0})
    october = house.live("2026-10-01", "2026-11-01")
    # 30 x 48 + 2; 31 x 48 - 2.
    assert (april, october) == (1442, 1486)
    assert house.bill("2026-04").month_cost == 0.0
    assert house.bill("2026-10").month_cost == 0.0
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
    result = house.bill("2026-03")
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
    assert house.bill("2026-10").month_cost == pytest.approx(11.1726)


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
    result = house.bill("2026-05")
    # (4.0 + 2.5) / 2; x 48 x 31 / 365 = 13.2493151; x 1.06 = 14.0442740.
    assert result.demand == 3.25
    assert result.month_cost == pytest.approx(14.0442740)
    # 3.25 x 48 x 1.06; 48 / 12 x 1.06; 1.0 kW is below the floor.
    assert result.year_cost == pytest.approx(165.36)
    assert result.extra_kw_cost == pytest.approx(4.24)
    assert result.peak_cost == 0.0
    # April is billed by March.
    assert house.bill("2026-04").demand == 4.0
    assert bill(house.ledger, house.profile, "2026-02") is None
