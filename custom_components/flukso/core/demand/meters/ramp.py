"""The meter's own demand register, 1-0:1.4.0, against its totals.

It is a ramp: the energy since the window began over the whole window's time. Energies
here are in kWh, so that it compares with the totals.
"""

from typing import NamedTuple

from ...stored import Damaged, amount, entries, flag, moment, number, record, whole
from ...windows import HOUR, Source, Window, window_start
from ..grid.counters import CLOCK_STEP

# What the totals (kWh) and the demand register (kW) leave out is less than this.
TOTAL_STEP = 0.001
RAMP_STEP = 0.001
# Into the next window a meter still shows the last one's ramp for no longer, s.
HOLD = 30
# A telegram is missing when the time to the next exceeds so many periods, or this, s.
LATE = 1.5
SLOWEST = 30.0


class Reading(NamedTuple):
    """A telegram's registers: unix s on the meter's clock, kWh, kWh, kW net import."""

    time: int
    total: float
    ramp: float
    power: float | None = None


class Ramp:
    """What the demand register tells of the window it runs in.

    It is believed while it grows as the totals do. `doubts` counts the windows in
    which it did not.
    """

    __slots__ = (
        "_ceiling",
        "_floor",
        "_fresh",
        "_high",
        "_last",
        "_length",
        "_low",
        "_period",
        "_slack",
        "_sound",
        "_start",
        "doubts",
    )

    def __init__(self, length: int, state: object = None) -> None:
        """Start without a reading or in the stored window; ValueError if damaged."""
        self._length = length
        self._slack = TOTAL_STEP + RAMP_STEP * length / HOUR
        self._last: Reading | None = None
        self._start = 0
        # The totals around the start: the last not after it, the first not before.
        self._floor: float | None = None
        self._ceiling = 0.0
        # The extremes of total less ramp, which tell the total at the start ever finer.
        self._low = self._high = 0.0
        self._period = float(length)
        # That it is this window's, and that nothing contradicts it.
        self._fresh = False
        self._sound = True
        self.doubts = 0
        if state is not None:
            self._restore(state)

    @property
    def believed(self) -> Reading | None:
        """Return the latest reading, None when it is not to be believed."""
        last = self._last
        if last is None or not (self._fresh and self._sound):
            return None
        if last.ramp < last.total - self._ceiling - self._slack:
            return None
        if self._floor is not None and (
            last.ramp > last.total - self._floor + self._slack
        ):
            return None
        return last

    def forget(self) -> None:
        """Take no reading so far for one of the window that runs."""
        self._last = None

    def take(self, reading: Reading) -> None:
        """Take the next reading; an older one only when the clock was set back."""
        last = self._last
        if last is not None and reading.time <= last.time:
            if reading.time >= last.time - CLOCK_STEP:
                return
            last = None
        start = window_start(reading.time, self._length)
        if last is None or start != self._start:
            self._begin(start, last, reading)
        else:
            self._go_on(last, reading)
        self._last = reading

    def _begin(self, start: int, last: Reading | None, reading: Reading) -> None:
        """Take the first reading of a window."""
        self._fresh = self._renewed(start, last, reading)
        self._sound = True
        self._start = start
        self._ceiling = reading.total
        if reading.time == start:
            self._floor = reading.total
        else:
            self._floor = None if last is None else last.total
        self._low = self._high = reading.total - reading.ramp
        self._period = float(self._length)

    def _renewed(self, start: int, last: Reading | None, reading: Reading) -> bool:
        """Tell whether the first ramp of a window is surely not the former one's."""
        if reading.ramp == 0 or reading.time - start > HOLD:
            return True
        if last is None or self._start + self._length != start:
            return False
        return reading.ramp < last.ramp

    def _go_on(self, last: Reading, reading: Reading) -> None:
        """Take another reading of the same window."""
        self._period = min(self._period, reading.time - last.time)
        anchor = reading.total - reading.ramp
        settled = reading.time - self._start > HOLD
        fell = reading.ramp < last.ramp
        if fell and settled and self._fresh:
            self._sound = False
        if fell or not self._fresh:
            # The ramp of the window before stands still; this one's falls, then grows.
            self._fresh = settled or reading.ramp != last.ramp
            self._low = self._high = anchor
        elif anchor < self._low:
            self._low = anchor
        elif anchor > self._high:
            self._high = anchor
        if self._high - self._low > self._slack:
            self._sound = False

    def settle(
        self, closed: list[Window], stamp: int, reading: Reading | None
    ) -> list[Window]:
        """Return the windows that the totals closed, better where the ramp knows more.

        `reading`: the registers of the telegram that closed them, not yet taken.
        """
        last = self._last
        first = closed[0]
        if last is None or stamp <= last.time or first.start != self._start:
            return closed
        if self.believed is None:
            if self._fresh:
                self.doubts += 1
            return closed
        window = None
        if reading is not None and window_start(stamp, self._length) == first.end:
            window = self._whole(last, reading)
        return [window or lifted(first, last), *closed[1:]]

    def _whole(self, last: Reading, reading: Reading) -> Window | None:
        """Return the window with its end from either side, None when that is unknown."""
        end = self._start + self._length
        gained = reading.total - last.total
        # What came after the last reading, were the ramp that of the next window.
        rest = gained - reading.ramp
        final = reading.time == end and reading.ramp > 0
        if rest < -self._slack or (final and reading.ramp >= last.ramp):
            if not 0 <= reading.ramp - last.ramp <= gained + self._slack:
                return None
            return self._window(reading.ramp, Source.METER)
        if not self._renewed(end, last, reading):
            return None
        anchor = reading.total - reading.ramp
        least = max(last.ramp, anchor - self._low - self._slack)
        most = max(least, anchor - self._high + self._slack)
        elapsed = reading.time - last.time
        prompt = elapsed <= min(LATE * min(self._period, elapsed), SLOWEST)
        if reading.power is None or not prompt:
            return self._window((least + most) / 2, Source.COUNTER)
        drawn = max(0.0, reading.power) * (end - last.time) / HOUR
        return self._window(max(least, min(last.ramp + drawn, most)), Source.METER)

    def _window(self, energy: float, source: Source) -> Window:
        """Return the running window, wholly known."""
        return Window(self._start, self._length, energy, energy, source, 1.0)

    def to_dict(self) -> dict[str, object] | None:
        """Return what a restart needs, None before the first reading."""
        if self._last is None:
            return None
        return {
            "last": list(self._last[:3]),
            "start": self._start,
            "floor": self._floor,
            "ceiling": self._ceiling,
            "anchor": [self._low, self._high],
            "period": self._period,
            "fresh": self._fresh,
            "sound": self._sound,
        }

    def _restore(self, data: object) -> None:
        """Take what was stored; ValueError when it cannot be used."""
        stored = record(data, KEYS)
        time, total, ramp = entries(stored["last"], 3)
        self._last = Reading(whole(time), amount(total), amount(ramp))
        self._start = whole(stored["start"])
        if window_start(self._last.time, self._length) != self._start:
            raise Damaged("not a window of this length")
        floor = stored["floor"]
        self._floor = None if floor is None else amount(floor)
        self._ceiling = amount(stored["ceiling"])
        low, high = entries(stored["anchor"], 2)
        self._low, self._high = number(low), number(high)
        self._period = moment(stored["period"])
        self._fresh = flag(stored["fresh"])
        self._sound = flag(stored["sound"])


def lifted(window: Window, last: Reading) -> Window:
    """Return a window that holds at least what its last ramp told."""
    return Window(
        start=window.start,
        length=window.length,
        energy=max(window.energy, last.ramp),
        certain=max(window.certain, last.ramp),
        source=window.source,
        coverage=max(window.coverage, (last.time - window.start) / window.length),
    )


KEYS = frozenset(
    {"last", "start", "floor", "ceiling", "anchor", "period", "fresh", "sound"}
)
