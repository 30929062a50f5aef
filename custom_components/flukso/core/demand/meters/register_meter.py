"""The demand meter of a P1 port: the windows as the meter itself counts them."""

from dataclasses import replace
from typing import NamedTuple

from ...running import Running
from ...stored import Damaged, moment, record
from ...windows import DECIMALS, HOUR, Source, Window
from ..grid.grid import SourcePlan
from ..peaks.seeds import agree
from ..powers.profile import PowerProfile
from .counter_meter import CounterMeter
from .ramp import Ramp, Reading

IMPORT = "import"
EXPORT = "export"
# Some meters speak every 10 s; one lost telegram is no silence, s.
MAX_GAP = 30.0


class Correction(NamedTuple):
    """A window that the meter bills by another demand than was measured: unix s, kW."""

    start: int
    ours: float
    meter: float


class RegisterMeter:
    """Measures the windows of a meter that may have demand registers.

    What it returns may hold a window anew that was closed before: then the meter's
    own peak told it exactly. `corrected` is the last one that was far off.
    """

    __slots__ = (
        "_counters",
        "_current",
        "_last_window",
        "_length",
        "_parted",
        "_ramp",
        "corrected",
    )

    def __init__(self, length: int = 900, state: object = None) -> None:
        """Start anew, or go on from `state`; one that does not fit is ignored."""
        self._length = length
        self._counters = CounterMeter(PLAN, length)
        self._ramp = Ramp(length)
        self._current = False
        self._last_window: Window | None = None
        # The end of the window in which another meter took over: its register does not
        # know all of it.
        self._parted = 0.0
        self.corrected: Correction | None = None
        if state is not None:
            self._restore(state)

    def exchange(self) -> None:
        """Measure by another meter from now on; what the last one counted stays."""
        self._counters.replace_plan(PLAN, others=True)
        self._ramp = Ramp(self._length)
        self._current = False
        self._last_window = None
        self._parted = self._counters.end or 0.0

    @property
    def doubts(self) -> int:
        """Return in how many windows the demand register contradicted the totals."""
        return self._ramp.doubts

    def telegram(
        self,
        stamp: int,
        *,
        import_energy: float | None,
        export_energy: float | None,
        power: float | None,
        demand: float | None,
        month_peak: tuple[int, float] | None,
    ) -> list[Window]:
        """Take a telegram's registers, None where absent; return the windows it closes.

        `stamp` unix s on the meter's clock; totals in kWh; net import `power`, the
        ramp `demand` (1-0:1.4.0) and `month_peak` (1-0:1.6.0, with its unix stamp) kW.
        """
        closed: list[Window] = []
        if import_energy is not None:
            closed += self._counters.counter(IMPORT, stamp, import_energy)
        if export_energy is not None:
            closed += self._counters.counter(EXPORT, stamp, export_energy)
        if power is not None:
            closed += self._counters.power(IMPORT, stamp, power)
        reading = None
        known = stamp >= self._parted
        if known and import_energy is not None and demand is not None:
            ramp = demand * self._length / HOUR
            reading = Reading(stamp, import_energy, ramp, power)
        if closed:
            closed = self._ramp.settle(closed, stamp, reading)
            self._last_window = closed[-1]
        self._current = reading is not None
        if reading is not None:
            self._ramp.take(reading)
        return closed if month_peak is None else self._confirmed(closed, *month_peak)

    def tear(self) -> None:
        """Take that the clock changes: the next telegram is on another one."""
        self._counters.tear()
        self._ramp.forget()
        self._last_window = None

    def _confirmed(self, closed: list[Window], stamp: int, peak: float) -> list[Window]:
        """Return the windows with the one that ends at the peak's stamp as billed."""
        if closed:
            closed = [
                self._billed(window, peak) if window.end == stamp else window
                for window in closed
            ]
            self._last_window = closed[-1]
            return closed
        window = self._last_window
        if window is None or window.end != stamp:
            return []
        self._last_window = self._billed(window, peak)
        return [] if self._last_window == window else [self._last_window]

    def _billed(self, window: Window, peak: float) -> Window:
        """Return a window at the meter's own figure (kW), if that can be its own.

        A peak below what was measured is none: at the turn of the month it may be zero.
        """
        ours = window.known_demand
        agreed = agree(ours, peak)
        if peak <= 0 or (peak < ours and not agreed):
            return window
        if window.complete and not agreed:
            self.corrected = Correction(window.start, ours, peak)
        energy = round(peak * window.length / HOUR, DECIMALS)
        return replace(
            window, energy=energy, certain=energy, source=Source.METER, coverage=1.0
        )

    def profile(self, start: int, energy: float | None = None) -> PowerProfile | None:
        """Return the powers of the quarter from `start`, as a CounterMeter does."""
        return self._counters.profile(start, energy)

    def running(self, now: float) -> Running | None:
        """Return the running window at `now` on the meter's clock.

        None before the first telegram, and when they stopped in a window that is over.
        """
        running = self._counters.running(now)
        last = self._ramp.believed
        if running is None or last is None or last.time < running.start:
            return running
        demand = last.ramp * HOUR / self._length
        if not self._current:
            demand = max(demand, running.demand)
        projected = running.projected
        seen = 1.0
        if now - last.time > MAX_GAP:
            seen = (last.time - running.start) / running.elapsed
        return replace(
            running,
            demand=demand,
            projected=None
            if projected is None
            else projected + demand - running.demand,
            coverage=max(seen, running.coverage),
        )

    def state(self) -> dict[str, object]:
        """Return what a restart needs to go on in the same window, JSON-able."""
        window = self._last_window
        return {
            "length": self._length,
            "counters": self._counters.state(),
            "ramp": self._ramp.to_dict(),
            "last_window": None if window is None else window.to_row(),
            **({"parted": self._parted} if self._parted else {}),
        }

    def _restore(self, state: object) -> None:
        """Go on from a stored state if it fits."""
        try:
            # What earlier versions did not keep.
            stored = record({"parted": 0.0, **record(state)}, KEYS)
            if stored["length"] != self._length:
                raise Damaged("windows of another length")
            ramp = Ramp(self._length, stored["ramp"])
            row = stored["last_window"]
            window = None if row is None else Window.from_row(row, self._length)
            parted = moment(stored["parted"])
        except ValueError:
            return
        self._counters = CounterMeter(PLAN, self._length, stored["counters"])
        self._ramp, self._last_window, self._parted = ramp, window, parted


PLAN = SourcePlan((IMPORT,), (EXPORT,), max_gap=MAX_GAP)
KEYS = frozenset({"length", "counters", "ramp", "last_window", "parted"})
