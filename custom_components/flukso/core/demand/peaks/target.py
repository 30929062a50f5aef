"""Up to where a window costs nothing more."""

from ...tariff.dated import price_in
from ...tariff.price import Price, Steps
from ...tariff.rule import Calendar, Period, Profile
from ...windows import month_of
from .ledger import Ledger


def free_demand(
    ledger: Ledger, start: int, calendar: Calendar, profile: Profile
) -> float | None:
    """Return the demand, kW, that the window from `start` may reach for free.

    Below it the month's demand, or the step of its price, does not rise. None where
    there is no such bound: the window does not count, or nothing costs more.
    """
    weight = calendar.weight(start)
    if not weight:
        return None
    rule = calendar.rule
    if rule.reference is not None:
        return rule.reference
    month = month_of(start, calendar.zone)
    bound = _free_month(ledger, month, profile)
    if bound is None:
        return None
    beside = _beside(ledger, month, start, calendar)
    free = bound * (len(beside) + 1) - sum(beside)
    return max(free, 0.0) / weight


def _free_month(ledger: Ledger, month: str, profile: Profile) -> float | None:
    """Return the demand that a month may have for what it costs now."""
    demands = ledger.billed_demands(month, profile)
    demands.setdefault(month, profile.month_floor)
    price = price_in(profile, month)
    if profile.period is Period.YEAR:
        return _free(price, max(*demands.values(), profile.floor))
    mean = sum(demands.values()) / len(demands)
    bound = _free(price, max(mean, profile.floor))
    if bound is None:
        return None
    return demands[month] + max(0.0, bound - mean) * len(demands)


def _free(price: Price | None, demand: float) -> float | None:
    """Return the demand that costs no more than this one; None: any does not."""
    return price.free(demand) if isinstance(price, Steps) else demand


def _beside(ledger: Ledger, month: str, start: int, calendar: Calendar) -> list[float]:
    """Return what counts beside a window that would come among the month's highest."""
    rule = calendar.rule
    if rule.top == 1:
        return []
    day = calendar.day(start)
    others = [
        window
        for window in ledger.chosen(month)
        if not (rule.different_days and calendar.day(window.start) == day)
    ]
    return [calendar.score(window) for window in others[: rule.top - 1]]
