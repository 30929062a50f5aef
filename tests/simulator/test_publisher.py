"""The publisher's connection when the attempt at one is given up."""

import asyncio

import pytest

from simulator import make_meter
from simulator.broker import EmbeddedBroker
from simulator.p1_runner import run

from .p1_support import START

_TIMEOUT = 20
_CONNECT, _DISCONNECT = b"\x10", b"\xe0\x00"


class Deaf:
    """A server that never answers and keeps what its one client says."""

    def __init__(self) -> None:
        self.has_come = asyncio.Event()
        self.said: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def listen(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Read until the client hangs up."""
        first = await reader.read(1)
        self.has_come.set()
        self.said.set_result(first + await reader.read())
        writer.close()


async def _gives_up(deaf: Deaf, *, at_once: bool) -> bytes:
    async with await asyncio.start_server(deaf.listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        meter = make_meter("be-50217", start=START)
        work = asyncio.create_task(run(meter, "127.0.0.1", port))
        waited_for = asyncio.sleep(0) if at_once else deaf.has_come.wait()
        await waited_for
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        return await deaf.said


@pytest.mark.parametrize("at_once", [True, False])
async def test_an_attempt_given_up_says_goodbye(at_once: bool) -> None:
    async with asyncio.timeout(_TIMEOUT):
        said = await _gives_up(Deaf(), at_once=at_once)
    assert said.startswith(_CONNECT)
    assert said.endswith(_DISCONNECT)


@pytest.mark.parametrize("turns", [1, 20])
async def test_an_attempt_given_up_lets_the_broker_stop(turns: int) -> None:
    async with asyncio.timeout(_TIMEOUT), EmbeddedBroker() as broker:
        meter = make_meter("be-50217", start=START)
        work = asyncio.create_task(run(meter, "127.0.0.1", broker.port))
        for _ in range(turns):
            await asyncio.sleep(0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
