"""Compare windows with the target, and tell what comes of it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from typing import Any, Final, NamedTuple

from ..core.demand.peaks.ledger import MonthPeak
from ..core.demand.peaks.seeds import Seed
from ..core.demand.peaks.target import free_demand
from ..core.running import PeakRisk, Running, peak_certain, target
from ..core.windows import DECIMALS, Window, month_of
from ..helpers.listeners import Listeners
from .attributes import (
    DemandEvent,
    exceeded_attributes,
    month_attributes,
    new_peak_attributes,
    window_attributes,
)
from .memory.memory import DemandMemory
from .memory.tariff_windows import Closed
from .tariff import Tariff

# Weeks of quarters may end at once: a day of them is dealt with in a step.
STEP: Final = 96


class Verdict(NamedTuple):
    """A window, and the target and the month peak (kW) that it met."""

    closed: Closed
    limit: float | None
    previous: MonthPeak | None


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

    def close(
        self, quarters: Iterable[Window], found: Sequence[Seed]
    ) -> Iterator[None]:
        """Remember closed quarters, and month peaks that a meter keeps, step by step.

        It is told afterwards, so that a month that ends is told as it is billed.
        """
        verdicts: list[Verdict] = []
        for some in batched(quarters, STEP, strict=False):
            verdicts += [item for quarter in some for item in self._count(quarter)]
            yield
        if found:
            self._memory.settle(found)
        for told in batched(verdicts, STEP, strict=False):
            for verdict in told:
                self._tell(*verdict)
            yield

    def _count(self, quarter: Window) -> list[Verdict]:
        """Remember a closed quarter; return the windows that end with it."""
        calendar = self._tariff.calendar
        month = month_of(quarter.start, calendar.zone)
        limit = self.target(calendar.window_start(quarter.start))
        previous = self._memory.ledger.peak(month)
        return [
            Verdict(closed, limit, previous) for closed in self._memory.add(quarter)
        ]

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
