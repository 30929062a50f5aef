"""The windows of a demand meter from a quarter monitor."""

from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util

from ...core.demand.peaks.seeds import Seed
from ...core.demand.powers.profile import PowerProfile
from ...core.quarter_monitor.answers import Peak
from ...core.quarter_monitor.quarter import Quarter
from ...core.running import Running
from ...core.tariff.rule import Direction
from ...core.windows import QUARTER, WATTS_PER_KILOWATT, month_of
from ...demand.source import OnClosed
from .hub import MonitorHub

REMEMBERED: Final = 8


class MonitorSource:
    """Windows from means of 5 s; the monitor keeps the month peak of import alone."""

    recorded = None

    def __init__(
        self, hub: MonitorHub, direction: Direction = Direction.IMPORT
    ) -> None:
        """Measure what a monitor tells."""
        self.on_tick = hub.on_tick
        self._hub = hub
        self._direction = direction
        self._zone = dt_util.get_default_time_zone()
        # Quarters that are over, until their profiles are kept.
        self._over: dict[int, Quarter] = {}

    @property
    def registry_id(self) -> str:
        """The quarter monitor."""
        return self._hub.registry_id

    @property
    def now(self) -> int:
        """The time on the monitor's clock."""
        return self._hub.clock.now

    @property
    def alive(self) -> bool:
        """Whether the monitor tells what is measured."""
        return self._hub.alive

    @property
    def diagnostics(self) -> dict[str, Any]:
        """Nothing beside what is told of the monitor."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Need nothing: the monitor tells the running quarter from its beginning."""

    def state(self) -> dict[str, Any]:
        """Return nothing, as nothing is needed."""
        return {}

    def running(self) -> Running | None:
        """Return the running window."""
        quarter = self._hub.quarter
        if quarter is None:
            return None
        power = self._hub.powers.get(self._direction)
        return quarter.running(self.now, power, self._direction)

    def profile(self, start: int, energy: float | None = None) -> PowerProfile | None:
        """Return the powers of the running quarter, or of one that was just told."""
        quarter = self._over.get(start)
        running = self._hub.quarter
        if quarter is None and running is not None and running.id.start == start:
            quarter = running
        if quarter is None or not quarter.seen(self._direction):
            return None
        found = quarter.profile(self._direction)
        return found if energy is None else found.fitted(energy)

    @callback
    def start(self, on_closed: OnClosed) -> CALLBACK_TYPE:
        """Listen to the monitor; returns what stops it."""

        @callback
        def on_quarter(quarter: Quarter) -> None:
            if quarter.seen(self._direction):
                self._note(quarter)
                on_closed([quarter.window(self._direction)])

        @callback
        def on_peak(peak: Peak, stored: Quarter | None) -> None:
            if (seed := self._seed(peak, stored)) is not None:
                on_closed((), [seed])

        undos = [self._hub.on_closed.add(on_quarter)]
        if self._direction is Direction.IMPORT:
            undos.append(self._hub.on_peak.add(on_peak))

        @callback
        def stop() -> None:
            for undo in undos:
                undo()
            undos.clear()

        return stop

    def _note(self, quarter: Quarter) -> None:
        self._over[quarter.id.start] = quarter
        if len(self._over) > REMEMBERED:
            del self._over[min(self._over)]

    def _seed(self, peak: Peak, stored: Quarter | None) -> Seed | None:
        """Return a month peak of which nothing else is known.

        The monitor takes the mean of what it heard for that of the whole quarter: what
        is on the card of it, or comes from there soon, counts before.
        """
        running = peak.id.start + QUARTER > self.now
        if stored is not None or running or peak.id.start in self._hub.own_starts:
            return None
        demand = peak.watts / WATTS_PER_KILOWATT
        month = month_of(peak.id.start, self._zone)
        return Seed(month, demand, peak.id.start, final=False)
