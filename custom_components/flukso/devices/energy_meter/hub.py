"""One meter that other integrations read: their entities, put together."""

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
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_state_report_event,
    async_track_time_interval,
)

from ...helpers.listeners import Listeners
from ..presence import Presence
from .readings import EnergyReport, SourceReadings
from .sources import EnergySources, device_of

LOGGER = logging.getLogger(__name__)

TICK: Final = timedelta(seconds=10)
# What is told every five minutes is not silent, s.
SILENCE: Final = 360.0


class EnergyHub:
    """Gather what the entities of a meter tell.

    on_report gets what has been told since the last time; on_tick comes every ten
    seconds, at a report if there is one, and when the sources fall silent or return.
    """

    def __init__(self, hass: HomeAssistant, sources: EnergySources, name: str) -> None:
        """Prepare a hub; start() listens."""
        self.sources = sources
        self.on_report = Listeners[[EnergyReport]]()
        self.on_tick = Listeners[[]]()
        self._hass = hass
        self._readings = SourceReadings(hass, sources)
        self._told: set[str] = set()
        self._tracked: dict[str, str] = {}
        self._untrack: list[CALLBACK_TYPE] = []
        self._scheduled = False
        self._since = time.time()
        self._shown = 0.0
        self._known = False
        self._presence = Presence(LOGGER, name)

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the names of what is added up by the device that counts it."""
        return tuple(group.name for group in self._readings.groups)

    @property
    def registry_id(self) -> str | None:
        """Return the device of the first counter, if it belongs to one."""
        return device_of(self._hass, self.sources.imports[0])

    @property
    def alive(self) -> bool:
        """Whether every counter that is needed has a reading, and some source speaks."""
        newest = max(self._readings.heard.values(), default=0.0)
        return time.time() - newest <= SILENCE and all(
            self._readings.value(source) is not None for source in self.sources.signs
        )

    @property
    def missing(self) -> set[str]:
        """Return the sources that Home Assistant does not have."""
        return {
            source
            for source in self.sources.all
            if self._readings.state(source) is None
        }

    @property
    def units(self) -> list[str | None]:
        """Return the unit of each source."""
        states = (self._readings.state(source) for source in self.sources.all)
        return [
            None if state is None else state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
            for state in states
        ]

    @property
    def ages(self) -> list[int | None]:
        """Return the seconds since each source was heard."""
        now = time.time()
        return [
            None
            if source not in self._readings.heard
            else round(now - self._readings.heard[source])
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
        if self._readings.note(source):
            self._told.add(source)
        if not self._scheduled:
            self._scheduled = True
            self._hass.loop.call_soon(self._settle)

    @callback
    def _settle(self) -> None:
        """Hand on what was told since the last time."""
        self._scheduled = False
        told, self._told = self._told, set()
        if told:
            self.on_report.call(self._readings.report(told))
        self._check()
        now = time.time()
        if now - self._shown >= TICK.total_seconds():
            self._shown = now
            self.on_tick.call()

    @callback
    def _on_time(self, _now: datetime) -> None:
        self._check()
        self.on_tick.call()

    def _check(self) -> None:
        """Tell when the sources fall silent or return."""
        alive = self.alive
        self._known = self._known or alive
        waited = self._known or time.time() - self._since > SILENCE
        if alive:
            turned = self._presence.regain("the sources are back")
        else:
            turned = waited and self._presence.lose(
                "the sources are unavailable or silent"
            )
        if turned:
            self.on_tick.call()
