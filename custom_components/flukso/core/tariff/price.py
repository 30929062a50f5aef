"""What a demand costs: linear, in steps, or by the energy above a reference power.

Amounts are in the currency of the tariff and without VAT, unless it says otherwise.
"""

from enum import StrEnum
from itertools import pairwise
from math import inf, isinf
from typing import Final, NamedTuple

DAYS_PER_YEAR: Final = 365
MONTHS_PER_YEAR: Final = 12
# A step begins with its bound: the most below it is one watt less.
_LEAST: Final = 0.001


class Per(StrEnum):
    """The time that a price per kW is for."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"


class Linear(NamedTuple):
    """So much for each kW."""

    amount: float
    per: Per = Per.YEAR

    def month(self, demand: float, _excess: float, days: int) -> float:
        """Return the cost of a month of so many days at a demand in kW."""
        return demand * self.amount * self._share(days)

    def _share(self, days: int) -> float:
        match self.per:
            case Per.YEAR:
                return days / DAYS_PER_YEAR
            case Per.MONTH:
                return 1.0
            case Per.DAY:
                return days

    @property
    def yearly(self) -> float:
        """Return the price of one kW in a year."""
        times = {Per.YEAR: 1, Per.MONTH: MONTHS_PER_YEAR, Per.DAY: DAYS_PER_YEAR}
        return self.amount * times[self.per]


class Step(NamedTuple):
    """Up to so many kW, not included, a month costs so much; inf for the last."""

    below: float
    amount: float


class Steps(NamedTuple):
    """A price per month that rises in steps."""

    steps: tuple[Step, ...]

    def month(self, demand: float, _excess: float, _days: int) -> float:
        """Return the cost of a month at a demand in kW; above the last step, its price."""
        return self.at(demand)

    def at(self, demand: float) -> float:
        """Return the price of a month at a demand in kW."""
        return self._at(demand).amount

    def free(self, demand: float) -> float | None:
        """Return the demand in kW up to which a month costs no more than at this one.

        None where the last step is reached.
        """
        below = self._at(demand).below
        return None if isinf(below) else max(demand, below - _LEAST)

    def _at(self, demand: float) -> Step:
        reached = (step for step in self.steps if demand < step.below)
        return next(reached, self.steps[-1])


class AboveReference(NamedTuple):
    """So much a month, and so much for each kWh drawn above the reference power."""

    fixed: float
    per_kwh: float

    def month(self, _demand: float, excess: float, _days: int) -> float:
        """Return the cost of a month with so many kWh above the reference."""
        return self.fixed + excess * self.per_kwh


type Price = Linear | Steps | AboveReference


class DatedPrice(NamedTuple):
    """What counts in the months (YYYY-MM) from `since` until `until`, both included.

    `until` None: for good. `price` or `vat` (%) None: as it is without this one.
    """

    since: str
    until: str | None = None
    price: Price | None = None
    vat: float | None = None

    def holds(self, month: str) -> bool:
        """Tell whether it counts in a month."""
        return self.since <= month and (self.until is None or month <= self.until)


class Cap(NamedTuple):
    """The most that a kWh of import may cost, capacity and kWh rate together.

    `energy_rate` is the kWh rate that is due beside the capacity. `floor` kW: their
    price stays due in any case.
    """

    per_kwh: float
    energy_rate: float
    floor: float

    def capacity(self, capacity: float, energy: float, minimum: float) -> float:
        """Return what is left of a capacity cost for a period with so many kWh.

        `minimum`: the cost of the floor in that period. The kWh rate is due in full.
        """
        most = energy * (self.per_kwh - self.energy_rate)
        least = minimum - energy * self.energy_rate
        return min(capacity, max(most, least))


def parse_steps(text: str) -> Steps:
    """Read steps from `2: 125; 5: 200; 10: 320; 500`, the last for all above.

    Raises ValueError.
    """
    steps = [_step(part) for part in text.split(";") if part.strip()]
    if not steps or any(lower.below >= upper.below for lower, upper in pairwise(steps)):
        raise ValueError("steps have to rise")
    return Steps((*steps[:-1], Step(inf, steps[-1].amount)))


def _step(text: str) -> Step:
    """Read a step; one without a bound is the last."""
    bound, colon, amount = text.rpartition(":")
    return Step(_amount(bound) if colon else inf, _amount(amount))


def _amount(text: str) -> float:
    """Read a number that is not negative; a comma is a point."""
    value = float(text.strip().replace(",", "."))
    if not 0 <= value < inf:
        raise ValueError("not an amount")
    return value
