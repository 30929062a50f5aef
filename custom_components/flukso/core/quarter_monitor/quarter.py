"""A quarter of an hour as a quarter monitor keeps it: its mean powers of 5 s."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .. import running as projection
from ..demand.powers.profile import STEPS, PowerProfile
from ..demand.powers.steps import STEP, StepMeans
from ..running import Running
from ..stored import Damaged, amount, record, whole
from ..tariff.rule import Direction
from ..windows import HOUR, QUARTER, WATTS_PER_KILOWATT, Source, Window
from .quarter_id import QuarterId

MOST_VALUES: Final = 180
# No small connection carries more.
MOST_WATTS: Final = 1_000_000.0
# The last mean is that of the present for so long, s.
PRESENT: Final = 30

type Powers = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Quarter:
    """Mean powers in W of intervals of so many s; None where no telegram came.

    They end with the last interval in which one came.
    """

    id: QuarterId
    interval: int
    imported: Powers
    exported: Powers

    @classmethod
    def from_json(cls, data: object) -> Quarter | None:
        """Read a quarter; None for one without a number: nothing was measured yet.

        ValueError when it cannot be one. A power that cannot be one was not seen.
        """
        told = record(data)
        number = whole(told.get("quarter_id", 0))
        if number == 0:
            return None
        interval = whole(told.get("interval_secs"))
        if not interval or QUARTER % interval or QUARTER // interval > MOST_VALUES:
            raise Damaged("not a part of a quarter")
        most = QUARTER // interval
        return cls(
            QuarterId.from_number(number),
            interval,
            _powers(told.get("consumed_power_interval_avgs"), most),
            _powers(told.get("produced_power_interval_avgs", []), most),
        )

    @property
    def end(self) -> int:
        """The first second after the quarter."""
        return self.id.start + QUARTER

    @property
    def last(self) -> int:
        """The end of the last interval in which a telegram came, unix s."""
        values = max(len(self.imported), len(self.exported))
        return self.id.start + values * self.interval

    def powers(self, direction: Direction) -> Powers:
        """Return what was drawn, or fed in."""
        return self.imported if direction is Direction.IMPORT else self.exported

    def seen(self, direction: Direction = Direction.IMPORT) -> list[float]:
        """Return the powers of the intervals in which telegrams came, W."""
        return [power for power in self.powers(direction) if power is not None]

    def profile(self, direction: Direction = Direction.IMPORT) -> PowerProfile:
        """Return the powers in steps of 5 s."""
        powers = self.powers(direction)
        if self.interval == STEP:
            return PowerProfile(powers)
        means = StepMeans()
        for place, power in enumerate(powers):
            since = self.id.start + place * self.interval
            if power is not None:
                means.add(since, since + self.interval, power)
        return PowerProfile(means.means(self.id.start, STEPS))

    def window(self, direction: Direction = Direction.IMPORT) -> Window:
        """Return the quarter as a window that was sampled.

        What is believed takes the mean of what was seen for the rest; certain is what
        was seen.
        """
        seen = self.seen(direction)
        certain = self._energy(seen)
        coverage = len(seen) * self.interval / QUARTER
        return Window(
            start=self.id.start,
            length=QUARTER,
            energy=certain / coverage if seen else 0.0,
            certain=certain,
            source=Source.POWER,
            coverage=coverage,
        )

    def running(
        self, now: float, power: float | None, direction: Direction = Direction.IMPORT
    ) -> Running | None:
        """Return the window that runs at `now` (unix s), with the present power in W.

        None when the quarter is over, and nothing is known of the one that runs.
        """
        silent = now - self.last > PRESENT
        if silent and now >= self.end:
            return None
        seen = self.seen(direction)
        passed = self.last - self.id.start
        elapsed = min(max(now - self.id.start, passed), QUARTER)
        demand = self._energy(seen) * HOUR / QUARTER
        present = None if silent or power is None else power / WATTS_PER_KILOWATT
        rest = self.end - self.last
        return Running(
            start=self.id.start,
            end=self.end,
            elapsed=elapsed,
            remaining=QUARTER - elapsed,
            demand=demand,
            power=present,
            projected=None
            if present is None
            else projection.projected(demand, present, rest, QUARTER),
            coverage=len(seen) * self.interval / passed if passed else 1.0,
        )

    def _energy(self, powers: list[float]) -> float:
        """Return the energy of intervals, kWh."""
        watt_seconds = sum(powers) * self.interval
        return watt_seconds / WATTS_PER_KILOWATT / HOUR


def _powers(told: object, most: int) -> Powers:
    """Read a list of powers; what follows the last one that is known is left out."""
    if not isinstance(told, list) or len(told) > most:
        raise Damaged("not a list of powers, or a longer one than a quarter has")
    powers = [_or_none(_power, value) for value in told]
    while powers and powers[-1] is None:
        powers.pop()
    return tuple(powers)


def _power(value: object) -> float:
    power = amount(value)
    if power > MOST_WATTS:
        raise Damaged("more than a connection carries")
    return power


def _or_none(read: Callable[[object], float], value: object) -> float | None:
    try:
        return read(value)
    except ValueError:
        return None
