"""A radio sensor (FLK01B) and what the daemon makes of its packets.

Scales and rounding: flukso/flm02, registry `flk01b`.
"""

from math import floor
from typing import NamedTuple

from .household import Climate, Household
from .weather import noise

GAUGE_PERIOD = 64
COUNTER_PERIOD = 8
# Raw value of the supply voltage: fresh batteries.
_BATTERY = 1


class KubeReading(NamedTuple):
    """One value of a kube: sensor type, stream, thousandths, unit."""

    type: str
    stream: str
    milli: int
    unit: str


def _rounded(value: float, step: int) -> int:
    """Round to 1/step as the registry's formulas do; return thousandths."""
    return floor(value * step + 0.5) * 1000 // step


def gauges(climate: Climate) -> list[KubeReading]:
    """Read the sensors, pack them into the radio's bits and scale them back."""
    temperature = round((climate.temperature + 46.85) * 16384 / 175.72)
    humidity = round((climate.humidity + 6) * 4096 / 125)
    battery = 26.93 * (_BATTERY + 8 + 0.5) ** -0.985
    milli = {
        "temperature": _rounded(-46.85 + 175.72 * temperature / 16384, 100),
        "humidity": _rounded(-6 + 125 * humidity / 4096, 10),
        "pressure": round(climate.pressure * 4) * 250,
        "light": min(65534, round(climate.light * 4)) * 250,
        "battery": _rounded(battery, 10),
        "error": 0,
    }
    units = {"temperature": "°C", "humidity": "%", "pressure": "Pa", "light": "lx"}
    units |= {"battery": "V", "error": ""}
    return [KubeReading(name, "gauge", milli[name], units[name]) for name in milli]


class Kube:
    """One kube in a household, running on its own batteries."""

    def __init__(self, household: Household, kid: int) -> None:
        """Put it up; `kid` also sets the moment of its packets."""
        self._household = household
        self._kid = kid
        self._phase = (household.seed * 13 + kid * 29) % GAUGE_PERIOD
        self._sent: dict[str, int] = {"movement": 0, "vibration": 0}
        self._counts = dict(self._sent)

    def live(self, second: int) -> None:
        """Feel one second."""
        if not self._household.occupied(second):
            return
        luck = noise(self._household.seed, 50 + self._kid, second)
        if luck > 0.7:
            self._counts["movement"] = (self._counts["movement"] + 1) % (1 << 32)
        if luck > 0.985:
            self._counts["vibration"] = (self._counts["vibration"] + 1) % (1 << 16)

    def packets(self, second: int) -> list[KubeReading]:
        """Return what it sends at this second."""
        readings: list[KubeReading] = []
        if (second - self._phase) % GAUGE_PERIOD == 0:
            readings += gauges(self._household.climate(second))
        if (second - self._phase) % COUNTER_PERIOD == 0:
            changed = {k: n for k, n in self._counts.items() if n != self._sent[k]}
            self._sent |= changed
            readings += [
                KubeReading(k, "counter", n * 1000, "") for k, n in changed.items()
            ]
        return readings
