"""The gas and water meters that a digital meter reads over M-Bus."""

from typing import NamedTuple

from .energy import Rate, Register
from .household import Moment


class ChildReading(NamedTuple):
    """What was read last: the time by the meter's clock, and litres."""

    clock: int
    litres: int


class Child:
    """A meter that is read every `period` seconds, `phase` seconds after the full.

    reading: what was read last.
    """

    def __init__(
        self, rate: Rate, litres: int, period: int, phase: int, clock: int
    ) -> None:
        """Start at a time with some litres, read when a reading was last due."""
        self._rate = rate
        self._register = Register(rate.steps, litres * 1000)
        self._period = period
        self._phase = phase
        self.reading = ChildReading(clock - (clock - phase) % period, litres)

    def live(self, moment: Moment, clock: int) -> None:
        """Measure the second that begins at a time of the meter's clock."""
        self._register.add(self._rate.of(moment))
        if (clock + 1 - self._phase) % self._period == 0:
            self.reading = ChildReading(clock + 1, self._register.milli // 1000)
