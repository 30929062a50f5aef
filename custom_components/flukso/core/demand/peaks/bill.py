"""What the peaks cost, in the currency of the tariff, VAT included."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import NamedTuple

from ...tariff import flanders
from ...tariff.dated import price_in, price_year, vat_in
from ...tariff.price import (
    DAYS_PER_YEAR,
    MONTHS_PER_YEAR,
    AboveReference,
    Linear,
    Price,
    Steps,
)
from ...tariff.rule import Period, Profile
from ...windows import HOUR, QUARTER, Window, month_start
from .ledger import Ledger

DAY = 86400


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
    is on; `extra_kw_cost`: what one kW more would, 0 while `capped`. Both are of a
    meter that knows all months of its mean: in its first year it is more. `average` kW:
    the mean of the last twelve monthly demands, by which a yearly bill goes, and
    `last_year_cost` the cost of those months, which like `peak_cost` knows no cap.
    `capped`: the most that a kWh may cost is reached this month; None where that
    cannot be told. `price_year`: of the price list, None where there is none.
    """

    demand: float
    month_cost: float
    year_cost: float
    peak_cost: float
    extra_kw_cost: float
    average: float
    last_year_cost: float | None
    capped: bool | None
    price_year: int | None


def days_of(month: str) -> int:
    """Return the days of a month (YYYY-MM)."""
    year, number = month.split("-")
    return monthrange(int(year), int(number))[1]


def bill(
    ledger: Ledger, profile: Profile, month: str, energy: Energy = Energy()
) -> Bill | None:
    """Return the bill of a month as it stands; None without a price or a peak."""
    price = price_in(profile, month)
    demands = _demands(ledger, profile, month)
    if price is None or month not in demands:
        return None
    account = _Account(ledger, profile, month, price, demands)
    full = account.cost(month, price)
    due = account.due(full, energy.month, days_of(month))
    capped = None if due is None else due < full
    days = {name: days_of(name) for name in demands}
    vat = account.with_vat(month)
    return Bill(
        demand=demands[month],
        month_cost=vat * (full if due is None else due),
        year_cost=account.year_cost(energy.year),
        peak_cost=vat * account.peak_cost(),
        extra_kw_cost=0.0 if capped else vat * account.extra_cost(),
        average=sum(demands[name] * days[name] for name in days) / sum(days.values()),
        last_year_cost=account.last_year_cost(),
        capped=capped,
        price_year=price_year(profile, month),
    )


def _demands(ledger: Ledger, profile: Profile, month: str) -> dict[str, float]:
    """Return what each of the last twelve months, this one included, is billed by, kW.

    In order, without those of which nothing is known. A month of which windows were
    seen, but none counts, is billed by the floor.
    """
    first = f"{int(month[:4]) - 1:04}{month[4:]}"
    known = [name for name in ledger.known_months if first < name <= month]
    demands: dict[str, float] = {}
    for name in sorted({*known, month}):
        demand = ledger.billed_demand(name, profile)
        if demand is None and profile.rule.bands and name in known:
            demand = profile.floor
        if demand is not None:
            demands[name] = demand
    return demands


