"""Sensors that count as one: counters and powers in, one growing import out."""

from ...counters.limits import CARRIED, Limit
from ...counters.shown import TICK
from ...counters.steps import StepKind
from ...counters.track import CLOCK_STEP
from ...stored import amount, entries, flag, moment, optional_moment, record
from ...windows import QUARTER, same_quarter
from .gauges import Arrival, Gauges
from .totals import UNTAKEN, Totals

# A counter in whole Wh is behind the truth by less than this, kWh.
RESOLUTION = 0.001
# Power that says more than this without a counter casts doubt on the counter, kWh.
TRUST = 0.002
# Power that says this much without a counter takes its place, kWh.
MISSED = 0.020
# A counter in doubt is waited for no longer than this, s.
PATIENCE = 300.0


class Circuit:
    """The import through some sensors whose flows are summed before the sign is taken.

    `energy` kWh never decreases. `life` is the moment up to which it is known. Time
    before `dark_until` was silent; of that, the energy before `lost_until` is unknown
    beyond a lower bound. `integrating`: it comes from power. `steps`: its means, kW.
    `untold` readings are to be told again, now that the counter goes on from there.
    """

    __slots__ = (
        "_began",
        "_confirmed",
        "_counted_at",
        "_doubted_at",
        "_gauges",
        "_imports",
        "_max_gap",
        "_net",
        "_single",
        "_totals",
        "counted",
        "dark_until",
        "integrating",
        "life",
        "lost_until",
        "sensors",
        "steps",
        "untold",
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
        signs = dict.fromkeys(imports, 1) | dict.fromkeys(exports, -1)
        self._imports = len(imports)
        self._net = net
        self._max_gap = max_gap
        # One sensor's power vouches for its counter; several have to agree on a second.
        self._single = len(sensors) == 1
        self._totals = Totals(signs, net=net, limit=limit)
        self._gauges = Gauges(signs, max_gap)
        self.steps = self._gauges.steps
        self._confirmed = False
        self._began: float | None = None
        self._counted_at: float | None = None
        self._doubted_at: float | None = None
        self.counted = self.dark_until = self.lost_until = 0.0
        self.life: float | None = None
        self.integrating = False
        self.untold: list[tuple[float, float]] = []

    @property
    def energy(self) -> float:
        """Return the import so far, kWh."""
        ahead = self._gauges.energy - self._held
        if not self.integrating:
            ahead = min(ahead, RESOLUTION * self._imports)
        return self.counted + ahead

    @property
    def newest(self) -> float:
        """Return the newest stamp seen, unix s."""
        return max(self.life or 0.0, self._gauges.time or 0.0)

    @property
    def doubtful(self) -> bool:
        """Tell whether what a counter told last is not believed, so far."""
        return self._totals.doubtful

    @property
    def _held(self) -> float:
        """Return what the last power adds, while the counter is waited for, kWh."""
        whole_at = self._gauges.whole_at
        if self.life is None or whole_at is None or self.life >= whole_at:
            return 0.0
        return self._gauges.latest

    def net_power(self, newest: float) -> float | None:
        """Return the latest net power in kW, None when it is too old."""
        return self._gauges.net(newest)

    def counter(self, sensor: str, timestamp: float, value: float) -> None:
        """Take a cumulative reading, unix s and kWh."""
        totals = self._totals
        told = self._gauges.told(timestamp) if self._net else None
        kind = totals.add(sensor, timestamp, value, told)
        if kind in UNTAKEN:
            # A broker repeats the last message to who subscribes: it still stands.
            if kind is StepKind.STALE and totals.stands(sensor, timestamp, value):
                self._confirmed = True
        elif self._single:
            if kind is StepKind.RESET and not self.integrating:
                timestamp, self.untold = totals.go_back(sensor)
            self._settle(timestamp, kind)
        elif totals.met(sensor, timestamp):
            self._settle(timestamp, kind)
        elif timestamp - self._waited_from(timestamp) > self._max_gap:
            self._settle_apart(kind)

    def _waited_from(self, timestamp: float) -> float:
        """Return since when the sensors have not met."""
        if self._began is None:
            self._began = timestamp
        return self._began if self.life is None else self.life

    def _settle_apart(self, kind: StepKind) -> None:
        """Settle counters that never share a second: up to the slowest of them."""
        slowest = self._totals.slowest()
        if slowest is not None and slowest > (self.life or 0.0):
            self._settle(slowest, kind)

    def _settle(self, timestamp: float, kind: StepKind) -> None:
        """Add what the counters say since they were last settled."""
        energy, exact, lost, passed, rebased = self._totals.settle()
        if self.integrating:
            told = None if lost and not passed else energy
            self.counted += self._integrated(timestamp, told)
            exact, lost = not self._gauges.torn, rebased
            self.integrating = False
        elif lost:
            # Of several, what one has lost may have been fed in by the others.
            least = max(0.0, energy) if self._single else 0.0
            self.counted = max(self.energy, self.counted + least)
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

    def _integrated(self, timestamp: float, counted: float | None) -> float:
        """Return what was drawn while the counter was in doubt, now that it spoke.

        The counter is right, None when it was reset meanwhile: what went out has been
        taken off it. Closed windows keep their power, and so does what a long doubt
        is out by: only the last power is corrected then.
        """
        gauges, began, life = self._gauges, self._counted_at, self.life
        if counted is None or began is None or life is None:
            return gauges.energy
        told = max(0.0, counted + gauges.exported)
        if same_quarter(began, life, timestamp):
            return told
        known = gauges.energy - self._held
        return known + min(self._held, max(0.0, told - known))

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
        if arrival is Arrival.REWOUND and (self._single or self.integrating):
            self._rewind(timestamp)
        elif arrival is Arrival.WHOLE:
            self._take_power(timestamp)

    def _take_power(self, timestamp: float) -> None:
        """Take the power of a moment for which all is known."""
        until = self._until(timestamp)
        if self.integrating or self._counted_at is None:
            self.integrating = True
            self._move_on(until)
        elif self._single and self._vouched(until):
            self._confirmed = False
            self._move(until, exact=not self._net)
        else:
            self._doubt(timestamp)

    def _until(self, timestamp: float) -> float:
        """Return up to when power tells what was drawn.

        Where that is more than a little, the counter of the same second is waited
        for: what a P1 meter tells may have begun just now.
        """
        gauges = self._gauges
        latest = gauges.latest
        little = min(gauges.energy - latest, RESOLUTION) + latest <= TRUST
        return timestamp if little or self._counted_at is None else gauges.before

    def _vouched(self, until: float) -> bool:
        """Tell whether the power agrees that the counter had nothing to say.

        A net counter is one of a P1 meter, whose power is that of a moment.
        """
        gauges = self._gauges
        if (gauges.proven if self._net else gauges.energy) > TRUST:
            return False
        life = self.life
        return self._confirmed or life is None or until - life <= self._max_gap

    def _doubt(self, timestamp: float) -> None:
        """Wait for the counter, but not forever while the power goes on."""
        gauges = self._gauges
        if self._doubted_at is None or gauges.interrupted:
            self._doubted_at = timestamp
        silence = timestamp - (self._counted_at or 0.0)
        doubted = timestamp - self._doubted_at
        missed = gauges.energy - gauges.latest > MISSED * self._imports
        if doubted > PATIENCE or (missed and doubted > 0 and silence > self._max_gap):
            self.integrating = True
            self._move_on(self._until(timestamp))

    def _move_on(self, timestamp: float) -> None:
        """Go on by power; a window that ends while the counter is held is marked."""
        ends = (self.life or timestamp) // QUARTER != timestamp // QUARTER
        lost = ends and self._totals.doubtful
        self._move(timestamp, exact=not self._gauges.torn, lost=lost)

    def give_up(self) -> None:
        """Stop waiting: the energy of the silence will not be counted when it ends."""
        self._totals.give_up()

    def to_dict(self) -> dict[str, object]:
        """Return what a restart needs."""
        return {
            "totals": self._totals.to_dict(),
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
        self._totals.restore(stored["totals"])
        self._confirmed = flag(stored["confirmed"])
        self._began = optional_moment(stored["began"])
        self.counted = amount(stored["counted"])
        self._counted_at = optional_moment(stored["counted_at"])
        self._doubted_at = optional_moment(stored["doubted_at"])
        self.life = optional_moment(stored["life"])
        self.dark_until, self.lost_until = map(moment, entries(stored["dark"], 2))
        self.integrating = flag(stored["integrating"])
        self._gauges.restore(stored["gauges"])


KEYS = frozenset(Circuit((), (), net=False, max_gap=0.0).to_dict())
