"""A demand meter: quarter-hour windows from a device's readings, remembered."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import batched
import time

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..const import CONF_EXPORT_SENSORS, CONF_IMPORT_SENSORS, CONF_SLUG
from ..core.demand.history.intake import ImportCounts
from ..core.demand.peaks.bill import Bill
from ..core.demand.peaks.ledger import MonthPeak
from ..core.demand.peaks.seeds import Seed
from ..core.projection.projection import Outlook
from ..core.running import Running
from ..core.tariff.forecast import RampTrace
from ..core.windows import WATTS_PER_KILOWATT, Window, month_end, month_of
from ..helpers.listeners import Listeners
from ..helpers.steps import Steps
from .events import DemandEvents, Outcome
from .goal import Goal, GoalScope
from .memory.imports import NO_PROFILES, Profiles
from .memory.memory import DemandMemory
from .source import WindowSource
from .target import TargetWatch, broken_target
from .tariff import Tariff

# Weeks of quarters may end at once: a day of them is dealt with in a step.
STEP = 96


class DemandMeter:
    """Feed the windows of one grid connection and tell what they mean.

    All times are on the device's clock; kW throughout.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        subentry: ConfigSubentry,
        source: WindowSource,
        tariff: Tariff,
    ) -> None:
        """Prepare a demand meter; async_load() remembers, start() begins."""
        self.subentry_id = subentry.subentry_id
        self.name = subentry.title
        self.slug: str = subentry.data[CONF_SLUG]
        self.tariff = tariff
        self.zone = tariff.calendar.zone
        self.on_update = Listeners[[]]()
        self.on_bill = Listeners[[]]()
        self.imports = tuple[str, ...](subentry.data.get(CONF_IMPORT_SENSORS, ()))
        self.exports = tuple[str, ...](subentry.data.get(CONF_EXPORT_SENSORS, ()))
        self.source = source
        self._undos: list[CALLBACK_TYPE] = []
        goal = Goal.of_settings(subentry.data, self.month)
        self.memory = DemandMemory(hass, subentry, source, tariff, goal)
        self._target = TargetWatch(self.memory, tariff)
        self._events = DemandEvents(self.memory)
        self.on_event = self._events.on_event
        self.running: Running | None = None
        self.ramp = RampTrace()
        self.bill: Bill | None = None
        self._billed = ""
        self._steps = Steps(hass, f"flukso windows of {self.name}")

    async def async_load(self) -> None:
        """Continue where the last run of Home Assistant ended."""
        state = await self.memory.async_load(int(time.time()))
        self.source.restore(state)
        self.memory.publish()
        self._make_bill()

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Listen to the readings; returns stop()."""
        self._undos = [
            self.source.start(self._on_closed),
            self.source.on_tick.add(self._on_tick),
        ]
        return self.stop

    @callback
    def stop(self) -> None:
        """Listen no longer; safe to repeat."""
        for undo in self._undos:
            undo()
        self._undos.clear()
        self._steps.finish()

    @property
    def alive(self) -> bool:
        """Whether everything that measures speaks, so that the window is known."""
        return self.running is not None and self.source.alive

    @property
    def demand(self) -> float | None:
        """Energy of the running window so far over the whole window's time."""
        return None if self.running is None else self.running.demand

    @property
    def outlook(self) -> Outlook | None:
        """How the running window will end, None when that is not known."""
        return self._target.outlook

    @property
    def projected_demand(self) -> float | None:
        """Where the running window is likely to end."""
        return None if self.outlook is None else self.outlook.likely

    @property
    def available_watts(self) -> float | None:
        """The constant power that keeps the running window to its target, W."""
        power = self._target.available(self.running)
        return None if power is None else power * WATTS_PER_KILOWATT

    @property
    def peak_certain(self) -> bool | None:
        """Whether the running window is above the target already."""
        return self._target.certain(self.running)

    @property
    def peak_risk(self) -> bool | None:
        """Whether the running window is heading above the target."""
        return self._target.peak_risk

    @property
    def peak_as_now(self) -> bool | None:
        """Whether the running window ends above the target if the power stays."""
        return self._target.as_now(self.running)

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
        """The demand that this month is billed by: in Flanders a mean of 12 months."""
        return self.memory.ledger.billed_demand(self.month, self.tariff.profile)

    @property
    def target(self) -> float | None:
        """The demand up to which the running window makes nothing dearer."""
        return self._target.target(self._window_start)

    @property
    def counts(self) -> float:
        """How much of its demand the running window counts for."""
        return self.tariff.calendar.weight(self._window_start)

    @property
    def goal(self) -> float | None:
        """The peak that the household allows itself."""
        return self.memory.goal.of(self.month)

    @callback
    def set_goal(self, goal: float) -> None:
        """Set the goal; 0 for none."""
        self.memory.goal.set(goal or None, self.month)
        self._set_by_hand()

    @callback
    def set_goal_scope(self, scope: GoalScope) -> None:
        """Let the goal stand for good, or for this month only."""
        self.memory.goal.set_scope(scope, self.month)
        self._set_by_hand()

    def _set_by_hand(self) -> None:
        self.memory.touch()
        self._update()

    async def async_override(self, month: str, peak: tuple[float, int] | None) -> None:
        """Take somebody's word on a month: kW and start, or None to forget it.

        The window that runs, and those after it, count beside it.
        """
        since = min(self._window_start, month_end(month, self.zone))
        await self.memory.async_override(month, since, peak)
        self._corrected()

    async def async_restore_measured(self, month: str) -> None:
        """Let what was measured of a month count again."""
        await self.memory.async_restore_measured(month)
        self._corrected()

    async def async_import(
        self, windows: Iterable[Window], profiles: Profiles = NO_PROFILES
    ) -> ImportCounts:
        """Take windows of any month that were measured elsewhere, or meanwhile."""
        counts = await self.memory.async_import(windows, profiles)
        self._corrected()
        return counts

    async def async_profile(self, start: int) -> list[int | None] | None:
        """Return the mean powers of 5 s of the window from `start` (unix s), W.

        None for a step that was not seen, and where nothing is known or kept.
        """
        return await self.memory.profiles.async_window(start)

    def _corrected(self) -> None:
        self._make_bill()
        self._on_tick()

    @property
    def marked_windows(self) -> int:
        """How many windows of this month were not fully seen."""
        return self.memory.ledger.unseen(self.month)

    @property
    def month(self) -> str:
        """The running month (YYYY-MM) on the device's clock."""
        return month_of(self.source.now, self.zone)

    @property
    def _window_start(self) -> int:
        if self.running is not None:
            return self.running.start
        return self.tariff.calendar.window_start(self.source.now)

    @callback
    def _on_closed(self, windows: Sequence[Window], peaks: Sequence[Seed] = ()) -> None:
        self._steps.add(self._close(windows, peaks))

    def _close(self, closed: Sequence[Window], peaks: Sequence[Seed]) -> Iterator[None]:
        """Remember closed quarters and a meter's month peaks, step by step; then tell.

        In this order, so that a month that ends is told as it is billed.
        """
        outcomes: list[Outcome] = []
        for some in batched(closed, STEP, strict=False):
            outcomes += [item for quarter in some for item in self._remember(quarter)]
            yield
        if peaks:
            self.memory.take_month_peaks(peaks)
        for known in batched(outcomes, STEP, strict=False):
            for outcome in known:
                self._events.window_closed(outcome)
            yield
        self.memory.publish()
        self._corrected()

    def _remember(self, quarter: Window) -> list[Outcome]:
        """Remember a quarter; return the windows that end with it, and what they met."""
        target = self._target.target(self.tariff.calendar.window_start(quarter.start))
        previous = self.memory.ledger.peak(month_of(quarter.start, self.zone))
        return [
            Outcome(closed, broken_target(closed.window.known_demand, target), previous)
            for closed in self.memory.add(quarter)
        ]

    def _make_bill(self) -> None:
        """Compute what the month costs as it stands."""
        month, memory = self.month, self.memory
        self.bill = self.tariff.bill(
            memory.ledger, memory.archive.recent, month, self.source.now
        )
        self._billed = month
        self.on_bill.call()

    @callback
    def _on_tick(self) -> None:
        self.memory.profiles.collect(self.source.now)
        self.running = self.memory.running(self.source.running())
        if self.running is not None:
            self.memory.touch()
            self.ramp.follow(self.running)
        if self._billed != self.month:
            self._make_bill()
        self._update()

    def _update(self) -> None:
        """Compare the running window with its target, and let everybody know."""
        running = self.running
        target = self._target.follow(running)
        if running is not None and target is not None:
            self._events.target_exceeded(running.start, running.demand, target)
        self.on_update.call()
