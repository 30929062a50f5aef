"""How much was taken from the grid in a time, where that is known wholly."""

from collections.abc import Mapping
from datetime import tzinfo

from ...tariff.rule import QUARTER
from ...windows import Window, month_start
from .ledger import Ledger

DAY = 86400
MONTHS_PER_YEAR = 12


def energy_of_days(
    quarters: Mapping[int, Window], now: float, days: int
) -> float | None:
    """Return the import of the last so many days, kWh; None with a hole in it.

    `quarters`: by their starts, unix s. The newest may not have been told yet.
    """
    end = int(now // QUARTER) * QUARTER
    places = range(end - days * DAY, end, QUARTER)
    energies = [quarters[start].energy for start in places if start in quarters]
    return sum(energies) if len(energies) >= len(places) - 1 else None


def energy_of_year(ledger: Ledger, month: str, zone: tzinfo) -> float | None:
    """Return the import of the twelve months before one (YYYY-MM), kWh.

    None with a hole in it.
    """
    year, number = (int(part) for part in month.split("-"))
    last = year * MONTHS_PER_YEAR + number - 1
    total = 0.0
    for ordinal in range(last - MONTHS_PER_YEAR, last):
        begin, end = (month_start(_name(at), zone) for at in (ordinal, ordinal + 1))
        energy, quarters = ledger.energy(_name(ordinal))
        if quarters < (end - begin) // QUARTER:
            return None
        total += energy
    return total


def _name(ordinal: int) -> str:
    """Return the name of a month, counted from 0 through the years."""
    year, number = divmod(ordinal, MONTHS_PER_YEAR)
    return f"{year:04}-{number + 1:02}"
