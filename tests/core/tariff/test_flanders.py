"""The Flemish price list: every number that was read is what is billed."""

from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.demand.peaks.bill import Energy, bill
from custom_components.flukso.core.tariff import flanders
from custom_components.flukso.core.tariff.dated import price_in, price_year
from custom_components.flukso.core.tariff.known import PROFILES
from custom_components.flukso.core.tariff.price import Cap, Linear
from custom_components.flukso.core.tariff.rule import Profile

from .tariffs import seeded

IMEWO = replace(PROFILES["flanders"], area="imewo")

# EUR per kW and year: without VAT, with 6 %, with 21 %; the fixed price of a classic
# meter with 6 % VAT.
OF_2026 = {
    "antwerpen": (49.4036563, 52.3679, 59.7784, 130.92),
    "halle_vilvoorde": (56.0428955, 59.4055, 67.8119, 148.52),
    "imewo": (54.2009816, 57.4530, 65.5832, 143.63),
    "kempen": (56.2069857, 59.5794, 68.0105, 148.95),
    "limburg": (49.0469384, 51.9898, 59.3468, 129.98),
    "midden_vlaanderen": (50.1239818, 53.1314, 60.6500, 132.83),
    "west": (57.0995726, 60.5255, 69.0905, 151.32),
    "zenne_dijle": (56.1228635, 59.4902, 67.9087, 148.73),
}
# With 6 % VAT; without; the classic meter.
OF_2025 = {
    "antwerpen": (53.26, 50.25, 133.15),
    "halle_vilvoorde": (59.56, 56.19, 148.89),
    "imewo": (56.44, 53.25, 141.10),
    "kempen": (56.30, 53.11, 140.75),
    "limburg": (51.81, 48.88, 129.51),
    "midden_vlaanderen": (51.99, 49.05, 129.97),
    "west": (60.35, 56.93, 150.87),
    "zenne_dijle": (59.15, 55.80, 147.87),
}
# ct per kWh with 6 % VAT.
KWH_OF_2026 = {
    "antwerpen": 5.35329,
    "halle_vilvoorde": 5.63676,
    "imewo": 5.54236,
    "kempen": 6.33708,
    "limburg": 5.75257,
    "midden_vlaanderen": 5.27945,
    "west": 6.69853,
    "zenne_dijle": 5.87156,
}


def test_there_are_eight_areas() -> None:
    assert flanders.AREAS == tuple(OF_2026) == tuple(OF_2025) == tuple(KWH_OF_2026)


def year_cost(profile: Profile, month: str, demand: float) -> float:
    """Return what a year costs at a demand."""
    result = bill(seeded({month: demand}).ledger, profile, month)
    assert result is not None
    return result.year_cost


@pytest.mark.parametrize("area", flanders.AREAS)
def test_a_kilowatt_of_2026_costs_what_the_sheets_say(area: str) -> None:
    """And 2.5 of them what a classic meter pays in any case, rounded twice."""
    without, low, high, classic = OF_2026[area]
    profile = replace(IMEWO, area=area, floor=0.0)
    assert flanders.price(area, 2026) == Linear(without)
    assert year_cost(profile, "2026-06", 1.0) == pytest.approx(low, abs=5e-5)
    business = replace(profile, vat=21.0)
    assert year_cost(business, "2026-06", 1.0) == pytest.approx(high, abs=5e-5)
    assert year_cost(replace(IMEWO, area=area), "2026-06", 0.5) == pytest.approx(
        classic, abs=0.01
    )


@pytest.mark.parametrize("area", flanders.AREAS)
def test_a_kilowatt_of_2025_costs_what_the_card_says(area: str) -> None:
    """The card rounds to cents: what 2.5 kW cost is off by up to 2.5 + 1 halves."""
    low, without, classic = OF_2025[area]
    profile = replace(IMEWO, area=area)
    assert flanders.price(area, 2025).amount == pytest.approx(without, abs=0.01)
    assert year_cost(replace(profile, floor=0.0), "2025-06", 1.0) == pytest.approx(low)
    assert year_cost(profile, "2025-06", 0.5) == pytest.approx(classic, abs=0.0176)


@pytest.mark.parametrize("area", flanders.AREAS)
def test_a_kilowatt_hour_of_2026_costs_at_most_the_cap(area: str) -> None:
    """34.72738 ct with 6 % VAT, whatever the area."""
    cap = flanders.cap(area, 2026)
    assert cap is not None
    assert cap.per_kwh * 1.06 * 100 == pytest.approx(34.72738, abs=5e-6)
    assert cap.energy_rate * 1.06 * 100 == pytest.approx(KWH_OF_2026[area])
    assert cap.floor == 2.5


@pytest.mark.parametrize(
    ("year", "known"),
    [(2023, 2025), (2024, 2025), (2025, 2025), (2026, 2026), (2027, 2026)],
)
def test_another_year_has_the_prices_of_the_nearest(year: int, known: int) -> None:
    """And says of which."""
    assert price_in(IMEWO, f"{year}-06") == flanders.price("imewo", known)
    assert price_year(IMEWO, f"{year}-06") == known
    result = bill(seeded({f"{year}-06": 4.0}).ledger, IMEWO, f"{year}-06")
    assert result is not None
    assert result.price_year == known


