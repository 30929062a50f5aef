"""Compare windows with the target, and tell what comes of it."""

from typing import Any

from .core.demand.ledger import MonthPeak
from .core.demand.limits import free_demand
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
from .demand_books import Closed
from .demand_memory import DemandMemory
from .demand_tariff import Tariff
from .listeners import Listeners


class DemandJudge:
    """The targets of a demand meter and its events; kW."""

    def __init__(self, memory: DemandMemory, tariff: Tariff) -> None:
        """Judge by what is remembered."""
        self.on_event = Listeners[[DemandEvent, dict[str, Any]]]()
        self.peak_risk: bool | None = None
        self._memory = memory
        self._tariff = tariff
        self._risk = PeakRisk()

    def target(self, start: int) -> float | None:
        """Return the demand up to which the window from `start` makes nothing dearer.

        None where nothing could: the window does not count, or nothing is known yet.
        """
        calendar = self._tariff.calendar
        free = free_demand(self._memory.ledger, start, calendar, self._tariff.profile)
        if free is None:
            return None
        goal = self._memory.goal.of(month_of(start, calendar.zone))
        return target(None, free, goal) or None

    def close(self, quarter: Window) -> None:
        """Remember a closed quarter and tell what the windows that end with it mean."""
        calendar = self._tariff.calendar
        month = month_of(quarter.start, calendar.zone)
        limit = self.target(calendar.window_start(quarter.start))
        previous = self._memory.ledger.peak(month)
        for closed in self._memory.add(quarter):
            self._tell(closed, limit, previous)

    def _tell(
        self, closed: Closed, limit: float | None, previous: MonthPeak | None
    ) -> None:
        window, change, known = closed
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
        """Compare the running window with its target."""
        limit = self.target(running.start)
        self.peak_risk = self._risk.update(
            running.start,
            running.projected,
            limit,
            elapsed=running.elapsed,
            remaining=running.remaining,
            certain=breaks(running.demand, limit),
        )
        if breaks(running.demand, limit):
            self._tell_exceeded(running.start, running.demand, limit)

    def _tell_exceeded(self, start: int, demand: float, limit: float | None) -> None:
        """Tell of a broken target, once for each window."""
        if limit is not None and self._memory.exceeded != start:
            self._memory.exceeded = start
            self.on_event.call(
                DemandEvent.TARGET_EXCEEDED, exceeded_attributes(start, demand, limit)
            )


def breaks(demand: float, limit: float | None) -> bool:
    """Tell whether a demand is above a target; equal ones may differ by rounding."""
    return limit is not None and peak_certain(round(demand, DECIMALS), limit)
