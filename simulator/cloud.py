"""Flukso's cloud: the blocks of TMPO, means of power, and what can go wrong with it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import re
import ssl
import time
from typing import NamedTuple

from aiohttp import web
from aiohttp.typedefs import Handler

from .tmpo import BlockKey

_LOOPBACK = "127.0.0.1"
_HEX = re.compile("[0-9a-f]{32}")
_NUMBER = re.compile("[0-9]+")
# Seconds, and how far back means of so many seconds are kept.
_RESOLUTIONS = {
    "minute": (60, 86400),
    "15min": (900, 7 * 86400),
    "day": (86400, 365 * 86400),
    "week": (7 * 86400, 3650 * 86400),
}

# W of a sensor in the `length` s that end at a stamp, None where unknown.
type Mean = Callable[[str, int, int], int | None]
# What happens to one request instead of an answer.
type Fault = Callable[[web.Request], web.StreamResponse]


class Asked(NamedTuple):
    """A request that was heard: the path, and what it says beside its token."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


def _unknown(_sensor: str, _stamp: int, _length: int) -> None:
    return None


@dataclass
class Cloud:
    """What the cloud keeps.

    `accounts` and `tokens` open all sensors and one. `forgetful`: means of a time that
    is too long ago are a bad request, as on the real server; else all of them are kept.
    `slow`: s that every answer takes. The faults are used up one by one; `always` are
    those of paths that are never answered otherwise.
    """

    sensors: set[str]
    accounts: set[str] = field(default_factory=set)
    tokens: dict[str, str] = field(default_factory=dict)
    blocks: dict[BlockKey, bytes] = field(default_factory=dict)
    mean: Mean = _unknown
    forgetful: bool = True
    slow: float = 0.0
    faults: deque[Fault | None] = field(default_factory=deque)
    always: dict[str, Fault] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    port: int = 0
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        """Return the address that everything is below."""
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://{_LOOPBACK}:{self.port}"

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[None]:
        """Serve on a free port."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/sensor/{sensor}", self._series)
        app.router.add_get("/sensor/{sensor}/tmpo/sync", self._list)
        app.router.add_get("/sensor/{sensor}/tmpo/{rid}/{lvl}/{bid}", self._block)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, _LOOPBACK, self.port, ssl_context=self.tls)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield
        finally:
            await runner.cleanup()

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        headers = {k: v for k, v in request.headers.items() if k != "X-Token"}
        self.asked.append(Asked(request.path, dict(request.query), headers))
        try:
            await asyncio.sleep(self.slow)
            fault = self.faults.popleft() if self.faults else None
            fault = fault or self.always.get(request.path)
            if fault is not None:
                return fault(request)
            self._check(request)
            return await handler(request)
        finally:
            self.at_once -= 1

    def _check(self, request: web.Request) -> None:
        """Refuse what the server refuses before it looks at what is asked."""
        sensor = request.match_info["sensor"]
        token = request.headers.get("X-Token", "")
        if request.headers.get("X-Version") != "1.0" or "version" in request.query:
            raise web.HTTPBadRequest
        if not (_HEX.fullmatch(sensor) and _HEX.fullmatch(token)):
            raise web.HTTPBadRequest
        if token not in self.accounts and self.tokens.get(token) != sensor:
            raise web.HTTPUnauthorized(text="Access refused")

    async def _list(self, request: web.Request) -> web.Response:
        sensor = self._known(request)
        rid, level, begin = (
            _number(request.query.get(k)) for k in ("rid", "lvl", "bid")
        )
        held = begin + (1 << level) - 1
        rows = [
            {"rid": key.rid, "lvl": key.level, "bid": key.begin, "ext": "gz"}
            for key in sorted(self.blocks, key=lambda key: (key.rid, key.begin))
            if key.sensor_id == sensor
            and key.rid >= rid
            and key.begin + (1 << key.level) - 1 > held
        ]
        return web.json_response(rows)

    async def _block(self, request: web.Request) -> web.Response:
        sensor = self._known(request)
        numbers = (_number(request.match_info[k]) for k in ("rid", "lvl", "bid"))
        block = self.blocks.get(BlockKey(sensor, *numbers))
        if block is None:
            raise web.HTTPNotFound
        accept = request.headers["Accept"]
        if accept == "application/gzip":
            return web.Response(body=block, content_type=accept)
        return web.Response(
            body=block,
            content_type="application/json",
            headers={"Content-Encoding": "gzip"},
        )

    async def _series(self, request: web.Request) -> web.Response:
        sensor = self._known(request)
        query = request.query
        if query.get("unit") != "watt" or query.get("resolution") not in _RESOLUTIONS:
            raise web.HTTPBadRequest
        length, kept = _RESOLUTIONS[query["resolution"]]
        start, end = _number(query.get("start")), _number(query.get("end"))
        now = int(time.time())
        if self.forgetful:
            start, end = max(start, now - kept), min(end, now)
        start, end = start // length * length, end // length * length
        if end < start or end - start > kept:
            raise web.HTTPBadRequest
        rows: list[list[int | str]] = []
        for stamp in range(start + length, end + length + 1, length):
            mean = self.mean(sensor, stamp, length) if stamp <= now else None
            rows.append([stamp, "nan" if mean is None else mean])
        return web.json_response(rows)

    def _known(self, request: web.Request) -> str:
        sensor = request.match_info["sensor"]
        if sensor not in self.sensors:
            raise web.HTTPNotFound
        return sensor


def _number(text: str | None) -> int:
    if text is None or not _NUMBER.fullmatch(text):
        raise web.HTTPBadRequest
    return int(text)


def status(code: int, **headers: str) -> Fault:
    """Return a fault that answers with a status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: web.Response(status=code, headers=named)


def body(data: bytes) -> Fault:
    """Return a fault that answers with other bytes."""
    return lambda _request: web.Response(body=data, content_type="application/json")


def hang_up(request: web.Request) -> web.StreamResponse:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
