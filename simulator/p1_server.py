"""Serve a meter's stream on a TCP port or a pseudo-terminal."""

import array
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
import fcntl
import os
import termios
import tty
from typing import Protocol, override

from .p1_meter import Meter
from .p1_pace import paced

_LOOPBACK = "127.0.0.1"
# A client that reads no more than this behind misses telegrams.
_MOST_UNSENT = 1 << 16
# What a terminal holds for its reader.
_TERMINAL = 4095


class Line(Protocol):
    """What a meter's bytes go to; nobody need be there to read them."""

    def send(self, data: bytes) -> None:
        """Send; what cannot be sent at once is lost."""


class _Client(asyncio.Protocol):
    def __init__(self, clients: set[asyncio.Transport]) -> None:
        self._clients = clients
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._clients.add(transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._clients.discard(self._transport)


class TcpLine:
    """A raw TCP port; every client is sent the same."""

    def __init__(self, port: int, clients: set[asyncio.Transport]) -> None:
        """Send to those who are in the set of clients."""
        self.port = port
        self._clients = clients

    @property
    def clients(self) -> int:
        """Return how many clients there are."""
        return len(self._clients)

    def send(self, data: bytes) -> None:
        """Send to all clients but those that do not read."""
        for client in tuple(self._clients):
            if client.get_write_buffer_size() < _MOST_UNSENT:
                client.write(data)

    def hang_up(self) -> None:
        """Close every connection; clients may come again."""
        for client in tuple(self._clients):
            client.abort()


class PtyLine:
    """A pseudo-terminal; what nobody reads is lost, as on a serial line."""

    def __init__(self, master: int, slave: int) -> None:
        """Send from one end to the other."""
        self.path = os.ttyname(slave)
        self._master = master
        self._slave = slave

    def send(self, data: bytes) -> None:
        """Send; a reader that is behind loses what it has not read."""
        waiting = array.array("i", [0])
        fcntl.ioctl(self._slave, termios.FIONREAD, waiting)
        if waiting[0] + len(data) > _TERMINAL:
            termios.tcflush(self._slave, termios.TCIFLUSH)
        with suppress(BlockingIOError):
            os.write(self._master, data)


@asynccontextmanager
async def listen(port: int = 0) -> AsyncIterator[TcpLine]:
    """Listen on a port of the loopback interface; 0 takes a free one."""
    clients: set[asyncio.Transport] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Client(clients), _LOOPBACK, port)
    line = TcpLine(server.sockets[0].getsockname()[1], clients)
    try:
        yield line
    finally:
        server.close()
        line.hang_up()
        await server.wait_closed()


@asynccontextmanager
async def open_terminal() -> AsyncIterator[PtyLine]:
    """Open a pseudo-terminal that passes bytes on as they are."""
    master, slave = os.openpty()
    try:
        tty.setraw(slave)
        os.set_blocking(master, False)
        yield PtyLine(master, slave)
    finally:
        os.close(master)
        os.close(slave)


async def feed(
    meter: Meter, line: Line, *, speed: float = 1.0, duration: int | None = None
) -> None:
    """Send a meter's telegrams until cancelled, or for so many of its seconds."""
    async for second in paced(meter.start, speed, duration):
        data = meter.telegram(second)
        if data is not None:
            line.send(data)


@asynccontextmanager
async def _fed(
    meter: Meter, line: Line, speed: float, duration: int | None
) -> AsyncIterator[None]:
    work = asyncio.create_task(feed(meter, line, speed=speed, duration=duration))
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


@asynccontextmanager
async def serve_tcp(
    meter: Meter, *, port: int = 0, speed: float = 1.0, duration: int | None = None
) -> AsyncIterator[int]:
    """Serve a meter on a TCP port, which is what the context yields."""
    async with listen(port) as line, _fed(meter, line, speed, duration):
        yield line.port


@asynccontextmanager
async def serve_pty(
    meter: Meter, *, speed: float = 1.0, duration: int | None = None
) -> AsyncIterator[str]:
    """Serve a meter on a pseudo-terminal, whose path is what the context yields."""
    async with open_terminal() as line, _fed(meter, line, speed, duration):
        yield line.path
