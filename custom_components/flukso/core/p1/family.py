"""Tell the families of meters apart, and what differs between them."""

from collections.abc import Mapping, Set as AbstractSet
from enum import StrEnum
from typing import Final, NamedTuple

from .stamps import CENTRAL_EUROPEAN, WESTERN_EUROPEAN, Offsets


class Family(StrEnum):
    """Whose edition of the P1 standard a meter follows."""

    BELGIUM = "belgium"
    NETHERLANDS = "netherlands"
    # DSMR 2.2 and 3.0: neither a time nor a checksum.
    NETHERLANDS_OLD = "netherlands_old"
    LUXEMBOURG = "luxembourg"
    AUSTRIA = "austria"
    SWEDEN = "sweden"
    HUNGARY = "hungary"
    IRELAND = "ireland"
    Q3D = "q3d"
    OTHER = "other"


class Tariff(StrEnum):
    """Which register counts; by number where its meaning is not known."""

    NORMAL = "normal"
    LOW = "low"
    TARIFF_1 = "tariff_1"
    TARIFF_2 = "tariff_2"
    TARIFF_3 = "tariff_3"
    TARIFF_4 = "tariff_4"


class _Rule(NamedTuple):
    """What a telegram of a family begins with, has and lacks."""

    family: Family
    header: str = ""
    has: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()


_VERSION: Final = frozenset({"1-3:0.2.8"})
_STAMP: Final = frozenset({"0-0:1.0.0"})
_LOGICAL_NAME: Final = frozenset({"0-0:42.0.0"})
_BY_TARIFF: Final = frozenset({"1-0:1.8.1"})

# The first that fits counts.
_RULES: Final = (
    _Rule(Family.BELGIUM, has=frozenset({"0-0:96.1.4"})),
    _Rule(Family.BELGIUM, "FLU5"),
    _Rule(Family.Q3D, "ESY5Q3D"),
    _Rule(Family.Q3D, has=frozenset({"0-0:96.1.255"})),
    _Rule(Family.LUXEMBOURG, "Lux5"),
    _Rule(Family.LUXEMBOURG, has=_LOGICAL_NAME | _VERSION),
    _Rule(Family.HUNGARY, has=_LOGICAL_NAME),
    _Rule(Family.AUSTRIA, "EST5"),
    _Rule(Family.AUSTRIA, has=frozenset({"1-0:3.8.1"}) | _VERSION),
    _Rule(Family.IRELAND, has=frozenset({"1-0:0.0.0"})),
    _Rule(Family.NETHERLANDS, has=_VERSION),
    _Rule(Family.NETHERLANDS_OLD, has=_BY_TARIFF, lacks=_STAMP),
    _Rule(
        Family.SWEDEN,
        has=_STAMP | frozenset({"1-0:1.8.0", "1-0:3.8.0"}),
        lacks=_BY_TARIFF,
    ),
)

_NUMBERED: Final = {
    1: Tariff.TARIFF_1,
    2: Tariff.TARIFF_2,
    3: Tariff.TARIFF_3,
    4: Tariff.TARIFF_4,
}
_DUTCH: Final = {1: Tariff.LOW, 2: Tariff.NORMAL}
# Belgium numbers them the other way round (e-MUCS P1 1.7.1).
_TARIFFS: Final[Mapping[Family, Mapping[int, Tariff]]] = {
    Family.BELGIUM: {1: Tariff.NORMAL, 2: Tariff.LOW},
    Family.NETHERLANDS: _DUTCH,
    Family.NETHERLANDS_OLD: _DUTCH,
}


def find_family(header: str, codes: AbstractSet[str]) -> Family:
    """Return the family of a telegram by its header, without `/`, and its codes."""
    for rule in _RULES:
        if (
            header.startswith(rule.header)
            and rule.has <= codes
            and not rule.lacks & codes
        ):
            return rule.family
    return Family.OTHER


def tariffs_of(family: Family) -> Mapping[int, Tariff]:
    """Return what the numbers of a family's tariff registers stand for."""
    return _TARIFFS.get(family, _NUMBERED)


def offsets_of(family: Family) -> Offsets:
    """Return how far a family's stamps are from UTC."""
    return WESTERN_EUROPEAN if family is Family.IRELAND else CENTRAL_EUROPEAN
