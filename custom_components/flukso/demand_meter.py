"""A demand meter: quarter-hour windows from a device's readings, remembered."""

from collections.abc import Iterable
from datetime import UTC, datetime
import time
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .const import (
    CONF_EXPORT_SENSORS,
    CONF_FLOOR,
    CONF_GOAL,
    CONF_IMPORT_SENSORS,
    CONF_SLUG,
    DEFAULT_FLOOR,
)
from .core.demand.ledger import MonthPeak
from .core.demand.meter import DemandMeter, Running
from .core.demand.projection import PeakRisk, available, peak_certain, target
from .core.demand.windows import Window, month_of
from .core.fluksometer.drops import DropReason
from .core.fluksometer.topics import Stream
from .demand_attributes import (
    DemandEvent,
    exceeded_attributes,
    month_attributes,
    window_attributes,
)
from .demand_memory import DemandMemory
from .demand_plan import make_plan
from .hub import FluksometerHub
from .listeners import Listeners
from .reading import LiveReading
from .reading_book import ConfigChange

# A stamp that far ahead would close windows that have not been.
MAX_CLOCK_LEAD = 900
WATTS_PER_KILOWATT = 1000.0


class DemandMeterHub:
    """Feed the windows of one grid connection and tell what they mean.

    All times are on the device's clock; kW throughout.
    """

    def __init__(
        self, hass: HomeAssistant, subentry: ConfigSubentry, hub: FluksometerHub
    ) -> None:
        """Prepare a demand meter; async_load() remembers, start() begins."""
        self.subentry_id = subentry.subentry_id
        self.name = subentry.title
        self.slug: str = subentry.data[CONF_SLUG]
        self.floor: float = subentry.data.get(CONF_FLOOR, DEFAULT_FLOOR)
        self.zone = dt_util.get_default_time_zone()
        self.on_update = Listeners[[]]()
        self.on_event = Listeners[[DemandEvent, dict[str, Any]]]()
        self.imports: tuple[str, ...] = tuple(subentry.data[CONF_IMPORT_SENSORS])
        self.exports: tuple[str, ...] = tuple(subentry.data[CONF_EXPORT_SENSORS])
        self._configured_goal: float | None = subentry.data.get(CONF_GOAL)
        self.hub = hub
        self._taps: dict[LiveReading, CALLBACK_TYPE] = {}
        self._risk = PeakRisk()
        self._exceeded: int | None = None
        self._clock: int | None = None
        self._plan = make_plan(self.hub.book, self.imports, self.exports)
        self._meter = DemandMeter(self._plan)
        self.memory = DemandMemory(
            hass,
            subentry_id=self.subentry_id,
            slug=self.slug,
            name=self.name,
            zone=self.zone,
            meter_state=self._meter_state,
        )
        self.running: Running | None = None
        self.peak_risk: bool | None = None

    async def async_load(self) -> None:
        """Continue where the last run of Home Assistant ended."""
        state = await self.memory.async_load(self._configured_goal, int(time.time()))
        self._meter = DemandMeter(self._plan, state=state)
        self.memory.publish()

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Listen to the readings; returns what stops it."""
        for reading in self.hub.book:
            self._tap(reading)
        undos = [
            self.hub.on_config.add(self._on_config),
            self.hub.on_tick.add(self._on_tick),
        ]

        @callback
        def stop() -> None:
            for undo in (*undos, *self._taps.values()):
                undo()
            self._taps.clear()

        return stop

    @property
    def alive(self) -> bool:
        """Whether all import sensors speak, so that the running window is known."""
        return self.running is not None and all(
            self.hub.available(reading)
            for reading in self._taps
            if reading.channel.sensor.id in self.imports
        )

    @property
    def demand(self) -> float | None:
        """Energy of the running window so far over the whole window's time."""
        return None if self.running is None else self.running.demand

    @property
    def projected_demand(self) -> float | None:
        """Where the running window ends if the power stays as it is."""
        return None if self.running is None else self.running.projected

    @property
    def available_power(self) -> float | None:
        """The constant power that would end the running window at the target."""
        if self.running is None:
            return None
        window = self.running
        return available(
            self.target, window.demand, window.remaining, window.end - window.start
        )

    @property
    def peak_certain(self) -> bool | None:
        """Whether the running window is above the target already."""
        if self.running is None:
            return None
        return peak_certain(self.running.demand, self.target)

    @property
    def last_window_demand(self) -> float | None:
        """Demand of the last closed window; at least that, if it was partly unseen."""
        window = self.memory.last_window
        return None if window is None else window.known_demand

    @property
    def month_peak(self) -> MonthPeak | None:
        """The highest window of the running month, None before the first."""
        return self.memory.ledger.peak(self._month)

    @property
    def month_peak_demand(self) -> float | None:
        """The month peak in kW."""
        peak = self.month_peak
        return None if peak is None else peak.demand

    @property
    def month_peak_time(self) -> datetime | None:
        """When the window of the month peak began."""
        peak = self.month_peak
        return None if peak is None else datetime.fromtimestamp(peak.start, UTC)

    @property
    def target(self) -> float:
        """The demand up to which this month gets no dearer."""
        return target(self.floor, self.month_peak_demand, self.goal) or self.floor

    @property
    def goal(self) -> float | None:
        """The peak that the household allows itself."""
        return self.memory.goal

    @callback
    def set_goal(self, goal: float) -> None:
        """Set the goal; 0 for none."""
        self.memory.set_goal(goal or None)
        self._judge()
        self.on_update.call()

    @property
    def marked_windows(self) -> int:
        """How many windows of this month were not fully seen."""
        return self.memory.ledger.unseen(self._month)

    @property
    def _month(self) -> str:
        clock = int(time.time()) if self._clock is None else self._clock
        return month_of(clock, self.zone)

    def _meter_state(self) -> dict[str, Any]:
        return self._meter.state()

    @callback
    def _on_config(self, change: ConfigChange) -> None:
        for reading in change.removed:
            if (undo := self._taps.pop(reading, None)) is not None:
                undo()
        for reading in change.added:
            self._tap(reading)
        if (plan := make_plan(self.hub.book, self.imports, self.exports)) != self._plan:
            self._plan = plan
            self._meter.replace_plan(plan)

    def _tap(self, reading: LiveReading) -> None:
        if reading.channel.sensor.id not in self.imports + self.exports:
            return
        is_counter = reading.channel.row.stream is Stream.COUNTER
        action = self._on_counter if is_counter else self._on_power
        self._taps[reading] = self.hub.tap(reading, action)

    def _on_counter(self, sensor_id: str, stamp: int, value: float) -> None:
        if self._on_time(stamp):
            self._closed(self._meter.counter(sensor_id, stamp, value))

    def _on_power(self, sensor_id: str, stamp: int, value: float) -> None:
        if self._on_time(stamp):
            power = value / WATTS_PER_KILOWATT
            self._closed(self._meter.power(sensor_id, stamp, power))

    def _on_time(self, stamp: int) -> bool:
        if stamp > time.time() + MAX_CLOCK_LEAD:
            self.hub.drops.count(DropReason.TIMESTAMP, time.monotonic())
            return False
        self._clock = stamp
        return True

    def _closed(self, windows: Iterable[Window]) -> None:
        closed = False
        for window in windows:
            closed = True
            self._announce(window)
        if closed:
            self.memory.publish()
            self._on_tick()

    def _announce(self, window: Window) -> None:
        if window.known_demand > self.target and self._exceeded != window.start:
            self._tell_exceeded(window.start, window.known_demand)
        previous = self.month_peak_of(window.start)
        peak = self.memory.add(window)
        self.on_event.call(DemandEvent.WINDOW_CLOSED, window_attributes(window))
        if peak is not None:
            attributes = window_attributes(window)
            attributes["previous_peak"] = None if previous is None else previous.demand
            self.on_event.call(DemandEvent.NEW_MONTH_PEAK, attributes)
        month = month_of(window.start, self.zone)
        if month_of(window.end, self.zone) != month:
            self._tell_month(month)

    def month_peak_of(self, timestamp: int) -> MonthPeak | None:
        """Return the peak so far of the month of a moment."""
        return self.memory.ledger.peak(month_of(timestamp, self.zone))

    def _tell_month(self, month: str) -> None:
        ledger = self.memory.ledger
        self.on_event.call(
            DemandEvent.MONTH_CLOSED,
            month_attributes(month, ledger.peak(month), ledger.unseen(month)),
        )

    def _tell_exceeded(self, start: int, demand: float) -> None:
        self._exceeded = start
        self.on_event.call(
            DemandEvent.TARGET_EXCEEDED,
            exceeded_attributes(start, demand, self.target),
        )

    @callback
    def _on_tick(self) -> None:
        if self._clock is not None:
            self.running = self._meter.running(self._clock)
            self.memory.touch()
        self._judge()
        self.on_update.call()

    def _judge(self) -> None:
        """Compare the running window with the target."""
        if self.running is None:
            return
        self.peak_risk = self._risk.update(
            self.running.start, self.running.projected, self.target
        )
        if self.peak_certain and self._exceeded != self.running.start:
            self._tell_exceeded(self.running.start, self.running.demand)
