"""Import the card of any quarter monitor into one demand meter."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from functools import partial
import logging
import time
from typing import Final

from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util

from .backfill import Withdrawn
from .const import DOMAIN
from .core.demand.flanders import ZONE
from .core.demand.intake import ImportCounts
from .core.demand.windows import Source, Window, month_of
from .core.quarter_monitor.quarter import Quarter
from .demand_meter import DemandMeterHub
from .flow_helpers import clean_host
from .monitor_card import CardReader
from .monitor_import import async_import_quarters
from .runtime import AnyConfigEntry, in_service, is_monitor_entry
from .transport.backoff import Backoff
from .transport.errors import CannotConnect
from .transport.quarter_monitor import QuarterMonitorClient

LOGGER = logging.getLogger(__name__)

# An ESP32 may be busy, or out of reach, for a while.
TRIES: Final = 4
FIRST_WAIT: Final = 5.0


class CardHistory:
    """Read a card day by day, the newest first; each day counts at once.

    What is wholly known by power already is not asked for again, so that an import that
    was cut off goes on. `windows` are those that were read or known.
    """

    def __init__(
        self, hass: HomeAssistant, meter: DemandMeterHub, reader: CardReader
    ) -> None:
        """Prepare to read a card for a demand meter."""
        self.counts = ImportCounts(0, 0, 0)
        self.windows: dict[int, bool] = {}
        self._hass = hass
        self._meter = meter
        self._reader = reader
        self._direction = meter.tariff.calendar.rule.direction

    async def async_run(self) -> None:
        """Import all of it; raises LinkError, or Withdrawn without the demand meter."""
        days = await self._async_days()
        for day in days:
            await _patiently(partial(self._async_day, day))

    async def _async_days(self) -> list[date]:
        return [day async for day in self._reader.days()]

    async def _async_day(self, day: date) -> None:
        starts = self._reader.starts(day, int(time.time()))
        listed = await self._reader.listed(day, starts)
        known = await self._async_known(starts)
        wanted = [item for item in listed if item.start not in known]
        quarters = await self._reader.read(wanted)
        if not in_service(self._hass, self._meter):
            raise Withdrawn
        taken = await async_import_quarters(self._meter, quarters, self._direction)
        skipped = len(listed) - len(wanted)
        self._count(taken._replace(known=taken.known + skipped))
        self._note(quarters)
        self.windows.update(
            {item.start: True for item in listed if item.start in known}
        )

    async def _async_known(self, starts: Sequence[int]) -> set[int]:
        """Return the quarters of which a monitor has no more to tell."""
        if not starts:
            return set()
        months = {month_of(starts[place], self._meter.zone) for place in (0, -1)}
        archive = self._meter.memory.archive
        found = await archive.async_between(starts[0], starts[-1] + 1, months)
        return {window.start for window in found if _is_told(window)}

    def _count(self, taken: ImportCounts) -> None:
        self.counts = ImportCounts(*map(sum, zip(self.counts, taken, strict=True)))

    def _note(self, quarters: Sequence[Quarter]) -> None:
        self.windows.update(
            {
                quarter.id.start: quarter.window(self._direction).complete
                for quarter in quarters
                if quarter.seen(self._direction)
            }
        )


def _is_told(window: Window) -> bool:
    return window.complete and window.source is Source.POWER


async def _patiently(ask: Callable[[], Awaitable[None]]) -> None:
    """Do what asks a monitor, again if it does not answer, a few times."""
    backoff = Backoff(first=FIRST_WAIT)
    for _ in range(TRIES - 1):
        try:
            return await ask()
        except CannotConnect as error:
            LOGGER.debug("Card of a quarter monitor: %s", error)
            await asyncio.sleep(backoff.next())
    return await ask()


async def async_import_card(
    hass: HomeAssistant, meter: DemandMeterHub, host: str, port: int
) -> CardHistory:
    """Import all that is on a card; raises LinkError and Withdrawn."""
    zone = await dt_util.async_get_time_zone(ZONE)
    client = _client(hass, clean_host(host), port)
    reader = CardReader(client, zone or dt_util.get_default_time_zone())
    history = CardHistory(hass, meter, reader)
    await history.async_run()
    return history


def _client(hass: HomeAssistant, host: str, port: int) -> QuarterMonitorClient:
    """Return who asks a monitor; an entry that does already, so that one asks at once."""
    entries: list[AnyConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        if is_monitor_entry(entry) and (
            (entry.data[CONF_HOST].lower(), entry.data[CONF_PORT])
            == (host.lower(), port)
        ):
            return entry.runtime_data.hub.client
    return QuarterMonitorClient(async_get_clientsession(hass), host, port)
