"""Windows from the lines of a file, whatever its format."""

from collections.abc import Iterable
from datetime import tzinfo
from enum import StrEnum

from ....tariff.rule import Direction
from ....windows import Window
from .errors import Wrong, WrongFile
from .fluvius import fluvius_windows, is_fluvius
from .homewizard import homewizard_windows, is_homewizard
from .rows import START, table_windows
from .table import Table


class Format(StrEnum):
    """What a file can be."""

    AUTO = "auto"
    FLUVIUS = "fluvius"
    HOMEWIZARD = "homewizard"
    CSV = "csv"
    JSON = "json"


def lines_windows(
    lines: Iterable[str],
    zone: tzinfo,
    direction: Direction = Direction.IMPORT,
    format_: Format = Format.AUTO,
) -> list[Window]:
    """Return the quarters of a table in order; WrongFile if it is none, or is wrong.

    `zone`: of the wall times in an export of Fluvius or HomeWizard.
    """
    table = Table(lines)
    if format_ is Format.AUTO:
        format_ = _found(table)
    if format_ is Format.FLUVIUS:
        return fluvius_windows(table, zone, direction)
    if format_ is Format.HOMEWIZARD:
        return homewizard_windows(table, zone, direction)
    return table_windows(table)


def _found(table: Table) -> Format:
    """Return what a table is by its titles; WrongFile if they say nothing."""
    if is_fluvius(table):
        return Format.FLUVIUS
    if START in table.plain_titles:
        return Format.CSV
    if is_homewizard(table):
        return Format.HOMEWIZARD
    raise WrongFile(Wrong.NO_FORMAT)
