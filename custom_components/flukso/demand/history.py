"""What a demand meter asks of who kept its past, and which quarters are missing."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from types import MappingProxyType
from typing import NamedTuple, Protocol

from ..core.windows import QUARTER, Window
from .meter import DemandMeter


class Untold(NamedTuple):
    """A time of a sensor, unix s, of which its keeper does not tell, always."""

    sensor: str
    start: int
    end: int


class Slice(NamedTuple):
    """A part of a period that was read: all from `begin` (unix s) to its end is done.

    `windows`: those to import. `hours`: rows of energy that were written meanwhile.
    `untold`: what is left out because nobody tells it.
    """

    begin: int
    windows: Sequence[Window] = ()
    hours: int = 0
    untold: Sequence[Untold] = ()


def joined(parts: Iterable[Untold]) -> tuple[Untold, ...]:
    """Return the same times in order, of each sensor those that touch as one."""
    found: list[Untold] = []
    for part in sorted(parts):
        if found and found[-1].sensor == part.sensor and part.start <= found[-1].end:
            found[-1] = found[-1]._replace(end=max(found[-1].end, part.end))
        else:
            found.append(part)
    return tuple(found)


class HistoryReader(Protocol):
    """What reads the history that a device or a service kept."""

    def async_slices(
        self, start: int, end: int, quarters: MissingQuarters
    ) -> AsyncGenerator[Slice]:
        """Yield what is missing of a period (unix s) slice by slice, newest first.

        Windows of a slice are imported before the next slice is asked for.
        """


class HistorySource(NamedTuple):
    """What reads history, and what to raise if it finds nothing.

    `token_is_stored`: it is read with the token of the entry's options. `names`: what
    the user calls the sensors, by id.
    """

    reader: HistoryReader
    nothing: Exception
    token_is_stored: bool = False
    names: Mapping[str, str] = MappingProxyType({})


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
