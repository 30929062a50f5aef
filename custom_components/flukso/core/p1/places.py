"""Tell which clock a meter has: by what its telegram proves, then by where the home is."""

from datetime import timedelta
from typing import Final, NamedTuple

from .family import Family
from .stamps import CENTRAL_EUROPEAN, EASTERN_EUROPEAN, Offsets


class Home(NamedTuple):
    """Where a home is, as far as is known.

    country: ISO 3166. offset: of its standard time from UTC.
    """

    country: str | None = None
    offset: timedelta | None = None


UNKNOWN_HOME: Final = Home()

_CENTRAL: Final = timedelta(hours=1)
_EASTERN: Final = timedelta(hours=2)
# Their grid companies place meters in Central European Time alone.
_CENTRAL_FAMILIES: Final = frozenset(
    {Family.BELGIUM, Family.LUXEMBOURG, Family.AUSTRIA, Family.HUNGARY, Family.Q3D}
)
_EASTERN_COUNTRIES: Final = frozenset(
    {"BG", "CY", "EE", "FI", "GR", "LT", "LV", "MD", "RO", "UA"}
)


def offsets_of(family: Family, home: Home, *, dutch: bool) -> Offsets:
    """Return how far the stamps of a meter are from UTC.

    dutch: whether it is proven to be a meter of the Netherlands.
    """
    if dutch or family in _CENTRAL_FAMILIES or home.offset == _CENTRAL:
        return CENTRAL_EUROPEAN
    if home.offset == _EASTERN or home.country in _EASTERN_COUNTRIES:
        return EASTERN_EUROPEAN
    return CENTRAL_EUROPEAN
