"""Where the past of a demand meter may be kept, and what of it is wanted."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
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
        self._meter = meter

    async def async_between(self, start: int, end: int) -> list[int]:
        """Return those that begin in [start, end), in order."""
        windows = await self._async_windows(start, end, await self._async_months())
        known = {window.start for window in windows if window.complete}
        return [quarter for quarter in _quarters(start, end) if quarter not in known]

    async def async_first(self, start: int, end: int) -> int | None:
        """Return the first that begins in [start, end), None if there is none."""
        quarters = _quarters(start, end)
        known = 0
        for month in sorted(await self._async_months()):
            for window in await self._async_windows(start, end, {month}):
                if window.start != quarters[known] or not window.complete:
                    return quarters[known]
                known += 1
            await asyncio.sleep(0)
        return quarters[known] if known < len(quarters) else None

    async def async_count(self, start: int, end: int) -> int:
        """Return how many begin in [start, end)."""
        known = 0
        for month in await self._async_months():
            windows = await self._async_windows(start, end, {month})
            known += sum(window.complete for window in windows)
            # Years of windows are too many for one turn of the event loop.
            await asyncio.sleep(0)
        return len(_quarters(start, end)) - known

    async def _async_months(self) -> set[str]:
        memory = self._meter.memory
        return await memory.archive.async_stored_months() | {*memory.ledger.months}

    async def _async_windows(
        self, start: int, end: int, months: set[str]
    ) -> list[Window]:
        return await self._meter.memory.archive.async_between(start, end, months)


def _quarters(start: int, end: int) -> range:
    return range(start + -start % QUARTER, end, QUARTER)
