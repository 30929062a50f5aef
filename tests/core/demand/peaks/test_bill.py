"""The Flemish bill, recomputed by hand."""

from dataclasses import replace

import pytest

from custom_components.flukso.core.demand.peaks.bill import Bill, bill
from custom_components.flukso.core.tariff.known import PROFILES
from custom_components.flukso.core.tariff.price import Linear
from custom_components.flukso.core.tariff.rule import FloorScope, Profile

from ...tariff.tariffs import BRUSSELS, House, local, seeded, window

IMEWO = replace(PROFILES["flanders"], area="imewo")
YEAR = [f"2026-{number:02}" for number in range(1, 13)]


def bill_of(house: House, month: str) -> Bill:
    """Return the bill of a month that has one."""
    result = bill(house.ledger, IMEWO, month)
    assert result is not None
    return result


def demands(house: House, months: list[str]) -> list[float | None]:
    """Return what months are billed by."""
    return [house.ledger.billed_demand(month, IMEWO) for month in months]


def test_ten_kilowatts_for_five_minutes_and_five_for_ten_are_6_7() -> None:
    """The mean over the quarter: (5 x 10 + 10 x 5) / 15 = 100 / 15."""
    house = House(IMEWO)
    energy = 5 / 60 * 10 + 10 / 60 * 5
    house.ledger.add(window(house.at("2026-04-01 18:00"), energy * 4))
    assert house.demand("2026-04") == pytest.approx(6.7, abs=0.05)


def test_the_first_months_are_billed_by_those_there_are() -> None:
    """January 2023 alone, February with January; nothing before counts."""
    peaks = {"2022-11": 9.0, "2022-12": 9.0, "2023-01": 6.0, "2023-02": 4.0}
    house = seeded({**peaks, "2023-03": 2.0, "2023-04": 3.5})
    months = [f"2023-{number:02}" for number in range(1, 5)]
    # 6; (6 + 4) / 2; (6 + 4 + 2.5) / 3; (6 + 4 + 2.5 + 3.5) / 4.
    assert demands(house, months) == [6.0, 5.0, pytest.approx(4.1666667), 4.0]
    # Of a month before there was a tariff: what it would have been.
    assert demands(house, ["2022-12"]) == [9.0]


def test_a_yearly_bill_goes_by_the_mean_of_the_means() -> None:
    """Each for its days, over the months of the first year of a meter."""
    house = seeded({"2026-01": 6.0, "2026-02": 4.0, "2026-03": 2.0, "2026-04": 3.5})
    result = bill_of(house, "2026-04")
    # January   31 days  6.0                            186.0
    # February  28 days  (6.0 + 4.0) / 2 = 5.0          140.0
    # March     31 days  (6.0 + 4.0 + 2.5) / 3 = 4.1667 129.1666667
    # April     30 days  (12.5 + 3.5) / 4 = 4.0         120.0
    #          120 days                                 575.1666667 kW days
    # 575.1666667 / 120.
    assert result.average == pytest.approx(4.7930556)
    # 575.1666667 / 365 = 1.5757991; x 54.2009816 = 85.4098572; x 1.06.
    assert result.last_year_cost == pytest.approx(90.5344486)
    # April itself: 4.0 x 54.2009816 x 30 / 365 = 17.8195008; x 1.06.
    assert result.month_cost == pytest.approx(18.8886709)
    # A year like this: 4.0 x 54.2009816 x 1.06.
    assert result.year_cost == pytest.approx(229.8121620)
    # The 3.5 kW of April are 1 kW above the floor: 54.2009816 / 12 x 1.06.
    assert result.peak_cost == pytest.approx(4.7877534)


def test_a_high_month_is_on_the_bills_of_two_years() -> None:
    """9 kW in January 2026 among months of 3 kW; prices by the year of the month."""
    known = {f"2025-{number:02}": 3.0 for number in range(1, 13)}
    known |= dict.fromkeys(YEAR, 3.0) | {"2026-01": 9.0, "2027-01": 3.0}
    house = seeded(known)
    # (11 x 3.0 + 9.0) / 12 = 3.5 as long as January is among the twelve.
    assert demands(house, ["2025-12", *YEAR, "2027-01"]) == [3.0, *[3.5] * 12, 3.0]
    result = bill_of(house, "2026-06")
    # July to December 2025: 184 days at 3.0 = 552.0 kW days.
    # January to June 2026:  181 days at 3.5 = 633.5 kW days.
    # 1185.5 / 365.
    assert result.average == pytest.approx(3.2479452)
    # 552.0 / 365 x 56.44 = 85.3558356; 633.5 / 365 x 57.4530405 = 99.7164415.
    assert result.last_year_cost == pytest.approx(185.0722771)


