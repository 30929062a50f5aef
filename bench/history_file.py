"""Years of quarters as the portal of the grid company exports them."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tests.core.demand.history.files.exports import BRUSSELS, QUARTER, Line, export

from .history_home import energy


def lines(start: int, end: int) -> Iterator[Line]:
    """Yield the import of each quarter, by day or by night, and an export of nothing."""
    for begin in range(start, end, QUARTER):
        night = not 7 <= datetime.fromtimestamp(begin, BRUSSELS).hour < 22
        tariff = "Nacht" if night else "Dag"
        volume = f"{energy(begin):.3f}".replace(".", ",")
        yield Line(begin, volume, register=f"Afname {tariff}")
        yield Line(begin, "0,000", register=f"Injectie {tariff}")


def write_export(path: Path, start: int, end: int) -> None:
    """Write the export of a time (unix s)."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.writelines(export(lines(start, end)))
