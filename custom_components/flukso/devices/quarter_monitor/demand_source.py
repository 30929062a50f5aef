"""The windows of a demand meter from a quarter monitor."""

from dataclasses import replace
from typing import Any, Final, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util

from ...core.demand.peaks.seeds import SECONDS_PER_DAY, Seed, moved_peak
from ...core.demand.powers.profile import PowerProfile
from ...core.quarter_monitor.answers import Peak
from ...core.quarter_monitor.quarter import Quarter
from ...core.quarter_monitor.quarter_id import QuarterId
from ...core.running import Running
from ...core.tariff.rule import Direction
from ...core.windows import QUARTER, WATTS_PER_KILOWATT, month_of
from ...helpers.listeners import call_all
from ..demand_source import HubSource
from .hub import MonitorHub

REMEMBERED: Final = 8


class MonitorSource(HubSource[MonitorHub]):
    """Windows from means of 5 s; the monitor keeps the month peak of import alone."""

    def __init__(
        self, hub: MonitorHub, direction: Direction = Direction.IMPORT
    ) -> None:
        """Measure what a monitor tells."""
        super().__init__(hub, hub.judge)
        self._direction = direction
        self._zone = dt_util.get_default_time_zone()
        # Quarters that are over, until their profiles are kept.
        self._over: dict[int, Quarter] = {}

    @property
    @override
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
        if (quarter := self._hub.quarter) is None:
            return None
        quarter = self._dated(quarter)
        power = self._hub.powers.get(self._direction)
        return quarter.running(self.now, power, self._direction)

    def profile(self, start: int, energy: float | None = None) -> PowerProfile | None:
        """Return the powers of the running quarter, or of one that was just told."""
        quarter = self._over.get(start)
        running = self._hub.quarter
        if quarter is None and running is not None:
            running = self._dated(running)
            quarter = running if running.id.start == start else None
        if quarter is None or not quarter.seen(self._direction):
            return None
        found = quarter.profile(self._direction)
        return found if energy is None else found.fitted(energy)

    @override
    def _listen(self) -> CALLBACK_TYPE:
        undos = [self._hub.on_closed.add(self._on_quarter)]
        if self._direction is Direction.IMPORT:
            undos.append(self._hub.on_peak.add(self._on_peak))
        return call_all(*undos)

    @callback
    def _on_quarter(self, quarter: Quarter) -> None:
        if quarter.seen(self._direction):
            quarter = self._dated(quarter)
            self._note(quarter)
            self._hand_over([quarter.window(self._direction)])

    def _dated(self, quarter: Quarter) -> Quarter:
        """Return a quarter with the host's date, where the monitor's is another."""
        shift = self._judge.mode.shift
        if not shift:
            return quarter
        start, summer = quarter.id
        return replace(quarter, id=QuarterId(start - shift, summer))

    @callback
    def _on_peak(self, peak: Peak, stored: Quarter | None) -> None:
        if (seed := self._seed(peak, stored)) is not None:
            self._hand_over((), [seed])

    def _note(self, quarter: Quarter) -> None:
        self._over[quarter.id.start] = quarter
        if len(self._over) > REMEMBERED:
            del self._over[min(self._over)]

    def _seed(self, peak: Peak, stored: Quarter | None) -> Seed | None:
        """Return a month peak of which nothing else is known.

        The monitor takes the mean of what it heard for that of the whole quarter: what
        is on the card of it, or comes from there soon, counts before.
        """
        if stored is not None or peak.id.start in self._hub.own_starts:
            return None
        demand = peak.watts / WATTS_PER_KILOWATT
        shift = self._judge.mode.shift
        found = moved_peak((peak.id.start + QUARTER, demand), shift, self._zone)
        if found is None or found[0] > self.now or abs(shift) > SECONDS_PER_DAY:
            return None
        start = found[0] - QUARTER
        return Seed(month_of(start, self._zone), demand, start, final=False)
