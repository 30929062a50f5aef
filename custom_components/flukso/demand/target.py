"""Up to where a window makes nothing dearer, and whether one is above that."""

from ..core.demand.peaks.target import free_demand
from ..core.running import PeakRisk, Running, peak_certain, target
from ..core.windows import DECIMALS, month_of
from .memory.memory import DemandMemory
from .tariff import Tariff


class TargetWatch:
    """The targets of a demand meter's windows, and where the running one heads; kW."""

    def __init__(self, memory: DemandMemory, tariff: Tariff) -> None:
        """Compare with what is remembered."""
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

    def follow(self, running: Running) -> float | None:
        """Compare the running window; return its target if that is broken already."""
        level = self.target(running.start)
        broken = broken_target(running.demand, level)
        self.peak_risk = self._risk.update(
            running.start,
            running.projected,
            level,
            elapsed=running.elapsed,
            remaining=running.remaining,
            certain=broken is not None,
        )
        return broken


def broken_target(demand: float, level: float | None) -> float | None:
    """Return a target if a demand is above it; equal ones may differ by rounding."""
    if level is None or not peak_certain(round(demand, DECIMALS), level):
        return None
    return level
