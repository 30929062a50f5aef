"""What a digital meter measures: powers, registers, quarters, gas and water."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from .energy import GAS, WATER, Register
from .gridmeter import NET_ENERGY
from .household import Household, Moment, Phase, fixed_point
from .identity import Identity
from .p1_children import Child, ChildReading
from .p1_demand import QUARTER, Demand, Past
from .p1_settings import REGISTERS, MeterSettings
from .p1_text import local

_EVENING = {"be": 22, "nl": 23}
_MOST_COUNTED = 9_000_000


class PhaseReading(NamedTuple):
    """One phase: W and var (positive: import), 0.1 V and 0.01 A."""

    watts: int
    vars: int
    decivolts: int
    centiamperes: int


class Reading(NamedTuple):
    """What the meter shows at a time of its own clock.

    tariff: the number of the active one. energy: Wh in the order of `REGISTERS`.
    reactive: varh imported and exported. watts, vars: sums of the phases, positive
    for import. children: by "gas" and "water".
    """

    clock: int
    tariff: int
    energy: tuple[int, ...]
    reactive: tuple[int, ...]
    watts: int
    vars: int
    phases: tuple[PhaseReading, ...]
    children: Mapping[str, ChildReading]


@lru_cache(maxsize=64)
def _tariff(country: str, quarter: int) -> int:
    if country not in _EVENING:
        return 1
    moment = local(quarter * QUARTER)
    day = moment.weekday() < 5 and 7 <= moment.hour < _EVENING[country]
    # Belgium counts the day first, the Netherlands the night.
    return 1 if day == (country == "be") else 2


def tariff(country: str, clock: int) -> int:
    """Return the number of the tariff: day is on weekdays from 7 h."""
    return _tariff(country, clock // QUARTER)


def _whole(steps: int) -> int:
    """Return W out of steps of 1/2048 W, towards zero."""
    return steps >> 11 if steps >= 0 else -(-steps >> 11)


def _phase_reading(phase: Phase) -> PhaseReading:
    return PhaseReading(
        _whole(fixed_point(phase.power)),
        _whole(fixed_point(phase.reactive)),
        round(phase.voltage * 10),
        round(phase.current * 100),
    )


def _net(phases: Iterable[Phase]) -> tuple[int, int]:
    """Sum power and reactive power in steps of 1/2048."""
    power = reactive = 0
    for phase in phases:
        power += fixed_point(phase.power)
        reactive += fixed_point(phase.reactive)
    return power, reactive


def _merged(phases: Sequence[Phase]) -> Phase:
    """Put the whole household on one phase."""
    power = sum(phase.power for phase in phases)
    reactive = sum(phase.reactive for phase in phases)
    return Phase(power, reactive, phases[0].voltage)


class Metrology:
    """Measures a household second by second.

    It begins with the whole quarter that contains the second before the start, so
    that the first ramp it shows is right.
    """

    def __init__(
        self,
        household: Household,
        settings: MeterSettings,
        identity: Identity,
        start: int,
    ) -> None:
        """Install the meter, with something on every register already."""
        self._household = household
        self._settings = settings
        self._identity = identity
        self._offset = settings.clock_offset
        clock = (start - 1 + self._offset) // QUARTER * QUARTER
        self._next = clock - self._offset
        past = Past(identity.seed, settings.peaks)
        self.demand = Demand(past, clock, settings.months)
        self._energy = [self._register(name) for name in REGISTERS]
        self._reactive = [self._register(name) for name in ("3.8.0", "4.8.0")]
        self._children = self._install(clock)
        self._phases: tuple[Phase, ...] = ()

    def _register(self, name: str) -> Register:
        default = self._identity.number("register", name, below=_MOST_COUNTED)
        milli = self._settings.counters.get(name, default) * 1000
        return Register(NET_ENERGY.steps, milli)

    def _install(self, clock: int) -> dict[str, Child]:
        family, children = self._settings.kind, dict[str, Child]()
        if family.child_period is None:
            return children
        wanted = {"gas": self._settings.gas, "water": self._settings.water}
        for name, rate in (("gas", GAS), ("water", WATER)):
            if wanted[name]:
                litres = self._identity.number("register", name, below=_MOST_COUNTED)
                # Dutch meters are read on the full hour or five minutes.
                spread = family.child_period if family.country == "be" else 1
                phase = self._identity.number("phase", name, below=spread)
                children[name] = Child(rate, litres, family.child_period, phase, clock)
        return children

    def measure(self, until: int) -> None:
        """Measure every second that is not yet over, up to `until`."""
        for second in range(self._next, until):
            self._live(self._household.at(second), second + self._offset)
        self._next = max(self._next, until)

    def _live(self, moment: Moment, clock: int) -> None:
        self._phases = moment.phases
        net, reactive = _net(moment.phases)
        column = tariff(self._settings.kind.country, clock) - 1
        self._energy[column if net > 0 else column + 2].add(abs(net))
        self._reactive[reactive < 0].add(abs(reactive))
        self.demand.add(clock, max(net, 0))
        for child in self._children.values():
            child.live(moment, clock)

    def reading(self, second: int) -> Reading:
        """Return what the meter shows at a second, until which it has measured."""
        clock = second + self._offset
        watts, reactive = _net(self._phases)
        one = self._settings.phases == 1
        phases = (_merged(self._phases),) if one else self._phases
        return Reading(
            clock,
            tariff(self._settings.kind.country, clock),
            tuple(register.milli // 1000 for register in self._energy),
            tuple(register.milli // 1000 for register in self._reactive),
            _whole(watts),
            _whole(reactive),
            tuple(map(_phase_reading, phases)),
            {name: child.reading for name, child in self._children.items()},
        )
