"""The demand meter of a connection that somebody else reads."""

from collections.abc import Mapping
from dataclasses import replace

from ...running import Running
from ...stored import Damaged, record
from ...windows import HOUR, Source, Window, window_start
from ..grid.grid import SourcePlan
from ..powers.profile import PowerProfile
from .counter_meter import CounterMeter
from .ramp import Ramp, Reading, lifted
from .repeated_counter import LIMIT, MAX_GAP, RepeatedCounter

# Up to this power a counter may well tell the same twice, kW.
IDLE = 0.1


class RelayedMeter:
    """Measures windows by what another integration shows of a meter.

    Its times are those at which it was told, not those of the meter. So the counters
    decide over a window, and a demand register (1-0:1.4.0) only says how much it holds
    at least: its last value may be of a while before the end, and the end may have been
    earlier or later on the meter's clock. It is believed while it grows as the counters
    do.
    """

    __slots__ = (
        "_counters",
        "_former",
        "_idle_since",
        "_length",
        "_meter",
        "_plan",
        "_power",
        "_ramp",
    )

    def __init__(
        self,
        counters: tuple[str, ...],
        *,
        net: bool = False,
        length: int = 900,
        state: object = None,
    ) -> None:
        """Start anew, or go on from `state`; one that does not fit is ignored.

        What several `counters` say is added up; `net` ones may run backwards.
        """
        self._length = length
        self._plan = SourcePlan(counters, net=net, max_gap=MAX_GAP, limit=LIMIT)
        self._meter = CounterMeter(self._plan, length)
        self._counters = {name: RepeatedCounter() for name in counters}
        self._ramp = Ramp(length)
        # The last of the register in the window before that of its latest value.
        self._former: Reading | None = None
        self._power: tuple[float, float] | None = None
        self._idle_since: float | None = None
        if state is not None:
            self._restore(state)

    @property
    def paces(self) -> Mapping[str, float | None]:
        """Return the seconds between two changes of each counter, as far as known."""
        return {name: counter.pace for name, counter in self._counters.items()}

    @property
    def doubts(self) -> int:
        """Return in how many windows the register contradicted the counters."""
        return self._ramp.doubts

    def counter(self, name: str, timestamp: float, energy: float) -> list[Window]:
        """Take a report of a counter (unix s, kWh); return the windows it closes."""
        counter = self._counters[name]
        moment = counter.take(timestamp, energy)
        if moment is not None and counter.stands_still:
            moment = self._vouched(moment, timestamp)
        if moment is None:
            return []
        windows = self._lift(self._meter.counter(name, moment, energy))
        if self._meter.doubtful(name):
            counter.doubt()
        return windows

    def power(self, timestamp: float, power: float) -> list[Window]:
        """Take the net import (unix s, kW); return the windows it closes."""
        if abs(power) > LIMIT.power:
            return []
        self._power = timestamp, power
        if power > IDLE:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = timestamp
        if len(self._counters) > 1:
            return []
        (name,) = self._counters
        return self._lift(self._meter.power(name, timestamp, power))

    def demand(self, timestamp: int, energy: float, demand: float) -> None:
        """Take the demand register (unix s, kW) and the import told with it (kWh)."""
        if any(map(self._meter.doubtful, self._counters)):
            return
        reading = Reading(timestamp, energy, demand * self._length / HOUR)
        believed = self._ramp.believed
        if believed is not None and (
            window_start(believed.time, self._length)
            != window_start(timestamp, self._length)
        ):
            self._former = believed
        self._ramp.take(reading)

    def _lift(self, closed: list[Window]) -> list[Window]:
        """Return windows that hold at least what the register told of them."""
        told = {
            window_start(reading.time, self._length): reading
            for reading in (self._former, self._ramp.believed)
            if closed and reading is not None
        }
        return [
            _estimated(
                lifted(window, told[window.start]) if window.start in told else window
            )
            for window in closed
        ]

    def profile(self, start: int, energy: float | None = None) -> PowerProfile | None:
        """Return the powers of the quarter from `start`, as a CounterMeter does.

        Where several counters are added up, they alone tell: the power is not of one.
        """
        return self._meter.profile(start, energy)

    def running(self, now: float) -> Running | None:
        """Return the running window at `now`, None when it is not known."""
        running = self._meter.running(now, self._power_at(now))
        told = self._ramp.believed
        if running is None or told is None or told.time < running.start:
            return running
        ahead = told.ramp * HOUR / self._length - running.demand
        if ahead <= 0:
            return running
        return replace(
            running,
            demand=running.demand + ahead,
            projected=None if running.projected is None else running.projected + ahead,
        )

    def _vouched(self, moment: float, now: float) -> float | None:
        """Return the moment until which a value stood still that is told again.

        Where the power of the only counter is told, it says whether there was nothing
        to count, and takes the place of a counter that is stuck.
        """
        power = self._power
        if power is None or now - power[0] > MAX_GAP or len(self._counters) > 1:
            return moment
        idle = self._idle_since is not None and self._idle_since <= moment
        return now if idle else None

    def _power_at(self, now: float) -> float | None:
        """Return the import in kW: as told, or else the mean of the last minute."""
        if self._power is not None and now - self._power[0] <= MAX_GAP:
            return max(0.0, self._power[1])
        powers = [counter.power for counter in self._counters.values()]
        known = [power for power in powers if power is not None]
        return max(0.0, sum(known)) if len(known) == len(powers) else None

    def state(self) -> dict[str, object]:
        """Return what a restart needs to go on in the same window, JSON-able."""
        return {
            "meter": self._meter.state(),
            "counters": {
                name: counter.to_dict() for name, counter in self._counters.items()
            },
            "ramp": self._ramp.to_dict(),
        }

    def _restore(self, state: object) -> None:
        """Go on from a stored state if it fits."""
        try:
            stored = record(state, KEYS)
            rows = record(stored["counters"])
            if rows.keys() != self._counters.keys():
                raise Damaged("the state of other counters")
            counters = {name: RepeatedCounter(row) for name, row in rows.items()}
            ramp = Ramp(self._length, stored["ramp"])
        except ValueError:
            return
        self._meter = CounterMeter(self._plan, self._length, stored["meter"])
        self._counters, self._ramp = counters, ramp


def _estimated(window: Window) -> Window:
    """Return a window that is marked if it comes from power: those are samples."""
    if window.source is not Source.POWER:
        return window
    unseen = (window.length - 1) / window.length
    return replace(window, coverage=min(window.coverage, unseen))


KEYS = frozenset({"meter", "counters", "ramp"})
