"""The windows of a demand meter from the sensors of a Fluksometer."""

from collections.abc import Mapping
import time
from typing import Any, NamedTuple, override

from homeassistant.core import CALLBACK_TYPE, callback

from ...const import SHOWN_DIGITS
from ...core.demand.history.means import Means, mean_windows
from ...core.demand.history.recount import recount
from ...core.demand.meters.counter_meter import CounterMeter
from ...core.drops import DropReason
from ...core.energy.series import Series
from ...core.fluksometer.grid_sensors import make_plan, stamp_lag
from ...core.fluksometer.live_reading import LiveReading
from ...core.fluksometer.live_readings import ConfigChange
from ...core.fluksometer.topics import Stream
from ...core.windows import WATTS_PER_KILOWATT, Window
from ...helpers.listeners import call_all
from ..demand_source import StampedSource
from .hub import FluksometerHub


class Heard(NamedTuple):
    """A value of a sensor: kWh that were counted, or kW."""

    sensor: str
    value: float
    counted: bool

    @property
    def key(self) -> str:
        """What tells its stamps from those of others."""
        return self.sensor if self.counted else f"{self.sensor} power"


class FluksometerSource(StampedSource[FluksometerHub, CounterMeter, Heard]):
    """Windows from counters and powers of a Fluksometer's sensors."""

    def __init__(
        self, hub: FluksometerHub, imports: tuple[str, ...], exports: tuple[str, ...]
    ) -> None:
        """Measure by these sensors."""
        self._imports = imports
        self._exports = exports
        self._taps: dict[LiveReading, CALLBACK_TYPE] = {}
        self._plan = make_plan(hub.readings, imports, exports)
        self._needed = self._plan.sensors
        self._lag = stamp_lag(hub.config.model)
        super().__init__(hub, CounterMeter(self._plan), hub.judge)

    @property
    @override
    def alive(self) -> bool:
        """Whether all sensors that are needed speak."""
        tapped = {reading.channel.sensor.id for reading in self._taps}
        return self._needed <= tapped and all(
            self._hub.available(reading)
            for reading in self._taps
            if reading.channel.sensor.id in self._needed
        )

    @property
    def diagnostics(self) -> dict[str, Any]:
        """Which sensors are combined; first digits of their ids."""
        return {
            "import_sensors": [sensor[:SHOWN_DIGITS] for sensor in self._imports],
            "export_sensors": [sensor[:SHOWN_DIGITS] for sensor in self._exports],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a state, if it is of the same sensors."""
        self._meter = CounterMeter(self._plan, state=self._without_clock(state))

    @property
    @override
    def recorded(self) -> FluksometerSource:
        """The Fluksometer keeps its readings, which make the same windows."""
        return self

    @property
    def sensors(self) -> frozenset[str]:
        """The sensors without which the import is not known."""
        return self._needed

    def of_means(self, means: Mapping[str, Means], length: int) -> list[Window]:
        """Return the windows that means of power make: W by the end of `length` s."""
        return mean_windows(self._plan, means, length)

    def recount(self, recorded: Mapping[str, Series]) -> list[Window]:
        """Return the windows that recorded counters make (Wh); for any thread."""
        return recount(self._plan, recorded, lag=self._lag)

    @override
    def _listen(self) -> CALLBACK_TYPE:
        """Listen to the readings; a Fluksometer keeps no month peaks."""
        for reading in self._hub.readings:
            self._tap(reading)
        return call_all(self._untap, self._hub.on_config.add(self._on_config))

    @callback
    def _untap(self) -> None:
        for undo in self._taps.values():
            undo()
        self._taps.clear()

    @callback
    def _on_config(self, change: ConfigChange) -> None:
        for reading in change.removed:
            if (undo := self._taps.pop(reading, None)) is not None:
                undo()
        for reading in change.added:
            self._tap(reading)
        plan = make_plan(self._hub.readings, self._imports, self._exports)
        if plan != self._plan:
            self._plan = plan
            self._needed = plan.sensors
            self._meter.replace_plan(plan)

    def _tap(self, reading: LiveReading) -> None:
        if reading.channel.sensor.id not in self._imports + self._exports:
            return
        is_counter = reading.channel.row.stream is Stream.COUNTER
        action = self._on_counter if is_counter else self._on_power
        self._taps[reading] = self._hub.tap(reading, action)

    def _on_counter(self, sensor_id: str, stamp: int, value: float) -> None:
        self._take(stamp + self._lag, Heard(sensor_id, value, counted=True))

    def _on_power(self, sensor_id: str, stamp: int, value: float) -> None:
        power = value / WATTS_PER_KILOWATT
        self._take(stamp + self._lag, Heard(sensor_id, power, counted=False))

    def _take(self, stamp: int, heard: Heard) -> None:
        wall = time.time()
        self._judge.note(stamp, wall)
        refused = self._placement.refused
        placed = self._placed(stamp, wall, heard, heard.key)
        for moment, (sensor, value, counted) in placed:
            measure = self._meter.counter if counted else self._meter.power
            if windows := measure(sensor, moment, value):
                self._hand_on(windows)
        if self._placement.refused != refused:
            self._hub.drops.count(DropReason.TIMESTAMP, time.monotonic())
