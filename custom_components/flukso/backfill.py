"""Import the history that a source keeps into a demand meter, slice by slice."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
import logging
from typing import NamedTuple, Protocol

from .core.demand.intake import ImportCounts
from .core.demand.tariff import QUARTER
from .core.demand.windows import Window
from .demand_meter import DemandMeterHub

LOGGER = logging.getLogger(__name__)

# Tells which quarters of an hour that begin in [start, end) are not wholly known.
type Missing = Callable[[int, int], Awaitable[Sequence[int]]]


class Source(Protocol):
    """Where history is kept."""

    def async_slices(
        self, start: int, end: int, missing: Missing
    ) -> AsyncGenerator[Sequence[Window]]:
        """Yield the windows of a period (unix s) that are missing, as they are read.

        What is yielded is known before the next is asked for.
        """


class BackfillResult(NamedTuple):
    """What was imported, from when to when (unix s), and how much is still missing."""

    counts: ImportCounts
    first: int | None
    last: int | None
    missing: int


class Withdrawn(Exception):
    """The demand meter went out of service meanwhile."""


async def async_backfill(
    meter: DemandMeterHub,
    source: Source,
    period: tuple[int, int],
    in_service: Callable[[], bool],
) -> BackfillResult:
    """Import what a source tells of the quarters of a period that are missing.

    Each slice counts at once: what cuts this short, loses nothing. Raises Withdrawn,
    and what the source raises.
    """
    start, end = period
    counts = ImportCounts(0, 0, 0)
    starts: set[int] = set()

    async def missing(begin: int, until: int) -> list[int]:
        return await async_missing(meter, begin, until)

    async with aclosing(source.async_slices(start, end, missing)) as slices:
        async for windows in slices:
            if not in_service():
                raise Withdrawn
            if not windows:
                continue
            taken = await meter.async_import(windows)
            counts = ImportCounts(*map(sum, zip(counts, taken, strict=True)))
            starts.update((windows[0].start, windows[-1].start))
            LOGGER.debug(
                "%s: %d windows back to %d", meter.name, *taken[:1], min(starts)
            )
    left = await missing(start, end)
    return BackfillResult(
        counts, min(starts, default=None), max(starts, default=None), len(left)
    )


async def async_missing(meter: DemandMeterHub, start: int, end: int) -> list[int]:
    """Return the quarters that begin in [start, end) and are not wholly known."""
    archive = meter.memory.archive
    months = await archive.async_stored_months()
    months.update(meter.memory.ledger.months)
    known = {
        window.start
        for window in await archive.async_between(start, end, months)
        if window.complete
    }
    quarters = range(start + -start % QUARTER, end, QUARTER)
    return [quarter for quarter in quarters if quarter not in known]
