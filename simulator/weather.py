"""The world around the house: sun, clouds and weather as a function of time."""

from dataclasses import dataclass
from math import asin, cos, exp, pi, radians, sin

_LATITUDE = radians(51.0)
_LONGITUDE = 4.4 / 360
_DAY = 86400
_YEAR = 365.25
_MASK = (1 << 64) - 1


def noise(seed: int, channel: int, index: int) -> float:
    """Return a number in [-1, 1) that depends on nothing but the arguments.

    The mixing is that of SplitMix64.
    """
    mixed = (index + 1) * 0x9E3779B97F4A7C15
    mixed = (mixed ^ seed * 0xD1342543DE82EF95 ^ channel * 0xA24BAED4963EE407) & _MASK
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
    return ((mixed ^ mixed >> 31) >> 11) / (1 << 52) - 1.0


def drift(seed: int, channel: int, second: int, step: int) -> float:
    """Return noise that moves in straight lines from one step to the next."""
    index, rest = divmod(second, step)
    here = noise(seed, channel, index)
    return here + (noise(seed, channel, index + 1) - here) * rest / step


def winter(second: int) -> float:
    """Return 1 in the middle of January, 0 in the middle of July."""
    return 0.5 + 0.5 * cos(2 * pi * (second / _DAY % _YEAR - 15) / _YEAR)


def sun_height(second: int) -> float:
    """Return the sine of the sun's elevation, negative at night."""
    declination = -0.4091 * cos(2 * pi * (second / _DAY % _YEAR + 10) / _YEAR)
    hour = 2 * pi * (second % _DAY / _DAY + _LONGITUDE - 0.5)
    return sin(_LATITUDE) * sin(declination) + cos(_LATITUDE) * cos(declination) * cos(
        hour
    )


@dataclass(frozen=True, slots=True)
class Weather:
    """The weather of one seed."""

    seed: int

    def clearness(self, second: int) -> float:
        """Return the share of the clear sky's light that gets through, 0.1 to 1."""
        cover = 0.5 + 0.5 * drift(self.seed, 1, second, 6 * 3600)
        gust = 0.5 + 0.5 * drift(self.seed, 2, second, 180)
        return max(0.1, 1.0 - cover * (0.3 + 0.7 * gust))

    def sunlight(self, second: int) -> float:
        """Return the light on the roof relative to the best clear noon, 0 to 1."""
        height = sun_height(second)
        if height <= 0:
            return 0.0
        # Air mass of the clear sky: low sun passes through more of it.
        clear = height * exp(-0.13 / (height + 0.03)) * 1.2
        return min(1.0, clear * self.clearness(second))

    def outdoors(self, second: int) -> float:
        """Return the temperature outside in °C."""
        season = 19.0 - 16.0 * winter(second)
        return (
            season
            + 5.0 * asin(max(-1.0, min(1.0, sun_height(second))))
            + 4.0 * drift(self.seed, 3, second, _DAY)
        )

    def pressure(self, second: int) -> float:
        """Return the air pressure in Pa."""
        return 101_325 + 1_800 * drift(self.seed, 4, second, 2 * _DAY)

    def humidity(self, second: int) -> float:
        """Return the relative humidity indoors in %."""
        return 52 + 14 * drift(self.seed, 5, second, 8 * 3600)
