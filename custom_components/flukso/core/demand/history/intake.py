"""Windows that were measured elsewhere, or while nobody listened."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import NamedTuple

from ...windows import HOUR, QUARTER, Source, Window, month_end, month_of, month_start

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


class Intake:
    """Quarters of an hour by month and start; of several for one, the best is kept.

    `refused`: how many cannot be true.
    """

    def __init__(self, now: int, zone: tzinfo) -> None:
        """Take what is over at `now`, unix s, into months of a zone."""
        self.months: dict[str, Windows] = {}
        self.refused = 0
        self._now = now
        self._zone = zone
        # Those that follow each other are mostly of one month.
        self._current: Windows = {}
        self._start = self._end = 0

    def take(self, windows: Iterable[Window]) -> None:
        """Take windows in any order, as they will be stored."""
        for window in windows:
            if not _believable(window, self._now):
                self.refused += 1
                continue
            start = window.start
            if not self._start <= start < self._end:
                self._turn(start)
            known = self._current.get(start)
            if known is None or window.supersedes(known):
                self._current[start] = window.rounded()

    def _turn(self, start: int) -> None:
        """Go to the month of a moment."""
        name = month_of(start, self._zone)
        self._current = self.months.setdefault(name, {})
        self._start = month_start(name, self._zone)
        self._end = month_end(name, self._zone)


def is_news(window: Window, known: Window | None) -> bool:
    """Tell whether a window tells more than what is known, or something else."""
    if known is None or window == known:
        return known is None
    return window.supersedes(known) and window.rounded() != known.rounded()


def _believable(window: Window, now: int) -> bool:
    """Tell whether a window is over, and holds what one can hold."""
    most = MOST_DEMAND * QUARTER / HOUR
    return (
        window.length == QUARTER
        and window.start % QUARTER == 0
        and EARLIEST <= window.start <= now - QUARTER
        and 0 <= window.certain <= window.energy <= most
        and 0 <= window.coverage <= 1
        and window.source is not Source.SEED
    )
