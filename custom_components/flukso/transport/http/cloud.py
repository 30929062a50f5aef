"""Talk to Flukso's cloud over HTTP: politely, one request at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
import logging
from typing import Final

import aiohttp
from yarl import URL

from ...core.drops import Dropped
from ...core.fluksometer.cloud import (
    MAX_LIST_BYTES,
    MAX_SERIES_BYTES,
    Means,
    SeriesSpan,
    read_list,
    read_series,
)
from ...core.fluksometer.tmpo.block import MAX_BYTES
from ...core.fluksometer.tmpo.keys import LEVELS, BlockKey
from ..backoff import Backoff
from ..errors import CloudError, CloudFault, PartUntold

LOGGER = logging.getLogger(__name__)

DEFAULT_URL: Final = URL("https://api.flukso.net")
JSON: Final = "application/json"
GZIP: Final = "application/gzip"
VERSION: Final = "1.0"
SERVER_ERROR: Final = 500

ATTEMPTS: Final = 4
TIMEOUT: Final = aiohttp.ClientTimeout(total=60, sock_connect=10)
# Between two requests, and after a first one that failed, s.
PAUSE: Final = 0.1
FIRST_WAIT: Final = 2.0
LONGEST_WAIT: Final = 120.0
# After so many parts that were asked for in vain, others are asked for once, and not
# waited for that long; with the most, it is the server that is out of order.
PATIENT_FAILURES: Final = 5
MOST_FAILURES: Final = 500
SHORT_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
# What one import may receive: far more than ten years of ten sensors.
MOST_BYTES: Final = 1 << 30
_CHUNK: Final = 1 << 16

type Sleep = Callable[[float], Awaitable[None]]


class _Later(Exception):
    """It may go better later, after as many seconds as the server asks for."""

    def __init__(
        self, fault: CloudFault, detail: str, *, wait: float = 0.0, all_parts: bool
    ) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail
        self.wait = wait
        # Whether it is said of everything, not of what was asked for.
        self.all_parts = all_parts


class FluksoCloud:
    """The history of sensors as the cloud keeps it; every method raises CloudError.

    It is PartUntold where the server may tell all the rest. A token is an account's or
    a sensor's: each sensor is asked for with those given until one is accepted. The
    certificate of the server is always verified.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        tokens: Sequence[str],
        url: URL = DEFAULT_URL,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Ask below a URL; between requests, `sleep` passes some seconds."""
        self.requests = 0
        self._session = session
        self._tokens = tuple(tokens)
        self._url = url
        self._sleep = sleep
        self._accepted: dict[str, str] = {}
        self._unlisted: set[str] = set()
        self._received = 0
        self._failures = 0
        self._turn = asyncio.Lock()

    async def async_list(
        self, sensor_id: str, rid: int, since: int, *, hurried: bool | None = None
    ) -> list[BlockKey]:
        """Return which blocks of a sensor end after a moment.

        `hurried`: whether to ask only once, and not to wait for long; by default so
        after many failures.
        """
        level = LEVELS[0]
        begin = max(0, since) >> level << level
        query = {"rid": str(rid), "lvl": str(level), "bid": str(begin)}
        status, body = await self._async_get(
            sensor_id, "tmpo/sync", query, MAX_LIST_BYTES, hurried=hurried
        )
        if status == HTTPStatus.NOT_FOUND:
            # It may have no blocks and be known nevertheless.
            self._unlisted.add(sensor_id)
            return []
        _expect_ok(status)
        with _dropped_as_unreadable():
            return read_list(sensor_id, body)

    async def async_block(self, key: BlockKey) -> bytes | None:
        """Return a block as it was published, None when it is there no longer."""
        path = f"tmpo/{key.rid}/{key.level}/{key.begin}"
        status, body = await self._async_get(
            key.sensor_id, path, {}, MAX_BYTES, accept=GZIP
        )
        if status == HTTPStatus.NOT_FOUND:
            return None
        _expect_ok(status)
        return body

    async def async_means(self, sensor_id: str, span: SeriesSpan) -> Means | None:
        """Return means of power; None when the cloud keeps none of that time."""
        query = {
            "start": str(span.start),
            "end": str(span.end),
            "resolution": span.resolution.label,
            "unit": "watt",
        }
        status, body = await self._async_get(sensor_id, "", query, MAX_SERIES_BYTES)
        if status == HTTPStatus.NOT_FOUND and sensor_id in self._unlisted:
            raise CloudError(CloudFault.UNKNOWN_SENSOR)
        if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
            # What is older than it keeps at this resolution is a bad request to it.
            return None
        _expect_ok(status)
        with _dropped_as_unreadable():
            return read_series(span, body)

    async def _async_get(
        self,
        sensor_id: str,
        path: str,
        query: Mapping[str, str],
        limit: int,
        *,
        accept: str = JSON,
        hurried: bool | None = None,
    ) -> tuple[int, bytes]:
        """Return status and body of an answer, with the first token that is accepted."""
        known = self._accepted.get(sensor_id)
        if hurried is None:
            hurried = self._failures >= PATIENT_FAILURES
        url = self._url / "sensor" / sensor_id
        async with self._turn:
            for token in self._tokens if known is None else (known,):
                headers = {
                    "Accept": accept,
                    # Blocks are compressed themselves; nothing else is to be unpacked.
                    "Accept-Encoding": "identity",
                    "X-Token": token,
                    "X-Version": VERSION,
                }
                request = (url.joinpath(path) if path else url) % query, headers
                status, body = await self._async_try(*request, limit, hurried=hurried)
                if status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                    self._accepted[sensor_id] = token
                    return status, body
        raise CloudError(CloudFault.REFUSED)

    async def _async_try(
        self, url: URL, headers: Mapping[str, str], limit: int, *, hurried: bool
    ) -> tuple[int, bytes]:
        """Ask until there is an answer, a few times and ever more slowly."""
        backoff = Backoff(first=FIRST_WAIT, cap=LONGEST_WAIT)
        attempts = 1 if hurried else ATTEMPTS
        timeout = SHORT_TIMEOUT if hurried else TIMEOUT
        for attempt in range(1, attempts + 1):
            await self._sleep(PAUSE)
            self.requests += 1
            try:
                return await self._async_ask(url, headers, limit, timeout)
            except _Later as later:
                LOGGER.debug("Attempt %d: %s", attempt, later)
                last = later
                wait = max(backoff.next(), later.wait)
                if wait > LONGEST_WAIT:
                    raise CloudError(later.fault, later.detail) from later.__cause__
                if attempt < attempts:
                    await self._sleep(wait)
        self._failures += 1
        every = last.all_parts or self._failures > MOST_FAILURES
        kind = CloudError if every else PartUntold
        raise kind(last.fault, last.detail) from last.__cause__

    async def _async_ask(
        self,
        url: URL,
        headers: Mapping[str, str],
        limit: int,
        timeout: aiohttp.ClientTimeout,
    ) -> tuple[int, bytes]:
        try:
            async with self._session.get(
                url, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                status = response.status
                limited = status == HTTPStatus.TOO_MANY_REQUESTS
                if limited or status >= SERVER_ERROR:
                    raise _Later(
                        CloudFault.BUSY,
                        f"status {status}",
                        wait=_wait(response),
                        all_parts=limited,
                    )
                return status, await self._async_read(response, limit)
        except aiohttp.ClientConnectorCertificateError as err:
            raise CloudError(CloudFault.UNTRUSTED) from err
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as err:
            raise _Later(
                CloudFault.UNREACHABLE, type(err).__name__, all_parts=False
            ) from err
        except TimeoutError as err:
            raise _Later(CloudFault.UNREACHABLE, "no answer", all_parts=False) from err
        except aiohttp.ClientError as err:
            # The error holds what was sent, and with it the token.
            raise PartUntold(CloudFault.UNREADABLE, type(err).__name__) from None

    async def _async_read(self, response: aiohttp.ClientResponse, limit: int) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            self._received += len(chunk)
            if len(body) > limit:
                raise PartUntold(CloudFault.UNREADABLE, "too large")
            if self._received > MOST_BYTES:
                raise CloudError(CloudFault.BUSY, "too much for one import")
        return bytes(body)


def _wait(response: aiohttp.ClientResponse) -> float:
    """Return the seconds that a server asks to wait; 0 where it does not."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() and text.isascii() else 0.0


def _expect_ok(status: int) -> None:
    if status != HTTPStatus.OK:
        raise PartUntold(CloudFault.UNREADABLE, f"status {status}")


@contextmanager
def _dropped_as_unreadable() -> Iterator[None]:
    try:
        yield
    except Dropped as err:
        raise PartUntold(CloudFault.UNREADABLE, str(err)) from err
