"""Let listeners know what happens to the demand."""

from typing import Any, NamedTuple

from homeassistant.core import callback

from ..core.demand.peaks.ledger import MonthPeak
from ..helpers.listeners import Listeners
from .attributes import (
    DemandEvent,
    exceeded_attributes,
    month_attributes,
    new_peak_attributes,
    window_attributes,
)
from .memory.memory import DemandMemory
from .memory.tariff_windows import ClosedWindow


class Outcome(NamedTuple):
    """A closed window, the target that it broke (kW), and the month's peak before it."""

    closed: ClosedWindow
    broken: float | None
    previous: MonthPeak | None


class DemandEvents:
    """The events of a demand meter."""

    def __init__(self, memory: DemandMemory) -> None:
        """Begin with nobody listening; the memory knows which window broke a target."""
        self.on_event = Listeners[[DemandEvent, dict[str, Any]]]()
        self._memory = memory

    @callback
    def window_closed(self, outcome: Outcome) -> None:
        """Let listeners know of a window that has been remembered."""
        window, change, revised = outcome.closed
        if outcome.broken is not None:
            self.target_exceeded(window.start, window.known_demand, outcome.broken)
        if not revised:
            self.on_event.call(DemandEvent.WINDOW_CLOSED, window_attributes(window))
        if change.new_peak is not None:
            self.on_event.call(
                DemandEvent.NEW_MONTH_PEAK,
                new_peak_attributes(window, outcome.previous),
            )
        if change.closed_month is not None and not revised:
            self.on_event.call(
                DemandEvent.MONTH_CLOSED,
                month_attributes(change.closed_month, self._memory.ledger),
            )

    @callback
    def target_exceeded(self, start: int, demand: float, target: float) -> None:
        """Let listeners know of a broken target (kW), once for each window."""
        if self._memory.exceeded != start:
            self._memory.exceeded = start
            self.on_event.call(
                DemandEvent.TARGET_EXCEEDED, exceeded_attributes(start, demand, target)
            )
