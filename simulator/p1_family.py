"""The kinds of digital meters and how they differ on their P1 port."""

from typing import NamedTuple


class Line(NamedTuple):
    """The settings of a serial line."""

    baud: int = 115_200
    bits: int = 8
    parity: str = "N"
    stop: int = 1


class Family(NamedTuple):
    """A kind of meter.

    headers: the first line of a meter with one phase and of one with three.
    pace: seconds from one telegram to the next.
    child_period: seconds between readings of an M-Bus meter, None without any.
    """

    name: str
    country: str
    version: str
    headers: tuple[str, str]
    pace: int = 1
    child_period: int | None = None
    tariffs: bool = True
    demand: bool = False
    checksum: bool = True
    encrypted: bool = False
    line: Line = Line()

    def header(self, phases: int) -> str:
        """Return the first line of a meter with 1 or 3 phases."""
        return self.headers[phases == 3]


_FLUVIUS = ("/FLU5\\253770234_A", "/FLU5\\253769484_A")

FAMILIES = {
    family.name: family
    for family in (
        Family("be-50213", "be", "50213", _FLUVIUS, child_period=300),
        Family("be-50217", "be", "50217", _FLUVIUS, child_period=300, demand=True),
        Family(
            "be-50221",
            "be",
            "50221",
            ("/FLU5\\253967035_D",) * 2,
            child_period=300,
            demand=True,
        ),
        Family(
            "nl-2.2",
            "nl",
            "22",
            ("/ISk5\\2MT382-1004",) * 2,
            pace=10,
            child_period=3600,
            checksum=False,
            line=Line(9600, 7, "E"),
        ),
        Family(
            "nl-4.2",
            "nl",
            "42",
            ("/KFM5KAIFA-METER",) * 2,
            pace=10,
            child_period=3600,
        ),
        Family("nl-5.0", "nl", "50", ("/ISK5\\2M550T-1012",) * 2, child_period=300),
        Family(
            "lu",
            "lu",
            "42",
            ("/Lux5\\ABCDEFG123_D",) * 2,
            pace=10,
            tariffs=False,
            encrypted=True,
        ),
        Family("se", "se", "", ("/KAM5",) * 2, pace=10, tariffs=False),
    )
}
