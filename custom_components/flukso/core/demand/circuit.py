"""Sensors that count as one: counters and powers in, one growing import out."""

from .counters import CARRIED, CLOCK_STEP, CounterTrack, Limit, StepKind
from .gauges import Arrival, Gauges, Rendezvous
from .state import amount, entries, flag, moment, number, optional_moment, record

# A counter in whole Wh is behind the truth by less than this, kWh.
RESOLUTION = 0.001
# Power that says more than this without a counter casts doubt on the counter, kWh.
TRUST = 0.002
# Power that says this much without a counter takes its place, kWh.
MISSED = 0.020
# A counter in doubt is waited for no longer than this, s.
PATIENCE = 300.0
# Less export than this in a step is rounding, kWh.
ROUNDING = 1e-6
# Added to a moment, the next one.
TICK = 1e-3


class Circuit:
    """The import through some sensors whose flows are summed before the sign is taken.

    `energy` kWh never decreases. `life` is the moment up to which it is known. Time
    before `dark_until` was silent; of that, the energy before `lost_until` is unknown
    beyond a lower bound. `integrating` tells that it comes from power.
    """

    __slots__ = (
        "_began",
        "_confirmed",
        "_counted_at",
        "_counters",
        "_doubted_at",
        "_exported",
        "_gauges",
        "_imported",
        "_imports",
        "_lost",
        "_max_gap",
        "_net",
        "_signs",
        "_single",
        "_tracks",
        "counted",
        "dark_until",
        "integrating",
        "life",
        "lost_until",
        "sensors",
    )

    def __init__(
        self,
        imports: tuple[str, ...],
        exports: tuple[str, ...],
        *,
        net: bool,
        max_gap: float,
        limit: Limit = CARRIED,
    ) -> None:
        """Start without readings; `net` counters may run backwards."""
        self.sensors = sensors = imports + exports
        self._signs = dict.fromkeys(imports, 1) | dict.fromkeys(exports, -1)
        self._imports = len(imports)
        self._net = net
        self._max_gap = max_gap
        # One sensor's power vouches for its counter; several have to agree on a second.
        self._single = len(sensors) == 1
        self._tracks = {
            sensor: CounterTrack(net=net, limit=limit) for sensor in sensors
        }
        self._counters = Rendezvous(sensors)
        self._gauges = Gauges(self._signs, max_gap)
        self._imported = 0.0
        self._exported = 0.0
        self._lost = False
        self._confirmed = False
        self._began: float | None = None
        self._counted_at: float | None = None
        self._doubted_at: float | None = None
        self.counted = 0.0
        self.life: float | None = None
        self.dark_until = 0.0
        self.lost_until = 0.0
        self.integrating = False

    @property
    def energy(self) -> float:
        """Return the import so far, kWh."""
        ahead = self._gauges.energy
        if self.integrating:
            return self.counted + ahead
        return self.counted + min(ahead, RESOLUTION * self._imports)

    @property
    def newest(self) -> float:
        """Return the newest stamp seen, unix s."""
        return max(self.life or 0.0, self._gauges.time or 0.0)

    def net_power(self, newest: float) -> float | None:
        """Return the latest net power in kW, None when it is too old."""
        return self._gauges.net(newest)

    def counter(self, sensor: str, timestamp: float, value: float) -> None:
        """Take a cumulative reading, unix s and kWh."""
        track = self._tracks[sensor]
        _, energy, kind = track.step(timestamp, value)
        if kind is StepKind.FORWARD and self._signs[sensor] > 0:
            self._imported += energy
        elif kind is StepKind.STALE:
            # A broker repeats the last message to who subscribes: it still stands.
            if timestamp == track.time and value == track.value:
                self._confirmed = True
            return
        else:
            self._unusual(sensor, energy, kind)
        if self._single or self._counters.arrive(sensor, timestamp):
            self._settle(timestamp, kind)
        elif timestamp - self._waited_from(timestamp) > self._max_gap:
            self._settle_apart(kind)

    def _unusual(self, sensor: str, energy: float, kind: StepKind) -> None:
        """Take a step that is not plain import."""
        if kind in LOSSY:
            self._lost = True
        elif self._signs[sensor] > 0:
            self._imported += energy
        else:
            self._exported += energy

    def _waited_from(self, timestamp: float) -> float:
        """Return since when the sensors have not met."""
        if self.life is not None:
            return self.life
        if self._began is None:
            self._began = timestamp
        return self._began

    def _settle_apart(self, kind: StepKind) -> None:
        """Settle counters that never share a second: up to the slowest of them."""
        times = [track.time for track in self._tracks.values()]
        known = [time for time in times if time is not None]
        if len(known) == len(times) and min(known) > (self.life or 0.0):
            self._settle(min(known), kind)

    def _settle(self, timestamp: float, kind: StepKind) -> None:
        """Add what the counters say since they were last settled."""
        energy = self._imported - self._exported
        exact = not self._net and self._exported <= ROUNDING
        lost = self._lost
        self._imported = self._exported = 0.0
        self._lost = False
        if self.integrating:
            exact, lost = not self._gauges.torn, False
            self.counted += self._gauges.energy
            self.integrating = False
        elif lost:
            self.counted = self.energy
        elif energy > 0:
            self.counted += energy
        self._gauges.restart(timestamp)
        self._counted_at = timestamp
        self._doubted_at = None
        # A first reading may be a repeated old one: then it stands until now as well.
        self._confirmed = kind is StepKind.FIRST
        if self._set_back(timestamp, kind):
            self._rewind(timestamp)
        else:
            self._move(timestamp, exact=exact, lost=lost)

    def _move(self, timestamp: float, *, exact: bool, lost: bool = False) -> None:
        """Note how far the energy is known, and what of the way there was not seen."""
        life = self.life
        if life is None or timestamp > life:
            if lost or life is None or timestamp - life > self._max_gap:
                self.dark_until = timestamp
                if lost or life is None or not exact:
                    self.lost_until = timestamp
            self.life = timestamp
        elif lost:
            self.dark_until = self.lost_until = life + TICK

    def _set_back(self, timestamp: float, kind: StepKind) -> bool:
        """Tell a clock that was set back from one sensor's late message."""
        behind = self.life is not None and timestamp < self.life - CLOCK_STEP
        return behind and (kind is StepKind.CLOCK or not self._single)

    def _rewind(self, timestamp: float) -> None:
        """Follow a clock that was set back."""
        self.life = self.dark_until = self.lost_until = timestamp
        self._doubted_at = None

    def power(self, sensor: str, timestamp: float, power: float) -> None:
        """Take a power reading, unix s and kW."""
        arrival = self._gauges.add(sensor, timestamp, power)
        if arrival is Arrival.REWOUND:
            if self._single or self.integrating:
                self._rewind(timestamp)
        elif arrival is not Arrival.WHOLE:
            return
        elif self.integrating or self._counted_at is None:
            self.integrating = True
            self._move(timestamp, exact=not self._gauges.torn)
        elif self._single and self._vouched(timestamp):
            self._confirmed = False
            self._move(timestamp, exact=not self._net)
        else:
            self._doubt(timestamp)

    def _vouched(self, timestamp: float) -> bool:
        """Tell whether the power agrees that the counter had nothing to say."""
        if self._gauges.energy > TRUST:
            return False
        life = self.life
        return self._confirmed or life is None or timestamp - life <= self._max_gap

    def _doubt(self, timestamp: float) -> None:
        """Wait for the counter, but not forever while the power goes on."""
        if self._doubted_at is None or self._gauges.interrupted:
            self._doubted_at = timestamp
        silence = timestamp - (self._counted_at or 0.0)
        missed = self._gauges.energy > MISSED * self._imports
        waited = timestamp - self._doubted_at > PATIENCE
        if waited or (missed and silence > self._max_gap):
            self.integrating = True
            self._move(timestamp, exact=not self._gauges.torn)

    def give_up(self) -> None:
        """Stop waiting: the energy of the silence will not be counted when it ends."""
        self._lost = True

    def to_dict(self) -> dict[str, object]:
        """Return what a restart needs."""
        return {
            "tracks": {name: track.to_row() for name, track in self._tracks.items()},
            "pending": [self._imported, self._exported, self._lost],
            "confirmed": self._confirmed,
            "began": self._began,
            "counted": self.counted,
            "counted_at": self._counted_at,
            "doubted_at": self._doubted_at,
            "life": self.life,
            "dark": [self.dark_until, self.lost_until],
            "integrating": self.integrating,
            "gauges": self._gauges.to_dict(),
        }

    def restore(self, data: object) -> None:
        """Take what was stored; ValueError when it cannot be used."""
        stored = record(data, KEYS)
        tracks = record(stored["tracks"], frozenset(self._tracks))
        for sensor, track in self._tracks.items():
            track.restore(tracks[sensor])
        newest = max(track.time or 0.0 for track in self._tracks.values())
        for sensor, track in self._tracks.items():
            if track.time == newest:
                self._counters.arrive(sensor, newest)
        imported, exported, lost = entries(stored["pending"], 3)
        # Net counters take a step back off what is pending.
        self._imported, self._exported = number(imported), number(exported)
        self._lost = flag(lost)
        self._confirmed = flag(stored["confirmed"])
        self._began = optional_moment(stored["began"])
        self.counted = amount(stored["counted"])
        self._counted_at = optional_moment(stored["counted_at"])
        self._doubted_at = optional_moment(stored["doubted_at"])
        self.life = optional_moment(stored["life"])
        dark, unknown = entries(stored["dark"], 2)
        self.dark_until, self.lost_until = moment(dark), moment(unknown)
        self.integrating = flag(stored["integrating"])
        self._gauges.restore(stored["gauges"])


# What is counted as nothing: the way from the reading before is not known.
LOSSY = frozenset({StepKind.FIRST, StepKind.RESET, StepKind.CLOCK})
KEYS = frozenset(
    {
        "tracks",
        "pending",
        "confirmed",
        "began",
        "counted",
        "counted_at",
        "doubted_at",
        "life",
        "dark",
        "integrating",
        "gauges",
    }
)
