"""A meter whose clock has faults, in a house of known power."""

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from custom_components.flukso.core.clock import ClockChoice
from custom_components.flukso.core.clock_judge import ClockJudge
from custom_components.flukso.core.demand.meters.register_meter import RegisterMeter
from custom_components.flukso.core.placement import Placement
from custom_components.flukso.core.windows import Window

# A quarter of an hour, 2026-03-10 12:00 UTC.
BEGIN = 1_773_144_000
QUARTER = 900

# The stamp of a clock at a moment of the host; None for none.
type Clock = Callable[[int], int | None]


class House(NamedTuple):
    """The import counter of a house by the second from BEGIN on, kWh."""

    counter: list[float]

    @classmethod
    def of(cls, powers: Iterable[float]) -> House:
        """Return a house that draws these powers (kW), a second each."""
        return cls([*accumulate((kw / 3600 for kw in powers), initial=100.0)])

    def reading(self, second: int) -> float:
        """Return what the counter shows at a moment of the host, unix s."""
        place = min(max(second - BEGIN, 0), len(self.counter) - 1)
        return self.counter[place]

    def energy(self, start: float, end: float) -> float:
        """Return the energy of a time, kWh."""
        return self.reading(round(end)) - self.reading(round(start))


class Reader:
    """What reads such a meter, and which windows it closed."""

    def __init__(
        self, house: House, choice: ClockChoice = ClockChoice.AUTOMATIC
    ) -> None:
        """Begin with nothing read."""
        self.house = house
        self.judge = ClockJudge(choice)
        self.placement = Placement[tuple[float, int]](self.judge)
        self.meter = RegisterMeter()
        self.windows: list[Window] = []
        # Each time that was given, and how far it is from the host's.
        self.placed: list[tuple[int, int]] = []
        self.tears: list[int] = []

    def hear(self, second: int, stamp: int | None) -> None:
        """Take a telegram that comes at a moment of the host."""
        self.judge.note(stamp, second)
        item = (self.house.reading(second), second)
        for time, (total, heard), torn in self.placement.place(stamp, second, item):
            if torn:
                self.meter.tear()
                self.tears.append(time)
            self.placed.append((time, time - heard))
            closed = self.meter.telegram(
                time,
                import_energy=total,
                export_energy=None,
                power=None,
                demand=None,
                month_peak=None,
            )
            self.windows += [self.placement.told(window) for window in closed]

    def run(self, clock: Clock, seconds: Iterable[int]) -> None:
        """Let telegrams come at these moments, with the stamps of a clock."""
        for second in seconds:
            self.hear(second, clock(second))

    @property
    def starts(self) -> list[int]:
        """The starts of the windows, in quarters after BEGIN."""
        return [(window.start - BEGIN) // QUARTER for window in self.windows]


def right(second: int) -> int:
    """Return the stamp of a clock that is right."""
    return second


def ahead(by: int) -> Clock:
    """Return a clock that is so many s ahead."""
    return lambda second: second + by


def standing(at: int) -> Clock:
    """Return a clock that stands."""
    return lambda _second: at


def every(step: int, quarters: float, start: int = BEGIN) -> Iterator[int]:
    """Yield moments of so many quarters of an hour."""
    return iter(range(start, start + round(quarters * QUARTER) + 1, step))
