"""What is believed of an entry's counters, kept through restarts."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from homeassistant.components.recorder.const import (
    EVENT_RECORDER_5MIN_STATISTICS_GENERATED,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..core.counters.shown import ShownCounter, exchanged
from ..helpers.listeners import call_all
from ..helpers.storage import COUNTERS, DelayedStore, entry_key
from ..helpers.timers import repeat
from ..statistics.rebases import async_account

# A crash costs so much of what was believed: then a dip can be no deeper, s.
STORE_DELAY: Final = 900.0
CHECK_INTERVAL: Final = timedelta(seconds=60)


class CounterReadings(Protocol):
    """The readings of a device, as far as they count."""

    known: dict[str, object]

    def counters(self) -> Iterator[tuple[str, str | None, ShownCounter]]:
        """Yield unique id and unit of each counter, with what is believed of it."""


class CounterMemory:
    """Keeps what is believed, and keeps what was no consumption out of the sums."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], readings: CounterReadings
    ) -> None:
        """Look after the counters of an entry."""
        self._hass = hass
        self._entry = entry
        self._readings = readings
        self._busy = False
        self._store = DelayedStore(
            hass, entry_key(COUNTERS, entry.entry_id), STORE_DELAY, self._data
        )

    async def async_load(self) -> None:
        """Let counters go on from what was believed, as their readings come."""
        stored = (await self._store.async_load() or {}).get("counters")
        if isinstance(stored, dict):
            self._readings.known.update(stored)

    async def async_flush(self) -> None:
        """Write what is believed."""
        self._store.schedule()
        await self._store.async_flush()

    def start(self) -> CALLBACK_TYPE:
        """Begin to look after them; returns what stops it."""
        return call_all(
            repeat(self._hass, (self._on_time, CHECK_INTERVAL)),
            self._hass.bus.async_listen(
                EVENT_RECORDER_5MIN_STATISTICS_GENERATED, self._on_statistics
            ),
        )

    def _data(self) -> dict[str, Any]:
        rows: dict[str, object] = dict(self._readings.known)
        rows.update(
            (unique_id, counter.to_row())
            for unique_id, _, counter in self._readings.counters()
        )
        return {"counters": rows}

    @callback
    def _on_statistics(self, _event: Event[Any]) -> None:
        self._look()

    @callback
    def _on_time(self, _now: datetime) -> None:
        self._store.schedule()
        self._look()

    def _look(self) -> None:
        """Account for rebases, if there are any."""
        rebased = any(counter.rebases for _, _, counter in self._readings.counters())
        if rebased and not self._busy:
            self._busy = True
            self._entry.async_create_background_task(
                self._hass, self._async_account(), "flukso rebased counters"
            )

    async def _async_account(self) -> None:
        """Correct the sums; what is not in them yet is kept, also through a crash."""
        registry = er.async_get(self._hass)
        try:
            for unique_id, unit, counter in tuple(self._readings.counters()):
                entity_id = registry.async_get_entity_id(
                    Platform.SENSOR, DOMAIN, unique_id
                )
                if counter.rebases and entity_id is not None:
                    told = tuple(counter.rebases)
                    waiting = await async_account(self._hass, entity_id, unit, told)
                    counter.rebases = [*waiting, *counter.rebases[len(told) :]]
            await self.async_flush()
        finally:
            self._busy = False


async def async_exchange_counters(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    own: Collection[str],
    renamed: Callable[[str], str],
) -> None:
    """Let stored counters go on under other unique ids; `own` ones with another meter.

    Their next reading is believed, and is no consumption. The entry is not loaded.
    """
    rows: dict[str, object] = {}
    store = DelayedStore(
        hass,
        entry_key(COUNTERS, entry.entry_id),
        STORE_DELAY,
        lambda: {"counters": rows},
    )
    stored = (await store.async_load() or {}).get("counters")
    if not isinstance(stored, dict):
        return
    for unique_id, row in stored.items():
        other = unique_id in own and isinstance(row, list)
        rows[renamed(unique_id)] = exchanged(row) if other else row
    store.schedule()
    await store.async_flush()
