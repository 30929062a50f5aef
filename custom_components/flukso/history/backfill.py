"""Import the history that a source keeps into a demand meter, slice by slice."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
import logging
from typing import NamedTuple, Protocol

from ..core.demand.history.intake import ImportCounts
from ..core.windows import QUARTER, Window
from ..demand.meter import DemandMeter
from .in_service import InService

LOGGER = logging.getLogger(__name__)


class Slice(NamedTuple):
    """What a source tells: from `begin` (unix s) to the end of the period is done then.

    `hours`: how many rows of energy were written meanwhile.
    """

    begin: int
    windows: Sequence[Window] = ()
    hours: int = 0


class Source(Protocol):
    """Where history is kept."""

    def async_slices(
        self, start: int, end: int, quarters: MissingQuarters
    ) -> AsyncGenerator[Slice]:
        """Yield what is missing of a period (unix s), newest first, as it is read.

        What is yielded is known before the next is asked for.
        """


class BackfillResult(NamedTuple):
    """What was imported, back to when, from when to when, and what is missing.

    Times in unix s. `hours` are rows of energy, `missing` quarters of an hour.
    """

    reached: int
    counts: ImportCounts = ImportCounts(0, 0, 0)
    hours: int = 0
    first: int | None = None
    last: int | None = None
    missing: int = 0

    def after(self, part: Slice, counts: ImportCounts) -> BackfillResult:
        """Return what it is when a slice has been imported."""
        starts = [window.start for window in part.windows]
        known = [start for start in (self.first, self.last) if start is not None]
        return self._replace(
            reached=min(self.reached, part.begin),
            counts=ImportCounts(*map(sum, zip(self.counts, counts, strict=True))),
            hours=self.hours + part.hours,
            first=min((*known, *starts), default=None),
            last=max((*known, *starts), default=None),
        )


async def async_backfill(
    meter: DemandMeter,
    source: Source,
    period: tuple[int, int],
    in_service: InService,
    on_slice: Callable[[BackfillResult], None],
) -> BackfillResult:
    """Import what a source tells of the quarters of a period that are missing.

    Each slice counts at once: what cuts this short, loses nothing. Raises Withdrawn,
    and what the source raises.
    """
    start, end = period
    quarters = MissingQuarters(meter)
    result = BackfillResult(end)
    async with aclosing(source.async_slices(start, end, quarters)) as slices:

        async def following() -> Slice | None:
            return await anext(slices, None)

        while (part := await in_service.async_wait(following)) is not None:
            # Not a matter of waiting: what has begun is put on disk.
            counts = await meter.async_import(part.windows) if part.windows else None
            result = result.after(part, counts or ImportCounts(0, 0, 0))
            LOGGER.debug(
                "%s: %d windows back to %d",
                meter.name,
                *result.counts[:1],
                result.reached,
            )
            on_slice(result)
    return result._replace(missing=await quarters.async_count(start, end))


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
