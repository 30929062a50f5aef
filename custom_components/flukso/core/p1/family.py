"""Tell the families of meters apart: whose edition of the P1 standard each follows.

A family says neither what the numbers of the tariffs mean nor which clock a meter has:
meters of many countries send what the Dutch standard names. For those see tariffs.py
and places.py.
"""

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Final, NamedTuple, Self, override


class Family(StrEnum):
    """Whose edition of the P1 standard a meter follows."""

    BELGIUM = "belgium"
    NETHERLANDS = "netherlands"
    # The Dutch standard in other countries, or of makers that are not known.
    DSMR = "dsmr"
    # DSMR 2.2 and 3.0: neither a time nor a checksum.
    NETHERLANDS_OLD = "netherlands_old"
    LUXEMBOURG = "luxembourg"
    AUSTRIA = "austria"
    SWEDEN = "sweden"
    HUNGARY = "hungary"
    Q3D = "q3d"
    # The optical port of German meters (IEC 62056-21, D0), which is no P1.
    D0 = "d0"
    OTHER = "other"

    @classmethod
    @override
    def _missing_(cls, value: object) -> Self | None:
        """Return what earlier versions called otherwise: there is no Irish P1 meter."""
        return cls("belgium") if value == "ireland" else None


class _Rule(NamedTuple):
    """What a telegram of a family begins with, has and lacks."""

    family: Family
    header: str | tuple[str, ...] = ""
    has: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()


VERSION: Final = frozenset({"1-3:0.2.8"})
_STAMP: Final = frozenset({"0-0:1.0.0"})
_LOGICAL_NAME: Final = frozenset({"0-0:42.0.0"})
_BY_TARIFF: Final = frozenset({"1-0:1.8.1"})
_OWNER_NUMBER: Final = frozenset({"1-0:0.0.0"})
_ACTIVE_TARIFF: Final = frozenset({"0-0:96.14.0"})
_FAILURES: Final = frozenset({"0-0:96.7.21"})
_DEMAND: Final = frozenset({"1-0:1.4.0", "1-0:1.6.0"})
# The makers of meters that Dutch grid companies place.
_DUTCH_MAKERS: Final = ("ACE5", "CTA5", "Ene5", "ISK5", "ISk5", "KFM5", "KMP5", "XMX5")
# A model of Wallonia, which sends a number of the owner like meters that have no P1.
_ISKRA_IE5: Final = (r"ISk5\2MIE5", "ISk5MIE5", r"ISk5\2ISKRA_IE")

# The first that fits counts.
_RULES: Final = (
    _Rule(Family.BELGIUM, has=frozenset({"0-0:96.1.4"})),
    _Rule(Family.BELGIUM, "FLU5"),
    _Rule(Family.BELGIUM, has=_DEMAND, lacks=_LOGICAL_NAME | VERSION),
    _Rule(Family.BELGIUM, _ISKRA_IE5),
    _Rule(
        Family.BELGIUM,
        has=_OWNER_NUMBER | _STAMP | _ACTIVE_TARIFF,
        lacks=_LOGICAL_NAME | VERSION,
    ),
    _Rule(Family.Q3D, "ESY5Q3D"),
    _Rule(Family.Q3D, has=frozenset({"0-0:96.1.255"})),
    _Rule(Family.LUXEMBOURG, "Lux5"),
    _Rule(Family.LUXEMBOURG, has=_LOGICAL_NAME | VERSION),
    _Rule(Family.HUNGARY, has=_LOGICAL_NAME),
    _Rule(Family.AUSTRIA, "EST5"),
    _Rule(Family.AUSTRIA, has=frozenset({"1-0:3.8.1"}) | VERSION),
    _Rule(Family.D0, has=_OWNER_NUMBER),
    # Its number and its states; a P1 port has those of the logical device 0-0.
    _Rule(Family.D0, has=frozenset({"1-0:96.1.0"}), lacks=VERSION | _STAMP),
    _Rule(Family.D0, has=frozenset({"1-0:96.5.0"}), lacks=VERSION | _STAMP),
    _Rule(Family.D0, has=frozenset({"1-0:96.5.5"}), lacks=VERSION | _STAMP),
    _Rule(Family.NETHERLANDS, _DUTCH_MAKERS, has=VERSION),
    _Rule(Family.NETHERLANDS, has=VERSION | _ACTIVE_TARIFF | _FAILURES),
    _Rule(Family.DSMR, has=VERSION),
    _Rule(Family.NETHERLANDS_OLD, _DUTCH_MAKERS, has=_BY_TARIFF, lacks=_STAMP),
    _Rule(
        Family.NETHERLANDS_OLD,
        has=_BY_TARIFF | _ACTIVE_TARIFF | frozenset({"0-0:96.1.1"}),
        lacks=_STAMP,
    ),
    _Rule(
        Family.SWEDEN,
        has=_STAMP | frozenset({"1-0:1.8.0", "1-0:3.8.0"}),
        lacks=_BY_TARIFF,
    ),
)


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
