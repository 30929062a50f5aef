"""A counter that somebody else reads, and tells of again and again."""

from collections import deque

from ...counters.limits import Limit, believable
from ...stored import Damaged, amount, moment, number, optional_moment, record

# More than three phases of 100 A carry, kW; a larger mean is not a reading. Counters
# that are added up may be told one after the other, as if all were drawn in a moment, s.
LIMIT = Limit(100.0, 60.0)
# The longest silence that is interpolated, s: a poll a minute, and half of one more.
MAX_GAP = 90.0
# A counter whose pace is not known yet may stand still that long and be only slow, s.
SLOWEST = 60.0
# Changes closer than this are one that was told in parts, s.
SAME = 1.0
# Paces remembered: a few idle hours must not hide how fast the counter is.
PACES = 5
# A step of so many of the smallest ones could have been told in parts.
SEVERAL = 1.5
# A change may come that much later than the pace says.
LATE = 1.25
# The mean power is that of this time at least, s.
MEAN = 60.0


class RepeatedCounter:
    """Tells for which moment a report of a counter (unix s, kWh) holds.

    A value that changes was just measured. One that is repeated may have been
    measured again, or only been told again: some sources tell every second what they
    read once a minute. It holds for the moment before which a change would have shown,
    at the pace at which the counter has been seen to change. After a silence it may be
    what Home Assistant restored: it counts once it was repeated for a while.
    """

    __slots__ = (
        "_changed",
        "_doubtful_until",
        "_marks",
        "_paces",
        "_reported",
        "_told",
        "_unit",
        "_value",
    )

    def __init__(self, state: object = None) -> None:
        """Start without a report, or where a state ends; ValueError if damaged."""
        self._value = 0.0
        self._reported: float | None = None
        self._changed = 0.0
        self._doubtful_until = 0.0
        self._told = 0.0
        self._unit: float | None = None
        self._paces: deque[float] = deque(maxlen=PACES)
        self._marks: deque[tuple[float, float]] = deque(maxlen=2)
        if state is not None:
            self._restore(state)

    @property
    def stands_still(self) -> bool:
        """Tell whether what was told last is what was told before."""
        return self._told > self._changed

    @property
    def pace(self) -> float | None:
        """Return the seconds between two changes where energy flows, if known.

        One that came early, as after a restart, says nothing.
        """
        if not self._paces:
            return None
        return sorted(self._paces)[min(1, len(self._paces) - 1)]

    @property
    def power(self) -> float | None:
        """Return the mean power of the last minute or two, kW; None when not known."""
        began, value = self._marks[0] if self._marks else (self._told, 0.0)
        span = self._told - began
        return None if span < MEAN else (self._value - value) * 3600 / span

    def take(self, timestamp: float, value: float) -> float | None:
        """Take a report; return the moment it holds for, None when it tells nothing."""
        before, self._reported = self._reported, timestamp
        if before is None or timestamp < before:
            self._marks.clear()
            self._value = value
            self._changed = timestamp
        elif value != self._value:
            self._learn(timestamp - self._changed, abs(value - self._value))
            self._value = value
            self._changed = timestamp
        elif timestamp - before > MAX_GAP:
            self._doubtful_until = timestamp + MAX_GAP
            return None
        else:
            timestamp -= self._lag(timestamp - before)
            if timestamp <= max(self._told, self._doubtful_until):
                return None
        self._doubtful_until = 0.0
        self._note(timestamp)
        return timestamp

    def doubt(self) -> None:
        """Take what was told last for no reading: no power is the mean across it."""
        self._marks.clear()

    def _note(self, timestamp: float) -> None:
        """Remember values over whose time the power is the mean."""
        self._told = timestamp
        if not self._marks or timestamp - self._marks[-1][0] >= MEAN:
            self._marks.append((timestamp, self._value))

    def _learn(self, interval: float, step: float) -> None:
        """Learn from a change how fast the counter is.

        A long wait for the smallest step says nothing: little was drawn.
        """
        if not believable(step, interval, LIMIT):
            self._marks.clear()
        if interval < SAME:
            return
        self._unit = step if self._unit is None else min(self._unit, step)
        pace = self.pace
        if pace is None or interval <= LATE * pace or step > SEVERAL * self._unit:
            self._paces.append(interval)

    def _lag(self, period: float) -> float:
        """Return how old a value may be that is repeated after `period` s."""
        pace = SLOWEST if self.pace is None else self.pace
        return LATE * pace - period if pace >= 2 * period else 0.0

    def to_dict(self) -> dict[str, object]:
        """Return what a restart needs; the mean power is measured anew."""
        return {
            "value": self._value,
            "reported": self._reported,
            "changed": self._changed,
            "told": self._told,
            "doubtful_until": self._doubtful_until,
            "unit": self._unit,
            "paces": list(self._paces),
        }

    def _restore(self, data: object) -> None:
        """Take what was stored."""
        stored = record(data, KEYS)
        self._value = number(stored["value"])
        self._reported = optional_moment(stored["reported"])
        self._changed = moment(stored["changed"])
        self._told = moment(stored["told"])
        self._doubtful_until = moment(stored["doubtful_until"])
        unit = stored["unit"]
        self._unit = None if unit is None else amount(unit)
        paces = stored["paces"]
        if not isinstance(paces, list) or len(paces) > PACES:
            raise Damaged("not the paces of a counter")
        self._paces.extend(amount(pace) for pace in paces)


KEYS = frozenset(
    {"value", "reported", "changed", "told", "doubtful_until", "unit", "paces"}
)
