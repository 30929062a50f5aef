"""Wait for something only as long as a demand meter is in service."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback

from ..const import DOMAIN
from ..demand.meter import DemandMeter
from ..device import FluksoConfigEntry
from ..helpers.errors import Withdrawn


class InService:
    """Tells whether a demand meter is in service, and cuts short who waits when not."""

    def __init__(self, hass: HomeAssistant, meter: DemandMeter) -> None:
        """Look after a demand meter; following() begins."""
        self._hass = hass
        self._meter = meter
        self._limit: asyncio.Timeout | None = None

    @contextmanager
    def following(self) -> Iterator[None]:
        """Take notice of an entry that is unloaded and of the end of Home Assistant."""

        @callback
        def look(_event: Event[Any] | None = None) -> None:
            if not self._holds and self._limit is not None:
                self._limit.reschedule(0.0)

        entry = entry_of(self._hass, self._meter)
        undos = [self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, look)]
        if entry is not None:
            undos.append(entry.async_on_state_change(look))
        try:
            yield
        finally:
            for undo in undos:
                undo()

    def check(self) -> None:
        """Raise Withdrawn if it is no longer in service."""
        if not self._holds:
            raise Withdrawn

    async def async_wait[T](self, ask: Callable[[], Awaitable[T]]) -> T:
        """Return what comes; raise Withdrawn when it goes out of service before that."""
        self.check()
        try:
            async with asyncio.timeout(None) as self._limit:
                return await ask()
        except TimeoutError:
            self.check()
            raise
        finally:
            self._limit = None

    @property
    def _holds(self) -> bool:
        return not self._hass.is_stopping and (
            entry_of(self._hass, self._meter) is not None
        )


def entry_of(hass: HomeAssistant, meter: DemandMeter) -> FluksoConfigEntry | None:
    """Return the loaded entry that a demand meter belongs to."""
    entries: list[FluksoConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return next(
        (entry for entry in entries if meter in entry.runtime_data.meters.values()),
        None,
    )
