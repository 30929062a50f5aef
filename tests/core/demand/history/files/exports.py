"""Exports of Fluvius, as files of the tests and made to measure."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from custom_components.flukso.core.demand.history.files.formats import lines_windows
from custom_components.flukso.core.windows import Window

BRUSSELS = ZoneInfo("Europe/Brussels")
FIXTURES = Path(__file__).parents[4] / "fixtures" / "fluvius"
TITLES = (
    "Van (datum);Van (tijdstip);Tot (datum);Tot (tijdstip);EAN-code;Meter;Metertype;"
    "Register;Volume;Eenheid;Validatiestatus;Omschrijving"
)
QUARTER = 900


class Line(NamedTuple):
    """A line of an export; `start` unix s."""

    start: int
    volume: str
    register: str = "Afname Dag"
    status: str = "Uitgelezen"
    unit: str = "kWh"
    ean: str = "000000000000000000"
    meter: str = "1SAG0000000000"

    def __str__(self) -> str:
        """Return the line as the portal writes it."""
        begin, end = (
            datetime.fromtimestamp(moment, BRUSSELS).strftime("%d-%m-%Y;%H:%M:%S")
            for moment in (self.start, self.start + QUARTER)
        )
        return (
            f'{begin};{end};="{self.ean}";{self.meter};Digitale meter;'
            f"{self.register};{self.volume};{self.unit};{self.status};"
        )


def export(lines: Iterable[Line | str], titles: str = TITLES) -> Iterator[str]:
    """Yield the lines of a file."""
    return (f"{line}\r\n" for line in (titles, *lines))


def read(lines: Iterable[Line | str], titles: str = TITLES) -> list[Window]:
    """Return what an export comes to."""
    return lines_windows(export(lines, titles), BRUSSELS)


def fixture(name: str) -> list[Window]:
    """Return what a file of the tests comes to."""
    with (FIXTURES / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return lines_windows(file, BRUSSELS)


def at(text: str) -> int:
    """Return a Belgian time such as "2026-03-10 14:00" as Unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BRUSSELS).timestamp())
