"""Compare windows with the target, and tell what comes of it."""

from datetime import tzinfo
from typing import Any

from .core.demand.meter import Running
from .core.demand.projection import PeakRisk, peak_certain, target
from .core.demand.windows import DECIMALS, Window, month_of
from .demand_attributes import (
    DemandEvent,
    exceeded_attributes,
    month_attributes,
    new_peak_attributes,
    window_attributes,
)
from .demand_memory import DemandMemory
from .listeners import Listeners


class DemandJudge:
    """The targets of a demand meter and its events; kW."""

    def __init__(self, memory: DemandMemory, floor: float, zone: tzinfo) -> None:
        """Judge by what is remembered; months count for floor at least."""
        self.on_event = Listeners[[DemandEvent, dict[str, Any]]]()
        self.peak_risk: bool | None = None
        self._memory = memory
        self._floor = floor
        self._zone = zone
        self._risk = PeakRisk()

    def target(self, month: str) -> float:
        """Return the demand up to which a month (YYYY-MM) gets no dearer."""
        peak = self._memory.ledger.peak(month)
        demand = None if peak is None else peak.demand
        return target(self._floor, demand, self._memory.goal) or self._floor

    def close(self, window: Window) -> None:
        """Remember a closed window and tell what it means."""
        month = month_of(window.start, self._zone)
        limit = self.target(month)
        previous = self._memory.ledger.peak(month)
        known = self._memory.knows(window.start)
        change = self._memory.add(window)
        if change is None:
            return
        if breaks(window.known_demand, limit):
            self._tell_exceeded(window.start, window.known_demand, limit)
        if not known:
            self.on_event.call(DemandEvent.WINDOW_CLOSED, window_attributes(window))
        if change.new_peak is not None:
            self.on_event.call(
                DemandEvent.NEW_MONTH_PEAK, new_peak_attributes(window, previous)
            )
        if change.closed_month is not None and not known:
            self.on_event.call(
                DemandEvent.MONTH_CLOSED,
                month_attributes(change.closed_month, self._memory.ledger),
            )

    def follow(self, running: Running) -> None:
        """Compare the running window with the target of its month."""
        limit = self.target(month_of(running.start, self._zone))
        self.peak_risk = self._risk.update(running.start, running.projected, limit)
        if breaks(running.demand, limit):
            self._tell_exceeded(running.start, running.demand, limit)

    def _tell_exceeded(self, start: int, demand: float, limit: float) -> None:
        """Tell of a broken target, once for each window."""
        if self._memory.exceeded != start:
            self._memory.exceeded = start
            self.on_event.call(
                DemandEvent.TARGET_EXCEEDED, exceeded_attributes(start, demand, limit)
            )


def breaks(demand: float, limit: float) -> bool:
    """Tell whether a demand is above a target; equal ones may differ by rounding."""
    return peak_certain(round(demand, DECIMALS), limit)
