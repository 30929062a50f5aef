"""What the peaks cost, in the currency of the tariff, VAT included."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from . import flanders
from .ledger import Ledger
from .price import MONTHS_PER_YEAR, AboveReference, Cap, Linear, Price, Steps
from .tariff import Period, Profile
from .windows import SECONDS_PER_HOUR


class Energy(NamedTuple):
    """The import, kWh, of a time as long as the month and as a year, both until now.

    None where it is not known wholly: then no cap can be told.
    """

    month: float | None = None
    year: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The costs of a month (YYYY-MM) and of a year at its billed demand, kW.

    `peak_cost`: what the month's own peak adds above the floor, over all the bills it
    is on; `extra_kw_cost`: what one kW more would. `average` kW: the mean of the last
    twelve monthly demands, by which a yearly bill goes, and `last_year_cost` the cost
    of those months. `capped`: the most that a kWh may cost is reached this month; None
    where that cannot be told. `price_year`: of the price list, None where there is
    none.
    """

    demand: float
    month_cost: float
    year_cost: float
    peak_cost: float
    extra_kw_cost: float
    average: float
    last_year_cost: float
    capped: bool | None
    price_year: int | None


def days_of(month: str) -> int:
    """Return the days of a month (YYYY-MM)."""
    year, number = month.split("-")
    return monthrange(int(year), int(number))[1]


def price_in(profile: Profile, year: int) -> Price | None:
    """Return what counts in a year: the user's price, or else the area's."""
    if profile.price is not None or profile.area is None:
        return profile.price
    return flanders.price(profile.area, year)


def price_year(profile: Profile, year: int) -> int | None:
    """Return the year of the price list that counts in a year, None without a list."""
    listed = profile.price is None and profile.area is not None
    return flanders.nearest_year(year) if listed else None


def bill(
    ledger: Ledger, profile: Profile, month: str, energy: Energy = Energy()
) -> Bill | None:
    """Return the bill of a month as it stands; None without a price or a peak."""
    year = int(month[:4])
    price = price_in(profile, year)
    demand = _demand(ledger, profile, month)
    if price is None or demand is None:
        return None
    cap = None if profile.area is None else flanders.cap(profile.area, year)
    vat = 1 + profile.vat / 100
    full = _month_cost(ledger, profile, month)
    costs = _Capped(price, cap, profile.floor)
    due = costs.month(full, energy.month, days_of(month))
    capped = None if due is None else due < full
    months = _last_year(ledger, profile, month)
    return Bill(
        demand=demand,
        month_cost=vat * (full if due is None else due),
        year_cost=vat * _year_cost(ledger, profile, months, costs, energy.year),
        peak_cost=vat * _peak_cost(ledger, profile, month, price),
        extra_kw_cost=0.0 if capped else vat * _extra(price, demand, profile),
        average=_average(ledger, profile, months),
        last_year_cost=vat * sum(_month_cost(ledger, profile, name) for name in months),
        capped=capped,
        price_year=price_year(profile, year),
    )


class _Capped(NamedTuple):
    """A price that a cap on the kWh may lower."""

    price: Price
    cap: Cap | None
    floor: float

    def month(self, cost: float, energy: float | None, days: int) -> float | None:
        """Return what is due of a cost, None where that cannot be told."""
        if self.cap is None or energy is None:
            return None
        minimum = self.price.month(self.floor, 0.0, days)
        return self.cap.capacity(cost, energy, minimum)


def _demand(ledger: Ledger, profile: Profile, month: str) -> float | None:
    """Return what a month is billed by; 0 where windows were seen, but none counts."""
    demand = ledger.billed_demand(month, profile)
    if demand is None and profile.rule.bands and month in ledger.known_months:
        return profile.floor
    return demand


def _month_cost(ledger: Ledger, profile: Profile, month: str) -> float:
    """Return what a month costs by its billed demand at the prices of its year."""
    price = price_in(profile, int(month[:4]))
    demand = _demand(ledger, profile, month)
    if price is None or demand is None:
        return 0.0
    return price.month(demand, ledger.excess(month), days_of(month))


def _last_year(ledger: Ledger, profile: Profile, month: str) -> list[str]:
    """Return the months that exist among the last twelve with this one."""
    first = f"{int(month[:4]) - 1:04}{month[4:]}"
    return [
        name
        for name in ledger.known_months
        if first < name <= month and profile.covers(name, month)
    ]


def _year_cost(
    ledger: Ledger,
    profile: Profile,
    months: list[str],
    costs: _Capped,
    energy: float | None,
) -> float:
    """Return what a year costs at the demand of its last month.

    Where a month is billed by itself, the months that exist stand for the others.
    """
    price, month = costs.price, months[-1]
    whole_year = profile.rolling > 1 or profile.period is Period.YEAR
    if not (whole_year and isinstance(price, Linear)):
        known = [_month_cost(ledger, profile, name) for name in months]
        return sum(known) / len(known) * MONTHS_PER_YEAR
    cost = price.yearly * (_demand(ledger, profile, month) or 0.0)
    if costs.cap is None or energy is None:
        return cost
    return costs.cap.capacity(cost, energy, price.yearly * profile.floor)


def _average(ledger: Ledger, profile: Profile, months: Iterable[str]) -> float:
    """Return the mean of monthly demands, each for its days: the average of averages."""
    parts = [(_demand(ledger, profile, name) or 0.0, days_of(name)) for name in months]
    return sum(demand * days for demand, days in parts) / sum(days for _, days in parts)


def _peak_cost(ledger: Ledger, profile: Profile, month: str, price: Price) -> float:
    """Return what the peak of a month adds to all bills it is on."""
    peak = ledger.peak(month)
    demand = max(profile.floor, 0.0 if peak is None else peak.demand)
    match price:
        case Linear():
            return (demand - profile.floor) * _one_kilowatt(price, profile)
        case Steps():
            days = days_of(month)
            return price.month(demand, 0, days) - price.month(profile.floor, 0, days)
        case AboveReference():
            return ledger.excess(month) * price.per_kwh


def _extra(price: Price, demand: float, profile: Profile) -> float:
    """Return what one kW more in this month costs in all."""
    match price:
        case Linear():
            return _one_kilowatt(price, profile)
        case Steps():
            return price.month(demand + 1, 0.0, 0) - price.month(demand, 0.0, 0)
        case AboveReference():
            return price.per_kwh * profile.rule.window / SECONDS_PER_HOUR


def _one_kilowatt(price: Linear, profile: Profile) -> float:
    """Return the price of one kW in the month's peak, whole even if spread over bills."""
    if profile.period is Period.YEAR:
        return price.yearly
    return price.yearly / MONTHS_PER_YEAR
