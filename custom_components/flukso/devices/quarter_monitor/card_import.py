"""Bring what is on the card of a quarter monitor into the demand meters."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo
import logging
from typing import Final, NamedTuple

from homeassistant.core import callback

from ...core.demand.history.intake import ImportCounts
from ...core.quarter_monitor.quarter import Quarter
from ...core.tariff.rule import Direction
from ...demand.meter import DemandMeter
from ...helpers.listeners import Listeners
from ...transport.backoff import Backoff
from ...transport.errors import LinkError
from ...transport.http.card import CardReader
from .hub import MonitorHub

LOGGER = logging.getLogger(__name__)

MONTHS: Final = 13
FIRST_WAIT: Final = 30.0


class ImportedMeter(NamedTuple):
    """A demand meter, and which direction it measures."""

    meter: DemandMeter
    direction: Direction


class CardImport:
    """Read what is missing from the card: the newest days first, politely.

    What is known is not asked for, so that an import that was cut off goes on. on_step
    comes with each day that is done; `progress` is a share 0..1, None before the card
    has been looked at.
    """

    def __init__(self, hub: MonitorHub, zone: tzinfo) -> None:
        """Prepare an import; run() begins. `zone`: that of the monitor."""
        self.meters: Mapping[str, ImportedMeter] = {}
        self.progress: float | None = None
        self.imported = 0
        self.on_step = Listeners[[]]()
        self._hub = hub
        self._reader = CardReader(hub.client, zone)
        self._wanted: list[int] = []
        self._wake = asyncio.Event()

    @property
    def damaged(self) -> int:
        """How many files and lists could not be read."""
        return self._reader.damaged

    @callback
    def want(self, since: int) -> None:
        """Let what is missing since a moment (unix s) be read."""
        self._wanted.append(since)
        self._wake.set()

    async def run(self) -> None:
        """Import what is wanted, and what is wanted later."""
        backoff = Backoff(first=FIRST_WAIT)
        while True:
            await self._wake.wait()
            self._wake.clear()
            wanted, self._wanted = self._wanted, []
            try:
                await self._async_import(min(wanted))
            except LinkError as error:
                LOGGER.debug("Card of the quarter monitor: %s", error)
                self.want(min(wanted))
                await asyncio.sleep(backoff.next())
            else:
                backoff.reset()

    @property
    def start(self) -> int:
        """The moment from which everything is wanted: the first of 13 months."""
        zone = self._reader.zone
        today = datetime.fromtimestamp(self._hub.now, zone)
        year, month = divmod(today.year * 12 + today.month - MONTHS, 12)
        return int(datetime(year, month + 1, 1, tzinfo=zone).timestamp())

    async def _async_import(self, since: int) -> None:
        """Import the days from the one that holds a moment on."""
        first = datetime.fromtimestamp(since, self._reader.zone).date()
        days = [day async for day in self._reader.days(first)]
        known: dict[str, list[set[int]]] = {}
        for done, day in enumerate(days):
            month = f"{day:%Y-%m}"
            if month not in known:
                known = {month: await self._async_known(day)}
            await self._async_import_day(day, known[month])
            self.progress = (done + 1) / len(days)
            self.on_step.call()
        self.progress = 1.0
        self.on_step.call()

    async def _async_known(self, day: date) -> list[set[int]]:
        """Return the starts of the known quarters of a day's month, for each meter."""
        start = self._reader.midnight(day.replace(day=1))
        end = self._reader.midnight(day.replace(day=1) + timedelta(days=31))
        found: list[set[int]] = []
        for meter, _direction in self.meters.values():
            months = meter.memory.async_quarters(start, end)
            found.append({window.start async for month in months for window in month})
        return found

    async def _async_import_day(self, day: date, known: list[set[int]]) -> None:
        """Ask for what one of the meters does not know of a day."""
        starts = self._reader.starts(day, self._hub.now)
        everybody = set[int].intersection(*known) if known else set[int]()
        if everybody.issuperset(starts):
            return
        left_out = everybody | self._hub.own_starts
        listed = await self._reader.listed(day, starts)
        wanted = [item for item in listed if item.start not in left_out]
        await self.async_take(await self._reader.read(wanted))

    async def async_take(self, quarters: list[Quarter]) -> None:
        """Let every demand meter know quarters that were on the card.

        Not while its date is wrong: since when is not known, and they may be of any time.
        """
        if not self._hub.dated:
            return
        for meter, direction in self.meters.values():
            counts = await async_import_quarters(meter, quarters, direction)
            self.imported += counts.added


async def async_import_quarters(
    meter: DemandMeter, quarters: Iterable[Quarter], direction: Direction
) -> ImportCounts:
    """Let a demand meter know quarters with their profiles."""
    seen = [quarter for quarter in quarters if quarter.seen(direction)]
    return await meter.async_import(
        [quarter.window(direction) for quarter in seen],
        {quarter.id.start: quarter.profile(direction) for quarter in seen},
    )
