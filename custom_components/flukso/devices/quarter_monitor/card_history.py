"""Import the card of any quarter monitor into one demand meter."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
import logging
import time
from typing import Final

from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util

from ...const import DOMAIN
from ...core.demand.history.intake import ImportCounts
from ...core.quarter_monitor.quarter import Quarter
from ...core.tariff.flanders import ZONE
from ...core.windows import Source, Window
from ...demand.meter import DemandMeter
from ...device import FluksoConfigEntry
from ...flows.steps import clean_host
from ...helpers.errors import invalid, raised_for_history, raised_for_monitor
from ...history.in_service import InService
from ...history.notice import Places, async_noticed, local
from ...transport.backoff import Backoff
from ...transport.errors import CannotConnect
from ...transport.http.card import CardReader
from ...transport.http.quarter_monitor import QuarterMonitorClient
from .card_import import async_import_quarters
from .device import MonitorDevice

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
        self, meter: DemandMeter, reader: CardReader, in_service: InService
    ) -> None:
        """Prepare to read a card for a demand meter."""
        self.counts = ImportCounts(0, 0, 0)
        self.windows: dict[int, bool] = {}
        self._meter = meter
        self._reader = reader
        self._in_service = in_service
        self._direction = meter.tariff.calendar.rule.direction

    async def async_days(self) -> list[date]:
        """Return the days on the card; raises LinkError."""
        return await self._in_service.async_wait(self._async_days)

    async def _async_days(self) -> list[date]:
        return [day async for day in self._reader.days()]

    async def async_day(self, day: date) -> None:
        """Import a day; raises LinkError, or Withdrawn without the demand meter."""
        read = partial(self._async_read, day)
        told, quarters = await self._in_service.async_wait(partial(_patiently, read))
        # Not a matter of waiting: what has begun is put on disk.
        taken = await async_import_quarters(self._meter, quarters, self._direction)
        self._count(taken._replace(known=taken.known + len(told)))
        self._note(quarters)
        self.windows.update(dict.fromkeys(told, True))

    async def _async_read(self, day: date) -> tuple[list[int], list[Quarter]]:
        """Return which quarters of a day need no reading, and the others."""
        starts = self._reader.starts(day, int(time.time()))
        listed = await self._reader.listed(day, starts)
        known = await self._async_known(starts)
        wanted = [item for item in listed if item.start not in known]
        told = [item.start for item in listed if item.start in known]
        return told, await self._reader.read(wanted)

    async def _async_known(self, starts: Sequence[int]) -> set[int]:
        """Return the quarters of which a monitor has no more to tell."""
        if not starts:
            return set()
        months = self._meter.memory.async_quarters(starts[0], starts[-1] + 1)
        return {
            window.start
            async for month in months
            for window in month
            if _is_told(window)
        }

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


async def _patiently[T](ask: Callable[[], Awaitable[T]]) -> T:
    """Return what a monitor tells; it is asked again a few times if it is silent."""
    backoff = Backoff(first=FIRST_WAIT)
    for _ in range(TRIES - 1):
        try:
            return await ask()
        except CannotConnect as error:
            LOGGER.debug("Card of a quarter monitor: %s", error)
            await asyncio.sleep(backoff.next())
    return await ask()


async def async_import_card(
    hass: HomeAssistant, meter: DemandMeter, host: str, port: int
) -> CardHistory:
    """Import all that is on a card, and let a notification follow it.

    Raises HomeAssistantError.
    """
    zone = await dt_util.async_get_time_zone(ZONE)
    client = _client(hass, clean_host(host), port)
    reader = CardReader(client, zone or dt_util.get_default_time_zone())
    in_service = InService(hass, meter)
    history = CardHistory(meter, reader, in_service)
    with _raised(), in_service.following():
        days = await history.async_days()
    if not days:
        raise invalid(translation_key="monitor_card_empty")
    begin = _places(history, days, 0)
    async with async_noticed(hass, meter, "card", begin) as notice:
        with _raised(), in_service.following():
            for done, day in enumerate(days, start=1):
                await history.async_day(day)
                notice.follow(_places(history, days, done))
        if not history.windows:
            raise invalid(translation_key="monitor_card_empty")
        notice.end(_places(history, days, len(days)))
    return history


@contextmanager
def _raised() -> Iterator[None]:
    with raised_for_monitor(), raised_for_history(stored=False):
        yield


def _places(history: CardHistory, days: Sequence[date], done: int) -> Places:
    """Return what a notification tells of an import."""
    places: dict[str, str | int] = {
        **history.counts._asdict(),
        "done": done,
        "total": len(days),
        "percent": 100 * done // len(days),
        "reached": days[max(0, done - 1)].isoformat(),
    }
    if history.windows:
        places["first"] = local(min(history.windows))
        places["last"] = local(max(history.windows))
    return places


def _client(hass: HomeAssistant, host: str, port: int) -> QuarterMonitorClient:
    """Return who asks a monitor; an entry that does already, so that one asks at once."""
    entries: list[FluksoConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        device = entry.runtime_data.device
        if isinstance(device, MonitorDevice) and (
            (entry.data[CONF_HOST].lower(), entry.data[CONF_PORT])
            == (host.lower(), port)
        ):
            return device.hub.client
    return QuarterMonitorClient(async_get_clientsession(hass), host, port)
