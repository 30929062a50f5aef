"""Serve a quarter monitor over HTTP, with faults if so wished."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Final

from aiohttp import web

from .quarter_monitor import Answer, QuarterMonitor

_LOOPBACK: Final = "127.0.0.1"
SLOW: Final = "slow"
HANG_UP: Final = "hang_up"
# What is answered in place of the truth, by the name of the fault.
FAULTS: Final[Mapping[str, Answer]] = MappingProxyType(
    {
        "missing": Answer(404, b"File not found", "text/plain"),
        "bad_request": Answer(400, b"Missing argument", "text/plain"),
        "failure": Answer(500, b"", "text/plain"),
        "empty_object": Answer(200, b"{}"),
        "nothing": Answer(200, b""),
        "garbage": Answer(200, b"\x00\xff{]", "text/plain"),
        "web_page": Answer(200, b"<!DOCTYPE html><html></html>", "text/html"),
        "cut_off": Answer(200, b'{"quarter_id": 386662721, "consumed_pow'),
        "nan": Answer(200, b'{"quarter_id": NaN, "interval_secs": Infinity}'),
        "endless": Answer(200, b"[" * 1_000_000),
        "elsewhere": Answer(302, b"", "text/plain"),
    }
)


class MonitorServer:
    """What a monitor answers, what was asked of it, and where it fails.

    `faults` by the beginning of a path. `most_at_once` requests were open together.
    `login`: the header that it asks for, as its firmware does since December 2023; None:
    nothing. `logins`: those that were sent.
    """

    def __init__(self, monitor: QuarterMonitor) -> None:
        """Serve a monitor."""
        self.monitor = monitor
        self.port = 0
        self.faults: dict[str, str] = {}
        self.login: str | None = None
        self.logins: list[str | None] = []
        self.asked: list[str] = []
        self.most_at_once = 0
        self._open = 0
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Let those go who wait for an answer."""
        self._stopped.set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        self.asked.append(request.path)
        sent = request.headers.get("Authorization")
        self.logins.append(sent)
        self._open += 1
        self.most_at_once = max(self.most_at_once, self._open)
        try:
            if self.login is not None and sent != self.login:
                asks = {"WWW-Authenticate": 'Basic realm="monitor"'}
                return web.Response(status=401, headers=asks)
            return await self._answer(request)
        finally:
            self._open -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        fault = next(
            (
                name
                for path, name in self.faults.items()
                if request.path.startswith(path)
            ),
            None,
        )
        if fault == SLOW:
            await self._stopped.wait()
        if fault == HANG_UP and request.transport is not None:
            request.transport.abort()
        answer = FAULTS.get(fault or "")
        if answer is None:
            answer = self.monitor.answer(request.path, request.query)
        headers = {"Location": "/current/quarter"} if answer.status == 302 else {}
        return web.Response(
            status=answer.status,
            body=answer.body,
            content_type=answer.content_type,
            headers=headers,
        )


@asynccontextmanager
async def serve_monitor(
    monitor: QuarterMonitor, *, host: str = _LOOPBACK, port: int = 0
) -> AsyncIterator[MonitorServer]:
    """Serve a monitor on a port of the loopback interface; 0 takes a free one."""
    server = MonitorServer(monitor)
    application = web.Application()
    application.router.add_get("/{path:.*}", server.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        server.stop()
        await runner.cleanup()
