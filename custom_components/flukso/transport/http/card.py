"""Read the card of a quarter monitor over HTTP, politely."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from typing import Final

from ...core.quarter_monitor.quarter import Quarter
from ...core.quarter_monitor.quarter_id import QuarterId
from ...core.windows import QUARTER
from ..errors import NoQuarterMonitor
from .quarter_monitor import QuarterMonitorClient

# The ESP32 is left so much time between two questions, s.
PAUSE: Final = 0.2


class CardReader:
    """Days and quarters on a card, the newest days first.

    `damaged` counts the files and lists that could not be read: each costs what is in
    it, and no more.
    """

    def __init__(self, client: QuarterMonitorClient, zone: tzinfo) -> None:
        """Prepare to read; `zone`: that of the monitor."""
        self.zone = zone
        self.damaged = 0
        self._client = client

    async def days(self, first: date = date.min) -> AsyncGenerator[date]:
        """Yield the days on the card from one on."""
        for year in reversed(await self._client.years()):
            if year < first.year:
                return
            for month in reversed(await self._list(partial(self._client.months, year))):
                if (year, month) < (first.year, first.month):
                    return
                days = await self._list(partial(self._client.days, year, month))
                for number in reversed(days):
                    day = _day(year, month, number)
                    if day is not None and day >= first:
                        yield day

    def starts(self, day: date, now: int) -> range:
        """Return when the quarters of a day begin that are over by now, unix s."""
        end = self.midnight(day + timedelta(days=1))
        return range(self.midnight(day), min(end, now - QUARTER + 1), QUARTER)

    async def listed(self, day: date, starts: range) -> list[QuarterId]:
        """Return the quarters of a day that are on the card and begin at such times."""
        listed = await self._list(
            partial(self._client.quarters, day.year, day.month, day.day)
        )
        return [item for item in listed if item.start in starts]

    async def read(self, wanted: Iterable[QuarterId]) -> list[Quarter]:
        """Return quarters; damaged ones are left out."""
        found: list[Quarter] = []
        for item in wanted:
            await asyncio.sleep(PAUSE)
            quarter = await self._client.stored(item)
            if quarter is None:
                self.damaged += 1
            else:
                found.append(quarter)
        return found

    async def _list[Item](self, ask: Callable[[], Awaitable[list[Item]]]) -> list[Item]:
        """Return a list; an empty one where it is damaged."""
        try:
            return await ask()
        except NoQuarterMonitor:
            self.damaged += 1
            return []

    def midnight(self, day: date) -> int:
        """Return the beginning of a day, unix s."""
        local = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return int(local.timestamp())


def _day(year: int, month: int, number: int) -> date | None:
    """Return a day; None when a month has none with that number."""
    try:
        return date(year, month, number)
    except ValueError:
        return None
