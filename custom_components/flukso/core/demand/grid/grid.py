"""All sensors of a grid connection as one import counter that never runs backwards."""

from typing import NamedTuple

from ...stored import Damaged, amount, entries, flag, moment, optional_moment, record
from ...windows import Source
from ..powers.steps import Powers, added
from .circuit import RESOLUTION, TRUST, Circuit
from .plan import SourcePlan
from .totals import ROUNDING

__all__ = ["GridMeter", "Point", "SourcePlan"]

# Sensors that still speak wait this long for one that is silent, s.
PATIENCE = 3600.0


class Point(NamedTuple):
    """The import counter at a moment: unix s, and kWh since the meter began.

    `gap`: the time since the point before was not seen. `exact`: even so, the energy
    of that time is known, and not only a lower bound of it.
    """

    time: float
    energy: float
    source: Source
    gap: bool = False
    exact: bool = True


class GridMeter:
    """Turns the readings of a plan's sensors into points, at most one per moment.

    A point is made when every sensor is known up to there. Readings of sensors that
    the plan does not need are ignored.
    """

    __slots__ = (
        "_absent",
        "_base",
        "_by_sensor",
        "_circuits",
        "_energy",
        "_frontier",
        "_plan",
        "_waited_until",
        "_waiting_since",
    )

    def __init__(self, plan: SourcePlan, state: object = None) -> None:
        """Start at zero, or where the stored state of this plan left off.

        ValueError when that state cannot be used.
        """
        self._plan = plan
        self._circuits = [
            Circuit(
                imports,
                exports,
                net=plan.net,
                max_gap=plan.max_gap,
                limit=plan.limit,
            )
            for imports, exports in plan.groups
        ]
        self._by_sensor = {
            sensor: circuit for circuit in self._circuits for sensor in circuit.sensors
        }
        self._absent: set[Circuit] = set()
        self._base = 0.0
        self._energy = 0.0
        self._frontier: float | None = None
        self._waiting_since: float | None = None
        self._waited_until = 0.0
        if state is not None:
            self._restore(state)

    @property
    def power_now(self) -> float | None:
        """Return the net import in kW, None when a gauge it needs is missing or old."""
        newest = max((circuit.newest for circuit in self._circuits), default=0.0)
        total = 0.0
        for circuit in self._circuits:
            power = circuit.net_power(newest)
            if power is None:
                return None
            total += power
        return max(0.0, total) if self._circuits else None

    def powers(self, start: int, count: int) -> Powers:
        """Return the import of so many steps from a moment, kW, as the gauges tell it."""
        return added(circuit.steps.means(start, count) for circuit in self._circuits)

    def counter(self, sensor: str, timestamp: float, value: float) -> Point | None:
        """Take a cumulative reading, unix s and kWh."""
        circuit = self._by_sensor.get(sensor)
        if circuit is None:
            return None
        life = circuit.life
        circuit.counter(sensor, timestamp, value)
        if life == timestamp == self._frontier == circuit.life:
            return self._late(timestamp)
        return self._heard(circuit, life, timestamp)

    def _late(self, frontier: float) -> Point | None:
        """Make the point of a moment anew when its counter says more than its power."""
        energy = self._base + sum(circuit.energy for circuit in self._circuits)
        if energy - self._energy <= TRUST + ROUNDING:
            return None
        return self._point(frontier, gap=False, exact=True)

    def power(self, sensor: str, timestamp: float, power: float) -> Point | None:
        """Take a power reading, unix s and kW."""
        circuit = self._by_sensor.get(sensor)
        if circuit is None:
            return None
        life = circuit.life
        circuit.power(sensor, timestamp, power)
        return self._heard(circuit, life, timestamp)

    def _heard(
        self, circuit: Circuit, before: float | None, timestamp: float
    ) -> Point | None:
        """Make a point when the slowest sensor has come further."""
        life = circuit.life
        if life is None or life == before:
            return self._wait(timestamp)
        frontier = self._frontier
        if frontier is not None:
            if before is not None and life < before and life < frontier:
                return self._point(life, gap=True, exact=False)
            if self._absent and life >= frontier - self._plan.max_gap:
                self._absent.discard(circuit)
        slowest = self._slowest(timestamp)
        if slowest is None or (frontier is not None and slowest <= frontier):
            return self._wait(timestamp)
        return self._advance(slowest)

    def _slowest(self, timestamp: float) -> float | None:
        """Return the moment up to which all that are waited for are known."""
        if len(self._circuits) == 1 and not self._absent:
            return self._circuits[0].life
        lives: list[float] = []
        for circuit in self._circuits:
            if circuit in self._absent:
                continue
            if circuit.life is None:
                return None
            lives.append(circuit.life)
        if not lives:
            return timestamp
        # What is repeated to a new subscriber may be old: begin with the newest.
        return max(lives) if self._frontier is None else min(lives)

    def _wait(self, timestamp: float) -> Point | None:
        """Wait for the silent sensors, up to a limit; then go on without them."""
        if len(self._absent) == len(self._circuits):
            late = self._frontier is not None and timestamp <= self._frontier
            return None if late else self._advance(timestamp)
        # While all were silent nobody waited: the next to come may be anyone's.
        silent = timestamp - self._waited_until > self._plan.max_gap
        self._waited_until = timestamp
        if self._waiting_since is None or silent:
            self._waiting_since = timestamp
        elif timestamp - self._waiting_since > PATIENCE:
            self._give_up()
            slowest = self._slowest(timestamp)
            if slowest is not None:
                return self._advance(slowest)
        return None

    def _give_up(self) -> None:
        """Go on without the sensors that hold the others up."""
        frontier = self._frontier
        for circuit in self._circuits:
            life = circuit.life
            if life is None or (frontier is not None and life <= frontier):
                self._absent.add(circuit)
                circuit.give_up()

    def _advance(self, frontier: float) -> Point:
        """Return the point up to a new frontier."""
        before = self._frontier
        self._waiting_since = None
        if before is None or self._absent:
            return self._point(frontier, gap=True, exact=False)
        gap = exact = False
        for circuit in self._circuits:
            gap = gap or before < circuit.dark_until
            exact = exact or before < circuit.lost_until
        return self._point(frontier, gap=gap, exact=not exact)

    def _point(self, frontier: float, *, gap: bool, exact: bool) -> Point:
        """Return the point at a moment."""
        energy = self._base
        source = Source.COUNTER
        for circuit in self._circuits:
            energy += circuit.energy
            if circuit.integrating:
                source = Source.POWER
        # An estimate may have been ahead of its counter by less than a Wh. Power that
        # took the place of a counter may have been by more: it is taken back.
        ahead = self._energy - energy
        if 0 < ahead <= RESOLUTION * len(self._plan.imports):
            energy = self._energy
        self._energy = energy
        self._frontier = frontier
        return Point(frontier, energy, source, gap, exact)

    def successor(self, plan: SourcePlan, *, others: bool = False) -> GridMeter:
        """Return a meter for another plan that counts on from here.

        Up to the first readings of its sensors time is not seen, unless they are the
        same sensors. others: they are other ones, though they go by the same names.
        """
        state = self.to_dict()
        if not others and state["plan"] == plan.to_list():
            return GridMeter(plan, state)
        meter = GridMeter(plan)
        meter._base = meter._energy = self._energy
        meter._frontier = self._frontier
        return meter

    def to_dict(self) -> dict[str, object]:
        """Return what a restart needs."""
        return {
            "plan": self._plan.to_list(),
            "base": self._base,
            "energy": self._energy,
            "frontier": self._frontier,
            "waiting_since": self._waiting_since,
            "waited_until": self._waited_until,
            "circuits": [circuit.to_dict() for circuit in self._circuits],
            "absent": [circuit in self._absent for circuit in self._circuits],
        }

    def _restore(self, data: object) -> None:
        """Take what was stored; ValueError when it cannot be used."""
        stored = record(data, KEYS)
        if stored["plan"] != self._plan.to_list():
            raise Damaged("the state of another plan")
        self._base = amount(stored["base"])
        self._energy = amount(stored["energy"])
        self._frontier = optional_moment(stored["frontier"])
        self._waiting_since = optional_moment(stored["waiting_since"])
        self._waited_until = moment(stored["waited_until"])
        count = len(self._circuits)
        for circuit, item, absent in zip(
            self._circuits,
            entries(stored["circuits"], count),
            entries(stored["absent"], count),
            strict=True,
        ):
            circuit.restore(item)
            if flag(absent):
                self._absent.add(circuit)


KEYS = frozenset(
    {
        "plan",
        "base",
        "energy",
        "frontier",
        "waiting_since",
        "waited_until",
        "circuits",
        "absent",
    }
)
