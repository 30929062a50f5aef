"""The windows of a demand meter from the powers that an FLM02 tells over HTTP."""

import time
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE

from ...const import SHOWN_DIGITS
from ...core.demand.grid.grid import SourcePlan
from ...core.demand.meters.counter_meter import CounterMeter
from ...core.fluksometer.grid_sensors import GAP_OF_CLAMP
from ...core.fluksometer.rest.alignment import Alignment
from ...core.fluksometer.rest.sensors import RestKind
from ...core.running import Running
from ...core.windows import WATTS_PER_KILOWATT, Window
from ..demand_source import StampedSource
from .hub import RestHub, Told


class RestSource(StampedSource[RestHub, CounterMeter, dict[str, float]]):
    """Windows from the power of every second."""

    def __init__(
        self, hub: RestHub, imports: tuple[str, ...], exports: tuple[str, ...]
    ) -> None:
        """Measure by these sensors."""
        self._plan = SourcePlan(imports, exports, max_gap=GAP_OF_CLAMP)
        super().__init__(hub, CounterMeter(self._plan), hub.judge)
        self._alignment = Alignment(sorted(self._plan.sensors))
        self._until = 0

    @property
    @override
    def alive(self) -> bool:
        """Whether all sensors that are needed speak."""
        readings = self._hub.readings
        return all(
            sensor in readings and self._hub.available(readings[sensor])
            for sensor in self._plan.sensors
        )

    @property
    def diagnostics(self) -> dict[str, Any]:
        """Which sensors are combined; first digits of their ids."""
        return {
            "import_sensors": [sensor[:SHOWN_DIGITS] for sensor in self._plan.imports],
            "export_sensors": [sensor[:SHOWN_DIGITS] for sensor in self._plan.exports],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a state, if it is of the same sensors."""
        self._meter = CounterMeter(self._plan, state=self._without_clock(state))

    @override
    def running(self) -> Running | None:
        """Return the running window as it stood when the sensors were asked."""
        now: float = self.now
        if now - self._until <= self._hub.pause + GAP_OF_CLAMP:
            now = min(now, self._until + GAP_OF_CLAMP)
        return self._told(self._meter.running(now))

    @override
    def _listen(self) -> CALLBACK_TYPE:
        """Listen to the answers; a Fluksometer keeps no month peaks."""
        return self._hub.on_round.add(self._on_round)

    def _on_round(self, told: Told) -> None:
        wall = time.time()
        self._note(told, wall)
        for sensor in self._plan.sensors & told.keys():
            self._alignment.add(sensor, told[sensor])
        windows: list[Window] = []
        for moment in self._alignment.take():
            for at, values in self._placed(moment.time, wall, moment.values):
                self._until = at
                for sensor, power in values.items():
                    kilowatts = power / WATTS_PER_KILOWATT
                    windows += self._meter.power(sensor, at, kilowatts)
        self._hand_on(windows)

    def _note(self, told: Told, wall: float) -> None:
        """Take the time from what speaks by itself."""
        readings = self._hub.readings
        spoken = [
            runs[-1].end
            for sensor, runs in told.items()
            if runs and readings[sensor].sensor.kind is RestKind.ELECTRICITY
        ]
        if spoken:
            self._judge.note(max(spoken), wall)
