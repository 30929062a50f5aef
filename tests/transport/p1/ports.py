"""Serial adapters and TCP servers that meters could be behind."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
import fcntl
import gc
import os
from pathlib import Path
import socket
import termios
from typing import NamedTuple

from custom_components.flukso.transport.p1.stream import SerialAddress, TcpAddress

from ...brokers import HOST, accepted
from ..mqtt.support import until

# A valid one needs the right checksum, which is nobody's business here.
TELEGRAM = b"/FLU5\\253770234_A\r\n\r\n0-0:96.1.4(50217)\r\n!0000\r\n"


class OpenFile(NamedTuple):
    """A file descriptor of this process, and what it leads to."""

    number: str
    target: str


def open_files() -> frozenset[OpenFile]:
    """Return what this process has open."""
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        # The one through which the others are listed is gone already.
        with suppress(FileNotFoundError):
            found.add(OpenFile(link.name, str(link.readlink())))
    return frozenset(found)


def leftovers() -> tuple[int, int]:
    """Return how many ports and connections are open, and how many other tasks there are.

    Pipes and the like are not counted: the resolver of names that tests of HTTP leave
    behind closes its own when it likes, in a thread.
    """
    counted = [
        file
        for file in open_files()
        if not file.target.startswith(("anon_inode:", "pipe:"))
    ]
    return len(counted), len(asyncio.all_tasks()) - 1


@asynccontextmanager
async def leaving_nothing() -> AsyncGenerator[None]:
    """Prove that a block leaves no task and no file descriptor behind."""
    gc.collect()
    before, tasks = open_files(), len(asyncio.all_tasks())
    yield
    await until(
        lambda: open_files() <= before and len(asyncio.all_tasks()) == tasks,
    )


class Adapter:
    """A pseudo-terminal behind a name that stays, as udev gives one to an adapter."""

    def __init__(self, folder: Path) -> None:
        """Make an adapter that is not plugged in."""
        self.path = folder / "usb-p1-port0"
        self.address = SerialAddress(str(self.path))
        self._ends: tuple[int, int] | None = None

    def plug(self) -> None:
        """Plug it in, under the next free device number."""
        self._ends = meter_end, port_end = os.openpty()
        os.set_blocking(meter_end, False)
        self.path.symlink_to(os.ttyname(port_end))

    def unplug(self) -> None:
        """Take it out, if it is in."""
        if self._ends is None:
            return
        self.path.unlink()
        meter_end, port_end = self._ends
        os.close(port_end)
        os.close(meter_end)
        self._ends = None

    def send(self, data: bytes) -> None:
        """Let the meter send."""
        assert self._ends is not None
        os.write(self._ends[0], data)

    @asynccontextmanager
    async def sending(self, data: bytes) -> AsyncGenerator[None]:
        """Let the meter send again and again, whether somebody reads it or not."""
        async with self.sending_at(None, data):
            yield

    @asynccontextmanager
    async def sending_at(
        self, speed: int | None, data: bytes = TELEGRAM, garbled: bytes = b""
    ) -> AsyncGenerator[None]:
        """Let the meter send what comes out garbled at any other speed."""

        async def send() -> None:
            while True:
                if self._ends:
                    understood = speed in (None, self.speed)
                    with suppress(BlockingIOError):
                        self.send(data if understood else garbled)
                await asyncio.sleep(0.01)

        task = asyncio.create_task(send())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    @property
    def speed(self) -> int:
        """Return the speed that was set, as termios names it."""
        assert self._ends is not None
        return int(termios.tcgetattr(self._ends[1])[5])

    @property
    def locked(self) -> bool:
        """Whether somebody has the port for himself."""
        other = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(other)
        return False

    @contextmanager
    def used_by_another(self) -> Generator[None]:
        """Lock the port as another program would."""
        other = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(other, fcntl.LOCK_EX)
        yield
        os.close(other)


@dataclass(slots=True)
class Server:
    """A TCP server that sends the same to each client and hangs up, or stays."""

    pieces: tuple[bytes, ...] = ()
    hangs_up: bool = False
    connections: int = 0
    port: int = 0
    clients: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def address(self) -> TcpAddress:
        """Return where it listens."""
        return TcpAddress(HOST, self.port)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Server]:
        """Listen until the end of the block, on the same port every time."""
        server = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await accepted()
            for client in self.clients:
                client.close()
            await server.wait_closed()
            self.clients.clear()

    def send(self, data: bytes) -> None:
        """Send to the client that came last."""
        self.clients[-1].write(data)

    def reset(self) -> None:
        """Break the connection of the client that came last, without a goodbye."""
        self.clients[-1].transport.abort()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self.clients.append(writer)
        for piece in self.pieces:
            writer.write(piece)
            # A client in the same event loop reads it in its next turn.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        if not self.hangs_up:
            with suppress(ConnectionError):
                await reader.read()
        writer.close()


@contextmanager
def mute_server() -> Generator[TcpAddress]:
    """Listen where the system answers connections that nobody ever serves."""
    with socket.create_server((HOST, 0)) as listening:
        yield TcpAddress(*listening.getsockname())


@contextmanager
def deaf_server() -> Generator[TcpAddress]:
    """Listen where no connection is ever answered, as behind a strict firewall."""
    with (
        socket.socket() as listening,
        socket.socket() as first,
        socket.socket() as second,
    ):
        listening.bind((HOST, 0))
        listening.listen(0)
        address = listening.getsockname()
        for filling in (first, second):
            filling.setblocking(False)
            filling.connect_ex(address)
        yield TcpAddress(*address)
