"""Import the history that a source keeps into a demand meter, slice by slice."""

from collections.abc import Callable
from contextlib import aclosing
import logging
from typing import NamedTuple

from ..core.demand.history.intake import ImportCounts
from ..demand.history import HistoryReader, MissingQuarters, Slice, Untold, joined
from ..demand.meter import DemandMeter
from .in_service import InService

LOGGER = logging.getLogger(__name__)


class BackfillResult(NamedTuple):
    """What an import brought so far, times in unix s.

    `reached`: all since then is done. `hours`: rows of energy written. `first`, `last`:
    windows imported. `missing`: quarters of an hour that are still not known. `untold`:
    what was left out.
    """

    reached: int
    counts: ImportCounts = ImportCounts(0, 0, 0)
    hours: int = 0
    first: int | None = None
    last: int | None = None
    missing: int = 0
    untold: tuple[Untold, ...] = ()

    def after(self, part: Slice, counts: ImportCounts) -> BackfillResult:
        """Return the result when a slice has been imported, too."""
        starts = [window.start for window in part.windows]
        known = [start for start in (self.first, self.last) if start is not None]
        return self._replace(
            reached=min(self.reached, part.begin),
            counts=ImportCounts(*map(sum, zip(self.counts, counts, strict=True))),
            hours=self.hours + part.hours,
            first=min((*known, *starts), default=None),
            last=max((*known, *starts), default=None),
            untold=joined((*self.untold, *part.untold)),
        )


async def async_backfill(
    meter: DemandMeter,
    reader: HistoryReader,
    period: tuple[int, int],
    in_service: InService,
    on_slice: Callable[[BackfillResult], None],
) -> BackfillResult:
    """Import the missing quarters of a period (unix s) slice by slice.

    `on_slice` is called after each with the result so far; what was imported stays when
    this is cut short. Raises Withdrawn, and what the reader raises.
    """
    start, end = period
    quarters = MissingQuarters(meter)
    result = BackfillResult(end)
    async with aclosing(reader.async_slices(start, end, quarters)) as slices:

        async def next_slice() -> Slice | None:
            return await anext(slices, None)

        while (part := await in_service.async_wait(next_slice)) is not None:
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
