"""Tell what the numbers of a meter's tariffs mean: which is the normal one, if any.

What a telegram proves counts, then the country of the home; else they stay numbers.
"""

from collections.abc import Mapping, Set as AbstractSet
from enum import StrEnum
import re
from typing import Final

from .family import VERSION, Family


class Tariff(StrEnum):
    """Which register counts; by number where its meaning is not known."""

    NORMAL = "normal"
    LOW = "low"
    TARIFF_1 = "tariff_1"
    TARIFF_2 = "tariff_2"
    TARIFF_3 = "tariff_3"
    TARIFF_4 = "tariff_4"


class Numbering(StrEnum):
    """In which order tariffs are numbered, or that this is not known."""

    NORMAL_FIRST = "normal_first"
    LOW_FIRST = "low_first"
    UNKNOWN = "unknown"


# Those that are known by more than their number.
MEANT: Final = frozenset({Tariff.NORMAL, Tariff.LOW})
_NUMBERED: Final = {number: Tariff(f"tariff_{number}") for number in range(1, 5)}
MEANINGS: Final[Mapping[Numbering, Mapping[int, Tariff]]] = {
    Numbering.NORMAL_FIRST: {**_NUMBERED, 1: Tariff.NORMAL, 2: Tariff.LOW},
    Numbering.LOW_FIRST: {**_NUMBERED, 1: Tariff.LOW, 2: Tariff.NORMAL},
    Numbering.UNKNOWN: _NUMBERED,
}

# DSMR P1 5.0.2 numbers them the other way round than e-MUCS P1 1.7.1.
_BY_COUNTRY: Final[Mapping[str | None, Numbering]] = {
    "BE": Numbering.NORMAL_FIRST,
    "HU": Numbering.NORMAL_FIRST,
    "NL": Numbering.LOW_FIRST,
}
# The id of an electricity meter in the Netherlands: E, then digits, in hexadecimal.
_DUTCH_ID: Final = re.compile(r"45(?:3[0-9]){16}")
_DUTCH_FAMILIES: Final = frozenset({Family.NETHERLANDS, Family.NETHERLANDS_OLD})
_OF_OTHERS: Final = frozenset(
    {Family.LUXEMBOURG, Family.AUSTRIA, Family.SWEDEN, Family.Q3D, Family.D0}
)
# Where meters of the same makers send the same codes.
_NOT_DUTCH: Final = frozenset(
    {"AL", "AT", "BA", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR"}
    | {"GB", "GR", "HR", "HU", "IE", "IS", "IT", "LT", "LU", "LV", "MD", "ME", "MK"}
    | {"MT", "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "UA"}
)


def find_numbering(
    family: Family,
    codes: AbstractSet[str],
    equipment: str | None,
    country: str | None,
) -> Numbering:
    """Return how a meter numbers its tariffs.

    equipment: its id as sent; country: that of the home (ISO 3166), if it is known.
    """
    if family is Family.BELGIUM:
        return Numbering.NORMAL_FIRST
    if equipment is not None and _DUTCH_ID.fullmatch(equipment):
        return Numbering.LOW_FIRST
    if family in _DUTCH_FAMILIES and country not in _NOT_DUTCH:
        return Numbering.LOW_FIRST
    if _is_foreign(family, codes, country):
        return Numbering.UNKNOWN
    return _BY_COUNTRY.get(country, Numbering.UNKNOWN)


def _is_foreign(family: Family, codes: AbstractSet[str], country: str | None) -> bool:
    """Tell whether a meter is surely none that the grid companies of a country place."""
    if family is Family.HUNGARY:
        return country != "HU"
    # A Belgian meter would send a version of its own.
    return family in _OF_OTHERS or (country == "BE" and not VERSION.isdisjoint(codes))


def keys_of_family(family: str) -> Numbering:
    """Return by which numbering the counters of a meter are registered.

    family: as its entry stores it, by whatever version; what the tariffs mean may have
    become clearer since, but a counter keeps its key.
    """
    if family == Family.BELGIUM:
        return Numbering.NORMAL_FIRST
    return Numbering.LOW_FIRST if family in _DUTCH_FAMILIES else Numbering.UNKNOWN