def test_a_price_that_was_typed_wins() -> None:
    """Then there is no year of a list; the cap of the area stays."""
    typed = replace(IMEWO, price=Linear(40.0))
    assert price_in(typed, "2026-04") == Linear(40.0)
    assert price_year(typed, "2026-04") is None
    result = bill(seeded({"2026-04": 4.0}).ledger, typed, "2026-04", Energy(0.0, 0.0))
    assert result is not None
    # 2.5 kW of 40 EUR for a year, with 6 % VAT.
    assert result.year_cost == pytest.approx(106.0)
    assert result.capped is True


def test_without_a_price_there_is_no_bill() -> None:
    assert price_year(PROFILES["flanders"], "2026-04") is None
    ledger = seeded({"2026-04": 4.0}).ledger
    assert bill(ledger, PROFILES["flanders"], "2026-04") is None


# --- The cap of 2026. April at 5 kW in Imewo, without VAT: -------------------------
#
# capacity    5   x 54.2009816 x 30 / 365 = 22.2743760
# 2.5 kW      2.5 x 54.2009816 x 30 / 365 = 11.1371880
# kWh rate    0.0554236 / 1.06            =  0.0522864
# cap         0.3276168


@pytest.mark.parametrize(
    ("energy", "cost", "capped"),
    [
        # 300 x 0.3276168 = 98.28 is more than 22.2743760 + 300 x 0.0522864 = 37.96.
        (300.0, 22.2743760, False),
        # 40 x 0.3276168 = 13.1046720, of which 40 x 0.0522864 = 2.0914566 for kWh.
        (40.0, 11.0132154, True),
        # 20 x 0.3276168 = 6.55 is less than the 11.1371880 of 2.5 kW, which stay due;
        # 20 x 0.0522864 = 1.0457283 of them are paid with the kWh.
        (20.0, 10.0914597, True),
        (0.0, 11.1371880, True),
        (None, 22.2743760, None),
    ],
)
def test_the_cap_bites_in_a_month_with_little_import(
    energy: float | None, cost: float, *, capped: bool | None
) -> None:
    """One kW more costs nothing then."""
    house = seeded({"2026-04": 5.0})
    result = bill(house.ledger, IMEWO, "2026-04", Energy(energy, None))
    assert result is not None
    assert result.month_cost == pytest.approx(cost * 1.06)
    assert result.capped is capped
    extra = 0.0 if capped else 54.2009816 / 12 * 1.06
    assert result.extra_kw_cost == pytest.approx(extra)


def test_the_cap_bites_in_a_year_with_little_import() -> None:
    """Whatever the month is like."""
    house = seeded({"2026-04": 5.0})
    result = bill(house.ledger, IMEWO, "2026-04", Energy(300.0, 150.0))
    assert result is not None
    # 150 x 0.3276168 = 49.14 is less than 2.5 x 54.2009816 = 135.5024540;
    # less 150 x 0.0522864 = 7.8429623 that is paid with the kWh: 127.6594917.
    assert result.year_cost == pytest.approx(127.6594917 * 1.06)
    assert result.capped is False
    unknown = bill(house.ledger, IMEWO, "2026-04", Energy(300.0, None))
    assert unknown is not None
    # 5 x 54.2009816.
    assert unknown.year_cost == pytest.approx(271.0049080 * 1.06)


@pytest.mark.parametrize("month", ["2025-04", "2023-04"])
def test_where_the_cap_is_not_known_nothing_is_told_of_it(month: str) -> None:
    """The cost is that without a cap."""
    house = seeded({month: 5.0})
    result = bill(house.ledger, IMEWO, month, Energy(10.0, 100.0))
    assert result is not None
    assert result.capped is None
    # 5 x 56.44 x 30 / 365, VAT included.
    assert result.month_cost == pytest.approx(23.1945205)
    assert result.extra_kw_cost == pytest.approx(56.44 / 12)


@given(demand=st.floats(0, 100), energy=st.floats(0, 1e5), floor=st.floats(0, 5))
def test_a_cap_lowers_a_cost_or_leaves_it_as_it_is(
    demand: float, energy: float, floor: float
) -> None:
    """Whoever draws much for his peak sees none, to the last digit."""
    cap = Cap(0.3276168, 0.0522864, 2.5)
    left = cap.capacity(demand, energy, floor)
    assert left <= demand
    if demand + energy * 0.0522864 < energy * 0.3276167:
        assert left == demand


def test_a_floor_of_ones_own_is_not_raised_by_the_minimum() -> None:
    """Somebody who bills less than 2.5 kW is not billed more for a cap."""
    low = replace(IMEWO, floor=0.0)
    result = bill(seeded({"2026-04": 1.0}).ledger, low, "2026-04", Energy(0.0, 0.0))
    assert result is not None
    # 1 x 54.2009816 x 30 / 365.
    assert result.month_cost == pytest.approx(4.4548752 * 1.06)
    assert result.capped is False
