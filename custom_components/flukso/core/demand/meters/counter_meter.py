"""The demand meter: readings in, closed windows and the running one out."""

from contextlib import suppress

from ...running import Running, projected
from ...stored import Damaged, record
from ...windows import HOUR, Window
from ..grid.grid import GridMeter, SourcePlan
from ..powers.profile import STEPS, PowerProfile
from .drawn import DrawnPowers
from .tracker import WindowTracker


class CounterMeter:
    """Measures the windows of one grid connection."""

    __slots__ = ("_drawn", "_grid", "_length", "_plan", "_tracker")

    def __init__(
        self, plan: SourcePlan, length: int = 900, state: object = None
    ) -> None:
        """Start anew, or go on from `state`; one that does not fit is ignored."""
        self._plan = plan
        self._length = length
        self._grid = GridMeter(plan)
        self._tracker = WindowTracker(length)
        self._drawn = DrawnPowers()
        if state is not None:
            self._restore(state)

    def counter(self, sensor: str, timestamp: float, energy: float) -> list[Window]:
        """Take a cumulative reading (unix s, kWh); return the windows it closes."""
        point = self._grid.counter(sensor, timestamp, energy)
        if point is None:
            return []
        self._drawn.note(point)
        return self._tracker.advance(point)

    def power(self, sensor: str, timestamp: float, power: float) -> list[Window]:
        """Take a power reading (unix s, kW); return the windows it closes."""
        point = self._grid.power(sensor, timestamp, power)
        if point is None:
            return []
        self._drawn.note(point)
        return self._tracker.advance(point)

    def tear(self) -> None:
        """Take that the clock changes: the next reading is on another one."""
        self._tracker.tear()

    def profile(self, start: int, energy: float | None = None) -> PowerProfile | None:
        """Return the powers of the quarter from `start` (unix s), as far as they are known.

        None when nothing is, as of one that ended long ago. `energy` in kWh of one that
        was wholly seen: the powers are made to fit it.
        """
        if self._drawn.forgotten(start):
            return None
        return self._drawn.profile(start, self._grid.powers(start, STEPS), energy)

    def running(self, now: float, power: float | None = None) -> Running | None:
        """Return the running window at `now` on the meter's clock.

        None before the first reading, and when the readings stopped in a window that
        is over: then nothing is known about the one that runs. `power` kW is what is
        drawn now, where that is known better than by the gauges.
        """
        window = self._tracker.running
        if window is None:
            return None
        silence = now - window.last
        silent = silence > self._plan.max_gap
        end = window.start + self._length
        if silent and now >= end:
            return None
        elapsed = min(max(now, window.last) - window.start, self._length)
        demand = window.energy * HOUR / self._length
        if silent:
            power = None
        elif power is None:
            power = self._grid.power_now
        passed = elapsed if silent else window.last - window.start
        return Running(
            start=window.start,
            end=end,
            elapsed=elapsed,
            remaining=self._length - elapsed,
            demand=demand,
            power=power,
            projected=None
            if power is None
            else projected(demand, power, end - window.last, self._length),
            coverage=min(1.0, window.seen / passed) if passed > 0 else 1.0,
        )

    @property
    def end(self) -> int | None:
        """Return when the running window ends, unix s; None before the first reading."""
        window = self._tracker.running
        return None if window is None else window.start + self._length

    def replace_plan(self, plan: SourcePlan, *, others: bool = False) -> None:
        """Measure by other sensors; the running window keeps its energy.

        others: they are other ones also where they go by the same names.
        """
        if (window := self._tracker.running) is not None:
            gauged = self._grid.powers(window.start, STEPS)
            self._drawn.keep(window.start, gauged)
        self._plan = plan
        self._grid = self._grid.successor(plan, others=others)

    def state(self) -> dict[str, object]:
        """Return what a restart needs to go on in the same window, JSON-able."""
        return {
            "length": self._length,
            "grid": self._grid.to_dict(),
            "window": self._tracker.to_dict(),
            "powers": self._power_row(),
        }

    def _power_row(self) -> list[int | None] | None:
        window = self._tracker.running
        if window is None:
            return None
        gauged = self._grid.powers(window.start, STEPS)
        return self._drawn.to_row(window.start, gauged)

    def _restore(self, state: object) -> None:
        """Go on from a stored state if it fits."""
        try:
            # What earlier versions did not keep.
            stored = record({"powers": None, **record(state)}, KEYS)
            if stored["length"] != self._length:
                raise Damaged("windows of another length")
            grid = GridMeter(self._plan, stored["grid"])
            tracker = WindowTracker(self._length, stored["window"])
        except ValueError:
            return
        self._grid, self._tracker = grid, tracker
        # Without what it looked like, the window goes on all the same.
        with suppress(ValueError):
            self._drawn = DrawnPowers(stored["powers"])


KEYS = frozenset({"length", "grid", "window", "powers"})
