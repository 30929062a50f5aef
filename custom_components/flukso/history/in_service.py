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
        """Watch a demand meter; following() begins."""
        self._hass = hass
        self._meter = meter
        self._timeout: asyncio.Timeout | None = None

    @contextmanager
    def following(self) -> Iterator[None]:
        """Cut waiting short when the entry is unloaded or Home Assistant stops."""

        @callback
        def check(_event: Event[Any] | None = None) -> None:
            if not self._in_service and self._timeout is not None:
                self._timeout.reschedule(0.0)

        entry = entry_of(self._hass, self._meter)
        undos = [self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, check)]
        if entry is not None:
            undos.append(entry.async_on_state_change(check))
        try:
            yield
        finally:
            for undo in undos:
                undo()

    def check(self) -> None:
        """Raise Withdrawn if it is no longer in service."""
        if not self._in_service:
            raise Withdrawn

    async def async_wait[T](self, ask: Callable[[], Awaitable[T]]) -> T:
        """Return what `ask` returns; raise Withdrawn if it goes out of service first."""
        self.check()
        try:
            async with asyncio.timeout(None) as self._timeout:
                return await ask()
        except TimeoutError:
            self.check()
            raise
        finally:
            self._timeout = None

    @property
    def _in_service(self) -> bool:
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
