"""Up to where a window makes nothing dearer, and whether one is above that."""

from ..core.demand.peaks.target import free_demand
from ..core.projection.projection import Outlook
from ..core.running import MINUTE, PeakRisk, Running, available, peak_certain, target
from ..core.windows import DECIMALS, month_of
from .memory.memory import DemandMemory
from .tariff import Tariff


class TargetWatch:
    """The targets of a demand meter's windows, and where the running one heads; kW."""

    def __init__(self, memory: DemandMemory, tariff: Tariff) -> None:
        """Compare with what is remembered."""
        self.peak_risk: bool | None = None
        self.outlook: Outlook | None = None
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

    def available(self, running: Running | None) -> float | None:
        """Return the constant power that keeps a running window to its target."""
        if running is None or (level := self.target(running.start)) is None:
            return None
        # Until a minute has passed, the risk is that of the window before.
        risky = bool(self.peak_risk) and running.elapsed >= MINUTE
        return available(level, running, risky=risky)

    def as_now(self, running: Running | None) -> bool | None:
        """Tell whether a running window breaks its target if the power stays as it is.

        None while that is not known.
        """
        if running is None or self.outlook is None:
            return None
        return (
            broken_target(self.outlook.as_now, self.target(running.start)) is not None
        )

    def certain(self, running: Running | None) -> bool | None:
        """Tell whether a running window is above its target already."""
        if running is None:
            return None
        return broken_target(running.demand, self.target(running.start)) is not None

    def follow(self, running: Running | None) -> float | None:
        """Look where the running window heads; return its target if that is broken."""
        if running is None:
            self.outlook = None
            return None
        level = self.target(running.start)
        broken = broken_target(running.demand, level)
        memory = self._memory
        self.outlook = memory.projection.follow(running, memory.last_window, level)
        self.peak_risk = self._risk.update(
            running.start,
            None if self.outlook is None else self.outlook.chance,
            level,
            elapsed=running.elapsed,
            remaining=running.remaining,
            demand=running.demand,
            certain=broken is not None,
        )
        return broken


def broken_target(demand: float, level: float | None) -> float | None:
    """Return a target if a demand is above it; equal ones may differ by rounding."""
    if level is None or not peak_certain(round(demand, DECIMALS), level):
        return None
    return level
