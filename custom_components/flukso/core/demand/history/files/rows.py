"""Quarters of an hour as rows: in a table, in JSON, or as somebody wrote them down."""

from collections.abc import Iterable, Mapping
from datetime import datetime
import json
import re

from ....stored import whole
from ....windows import QUARTER, Source, Window
from .errors import Wrong, WrongFile
from .fields import kilowatt_hours
from .table import Table

START = "start"
ENERGY = "energy"
DEMAND = "demand"
UNIX_TIME = re.compile(r"\d{1,11}(?:\.0*)?", re.ASCII)


def table_windows(table: Table) -> list[Window]:
    """Return the quarters of a table with these titles; WrongFile if a line is wrong."""
    places = {name: place for place, name in enumerate(table.plain_titles)}
    if START not in places:
        raise WrongFile(Wrong.NO_COLUMN, column=START)
    amounts = [name for name in (ENERGY, DEMAND) if name in places]
    if not amounts:
        raise WrongFile(Wrong.NO_COLUMN, column=ENERGY)
    return _windows(
        (line, {name: row[places[name]] for name in (START, *amounts)})
        for line, row in table
    )


def json_windows(text: str) -> list[Window]:
    """Return the quarters of a JSON array of objects; WrongFile if one is wrong."""
    try:
        rows = json.loads(text)
    except ValueError, RecursionError:
        raise WrongFile(Wrong.NO_JSON) from None
    if not isinstance(rows, list):
        raise WrongFile(Wrong.NO_JSON)
    return row_windows(rows)


def row_windows(rows: Iterable[object]) -> list[Window]:
    """Return the quarters of rows, in order; WrongFile if one is wrong.

    `start`: ISO 8601 with its zone, or unix s. `energy` kWh, or else `demand` kW.
    """
    return _windows(enumerate(rows, start=1))


def _windows(rows: Iterable[tuple[int, object]]) -> list[Window]:
    windows: dict[int, Window] = {}
    lines: dict[int, int] = {}
    for line, row in rows:
        if not isinstance(row, Mapping):
            raise WrongFile(Wrong.BROKEN_LINE, line=line)
        start = _start(line, row.get(START))
        if start in windows:
            raise WrongFile(Wrong.TWICE, line=line, first=lines[start])
        energy = _energy(line, row)
        windows[start] = Window(start, QUARTER, energy, energy, Source.COUNTER, 1.0)
        lines[start] = line
    if not windows:
        raise WrongFile(Wrong.NO_WINDOWS)
    return [windows[start] for start in sorted(windows)]


def _start(line: int, value: object) -> int:
    try:
        start = whole(_moment(value))
    except ValueError, OverflowError:
        raise WrongFile(Wrong.BAD_TIME, line=line, column=START) from None
    if start % QUARTER:
        raise WrongFile(Wrong.NOT_A_QUARTER, line=line)
    return start


def _moment(value: object) -> object:
    """Return Unix seconds, or what is none."""
    if isinstance(value, str):
        text = value.strip()
        if UNIX_TIME.fullmatch(text):
            return float(text)
        value = datetime.fromisoformat(text)
    if isinstance(value, datetime):
        return None if value.tzinfo is None else value.timestamp()
    return value


def _energy(line: int, row: Mapping[object, object]) -> float:
    given = [name for name in (ENERGY, DEMAND) if row.get(name) not in (None, "")]
    if len(given) != 1:
        raise WrongFile(Wrong.NO_ENERGY, line=line)
    [name] = given
    energy = kilowatt_hours(row[name], power=name == DEMAND)
    if energy is None:
        raise WrongFile(Wrong.BAD_AMOUNT, line=line, column=name)
    return energy
