"""The FLM02's daemon: what it makes of the reports of the sensor board."""

from typing import NamedTuple

from .config import Sensor

# Gauge per counted unit: Wh to W, L to L/day.
_UNITS = {
    "electricity": ("Wh", "W", 3600),
    "water": ("L", "L/day", 86400),
    "gas": ("L", "L/day", 86400),
}


class Publication(NamedTuple):
    """A reading to publish: stream, thousandths, unit."""

    stream: str
    milli: int
    unit: str


class _Report(NamedTuple):
    milli: int
    milliseconds: int


class Fluksod:
    """The last report of every slot; the first one is only remembered."""

    def __init__(self) -> None:
        """Start without memory."""
        self._last: dict[int, _Report] = {}

    def analog(self, sensor: Sensor, watts: int, milli: int) -> list[Publication]:
        """Publish a clamp: power always, energy when another Wh is full."""
        whole = milli // 1000 * 1000
        return [Publication("gauge", watts * 1000, "W"), *self._counter(sensor, whole)]

    def cosem(self, sensor: Sensor, watts: int, watt_hours: int) -> list[Publication]:
        """Publish the electricity of a telegram; both can be negative."""
        return self.analog(sensor, watts, watt_hours * 1000)

    def pulse(self, sensor: Sensor, milli: int, milliseconds: int) -> list[Publication]:
        """Publish a counter and the flow since its previous report."""
        unit, flow_unit, scale = _UNITS[sensor.type]
        last = self._last.get(sensor.slot)
        self._last[sensor.slot] = _Report(milli, milliseconds)
        if last is None:
            return []
        passed = milliseconds - last.milliseconds
        flow = (2 * (milli - last.milli) * scale + passed) // (2 * passed)
        readings = [Publication("gauge", flow * 1000, flow_unit)]
        if milli != last.milli:
            readings.append(Publication("counter", milli, unit))
        return readings

    def _counter(self, sensor: Sensor, milli: int) -> list[Publication]:
        last = self._last.get(sensor.slot)
        self._last[sensor.slot] = _Report(milli, 0)
        if last is None or last.milli == milli:
            return []
        return [Publication("counter", milli, _UNITS[sensor.type][0])]
