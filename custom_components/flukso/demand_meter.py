"""A demand meter: quarter-hour windows from a device's readings, remembered."""

from collections.abc import Iterable
from datetime import UTC, datetime
import time

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
from .core.demand.history import Seed
from .core.demand.ledger import MonthPeak
from .core.demand.meter import Running
from .core.demand.projection import available
from .core.demand.windows import Window, month_of
from .demand_feed import DemandFeed
from .demand_judge import DemandJudge, breaks
from .demand_memory import DemandMemory
from .listeners import Listeners


class DemandMeterHub:
    """Feed the windows of one grid connection and tell what they mean.

    All times are on the device's clock; kW throughout.
    """

    def __init__(
        self, hass: HomeAssistant, subentry: ConfigSubentry, feed: DemandFeed
    ) -> None:
        """Prepare a demand meter; async_load() remembers, start() begins."""
        self.subentry_id = subentry.subentry_id
        self.name = subentry.title
        self.slug: str = subentry.data[CONF_SLUG]
        self.floor: float = subentry.data.get(CONF_FLOOR, DEFAULT_FLOOR)
        self.zone = dt_util.get_default_time_zone()
        self.on_update = Listeners[[]]()
        self.imports: tuple[str, ...] = tuple(
            subentry.data.get(CONF_IMPORT_SENSORS, ())
        )
        self.exports: tuple[str, ...] = tuple(
            subentry.data.get(CONF_EXPORT_SENSORS, ())
        )
        self.feed = feed
        self._configured_goal: float | None = subentry.data.get(CONF_GOAL)
        self._undos: list[CALLBACK_TYPE] = []
        self.memory = DemandMemory(
            hass,
            subentry_id=self.subentry_id,
            slug=self.slug,
            name=self.name,
            zone=self.zone,
            meter_state=feed.state,
        )
        self._judge = DemandJudge(self.memory, self.floor, self.zone)
        self.on_event = self._judge.on_event
        self.running: Running | None = None

    async def async_load(self) -> None:
        """Continue where the last run of Home Assistant ended."""
        state = await self.memory.async_load(self._configured_goal, int(time.time()))
        self.feed.restore(state)
        self.memory.publish()

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Listen to the readings; returns stop()."""
        self._undos = [
            self.feed.start(self._closed, self._settled),
            self.feed.on_tick.add(self._on_tick),
        ]
        return self.stop

    @callback
    def stop(self) -> None:
        """Listen no longer; safe to repeat."""
        for undo in self._undos:
            undo()
        self._undos.clear()

    @property
    def alive(self) -> bool:
        """Whether everything that measures speaks, so that the window is known."""
        return self.running is not None and self.feed.alive

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
        return breaks(self.running.demand, self.target)

    @property
    def peak_risk(self) -> bool | None:
        """Whether the running window is heading above the target."""
        return self._judge.peak_risk

    @property
    def last_window_demand(self) -> float | None:
        """Demand of the last closed window; at least that, if it was partly unseen."""
        window = self.memory.last_window
        return None if window is None else window.known_demand

    @property
    def month_peak(self) -> MonthPeak | None:
        """The highest window of the running month, None before the first."""
        return self.memory.ledger.peak(self.month)

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
    def rolling_peak(self) -> float | None:
        """The mean peak of the last 12 months with this one, as it is billed."""
        return self.memory.ledger.rolling_peak(self.month, self.floor)

    @property
    def target(self) -> float:
        """The demand up to which this month gets no dearer."""
        return self._judge.target(self.month)

    @property
    def goal(self) -> float | None:
        """The peak that the household allows itself."""
        return self.memory.goal

    @callback
    def set_goal(self, goal: float) -> None:
        """Set the goal; 0 for none."""
        self.memory.set_goal(goal or None)
        self._follow()
        self.on_update.call()

    @property
    def marked_windows(self) -> int:
        """How many windows of this month were not fully seen."""
        return self.memory.ledger.unseen(self.month)

    @property
    def month(self) -> str:
        """The month that runs (YYYY-MM)."""
        return month_of(self.feed.now, self.zone)

    def _closed(self, windows: Iterable[Window]) -> None:
        for window in windows:
            self._judge.close(window)
        self.memory.publish()
        self._on_tick()

    def _settled(self, found: Iterable[Seed]) -> None:
        self.memory.settle(found)
        self.memory.publish()
        self._on_tick()

    @callback
    def _on_tick(self) -> None:
        self.running = self.feed.running()
        if self.running is not None:
            self.memory.touch()
        self._follow()
        self.on_update.call()

    def _follow(self) -> None:
        if self.running is not None:
            self._judge.follow(self.running)
