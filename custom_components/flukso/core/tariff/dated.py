"""Which price and which VAT count in a month."""

from collections.abc import Iterator

from . import flanders
from .price import DatedPrice, Price
from .rule import Profile


def price_in(profile: Profile, month: str) -> Price | None:
    """Return what counts in a month (YYYY-MM): the user's price, or else the area's.

    Of the user's prices that hold in a month, the one that began last counts; where
    none has a date that does, the one without.
    """
    typed = _typed(profile, month)
    if typed is not None or profile.area is None:
        return typed
    return flanders.price(profile.area, int(month[:4]))


def vat_in(profile: Profile, month: str) -> float:
    """Return the VAT of a month, %."""
    dated = (row.vat for row in _held(profile, month) if row.vat is not None)
    return next(dated, profile.vat)


def price_year(profile: Profile, month: str) -> int | None:
    """Return the year of the price list that counts in a month, None without a list."""
    listed = _typed(profile, month) is None and profile.area is not None
    return flanders.nearest_year(int(month[:4])) if listed else None


def _typed(profile: Profile, month: str) -> Price | None:
    dated = (row.price for row in _held(profile, month) if row.price is not None)
    return next(dated, profile.price)


def _held(profile: Profile, month: str) -> Iterator[DatedPrice]:
    """Yield what holds in a month, what began last first."""
    rows = sorted(profile.dated, key=lambda row: row.since, reverse=True)
    return (row for row in rows if row.holds(month))
