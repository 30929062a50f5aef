"""The demand registers of a Belgian meter: quarters, the month's peak and history."""

from collections.abc import Mapping
from random import Random
from typing import NamedTuple

from .p1_text import local

QUARTER = 900
_MOST_MONTHS = 13
# Import is counted in steps of 1/2048 W during one second.
_STEPS_PER_WATT = 2048 * QUARTER
_STEPS_PER_KWH = 2048 * 3600 * 1000


class MonthPeak(NamedTuple):
    """The highest quarter of a month by the meter's clock.

    month is the month's first second, until the end of the quarter: None before the
    first one is over.
    """

    month: int
    until: int | None
    watts: int


def month_start(clock: int) -> int:
    """Return the local midnight at which a time's month began."""
    first = local(clock).replace(day=1, hour=0, minute=0, second=0, fold=0)
    return int(first.timestamp())


def next_month(month: int) -> int:
    """Return the first second of the month after the one that begins then."""
    return month_start(month + 32 * 86400)


class Past:
    """What a meter remembers from before the simulation, by seed and month."""

    def __init__(self, seed: int, peaks: Mapping[str, int]) -> None:
        """Take some months' peaks (W by "YYYY-MM") instead of the seed's."""
        self._seed = seed
        self._peaks = peaks

    def months(self, clock: int, count: int) -> list[MonthPeak]:
        """Return the months that were complete at a time, oldest first."""
        found: list[MonthPeak] = []
        month = month_start(clock)
        for _ in range(count):
            end, month = month, month_start(month - 1)
            found.insert(0, self.peak(month, end))
        return found

    def peak(self, month: int, until: int) -> MonthPeak:
        """Return the peak of a month as far as `until`."""
        name = f"{local(month):%Y-%m}"
        random = Random(f"p1/{self._seed}/{name}")
        watts = self._peaks.get(name, random.randint(2_900, 9_500))
        quarters = (until - month) // QUARTER
        if not watts or not quarters:
            return MonthPeak(month, None, 0)
        return MonthPeak(month, month + QUARTER * random.randint(1, quarters), watts)


class Demand:
    """The registers, fed second by second with what was imported."""

    def __init__(self, past: Past, clock: int, months: int) -> None:
        """Begin at the start of a quarter."""
        self.windows: dict[int, float] = {}
        self.last = 0
        self.months = past.months(clock, months)
        self.running = past.peak(month_start(clock), clock)
        self._steps = 0

    @property
    def watts(self) -> int:
        """Return the energy of the quarter so far over a whole quarter, a ramp."""
        return self._steps // _STEPS_PER_WATT

    def add(self, clock: int, steps: int) -> None:
        """Count the import of the second that begins at a time of the meter's clock."""
        self._steps += steps
        if (clock + 1) % QUARTER == 0:
            self._close(clock + 1)

    def _close(self, end: int) -> None:
        self.windows[end - QUARTER] = self._steps / _STEPS_PER_KWH
        self.last = self.watts
        self._steps = 0
        if self.running.until is None or self.last > self.running.watts:
            self.running = MonthPeak(self.running.month, end, self.last)
        if end == month_start(end):
            self.months = [*self.months, self.running][-_MOST_MONTHS:]
            self.running = MonthPeak(end, None, 0)
