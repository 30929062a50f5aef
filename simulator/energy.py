"""Energy and volume: the counters of a sensor board, and the truth beside them."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from .household import Household, Moment, fixed_point

# Counters hold 32 bits of the base unit and a fraction.
WRAP_MILLI = (1 << 32) * 1000


class Rate(NamedTuple):
    """What a sensor counts: steps of 1/2048 W (`hourly`) or 1/2048 L/s."""

    of: Callable[[Moment], int]
    hourly: bool = True

    @property
    def steps(self) -> int:
        """Return how many steps during one second make one Wh or one L."""
        return 2048 * 3600 if self.hourly else 2048


def _solar(moment: Moment) -> int:
    return fixed_point(moment.solar)


def _gas(moment: Moment) -> int:
    return fixed_point(moment.gas)


def _water(moment: Moment) -> int:
    return fixed_point(moment.water)


SOLAR = Rate(_solar)
GAS = Rate(_gas, hourly=False)
WATER = Rate(_water, hourly=False)


class Register:
    """A counter that loses nothing below its resolution of 1/1000 Wh or L."""

    __slots__ = ("_offset", "_steps", "_total")

    def __init__(self, steps: int, offset_milli: int = 0) -> None:
        """Start at an offset; `steps` as in `Rate.steps`."""
        self._steps = steps
        self._offset = offset_milli
        self._total = 0

    def add(self, amount: int) -> None:
        """Count one second's rate."""
        self._total += amount

    def reset(self) -> None:
        """Start again at zero."""
        self._offset = self._total = 0

    @property
    def milli(self) -> int:
        """Return the count in thousandths, as far as 32 bits go."""
        return (self._offset + self._total * 1000 // self._steps) % WRAP_MILLI


class PulseRegister:
    """A pulse meter on a port: whole pulses and when they came."""

    def __init__(self, rate: Rate, pulse_milli: int, offset_milli: int = 0) -> None:
        """Start at an offset; a pulse is `pulse_milli` thousandths of a Wh or L."""
        self._rate = rate
        self._pulse = pulse_milli
        # In thousandths of a step, so that any pulse size is a whole number.
        self._per_pulse = pulse_milli * rate.steps
        self._total = 0
        self._offset = offset_milli
        self._pulses = 0

    @property
    def milli(self) -> int:
        """Return what was counted, in thousandths."""
        return (self._offset + self._pulses * self._pulse) % WRAP_MILLI

    @property
    def pulse_milli(self) -> int:
        """Return the size of a pulse in thousandths."""
        return self._pulse

    def add(self, moment: Moment) -> list[int]:
        """Count one second; return the millisecond of each pulse within it."""
        amount = self._rate.of(moment) * 1000
        before, self._total = self._total, self._total + amount
        first, last = before // self._per_pulse, self._total // self._per_pulse
        self._pulses += last - first
        return [
            (index * self._per_pulse - before - 1) * 1000 // amount
            for index in range(first + 1, last + 1)
        ]

    def miss(self, moment: Moment) -> None:
        """Let one second pass without power: the pulses are lost."""
        self._total += self._rate.of(moment) * 1000

    def drop_fraction(self) -> None:
        """Forget what is below one whole unit, as an FLM02's board does at reset."""
        self._offset -= self.milli % 1000

    def reset(self) -> None:
        """Start again at zero."""
        self._offset = self._pulses = 0


class Truth:
    """Integrate the household itself: Wh or L of each sensor since the start."""

    def __init__(
        self, household: Household, start: int, rates: Mapping[str, Rate]
    ) -> None:
        """Begin at `start`."""
        self._household = household
        self._start = self._second = start
        self._rates = rates
        self._totals = dict.fromkeys(rates, 0)

    def at(self, second: int) -> dict[str, float]:
        """Return what flowed from the start until `second`; going back starts anew."""
        if second < self._second:
            self._second = self._start
            self._totals = dict.fromkeys(self._rates, 0)
        for passed in range(self._second, second):
            moment = self._household.at(passed)
            for name, rate in self._rates.items():
                self._totals[name] += rate.of(moment)
        self._second = max(second, self._start)
        return {
            name: self._totals[name] / rate.steps for name, rate in self._rates.items()
        }
