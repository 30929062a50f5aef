"""Power readings of some sensors, netted and integrated."""

from enum import Enum, auto

from ...counters.track import CLOCK_STEP
from ...stored import (
    Damaged,
    amount,
    entries,
    flag,
    moment,
    number,
    optional_moment,
    record,
)
from ..powers.steps import StepMeans

# What a meter calls its power was drawn for at least this long, s.
SURE = 1.0


class Arrival(Enum):
    """What became of a power reading."""

    STALE = auto()
    PART = auto()
    WHOLE = auto()
    REWOUND = auto()


class Rendezvous:
    """Tells when all sensors have reported for the same moment."""

    __slots__ = ("_all", "_arrived", "_bits", "_time")

    def __init__(self, sensors: tuple[str, ...]) -> None:
        """Wait for these sensors, in whatever order they come."""
        self._bits = {sensor: 1 << place for place, sensor in enumerate(sensors)}
        self._all = (1 << len(sensors)) - 1
        self._arrived = 0
        self._time = 0.0

    def arrive(self, sensor: str, timestamp: float) -> bool:
        """Note a report; True when it is the last of its moment."""
        if timestamp != self._time:
            if self._time - CLOCK_STEP <= timestamp < self._time:
                return False
            self._time = timestamp
            self._arrived = 0
        self._arrived |= self._bits[sensor]
        return self._arrived == self._all


class Gauges:
    """The net power of some sensors (kW, export negative) and its import over time.

    A reading tells the mean power since the one before, as a clamp measures it, and
    for no longer than `max_gap` s. `energy` kWh is what that makes since `restart`,
    `latest` the share of the last reading, `exported` the same of what flowed out.
    What a P1 meter tells is the power of a moment: of `energy` before the last
    reading at least `proven` was drawn. `torn` tells that a part of that time is
    missing in it, `interrupted` that it is the latest part. `time` is the last
    reading, `whole_at` the last moment for which all was known, `before` the one
    before that. `steps` are the means of the import.
    """

    __slots__ = (
        "_max_gap",
        "_meeting",
        "_readings",
        "_restarted",
        "_signs",
        "_sure",
        "before",
        "energy",
        "exported",
        "interrupted",
        "latest",
        "proven",
        "steps",
        "time",
        "torn",
        "whole_at",
    )

    def __init__(self, signs: dict[str, int], max_gap: float) -> None:
        """Start without readings; `signs` is +1 for import and -1 for export."""
        self._signs = signs
        self._max_gap = max_gap
        self._meeting = Rendezvous(tuple(signs))
        self._readings: dict[str, tuple[float, float]] = {}
        self._restarted = 0.0
        self._sure = 0.0
        self.before = 0.0
        self.whole_at: float | None = None
        self.energy = self.exported = 0.0
        self.latest = self.proven = 0.0
        self.time: float | None = None
        self.torn = False
        self.interrupted = False
        self.steps = StepMeans()

    def add(self, sensor: str, timestamp: float, power: float) -> Arrival:
        """Take the power of one sensor; WHOLE when it is the last of its moment."""
        newest = self.time
        rewound = newest is not None and timestamp < newest
        if rewound:
            if timestamp >= (newest or 0.0) - CLOCK_STEP:
                return Arrival.STALE
            self._readings.clear()
            self.whole_at = self._restarted = timestamp
            self.torn = True
        self.time = timestamp
        self._readings[sensor] = timestamp, power * self._signs[sensor]
        whole = self._meeting.arrive(sensor, timestamp)
        if rewound:
            return Arrival.REWOUND
        if not whole:
            return Arrival.PART
        self._integrate(timestamp)
        return Arrival.WHOLE

    def _integrate(self, timestamp: float) -> None:
        """Add the energy since the moment before for which all was known."""
        before = timestamp if self.whole_at is None else self.whole_at
        self.before = before
        self.whole_at = timestamp
        self.latest = 0.0
        self.proven = self._sure
        self.interrupted = timestamp - before > self._max_gap
        if self.interrupted:
            self.torn = True
            return
        power = sum([power for _, power in self._readings.values()])
        self.steps.add(before, timestamp, power if power > 0 else 0.0)
        span = timestamp - max(before, self._restarted)
        if span > 0:
            net = power / 3600
            if net > 0:
                self.latest = net * span
                self.energy += self.latest
                self._sure += net * min(span, SURE)
            else:
                self.exported -= net * span

    def net(self, newest: float) -> float | None:
        """Return the net power; None while a reading lags `newest` by over max_gap."""
        if len(self._readings) != len(self._signs):
            return None
        oldest = newest - self._max_gap
        total = 0.0
        for time, power in self._readings.values():
            if time < oldest:
                return None
            total += power
        return total

    def told(self, timestamp: float) -> float | None:
        """Return the net energy since `restart`, kWh; None where a part is missing."""
        told_at = self.whole_at
        if self.torn or told_at is None or timestamp - told_at > self._max_gap:
            return None
        return self.energy - self.exported

    def restart(self, timestamp: float) -> None:
        """Integrate anew from this moment."""
        self._restarted = max(self._restarted, timestamp)
        self.energy = self.exported = 0.0
        self.latest = self._sure = 0.0
        self.torn = False

    def to_dict(self) -> dict[str, object]:
        """Return what a restart needs."""
        return {
            "readings": {key: list(item) for key, item in self._readings.items()},
            "restarted": self._restarted,
            "whole_at": self.whole_at,
            "energy": [self.energy, self.latest, self._sure, self.exported],
            "time": self.time,
            "torn": self.torn,
        }

    def restore(self, data: object) -> None:
        """Take what was stored; ValueError when it cannot be used."""
        stored = record(data, KEYS)
        readings = record(stored["readings"])
        if not readings.keys() <= self._signs.keys():
            raise Damaged("power of other sensors")
        for sensor, item in readings.items():
            time, power = entries(item, 2)
            self._readings[sensor] = moment(time), number(power)
            if time == stored["time"]:
                self._meeting.arrive(sensor, moment(time))
        self._restarted = moment(stored["restarted"])
        self.whole_at = optional_moment(stored["whole_at"])
        self.energy, self.latest, self._sure, self.exported = (
            amount(item) for item in entries(stored["energy"], 4)
        )
        self.time = optional_moment(stored["time"])
        self.torn = flag(stored["torn"])


KEYS = frozenset({"readings", "restarted", "whole_at", "energy", "time", "torn"})
