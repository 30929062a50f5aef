"""The windows of a demand meter from the powers that an FLM02 tells over HTTP."""

import time
from typing import Any

from homeassistant.core import CALLBACK_TYPE, callback

from ...const import SHOWN_DIGITS
from ...core.demand.grid.grid import SourcePlan
from ...core.demand.meters.counter_meter import CounterMeter
from ...core.demand.powers.profile import PowerProfile
from ...core.fluksometer.grid_sensors import GAP_OF_CLAMP
from ...core.fluksometer.rest.alignment import Alignment
from ...core.fluksometer.rest.sensors import RestKind
from ...core.running import Running
from ...core.windows import WATTS_PER_KILOWATT
from ...demand.source import OnClosed
from ..clock import MAX_CLOCK_LEAD, DeviceClock
from .hub import RestHub, Told


class RestSource:
    """Windows from the power of every second."""

    recorded = None

    def __init__(
        self, hub: RestHub, imports: tuple[str, ...], exports: tuple[str, ...]
    ) -> None:
        """Measure by these sensors."""
        self.on_tick = hub.on_tick
        self._hub = hub
        self._clock = DeviceClock()
        self._plan = SourcePlan(imports, exports, max_gap=GAP_OF_CLAMP)
        self._meter = CounterMeter(self._plan)
        self._alignment = Alignment(sorted(self._plan.sensors))
        self._until = 0
        self._on_closed: OnClosed | None = None

    @property
    def registry_id(self) -> str:
        """The Fluksometer."""
        return self._hub.registry_id

    @property
    def now(self) -> int:
        """The time on the Fluksometer's clock."""
        return self._clock.now

    @property
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
        self._meter = CounterMeter(self._plan, state=state)

    def state(self) -> dict[str, Any]:
        """Return what a restart needs to continue."""
        return self._meter.state()

    def running(self) -> Running | None:
        """Return the running window as it stood when the sensors were asked."""
        now: float = self.now
        if now - self._until <= self._hub.pause + GAP_OF_CLAMP:
            now = min(now, self._until + GAP_OF_CLAMP)
        return self._meter.running(now)

    def profile(self, start: int, energy: float | None = None) -> PowerProfile | None:
        """Return the powers of a quarter."""
        return self._meter.profile(start, energy)

    @callback
    def start(self, on_closed: OnClosed) -> CALLBACK_TYPE:
        """Listen to the answers; returns what stops it.

        A Fluksometer keeps no month peaks.
        """
        self._on_closed = on_closed
        return self._hub.on_round.add(self._on_round)

    def _on_round(self, told: Told) -> None:
        if not self._follow(told):
            return
        for sensor in self._plan.sensors & told.keys():
            self._alignment.add(sensor, told[sensor])
        windows = []
        for moment in self._alignment.take():
            self._until = moment.time
            for sensor, power in moment.values.items():
                kilowatts = power / WATTS_PER_KILOWATT
                windows += self._meter.power(sensor, moment.time, kilowatts)
        if windows and self._on_closed is not None:
            self._on_closed(windows)

    def _follow(self, told: Told) -> bool:
        """Take the time from what speaks by itself; False when it cannot be true."""
        ends = {sensor: runs[-1].end for sensor, runs in told.items() if runs}
        if max(ends.values()) - time.time() > MAX_CLOCK_LEAD:
            return False
        spoken = [
            end
            for sensor, end in ends.items()
            if self._hub.readings[sensor].sensor.kind is RestKind.ELECTRICITY
        ]
        if spoken:
            self._clock.follow(max(spoken))
        return True
