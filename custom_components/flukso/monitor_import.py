"""Bring what is on the card of a quarter monitor into the demand meters."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import date, datetime, timedelta, tzinfo
import logging
from typing import Final, NamedTuple

from homeassistant.core import callback

from .core.demand.tariff import QUARTER, Direction
from .core.demand.windows import month_of
from .core.quarter_monitor.quarter import Quarter
from .core.quarter_monitor.quarter_id import QuarterId
from .demand_meter import DemandMeterHub
from .listeners import Listeners
from .monitor_hub import MonitorHub
from .transport.backoff import Backoff
from .transport.errors import LinkError, NoQuarterMonitor

LOGGER = logging.getLogger(__name__)

MONTHS: Final = 13
# The ESP32 is left so much time between two questions, s.
PAUSE: Final = 0.2
FIRST_WAIT: Final = 30.0


class ImportedMeter(NamedTuple):
    """A demand meter, and which direction it measures."""

    meter: DemandMeterHub
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
        self.damaged = 0
        self.on_step = Listeners[[]]()
        self._hub = hub
        self._zone = zone
        self._wanted: list[int] = []
        self._wake = asyncio.Event()

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
        today = datetime.fromtimestamp(self._hub.clock.now, self._zone)
        year, month = divmod(today.year * 12 + today.month - MONTHS, 12)
        return int(datetime(year, month + 1, 1, tzinfo=self._zone).timestamp())

    async def _async_import(self, since: int) -> None:
        """Import the days from the one that holds a moment on."""
        first = datetime.fromtimestamp(since, self._zone).date()
        days = [day async for day in self._async_days(first)]
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

    async def _async_days(self, first: date) -> AsyncGenerator[date]:
        """Yield the days on the card, the newest first."""
        client = self._hub.client
        for year in reversed(await client.years()):
            if year < first.year:
                return
            for month in reversed(await client.months(year)):
                if (year, month) < (first.year, first.month):
                    return
                for number in reversed(await client.days(year, month)):
                    day = _day(year, month, number)
                    if day is not None and day >= first:
                        yield day

    async def _async_known(self, day: date) -> list[set[int]]:
        """Return the starts of the known quarters of a day's month, for each meter."""
        start = self._midnight(day.replace(day=1))
        end = self._midnight(day.replace(day=1) + timedelta(days=31))
        found: list[set[int]] = []
        for meter, _direction in self.meters.values():
            months = {month_of(moment, meter.zone) for moment in (start, end)}
            windows = await meter.memory.archive.async_between(start, end, months)
            found.append({window.start for window in windows})
        return found

    async def _async_import_day(self, day: date, known: list[set[int]]) -> None:
        """Ask for what one of the meters does not know of a day."""
        start = self._midnight(day)
        end = self._midnight(day + timedelta(days=1))
        end = min(end, self._hub.clock.now - QUARTER + 1)
        everybody = set[int].intersection(*known) if known else set[int]()
        if everybody.issuperset(range(start, end, QUARTER)):
            return
        try:
            listed = await self._hub.client.quarters(day.year, day.month, day.day)
        except NoQuarterMonitor:
            self.damaged += 1
            return
        wanted = [
            item
            for item in listed
            if start <= item.start < end
            and item.start not in everybody | self._hub.own_starts
        ]
        await self.async_take([quarter async for quarter in self._async_read(wanted)])

    async def _async_read(self, wanted: list[QuarterId]) -> AsyncGenerator[Quarter]:
        for item in wanted:
            await asyncio.sleep(PAUSE)
            quarter = await self._hub.client.stored(item)
            if quarter is None:
                self.damaged += 1
            else:
                yield quarter

    async def async_take(self, quarters: list[Quarter]) -> None:
        """Let every demand meter know quarters that were on the card."""
        for meter, direction in self.meters.values():
            counts = await meter.async_import(
                quarter.window(direction)
                for quarter in quarters
                if quarter.seen(direction)
            )
            self.imported += counts.added

    def _midnight(self, day: date) -> int:
        """Return the beginning of a day, unix s."""
        return int(
            datetime(day.year, day.month, day.day, tzinfo=self._zone).timestamp()
        )


def _day(year: int, month: int, number: int) -> date | None:
    """Return a day; None when a month has none with that number."""
    try:
        return date(year, month, number)
    except ValueError:
        return None
