"""The clock windows a grid company measures, and the months they belong to."""

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Final

from .stored import Damaged, amount, entries, text, whole

QUARTER: Final = 900
HOUR: Final = 3600
WATTS_PER_KILOWATT: Final = 1000.0
# What a stored window of the host's clock ends with.
HOST: Final = "host"
# Decimals of a stored kWh or kW: a thousandth of the finest counter (1 mWh).
DECIMALS = 6
# Sums of seconds as floats may fall this much short of a whole window.
ROUNDING = 1e-6


class Source(StrEnum):
    """Where the energy of a window comes from, best first."""

    METER = "meter"
    COUNTER = "counter"
    POWER = "power"
    SEED = "seed"

    @property
    def rank(self) -> int:
        """Return how good the source is: 0 is the best."""
        return RANKS[self]


RANKS = {source: rank for rank, source in enumerate(Source)}


@dataclass(frozen=True, slots=True)
class Window:
    """One clock window of the tariff.

    `start` unix s, `length` s. `energy` kWh is what is believed, interpolated parts
    included; `certain` kWh is what surely fell into this window, its lower bound.
    `coverage` 0..1 is the share of its time that was seen. `by_host`: it is one of the
    host's clock, the billed one may have begun earlier or later.
    """

    start: int
    length: int
    energy: float
    certain: float
    source: Source
    coverage: float
    by_host: bool = False

    @property
    def end(self) -> int:
        """Return the first second after the window."""
        return self.start + self.length

    @property
    def complete(self) -> bool:
        """Tell whether the whole window was seen."""
        return self.coverage >= 1 - ROUNDING

    @property
    def demand(self) -> float:
        """Return the believed mean power in kW."""
        return self.energy * HOUR / self.length

    @property
    def known_demand(self) -> float:
        """Return what may count for a peak, in kW: exact when complete, else at least."""
        return self.certain * HOUR / self.length

    def supersedes(self, other: Window) -> bool:
        """Tell whether this is as good a measurement of the same window, or better."""
        return self._quality >= other._quality

    @property
    def _quality(self) -> tuple[bool, float, int]:
        """Return seen before source: a whole window by power beats a torn counter."""
        complete = self.complete
        return complete, 1.0 if complete else self.coverage, -self.source.rank

    def rounded(self) -> Window:
        """Return the window as its storage will hold it."""
        energy = round(self.energy, DECIMALS)
        certain = round(self.certain, DECIMALS)
        coverage = round(self.coverage, DECIMALS)
        if (energy, certain, coverage) == (self.energy, self.certain, self.coverage):
            return self
        return replace(self, energy=energy, certain=certain, coverage=coverage)

    def to_row(self) -> list[int | float | str]:
        """Return the window for storage; its length is kept by the container."""
        row: list[int | float | str] = [
            self.start,
            round(self.energy, DECIMALS),
            round(self.certain, DECIMALS),
            self.source.value,
            round(self.coverage, DECIMALS),
        ]
        return [*row, HOST] if self.by_host else row

    @classmethod
    def from_row(cls, row: object, length: int) -> Window:
        """Read a stored window; ValueError when it cannot be one."""
        by_host = isinstance(row, list) and row[5:] == [HOST]
        start, energy, certain, source, coverage, *_ = entries(row, 6 if by_host else 5)
        window = cls(
            start=whole(start),
            length=length,
            energy=amount(energy),
            certain=amount(certain),
            source=Source(text(source)),
            coverage=amount(coverage),
            by_host=by_host,
        )
        if window.start % length or window.coverage > 1:
            raise Damaged("not a window of this length")
        if window.certain > window.energy:
            raise Damaged("more is certain than is believed")
        return window


def window_start(timestamp: float, length: int) -> int:
    """Return the start of the clock window that holds a moment.

    Windows lie on multiples of their length in unix time: every zone in question is
    a multiple of a quarter-hour from UTC.
    """
    return int(timestamp // length) * length


def month_of(timestamp: float, zone: tzinfo) -> str:
    """Return the local month of a moment, as YYYY-MM."""
    local = datetime.fromtimestamp(timestamp, zone)
    return f"{local.year:04}-{local.month:02}"


@lru_cache(maxsize=256)
def month_start(month: str, zone: tzinfo) -> int:
    """Return local midnight of the month's first day, unix s; ValueError if no month."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    return int(first.timestamp())


@lru_cache(maxsize=256)
def month_end(month: str, zone: tzinfo) -> int:
    """Return local midnight of the first day after a month, unix s."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    year, index = divmod(first.year * 12 + first.month, 12)
    return int(first.replace(year=year, month=index + 1).timestamp())
