"""Where the past of a demand meter may be kept, and what of it is wanted."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import NamedTuple, Protocol

from ..core.windows import QUARTER, Window
from ..demand.meter import DemandMeter


class Slice(NamedTuple):
    """What a source tells: from `begin` (unix s) to the end of the period is done then.

    `hours`: how many rows of energy were written meanwhile.
    """

    begin: int
    windows: Sequence[Window] = ()
    hours: int = 0


class HistoryReader(Protocol):
    """What reads the history that somebody kept."""

    def async_slices(
        self, start: int, end: int, quarters: MissingQuarters
    ) -> AsyncGenerator[Slice]:
        """Yield what is missing of a period (unix s), newest first, as it is read.

        What is yielded is known before the next is asked for.
        """


class HistorySource(NamedTuple):
    """Where history is kept: what reads it, and what to raise if nothing is there.

    `token_is_stored`: it is read with the token of the entry's options.
    """

    reader: HistoryReader
    nothing: Exception
    token_is_stored: bool = False


class MissingQuarters:
    """The quarters of an hour that a demand meter does not wholly know, unix s."""

    def __init__(self, meter: DemandMeter) -> None:
        """Look into what a demand meter remembers."""
        self._memory = meter.memory

    async def async_between(self, start: int, end: int) -> list[int]:
        """Return those that begin in [start, end), in order."""
        known = {
            window.start
            async for month in self._memory.async_quarters(start, end)
            for window in month
            if window.complete
        }
        return [quarter for quarter in _quarters(start, end) if quarter not in known]

    async def async_first(self, start: int, end: int) -> int | None:
        """Return the first that begins in [start, end), None if there is none."""
        quarters = _quarters(start, end)
        known = 0
        async with aclosing(self._memory.async_quarters(start, end)) as months:
            async for month in months:
                for window in month:
                    if window.start != quarters[known] or not window.complete:
                        return quarters[known]
                    known += 1
        return quarters[known] if known < len(quarters) else None

    async def async_count(self, start: int, end: int) -> int:
        """Return how many begin in [start, end)."""
        known = 0
        async for month in self._memory.async_quarters(start, end):
            known += sum(window.complete for window in month)
        return len(_quarters(start, end)) - known


def _quarters(start: int, end: int) -> range:
    return range(start + -start % QUARTER, end, QUARTER)
