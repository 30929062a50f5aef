"""The sensors of an FLM02 over HTTP: one question, one answer, the last minute."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
import time
from types import MappingProxyType
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
# What it says of files that there are not, and a sensor that there is not.
NO_FILE: Final = b"No such file or directory"
NOBODYS: Final = "0" * 32
QUERY: Final[Mapping[str, str]] = MappingProxyType(
    {"version": "1.0", "interval": "minute", "unit": "watt"}
)


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
    """Tell whether an FLM02 answers at an address.

    It is asked for a sensor that nobody has. The web server of its firmware refuses
    that in words of its own, before the script of a sensor would in others.
    """
    try:
        status, body = await _get(session, address, f"/sensor/{NOBODYS}", QUERY)
    except CannotConnect, UnreadableAnswer:
        return False
    if status == HTTPStatus.NOT_FOUND:
        return body.strip() == NO_FILE
    return body.startswith(REFUSAL)


async def read_series(
    session: ClientSession,
    address: RestAddress,
    sensor_id: str,
    kind: RestKind,
    *,
    astray: bool = False,
) -> Series:
    """Return what a sensor measured in the last minute.

    `astray`: the device's clock may tell any time. Raises CannotConnect, UnknownSensor or UnreadableAnswer.
    """
    query = {**QUERY, "unit": kind.query}
    status, body = await _get(session, address, f"/sensor/{sensor_id}", query)
    if status == HTTPStatus.NOT_FOUND:
        raise UnknownSensor
    if status == HTTPStatus.BAD_REQUEST or body.startswith(REFUSAL):
        raise UnreadableAnswer("the question was refused")
    if status != HTTPStatus.OK:
        raise CannotConnect(f"status {status}")
    try:
        return parse_series(body, time.time(), kind.top, astray=astray)
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
