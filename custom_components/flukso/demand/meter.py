"""A demand meter: quarter-hour windows from a device's readings, remembered."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
import time

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..const import (
    CONF_EXPORT_SENSORS,
    CONF_GOAL,
    CONF_GOAL_SCOPE,
    CONF_IMPORT_SENSORS,
    CONF_SLUG,
)
from ..core.demand.history.intake import ImportCounts
from ..core.demand.peaks.bill import (
    Bill,
    Energy,
    bill,
    days_of,
    energy_of_days,
    energy_of_year,
)
from ..core.demand.peaks.ledger import MonthPeak
from ..core.demand.peaks.seeds import Seed
from ..core.running import Running, available
from ..core.tariff.forecast import RampTrace
from ..core.windows import WATTS_PER_KILOWATT, Window, month_end, month_of
from ..helpers.listeners import Listeners
from ..helpers.steps import Steps
from .goal import Goal, GoalScope
from .memory.imports import NO_PROFILES, Profiles
from .memory.memory import DemandMemory
from .source import WindowSource
from .target import DemandJudge, breaks
from .tariff import Tariff


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
        self.memory = DemandMemory(
            hass,
            subentry_id=self.subentry_id,
            slug=self.slug,
            name=self.name,
            tariff=tariff,
            goal=Goal(
                subentry.data.get(CONF_GOAL),
                GoalScope(subentry.data.get(CONF_GOAL_SCOPE, GoalScope.ALWAYS)),
                self.month,
            ),
            meter_state=source.state,
            profile=source.profile,
        )
        self._judge = DemandJudge(self.memory, tariff)
        self.on_event = self._judge.on_event
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
            self.source.start(self._closed, lambda found: self._closed((), found)),
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
    def projected_demand(self) -> float | None:
        """Where the running window ends if the power stays as it is."""
        return None if self.running is None else self.running.projected

    @property
    def available_power(self) -> float | None:
        """The constant power that would end the running window at the target."""
        if self.running is None or (limit := self.target) is None:
            return None
        window = self.running
        return available(
            limit, window.demand, window.remaining, window.end - window.start
        )

    @property
    def available_watts(self) -> float | None:
        """The same in W."""
        power = self.available_power
        return None if power is None else power * WATTS_PER_KILOWATT

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
        """The demand that this month is billed by: in Flanders a mean of 12 months."""
        return self.memory.ledger.billed_demand(self.month, self.tariff.profile)

    @property
    def target(self) -> float | None:
        """The demand up to which the running window makes nothing dearer."""
        return self._judge.target(self._window_start)

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
        self._follow()
        self.on_update.call()

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

    def _closed(self, windows: Sequence[Window], found: Sequence[Seed] = ()) -> None:
        self._steps.add(self._close(windows, found))

    def _close(
        self, windows: Sequence[Window], found: Sequence[Seed]
    ) -> Iterator[None]:
        yield from self._judge.close(windows, found)
        self.memory.publish()
        self._corrected()

    def _make_bill(self) -> None:
        """Compute what the month costs as it stands."""
        month, ledger = self.month, self.memory.ledger
        quarters = self.memory.archive.recent
        energy = Energy(
            month=energy_of_days(quarters, self.source.now, days_of(month)),
            year=energy_of_year(ledger, month, self.zone),
        )
        self.bill = bill(ledger, self.tariff.profile, month, energy)
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
        self._follow()
        self.on_update.call()

    def _follow(self) -> None:
        if self.running is not None:
            self._judge.follow(self.running)
