"""Windows that were measured elsewhere, or while nobody listened."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import NamedTuple

from .tariff import QUARTER
from .windows import SECONDS_PER_HOUR, Source, Window, month_of

# The year 2000, unix s: nothing that is read here is older.
EARLIEST = 946_684_800
# No small connection carries more, kW.
MOST_DEMAND = 1000.0

type Windows = dict[int, Window]


class ImportCounts(NamedTuple):
    """What became of windows: new or measured better, known as well, not believed."""

    added: int
    known: int
    refused: int


def by_month(
    windows: Iterable[Window], now: int, zone: tzinfo
) -> tuple[dict[str, Windows], int]:
    """Return quarters of an hour by month and start, and how many are refused.

    They are as they will be stored. Of several for one quarter the best is kept.
    `now`: unix s.
    """
    months: dict[str, Windows] = {}
    refused = 0
    for window in windows:
        if not _believable(window, now):
            refused += 1
            continue
        found = months.setdefault(month_of(window.start, zone), {})
        known = found.get(window.start)
        if known is None or window.supersedes(known):
            found[window.start] = Window.from_row(window.to_row(), QUARTER)
    return months, refused


def is_news(window: Window, known: Window | None) -> bool:
    """Tell whether a window tells more than what is known, or something else."""
    if known is None:
        return True
    return window.supersedes(known) and window.to_row() != known.to_row()


def _believable(window: Window, now: int) -> bool:
    """Tell whether a window is over, and holds what one can hold."""
    most = MOST_DEMAND * QUARTER / SECONDS_PER_HOUR
    return (
        window.length == QUARTER
        and window.start % QUARTER == 0
        and EARLIEST <= window.start <= now - QUARTER
        and 0 <= window.certain <= window.energy <= most
        and 0 <= window.coverage <= 1
        and window.source is not Source.SEED
    )
