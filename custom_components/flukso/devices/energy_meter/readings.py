"""What the sources of a meter said last, and what that makes together."""

from dataclasses import dataclass
from typing import Final

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er

from ...core.counters.track import CounterTrack
from ...core.demand.meters.repeated_counter import LIMIT
from .sources import EnergySources, device_of, energy_of, power_of

# Values of one reading of a meter are written one after the other within this, s.
TOGETHER: Final = 0.5


@dataclass(frozen=True, slots=True)
class CounterGroup:
    """Counters of one device, which tells all of them at once.

    `signs` of what is added up. `speakers`: counters by which the device is heard.
    """

    signs: dict[str, int]
    speakers: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return what tells the sum from one of other counters."""
        return ",".join(f"{sign:+}{source}" for source, sign in self.signs.items())


@dataclass(frozen=True, slots=True)
class EnergyReport:
    """What was told in one moment: each with its time in unix s; kWh and kW.

    `totals` by group of counters. `register` is the demand register with the import
    that was told together with it.
    """

    totals: dict[str, tuple[float, float]]
    power: tuple[float, float] | None
    register: tuple[float, float, float] | None
    month_peak: tuple[float, float] | None


class SourceReadings:
    """The latest readings of the sources, and when they were told."""

    def __init__(self, hass: HomeAssistant, sources: EnergySources) -> None:
        """Begin with nothing heard."""
        self.heard: dict[str, float] = {}
        self._hass = hass
        self._sources = sources
        # What is netted is judged before: a sum that may fall tells no dip.
        netted = sources.counters if sources.phases and not sources.net else ()
        self._tracks = {source: CounterTrack(limit=LIMIT) for source in netted}
        self.groups = _groups(hass, sources)

    def state(self, source: str) -> State | None:
        """Return the state of a source."""
        entity_id = er.async_resolve_entity_id(er.async_get(self._hass), source)
        return None if entity_id is None else self._hass.states.get(entity_id)

    def value(self, source: str) -> float | None:
        """Return what a source says, kWh or kW; None if that is no reading."""
        read = energy_of if source in self._sources.counters else power_of
        return read(self.state(source))

    def note(self, source: str) -> bool:
        """Take notice that a source spoke; False if that was no reading."""
        state, value = self.state(source), self.value(source)
        if state is None or value is None:
            return False
        self.heard[source] = state.last_reported_timestamp
        if source in self._tracks:
            self._tracks[source].step(state.last_reported_timestamp, value)
        return True

    def report(self, told: set[str]) -> EnergyReport:
        """Return what some sources told in one moment."""
        return EnergyReport(
            {
                group.name: total
                for group in self.groups
                if not told.isdisjoint(group.speakers)
                and (total := self._total(group)) is not None
            },
            power=self._told_of(self._sources.power, told),
            register=self._register(),
            month_peak=self._told_of(self._sources.month_peak, told),
        )

    def _total(self, group: CounterGroup) -> tuple[float, float] | None:
        """Return when a device was heard, and what it counts.

        None if not all is known, or believed.

        What of it was not told anew has not changed.
        """
        total = 0.0
        for source, sign in group.signs.items():
            value = self.value(source)
            track = self._tracks.get(source)
            if value is None or (track is not None and track.doubtful):
                return None
            total += sign * value
        return max(self.heard.get(source, 0.0) for source in group.speakers), total

    def _told_of(
        self, source: str | None, told: set[str]
    ) -> tuple[float, float] | None:
        """Return when a power was told and what it is, None if it was not."""
        if source is None or source not in told:
            return None
        value = self.value(source)
        return None if value is None else (self.heard[source], value)

    def _register(self) -> tuple[float, float, float] | None:
        """Return the demand register with the counters of the same moment, if known."""
        sources = self._sources
        if sources.demand is None or sources.phases or len(self.groups) > 1:
            return None
        register, total = self.value(sources.demand), self._total(self.groups[0])
        if register is None or total is None:
            return None
        moment = self.heard.get(sources.demand, 0.0)
        together = abs(moment - total[0]) <= TOGETHER
        return (moment, total[1], register) if together else None


def _groups(hass: HomeAssistant, sources: EnergySources) -> tuple[CounterGroup, ...]:
    """Return the counters by their devices; those without one are taken for one's."""
    signs = sources.signs
    members: dict[str | None, list[str]] = {}
    for source in sources.counters:
        members.setdefault(device_of(hass, source), []).append(source)
    return tuple(
        CounterGroup(
            {source: signs[source] for source in of_device if source in signs},
            tuple(of_device),
        )
        for of_device in members.values()
        if not signs.keys().isdisjoint(of_device)
    )
