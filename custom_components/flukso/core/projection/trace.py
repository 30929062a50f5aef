"""The powers of the last hour, minute by minute, whatever the pace of the readings."""

from bisect import bisect_left
from collections import deque
from itertools import accumulate
from math import log
from operator import neg
from typing import NamedTuple

from ..running import Running
from ..stored import Damaged, amount, moment, record
from ..windows import HOUR, Window

MINUTE = 60
MINUTES = 60
MARKS = MINUTES + 1
# A longer silence leaves nothing that could be told of the time before it, s.
FORGOTTEN = 1800.0
# Up to here the mean between two readings may stand for its minutes, s.
CLOSE = 130.0
# From this coverage on a window was seen from its start.
SEEN = 0.95
# What is near to nothing is near to each other, kW.
OFFSET = 0.1
# A power is the same while it is within this share of now, and this many kW.
SAME = 0.3
SAME_POWER = 0.05
SPANS = (1, 3, 7, 15, 60)


def level(power: float) -> float:
    """Return a power (kW) on a scale on which loads of any size are alike."""
    return log((power if power > 0 else 0.0) + OFFSET)


class Shape(NamedTuple):
    """What the powers up to now look like.

    `power` kW is the mean of the last minute. As levels: `means` of the last 1, 3, 7,
    15 and 60 minutes; `extremes` the highest minute of 15, the lowest of 15, the highest
    of 60, the lowest of 5 and of 60. `stayed` is the minutes since it was another power,
    `lowest` the lowest of the last 1, 2, 3 ... minutes, negated.
    """

    power: float
    means: tuple[float, ...]
    extremes: tuple[float, ...]
    stayed: int
    lowest: list[float]

    def above(self, power: float) -> int:
        """Return for how many minutes it has been above a power, kW."""
        return bisect_left(self.lowest, -power)


