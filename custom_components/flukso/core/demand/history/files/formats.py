"""Windows from the lines of a file, whatever its format."""

from collections.abc import Iterable
from datetime import tzinfo
from enum import StrEnum

from ....tariff.rule import Direction
from ....windows import Window
from .errors import Wrong, WrongFile
from .fluvius import fluvius_windows, is_fluvius
from .rows import START, table_windows
from .table import Table


class Format(StrEnum):
    """What a file can be."""

    AUTO = "auto"
    FLUVIUS = "fluvius"
    CSV = "csv"
    JSON = "json"


def lines_windows(
    lines: Iterable[str],
    zone: tzinfo,
    direction: Direction = Direction.IMPORT,
    format_: Format = Format.AUTO,
) -> list[Window]:
    """Return the quarters of a table in order; WrongFile if it is none, or is wrong.

    `zone`: of the wall times in an export of Fluvius.
    """
    table = Table(lines)
    if format_ is Format.AUTO:
        format_ = Format.FLUVIUS if is_fluvius(table) else Format.CSV
        if format_ is Format.CSV and START not in table.plain_titles:
            raise WrongFile(Wrong.NO_FORMAT)
    if format_ is Format.FLUVIUS:
        return fluvius_windows(table, zone, direction)
    return table_windows(table)
