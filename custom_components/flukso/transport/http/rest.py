"""The sensors of an FLM02 over HTTP: one question, one answer, the last minute."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
import time
from typing import Final

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, hdrs
from yarl import URL

from ...core.drops import Dropped, DropReason
from ...core.fluksometer.rest.sensors import RestKind
from ...core.fluksometer.rest.series import MAX_BYTES, Series, parse_series
from ..errors import CannotConnect, UnknownSensor, UnreadableAnswer

DEFAULT_PORT: Final = 8080
# The device answers within 0.2 s.
TIMEOUT: Final = ClientTimeout(total=5)
HEADERS: Final = {hdrs.ACCEPT_ENCODING: "identity"}
# The script says so in a header that the web server may not understand, and in words.
STATUS_HEADER: Final = "Status"
REFUSAL: Final = b"Malformed query string"


@dataclass(frozen=True, slots=True)
class RestAddress:
    """Where a device listens."""

    host: str
    port: int = DEFAULT_PORT

    def url(self, path: str, query: Mapping[str, str]) -> URL:
        """Return the address of something on the device; raises ValueError."""
        return URL.build(
            scheme="http", host=self.host, port=self.port, path=path, query=query
        )


async def answers(session: ClientSession, address: RestAddress) -> bool:
    """Tell whether anything at an address speaks HTTP."""
    try:
        await _get(session, address, "/", {})
    except CannotConnect, UnreadableAnswer:
        return False
    return True


async def read_series(
    session: ClientSession, address: RestAddress, sensor_id: str, kind: RestKind
) -> Series:
    """Return what a sensor measured in the last minute.

    Raises CannotConnect, UnknownSensor or UnreadableAnswer.
    """
    query = {"version": "1.0", "interval": "minute", "unit": kind.query}
    status, body = await _get(session, address, f"/sensor/{sensor_id}", query)
    if status == HTTPStatus.NOT_FOUND:
        raise UnknownSensor
    if status == HTTPStatus.BAD_REQUEST or body.startswith(REFUSAL):
        raise UnreadableAnswer("the question was refused")
    if status != HTTPStatus.OK:
        raise CannotConnect(f"status {status}")
    try:
        return parse_series(body, time.time(), kind.top)
    except Dropped as drop:
        raise UnreadableAnswer(str(drop)) from drop


async def _get(
    session: ClientSession, address: RestAddress, path: str, query: Mapping[str, str]
) -> tuple[int, bytes]:
    """Return status and body of an answer; follows nobody elsewhere."""
    try:
        async with session.get(
            address.url(path, query),
            timeout=TIMEOUT,
            headers=HEADERS,
            allow_redirects=False,
        ) as response:
            return _status(response), await _body(response)
    except (ClientError, OSError, ValueError) as err:
        raise CannotConnect(f"no answer: {type(err).__name__}") from err


def _status(response: ClientResponse) -> int:
    """Return what the device says became of the question."""
    told = response.headers.get(STATUS_HEADER, "")[:3]
    return int(told) if told.isdecimal() else response.status


async def _body(response: ClientResponse) -> bytes:
    """Return a body that is not larger than it can be; raises UnreadableAnswer."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(MAX_BYTES):
        body += chunk
        if len(body) > MAX_BYTES:
            raise UnreadableAnswer(str(DropReason.TOO_LARGE))
    return bytes(body)