class PowerTrace:
    """The import at the whole minutes of the last hour, as they are passed."""

    __slots__ = (
        "_begun",
        "_count",
        "_energy",
        "_last",
        "_marks",
        "_start",
        "_taken",
        "_whole",
    )

    def __init__(self, state: object = None) -> None:
        """Begin with nothing, or with what was stored; ValueError if it is damaged."""
        self._start: int | None = None
        # kWs of the running window, and since the trace began.
        self._taken = 0.0
        self._energy = 0.0
        self._begun = self._last = 0.0
        # kWs at the whole minutes that were passed, up to `_whole`; the last `_count` of
        # them are known. As long from the start, so that nothing grows.
        self._marks = deque([0.0] * MARKS, MARKS)
        self._count = 0
        self._whole = 0
        if state is not None:
            self._restore(state)

    def follow(self, window: Running, closed: Window | None = None) -> list[float]:
        """Take the running window, and the last one that closed.

        Return the means of the minutes, kW, that were seen to pass. A window without
        power is of no use.
        """
        if window.power is None or window.projected is None:
            return []
        now = window.start + window.elapsed
        length = window.end - window.start
        taken = window.projected * length - window.power * window.remaining
        taken = max(taken, 0.0)
        found: list[float] = []
        passed = now - self._last
        if self._start is not None and -MINUTE < passed <= 0:
            # The clocks of a device and of ours differ by moments.
            return []
        if self._start is None or not 0 < passed <= FORGOTTEN:
            found = self._begin(now, window, taken)
        elif self._start == window.start:
            found = self._go_on(now, taken - self._taken)
            taken = max(taken, self._taken)
        else:
            former = closed if closed and closed.start == self._start else None
            found = self._cross(window, former) + self._go_on(now, taken)
        self._start = window.start
        self._taken = taken
        return found

    def _begin(self, now: float, window: Running, taken: float) -> list[float]:
        """Begin anew, with what the window holds if it was seen from its start."""
        seen = window.coverage >= SEEN
        self._begun = self._last = float(window.start) if seen else now
        self._energy = 0.0
        self._whole = int(self._begun // MINUTE) * MINUTE
        self._count = 0
        if self._whole == self._begun:
            self._mark(0.0)
        return self._go_on(now, taken)

    def _mark(self, energy: float) -> None:
        """Take the kWs at the next whole minute."""
        self._marks.append(energy)
        self._count = min(self._count + 1, MARKS)

    def _cross(self, window: Running, former: Window | None) -> list[float]:
        """Pass the rest of the window before, as it was measured or else as now."""
        if former is not None:
            return self._go_on(former.end, former.energy * HOUR - self._taken)
        rest = window.start - self._last
        return self._go_on(window.start, (window.power or 0.0) * rest)

    def _go_on(self, now: float, gained: float) -> list[float]:
        """Go on to a moment, evenly; return the means of the minutes that pass, kW."""
        last, energy = self._last, self._energy
        power = max(0.0, gained) / (now - last) if now > last else 0.0
        found = []
        while (mark := self._whole + MINUTE) <= now:
            self._whole = mark
            at = energy + power * (mark - last)
            if self._count and now - last <= CLOSE:
                found.append((at - self._marks[-1]) / MINUTE)
            self._mark(at)
        self._energy = energy + power * max(now - last, 0.0)
        self._last = max(now, last)
        return found

    @property
    def known(self) -> float:
        """Return for how long the powers are known, s."""
        return self._last - self._begun

    def shape(self) -> Shape:
        """Return what the powers look like, once they are known for a minute."""
        means = tuple(self._mean(span * MINUTE) for span in SPANS)
        powers = self._minutes(means[0])
        lowest = list(accumulate(powers, min))
        five, quarter = (
            lowest[min(5, len(lowest)) - 1],
            lowest[min(15, len(lowest)) - 1],
        )
        extremes = (max(powers[:15]), quarter, max(powers), five, lowest[-1])
        return Shape(
            means[0],
            tuple(map(level, means)),
            tuple(map(level, extremes)),
            _stayed(powers),
            list(map(neg, lowest)),
        )

    def _mean(self, span: float) -> float:
        """Return the mean of the last s, or of those that are known; kW."""
        since = max(self._last - span, self._begun)
        return (self._energy - self._at(since)) / (self._last - since)

    def _at(self, moment: float) -> float:
        """Return the kWs at a moment of the last hour, a minute ago or more."""
        marks, known = self._marks, self._count
        ago = (self._whole - moment) / MINUTE
        minutes = int(ago)
        if minutes < known - 1:
            place = MINUTES - minutes
            return marks[place] + (marks[place - 1] - marks[place]) * (ago - minutes)
        # In the first minute, which did not begin with a whole one.
        first = self._whole - (known - 1) * MINUTE
        share = (first - moment) / (first - self._begun) if moment < first else 0.0
        return marks[MARKS - known] * (1 - share)

    def _minutes(self, newest: float) -> list[float]:
        """Return the means of the last minute and of those before it, newest first."""
        marks = list(self._marks)
        marks.reverse()
        del marks[self._count :]
        if self._last - self._whole < MINUTE / 2:
            del marks[:1]
        powers = [newest]
        powers += [(b - a) / MINUTE for b, a in zip(marks, marks[1:], strict=False)]
        return powers[:MINUTES]

    def to_dict(self) -> dict[str, object] | None:
        """Return what a restart needs, None before the first power."""
        if self._start is None:
            return None
        marks = list(self._marks)[MARKS - self._count :]
        base = marks[0] if self._count == MARKS else 0.0
        return {
            "start": self._start,
            "taken": self._taken,
            "last": self._last,
            "begun": self._begun,
            "energy": round(self._energy - base, 3),
            "marks": [round(mark - base, 3) for mark in marks],
        }

    def _restore(self, data: object) -> None:
        """Take what was stored."""
        stored = record(data, KEYS)
        marks = stored["marks"]
        if not isinstance(marks, list) or len(marks) > MARKS:
            raise Damaged("not the minutes of an hour")
        energies = [amount(mark) for mark in marks]
        energy = amount(stored["energy"])
        if sorted(energies) != energies or max(energies, default=0.0) > energy:
            raise Damaged("an import that falls")
        self._start = int(moment(stored["start"]))
        self._taken = amount(stored["taken"])
        self._last = moment(stored["last"])
        self._begun = min(moment(stored["begun"]), self._last)
        self._energy = energy
        self._marks.extend(energies)
        self._count = len(energies)
        self._whole = int(self._last // MINUTE) * MINUTE


def _stayed(powers: list[float]) -> int:
    """Return for how many minutes the power has been what it is."""
    now = powers[0]
    around = SAME * now + SAME_POWER
    for minutes, power in enumerate(powers):
        if abs(power - now) > around:
            return minutes
    return len(powers)


KEYS = frozenset({"start", "taken", "last", "begun", "energy", "marks"})
