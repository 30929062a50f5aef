"""Ask a quarter monitor over HTTP, one request at a time."""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout, hdrs
from yarl import URL

from ...core.quarter_monitor.answers import (
    DAYS,
    MONTHS,
    YEARS,
    Peak,
    parse_listing,
    parse_peak,
    parse_quarter,
    parse_quarters,
)
from ...core.quarter_monitor.card import parse_stored
from ...core.quarter_monitor.quarter import Quarter
from ...core.quarter_monitor.quarter_id import QuarterId
from ..errors import CannotConnect, InvalidAuth, NoQuarterMonitor

TIMEOUT: Final = ClientTimeout(total=10.0)
# The longest answer is a quarter with all its powers: not 4 KiB.
MOST_BYTES: Final = 32768
OK, BAD_REQUEST, NOT_FOUND = 200, 400, 404
REFUSED: Final = (401, 403)
_NO_QUERY: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and a password, which no text of it tells."""

    username: str = field(repr=False)
    password: str = field(default="", repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """Return what a request is sent with."""
        both = f"{self.username}:{self.password}".encode()
        return {hdrs.AUTHORIZATION: f"Basic {b64encode(both).decode()}"}


class QuarterMonitorClient:
    """A quarter monitor at an address.

    Raises CannotConnect, InvalidAuth and NoQuarterMonitor. A login is sent to that
    address alone: nobody is followed elsewhere.
    """

    def __init__(
        self,
        session: ClientSession,
        host: str,
        port: int,
        login: Login | None = None,
    ) -> None:
        """Prepare to ask; nothing is sent yet."""
        self._login = login
        self._session = session
        self._host = host
        self._port = port
        # The ESP32 serves its own web page too.
        self._turn = asyncio.Lock()

    async def current_quarter(self) -> Quarter | None:
        """Return the running quarter; None before the first telegram."""
        return self._read(parse_quarter, await self._get("/current/quarter"))

    async def month_peak(self) -> Peak | None:
        """Return the peak of the running month; None while it is not known."""
        return self._read(parse_peak, await self._get("/current/month/peak"))

    async def years(self) -> list[int]:
        """Return the years of which there is something on the card."""
        body = await self._get("/historic/years")
        return self._read(lambda told: parse_listing(told, YEARS), body)

    async def months(self, year: int) -> list[int]:
        """Return the months of a year that are on the card."""
        body = await self._get("/historic/months", {"year": year})
        return self._read(lambda told: parse_listing(told, MONTHS), body)

    async def days(self, year: int, month: int) -> list[int]:
        """Return the days of a month that are on the card."""
        body = await self._get("/historic/days", {"year": year, "month": month})
        return self._read(lambda told: parse_listing(told, DAYS), body)

    async def quarters(self, year: int, month: int, day: int) -> list[QuarterId]:
        """Return the quarters of a day that are on the card."""
        query = {"year": year, "month": month, "day": day}
        return self._read(parse_quarters, await self._get("/historic/quarters", query))

    async def stored(self, wanted: QuarterId) -> Quarter | None:
        """Return a quarter from the card; None if it is not there, or damaged."""
        try:
            body = await self._get(wanted.file)
        except NoQuarterMonitor:
            return None
        return parse_stored(body, wanted)

    @staticmethod
    def _read[Read](read: Callable[[bytes], Read], body: bytes) -> Read:
        try:
            return read(body)
        except ValueError as error:
            raise NoQuarterMonitor("another answer than a quarter monitor's") from error

    async def _get(self, path: str, query: Mapping[str, int] = _NO_QUERY) -> bytes:
        body = await self._request(path, query)
        if body is None:
            raise NoQuarterMonitor("does not know what a quarter monitor knows")
        return body

    async def _request(self, path: str, query: Mapping[str, int]) -> bytes | None:
        """Return the body of an answer; None if there is nothing at the path."""
        try:
            url = URL.build(
                scheme="http", host=self._host, port=self._port, path=path, query=query
            )
            async with (
                self._turn,
                self._session.get(
                    url,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                    headers=None if self._login is None else self._login.headers,
                ) as response,
            ):
                if response.status in (BAD_REQUEST, NOT_FOUND):
                    return None
                if response.status in REFUSED:
                    raise InvalidAuth("asks for a login, or for another one")
                if response.status != OK:
                    raise NoQuarterMonitor(f"status {response.status}")
                body = bytearray()
                async for chunk in response.content.iter_chunked(MOST_BYTES):
                    body += chunk
                    if len(body) > MOST_BYTES:
                        raise NoQuarterMonitor("an endless answer")
                return bytes(body)
        except (ClientError, TimeoutError, ValueError, OSError) as error:
            raise CannotConnect(type(error).__name__) from error
