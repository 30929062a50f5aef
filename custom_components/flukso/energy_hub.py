"""One meter that other integrations read: their entities, put together."""

from dataclasses import dataclass
from datetime import datetime, timedelta
import logging
import time
from typing import Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_state_report_event,
    async_track_time_interval,
)

from .energy_sources import EnergySources, device_of, energy_of, power_of
from .listeners import Listeners

LOGGER = logging.getLogger(__name__)

TICK: Final = timedelta(seconds=10)
# What is told every five minutes is not silent, s.
SILENCE: Final = 360.0
# Values of one reading of a meter are written one after the other within this, s.
TOGETHER: Final = 0.5


@dataclass(frozen=True, slots=True)
class EnergyReport:
    """What was told in one moment; kWh, kW and unix s.

    `totals` by the device that counts, each with the time that it was told. `register`
    is the demand register with the import that was told together with it.
    """

    totals: dict[str, tuple[float, float]]
    power: tuple[float, float] | None
    register: tuple[float, float, float] | None
    month_peak: tuple[float, float] | None


class EnergyHub:
    """Gather what the entities of a meter tell.

    What one device counts is added up: it tells all of that at once. on_report gets
    what has been told since the last time; on_tick comes every ten seconds, at a
    report if there is one, and when the sources fall silent or return.
    """

    def __init__(self, hass: HomeAssistant, sources: EnergySources, name: str) -> None:
        """Prepare a hub; start() listens."""
        self.sources = sources
        self.name = name
        self.on_report = Listeners[[EnergyReport]]()
        self.on_tick = Listeners[[]]()
        self._hass = hass
        self._heard: dict[str, float] = {}
        self._told: set[str] = set()
        self._tracked: dict[str, str] = {}
        self._untrack: list[CALLBACK_TYPE] = []
        self._scheduled = False
        self._since = time.time()
        self._shown = 0.0
        self._known = False
        self._lost = False
        self._devices = {
            source: device_of(hass, source) or "" for source in sources.counters
        }

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the devices that count; "" for all that belong to none."""
        signs = self.sources.signs
        return tuple(dict.fromkeys(self._devices[source] for source in signs))

    @property
    def device_id(self) -> str | None:
        """Return the device of the first counter."""
        return device_of(self._hass, self.sources.imports[0])

    @property
    def alive(self) -> bool:
        """Whether every counter that is needed has a reading, and some source speaks."""
        newest = max(self._heard.values(), default=0.0)
        return time.time() - newest <= SILENCE and all(
            energy_of(self._state(source)) is not None for source in self.sources.signs
        )

    @property
    def missing(self) -> set[str]:
        """Return the sources that Home Assistant does not have."""
        return {source for source in self.sources.all if self._state(source) is None}

    @property
    def units(self) -> list[str | None]:
        """Return the unit of each source."""
        states = (self._state(source) for source in self.sources.all)
        return [
            None if state is None else state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
            for state in states
        ]

    @property
    def ages(self) -> list[int | None]:
        """Return the seconds since each source was heard."""
        now = time.time()
        return [
            None if source not in self._heard else round(now - self._heard[source])
            for source in self.sources.all
        ]

    def start(self) -> CALLBACK_TYPE:
        """Listen to the entities; returns what stops it."""
        self._track()
        undos = [
            self._hass.bus.async_listen(
                er.EVENT_ENTITY_REGISTRY_UPDATED, self._on_registry
            ),
            async_track_time_interval(
                self._hass, self._on_time, TICK, cancel_on_shutdown=True
            ),
        ]

        @callback
        def stop() -> None:
            for undo in (*undos, *self._untrack):
                undo()
            self._untrack.clear()

        return stop

    def _resolved(self) -> dict[str, str]:
        """Return the sources that exist by the names that they have now."""
        registry = er.async_get(self._hass)
        return {
            entity_id: source
            for source in self.sources.all
            if (entity_id := er.async_resolve_entity_id(registry, source)) is not None
        }

    def _track(self) -> None:
        """Listen to the entities, and take what they say already."""
        for undo in self._untrack:
            undo()
        self._tracked = self._resolved()
        self._untrack = [
            async_track_state_change_event(self._hass, self._tracked, self._on_change),
            async_track_state_report_event(self._hass, self._tracked, self._on_repeat),
        ]
        for entity_id in self._tracked:
            self._note(entity_id)

    @callback
    def _on_registry(self, _event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        """Follow entities that get another name, or that come back."""
        if self._resolved() != self._tracked:
            self._track()

    @callback
    def _on_change(self, event: Event[EventStateChangedData]) -> None:
        self._note(event.data["entity_id"])

    @callback
    def _on_repeat(self, event: Event[EventStateReportedData]) -> None:
        self._note(event.data["entity_id"])

    def _note(self, entity_id: str) -> None:
        """Remember that an entity spoke; what speaks in one moment is taken at once."""
        source = self._tracked[entity_id]
        state = self._hass.states.get(entity_id)
        value = self._value(source)
        if state is not None and value is not None:
            self._heard[source] = state.last_reported_timestamp
            self._told.add(source)
        if not self._scheduled:
            self._scheduled = True
            self._hass.loop.call_soon(self._settle)

    def _state(self, source: str) -> State | None:
        entity_id = er.async_resolve_entity_id(er.async_get(self._hass), source)
        return None if entity_id is None else self._hass.states.get(entity_id)

    def _value(self, source: str) -> float | None:
        """Return what a source says, kWh or kW; None if that is no reading."""
        read = energy_of if source in self.sources.counters else power_of
        return read(self._state(source))

    @callback
    def _settle(self) -> None:
        """Hand on what was told since the last time."""
        self._scheduled = False
        told, self._told = self._told, set()
        if told:
            self.on_report.call(self._report(told))
        self._check()
        now = time.time()
        if now - self._shown >= TICK.total_seconds():
            self._shown = now
            self.on_tick.call()

    def _report(self, told: set[str]) -> EnergyReport:
        sources = self.sources
        totals = {
            group: total
            for group in dict.fromkeys(
                self._devices[source] for source in sources.counters if source in told
            )
            if (total := self._total(group)) is not None
        }
        return EnergyReport(
            totals,
            power=self._told_of(sources.power, told),
            register=self._register(),
            month_peak=self._told_of(sources.month_peak, told),
        )

    def _total(self, group: str) -> tuple[float, float] | None:
        """Return when a device was heard, and what it counts; None if not all is known.

        What of it was not told anew has not changed.
        """
        of_group = [s for s in self.sources.counters if self._devices[s] == group]
        values = {
            source: self._value(source)
            for source in of_group
            if source in self.sources.signs
        }
        known = [
            value * self.sources.signs[source]
            for source, value in values.items()
            if value is not None
        ]
        if not known or len(known) < len(values):
            return None
        return max(self._heard.get(source, 0.0) for source in of_group), sum(known)

    def _told_of(
        self, source: str | None, told: set[str]
    ) -> tuple[float, float] | None:
        """Return when a power was told and what it is, None if it was not."""
        if source is None or source not in told:
            return None
        value = self._value(source)
        return None if value is None else (self._heard[source], value)

    def _register(self) -> tuple[float, float, float] | None:
        """Return the demand register with the counters of the same moment, if known."""
        sources = self.sources
        if sources.demand is None or sources.phases or len(self.groups) > 1:
            return None
        register, total = self._value(sources.demand), self._total(self.groups[0])
        if register is None or total is None:
            return None
        moment = self._heard.get(sources.demand, 0.0)
        return (
            (moment, total[1], register) if abs(moment - total[0]) <= TOGETHER else None
        )

    @callback
    def _on_time(self, _now: datetime) -> None:
        self._check()
        self.on_tick.call()

    def _check(self) -> None:
        """Tell when the sources fall silent or return; one log line each way."""
        alive = self.alive
        self._known = self._known or alive
        waited = self._known or time.time() - self._since > SILENCE
        if not alive and waited and not self._lost:
            self._lost = True
            LOGGER.warning("%s: the sources are unavailable or silent", self.name)
            self.on_tick.call()
        elif alive and self._lost:
            self._lost = False
            LOGGER.info("%s: the sources are back", self.name)
            self.on_tick.call()