class _Account(NamedTuple):
    """What the bill of a month rests on; costs are without VAT unless they say so.

    `demands` kW by month, the last twelve.
    """

    ledger: Ledger
    profile: Profile
    month: str
    price: Price
    demands: Mapping[str, float]

    def cost(self, month: str, price: Price) -> float:
        """Return what a month costs at a price."""
        excess = self.ledger.excess(month)
        return price.month(self.demands[month], excess, days_of(month))

    def with_vat(self, month: str) -> float:
        """Return what a cost of a month is multiplied by to pay its VAT too."""
        return 1 + vat_in(self.profile, month) / 100

    def _costs(self) -> dict[str, float]:
        """Return what each month of which there is a price costs, VAT included."""
        prices = {name: price_in(self.profile, name) for name in self.demands}
        return {
            name: self.with_vat(name) * self.cost(name, price)
            for name, price in prices.items()
            if price is not None
        }

    def last_year_cost(self) -> float | None:
        """Return the cost of all months, VAT included; None if one has no price."""
        costs = self._costs()
        return sum(costs.values()) if len(costs) == len(self.demands) else None

    def due(self, cost: float, energy: float | None, days: int) -> float | None:
        """Return what the cap leaves of a cost; None where that cannot be told."""
        if self.profile.area is None or energy is None:
            return None
        cap = flanders.cap(self.profile.area, int(self.month[:4]))
        if cap is None:
            return None
        return cap.capacity(cost, energy, self.price.month(cap.floor, 0.0, days))

    def year_cost(self, energy: float | None) -> float:
        """Return what a year with so many kWh costs at what counts now, VAT included.

        Where each month is billed by itself: what the known ones cost, and their mean
        for each other month in which windows count.
        """
        rolled = self.profile.rolling > 1 or self.profile.period is Period.YEAR
        if rolled and isinstance(self.price, Linear):
            cost = self.price.yearly * self.demands[self.month]
            due = self.due(cost, energy, DAYS_PER_YEAR)
            return self.with_vat(self.month) * (cost if due is None else due)
        season = self.profile.rule.months
        costs = self._costs()
        known = [cost for name, cost in costs.items() if int(name[5:]) in season]
        mean = sum(known) / max(1, len(known))
        return sum(costs.values()) + (len(season) - len(known)) * mean

    def peak_cost(self) -> float:
        """Return what the peak of the month adds to all bills it is on."""
        peak = self.ledger.peak(self.month)
        base = self._without_peak()
        demand = max(base, 0.0 if peak is None else peak.demand)
        match self.price:
            case Linear():
                return (demand - base) * self._one_kilowatt(self.price)
            case Steps():
                return self.price.at(demand) - self.price.at(base)
            case AboveReference():
                return self.ledger.excess(self.month) * self.price.per_kwh

    def _without_peak(self) -> float:
        """Return the demand that the month's peak is billed beyond, kW."""
        floor = self.profile.floor
        if self.profile.period is Period.MONTH:
            billed = self.ledger.billed_demands(self.month, self.profile)
            others = [demand for name, demand in billed.items() if name != self.month]
            free = floor * (len(others) + 1) - sum(others)
            return max(self.profile.month_floor, free)
        before = (
            demand
            for name, demand in self.demands.items()
            if self.month[:4] == name[:4] and name < self.month
        )
        return max(before, default=floor)

    def extra_cost(self) -> float:
        """Return what one kW more in this month costs in all."""
        match self.price:
            case Linear():
                return self._one_kilowatt(self.price)
            case Steps():
                demand = self.demands[self.month]
                return self.price.at(demand + 1) - self.price.at(demand)
            case AboveReference():
                return self.price.per_kwh * self.profile.rule.window / HOUR

    def _one_kilowatt(self, price: Linear) -> float:
        """Return the price of one kW in the month's peak, whole if spread over bills."""
        if self.profile.period is Period.YEAR:
            return price.yearly
        if self.profile.rolling > 1:
            return price.yearly / MONTHS_PER_YEAR
        return price.month(1.0, 0.0, days_of(self.month))


def energy_of_days(
    quarters: Mapping[int, Window], now: float, days: int
) -> float | None:
    """Return the import of the last so many days, kWh; None with a hole in it.

    `quarters`: by their starts, unix s. The newest may not have been told yet.
    """
    end = int(now // QUARTER) * QUARTER
    places = range(end - days * DAY, end, QUARTER)
    energies = [quarters[start].energy for start in places if start in quarters]
    return sum(energies) if len(energies) >= len(places) - 1 else None


def energy_of_year(ledger: Ledger, month: str, zone: tzinfo) -> float | None:
    """Return the import of the twelve months before one (YYYY-MM), kWh.

    None with a hole in it.
    """
    year, number = (int(part) for part in month.split("-"))
    last = year * MONTHS_PER_YEAR + number - 1
    total = 0.0
    for ordinal in range(last - MONTHS_PER_YEAR, last):
        begin, end = (month_start(_name(at), zone) for at in (ordinal, ordinal + 1))
        energy, quarters = ledger.energy(_name(ordinal))
        if quarters < (end - begin) // QUARTER:
            return None
        total += energy
    return total


def _name(ordinal: int) -> str:
    """Return the name of a month, counted from 0 through the years."""
    year, number = divmod(ordinal, MONTHS_PER_YEAR)
    return f"{year:04}-{number + 1:02}"
