"""Flanders: what the average monthly peak costs, by year and area of the grid company.

EUR per kW and year without VAT, low voltage with peak measurement. 2026: the
regulator's tariff sheets, and seven suppliers' tariff cards that agree. 2025: one
supplier's card of December 2025, printed with 6 % VAT, which is taken off here.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from .price import Cap, Linear

# A lower month counts as this one, and its price is due in any case, kW.
FLOOR: Final = 2.5
# Peaks of the months before were never billed.
SINCE: Final = "2023-01"
ZONE: Final = "Europe/Brussels"
ROLLING: Final = 12
_VAT: Final = 1.06

AREAS: Final = (
    "antwerpen",
    "halle_vilvoorde",
    "imewo",
    "kempen",
    "limburg",
    "midden_vlaanderen",
    "west",
    "zenne_dijle",
)

# The most that grid costs may come to, EUR per kWh without VAT (three suppliers' cards).
CAPS: Final[Mapping[int, float]] = {2026: 0.3276168}


class Rates(NamedTuple):
    """EUR without VAT: per kW and year; per kWh where it is known."""

    capacity: float
    energy: float | None


def _of_2025(*with_vat: float) -> dict[str, Rates]:
    return {
        area: Rates(price / _VAT, None)
        for area, price in zip(AREAS, with_vat, strict=True)
    }


def _of_2026(*rows: tuple[float, float]) -> dict[str, Rates]:
    """Take EUR per kW without VAT, and ct per kWh with 6 % VAT, as they are printed."""
    return {
        area: Rates(capacity, cents / 100 / _VAT)
        for area, (capacity, cents) in zip(AREAS, rows, strict=True)
    }


RATES: Final[Mapping[int, Mapping[str, Rates]]] = {
    2025: _of_2025(53.26, 59.56, 56.44, 56.30, 51.81, 51.99, 60.35, 59.15),
    2026: _of_2026(
        (49.4036563, 5.35329),
        (56.0428955, 5.63676),
        (54.2009816, 5.54236),
        (56.2069857, 6.33708),
        (49.0469384, 5.75257),
        (50.1239818, 5.27945),
        (57.0995726, 6.69853),
        (56.1228635, 5.87156),
    ),
}


def nearest_year(year: int) -> int:
    """Return the year of which there are prices that is nearest; the later of two."""
    return min(RATES, key=lambda known: (abs(known - year), -known))


def rates(area: str, year: int) -> Rates:
    """Return the prices of an area in the nearest year that is known."""
    return RATES[nearest_year(year)][area]


def price(area: str, year: int) -> Linear:
    """Return what a kW costs in an area in a year, or in the nearest one known."""
    return Linear(rates(area, year).capacity)


def cap(area: str, year: int) -> Cap | None:
    """Return the most that a kWh may cost in a year; None where it is not known."""
    energy = rates(area, year).energy
    per_kwh = CAPS.get(nearest_year(year))
    if per_kwh is None or energy is None:
        return None
    return Cap(per_kwh, energy, FLOOR)
