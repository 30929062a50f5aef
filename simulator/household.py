"""A household as a function of seed and time: what really flows, second by second.

Power is constant within a second and lies on the grid of the meter's sensor board
(1/2048 W), so that energies are exact sums.
"""

from bisect import bisect_right
from functools import lru_cache
from math import atan2, degrees, hypot
from typing import NamedTuple

from .appliances import Day, Draw, day_number
from .weather import Weather, drift, noise, sun_height

# Watts, vars of each phase, gas and water in mL/s.
type _Sums = tuple[int, int, int, int, int, int, int, int]

_STANDBY = (130, 75, 45)
_STANDBY_VARS = (-55, -20, -15)


def fixed_point(value: float) -> int:
    """Return a quantity in the sensor board's steps of 1/2048."""
    return round(value * 2048)


class Phase(NamedTuple):
    """One phase: W (positive: from the grid), var (positive: inductive) and V."""

    power: float
    reactive: float
    voltage: float

    @property
    def apparent(self) -> float:
        """Return the apparent power in VA."""
        return hypot(self.power, self.reactive)

    @property
    def current(self) -> float:
        """Return the RMS current in A."""
        return self.apparent / self.voltage

    @property
    def power_factor(self) -> float:
        """Return active over apparent power, negative while exporting."""
        apparent = self.apparent
        return self.power / apparent if apparent else 1.0

    @property
    def angle(self) -> float:
        """Return the angle between voltage and current in degrees."""
        return degrees(atan2(self.reactive, self.power))


class Moment(NamedTuple):
    """What flows during one second; solar in W, gas and water in L/s."""

    second: int
    phases: tuple[Phase, Phase, Phase]
    solar: float
    gas: float
    water: float

    @property
    def power(self) -> float:
        """Return the power of all phases in W, negative while exporting."""
        return sum(phase.power for phase in self.phases)


class Climate(NamedTuple):
    """What a sensor in the house feels: °C, %, Pa, lx, and whether people move."""

    temperature: float
    humidity: float
    pressure: float
    light: float
    occupied: bool


class _Plan:
    """The sum of all draws of one day, as steps."""

    def __init__(self, day: Day, draws: tuple[Draw, ...]) -> None:
        self.day = day
        changes: dict[int, list[int]] = {day.midnight: [0] * 8}
        for draw in draws:
            amounts = (*draw.watts, *draw.vars, draw.gas, draw.water)
            for second, sign in ((draw.begin, 1), (draw.end, -1)):
                change = changes.setdefault(max(second, day.midnight), [0] * 8)
                for index, amount in enumerate(amounts):
                    change[index] += sign * amount
        self._edges = sorted(changes)
        self._sums: list[_Sums] = []
        total = [0] * 8
        for edge in self._edges:
            total = [a + b for a, b in zip(total, changes[edge], strict=True)]
            a, b, c, d, e, f, g, h = total
            self._sums.append((a, b, c, d, e, f, g, h))

    def at(self, second: int) -> _Sums:
        return self._sums[bisect_right(self._edges, second) - 1]


@lru_cache(maxsize=64)
def _plan(seed: int, number: int) -> _Plan:
    today = Day(seed, number)
    return _Plan(today, (*Day(seed, number - 1).draws, *today.draws))


class Household:
    """One home; equal seeds are equal homes."""

    def __init__(self, seed: int, *, solar_peak: float = 4200.0) -> None:
        """Furnish the home; `solar_peak` in W, all of it on the first phase."""
        self.seed = seed
        self.weather = Weather(seed)
        self._solar_peak = solar_peak

    def at(self, second: int) -> Moment:
        """Return what flows from `second` until one second later."""
        sums = _plan(self.seed, day_number(second)).at(second)
        solar = self._solar_peak * self.weather.sunlight(second)
        sag = 3.0 * drift(self.seed, 10, second, 600)
        phases = (
            self._phase(second, 0, sums, solar, sag),
            self._phase(second, 1, sums, 0.0, sag),
            self._phase(second, 2, sums, 0.0, sag),
        )
        gas, water = (fixed_point(flow / 1000) / 2048 for flow in sums[6:])
        return Moment(second, phases, fixed_point(solar) / 2048, gas, water)

    def _phase(
        self, second: int, index: int, sums: _Sums, solar: float, sag: float
    ) -> Phase:
        flicker = noise(self.seed, 20 + index, second)
        load = (_STANDBY[index] + sums[index]) * (1 + 0.02 * flicker)
        reactive = (_STANDBY_VARS[index] + sums[3 + index]) * (1 + 0.02 * flicker)
        power = load - solar
        voltage = 232.0 + sag - power * 0.0009 + 0.3 * flicker
        return Phase(
            fixed_point(power) / 2048,
            fixed_point(reactive) / 2048,
            fixed_point(voltage) / 2048,
        )

    def distortion(self, second: int, phase: int) -> tuple[float, float]:
        """Return the harmonic distortion of voltage and current as fractions."""
        return (
            0.021 + 0.006 * drift(self.seed, 30, second, 900),
            0.19 + 0.12 * drift(self.seed, 31 + phase, second, 120),
        )

    def occupied(self, second: int) -> bool:
        """Tell whether somebody is up and at home."""
        return _plan(self.seed, day_number(second)).day.occupied(second)

    def climate(self, second: int) -> Climate:
        """Return what a sensor in the living room feels."""
        occupied = self.occupied(second)
        warmth = 20.3 + 0.8 * drift(self.seed, 40, second, 3 * 3600)
        outdoors = self.weather.outdoors(second)
        daylight = 600.0 * max(0.0, sun_height(second)) * self.weather.clearness(second)
        lamps = 130.0 if occupied and daylight < 60 else 0.0
        return Climate(
            temperature=warmth + 0.15 * max(0.0, outdoors - 15.0),
            humidity=self.weather.humidity(second),
            pressure=self.weather.pressure(second),
            light=daylight + lamps,
            occupied=occupied,
        )