def test_one_kilowatt_more_costs_4_79_in_all() -> None:
    """In Imewo in 2026, spread over the twelve bills that it is on."""
    others = dict.fromkeys([f"2025-{number:02}" for number in range(1, 13)] + YEAR, 3.0)
    before, after = (seeded(others | {"2026-01": peak}) for peak in (3.0, 4.0))
    more = [
        bill_of(after, month).month_cost - bill_of(before, month).month_cost
        for month in YEAR
    ]
    assert sum(more) == pytest.approx(4.79, abs=0.005)
    assert bill_of(before, "2026-01").extra_kw_cost == pytest.approx(sum(more))
    # 1.5 kW above the floor instead of 0.5.
    cost = bill_of(after, "2026-01").peak_cost - bill_of(before, "2026-01").peak_cost
    assert cost == pytest.approx(sum(more))


def test_the_floor_is_of_each_month_not_of_the_mean() -> None:
    """Eleven months: 3.643 kW as they are, 3.792 kW with the floor."""
    low = [1.2, 2.161]
    # 8 x 4.0 + 4.712 + 3.361 = 40.073; / 11 = 3.643.
    # 8 x 4.0 + 4.712 + 5.0   = 41.712; / 11 = 3.792.
    peaks = [*low, *[4.0] * 8, 4.712]
    house = seeded(dict(zip(YEAR, peaks, strict=False)))
    bare = house.ledger.billed_demand("2026-11", replace(IMEWO, floor=0.0))
    assert bare == pytest.approx(3.643)
    assert demands(house, ["2026-11"]) == [pytest.approx(3.792)]


def test_a_floor_of_the_mean_leaves_low_months_as_they_are() -> None:
    """And one kW of the running month is free until the mean reaches it."""
    profile = Profile(
        rolling=12, floor=2.5, floor_scope=FloorScope.MEAN, price=Linear(60.0)
    )
    house = seeded({"2026-02": 1.0, "2026-03": 2.0, "2026-04": 3.0})
    assert house.ledger.billed_demand("2026-02", profile) == 2.5
    assert house.ledger.billed_demand("2026-04", profile) == 2.5
    april = bill(house.ledger, profile, "2026-04")
    assert april is not None
    # 3 kW lift the mean to 2 kW: they cost nothing beside 2.5 kW.
    assert (april.year_cost, april.peak_cost) == (150.0, 0.0)

    house = seeded({"2026-02": 1.0, "2026-03": 2.0, "2026-04": 6.0})
    april = bill(house.ledger, profile, "2026-04")
    assert april is not None
    assert april.demand == 3.0
    # The first 4.5 kW of April are free: 1.5 kW x 60 / 12.
    assert april.peak_cost == pytest.approx(7.5)


def test_months_cost_by_their_days() -> None:
    """And not by a twelfth of a year."""
    house = seeded({"2026-01": 4.0, "2026-02": 4.0})
    january = bill_of(house, "2026-01").month_cost
    february = bill_of(house, "2026-02").month_cost
    # 4 x 57.4530405 = 229.8121620; x 31 / 365; x 28 / 365.
    assert january == pytest.approx(19.5182932)
    assert february == pytest.approx(17.6294262)
    assert bill_of(house, "2026-02").year_cost == pytest.approx(229.8121620)


def test_a_month_that_has_just_begun_is_billed_by_those_before() -> None:
    """Until its first window closes; the year costs what that demand costs."""
    house = seeded(dict.fromkeys(YEAR[:5], 3.0))
    result = bill_of(house, "2026-06")
    assert (result.demand, result.average) == (3.0, 3.0)
    # 3 x 57.4530405.
    assert result.year_cost == pytest.approx(172.3591215)
    assert result.peak_cost == 0.0
    house.ledger.add(window(local(BRUSSELS, "2026-06-01 00:00"), 9.0))
    # (5 x 3 + 9) / 6 = 4.
    assert bill_of(house, "2026-06").demand == 4.0


def test_a_bill_of_a_year_long_ago_is_none() -> None:
    """Nothing of its twelve months is known."""
    house = seeded({"2024-01": 3.0})
    assert bill_of(house, "2024-12").demand == 3.0
    assert bill(house.ledger, IMEWO, "2025-01") is None
    assert bill(house.ledger, IMEWO, "2023-12") is None
