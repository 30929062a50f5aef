"""A meter on a port, on a terminal and behind a dongle, read by outside readers."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
import os
from pathlib import Path

from dsmr_parser.clients.protocol import create_dsmr_reader, create_tcp_dsmr_reader
from dsmr_parser.objects import Telegram
import pytest

from simulator import Message, make_meter
from simulator.broker import free_port
from simulator.p1_runner import Dongle, run
from simulator.p1_server import (
    TcpLine,
    feed,
    listen,
    open_terminal,
    serve_pty,
    serve_tcp,
)

from .p1_support import EVENING, START, telegrams
from .test_runner import mosquitto, reader

_TIMEOUT = 20


def _stream(family: str, seconds: int, start: int = START) -> bytes:
    meter = make_meter(family, start=start)
    return b"".join(data for _, data in telegrams(meter, start, start + seconds))


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_TIMEOUT):
        while not condition():
            await asyncio.sleep(0.005)


class Readings:
    """Collects what the outside reader calls back with."""

    def __init__(self) -> None:
        self.telegrams: list[Telegram] = []

    async def wait(self, count: int) -> list[Decimal]:
        """Wait for so many telegrams; return the ramps of the demand."""
        await _until(lambda: len(self.telegrams) >= count)
        return [
            telegram.BELGIUM_CURRENT_AVERAGE_DEMAND.value
            for telegram in self.telegrams[:count]
        ]


@pytest.mark.parametrize("family", ["be-50217", "nl-2.2", "lu"])
async def test_every_client_of_the_port_receives_every_byte(family: str) -> None:
    expected = _stream(family, 60)
    async with listen() as line:
        clients = [await asyncio.open_connection("127.0.0.1", line.port) for _ in "ab"]
        await _until(lambda: line.clients == 2)
        await feed(make_meter(family, start=START), line, speed=1000, duration=60)
        async with asyncio.timeout(_TIMEOUT):
            received = [await r.readexactly(len(expected)) for r, _ in clients]
    assert received == [expected, expected]


async def test_an_outside_reader_reads_the_port() -> None:
    meter = make_meter("be-50217", start=EVENING)
    readings = Readings()
    async with serve_tcp(meter, speed=50) as port:
        transport, protocol = await create_tcp_dsmr_reader(
            "127.0.0.1", port, "5B", readings.telegrams.append
        )
        ramps = await readings.wait(20)
        transport.close()
        await protocol.wait_closed()
    assert ramps == sorted(ramps)
    assert ramps[0] < ramps[-1]


async def test_an_outside_reader_decrypts_the_port() -> None:
    meter = make_meter("lu", start=EVENING)
    readings = Readings()
    async with serve_tcp(meter, speed=500) as port:
        transport, protocol = await create_tcp_dsmr_reader(
            "127.0.0.1",
            port,
            "MSn",
            readings.telegrams.append,
            encryption_key=meter.key,
        )
        await _until(lambda: len(readings.telegrams) >= 5)
        transport.close()
        await protocol.wait_closed()
    assert readings.telegrams[0].CURRENT_ELECTRICITY_USAGE.value > 0


async def test_a_client_can_come_again_after_the_line_hung_up() -> None:
    async with listen() as line:
        first, _ = await asyncio.open_connection("127.0.0.1", line.port)
        await _until(lambda: line.clients == 1)
        line.hang_up()
        assert await first.read() == b""
        assert line.clients == 0
        second, _ = await asyncio.open_connection("127.0.0.1", line.port)
        await _until(lambda: line.clients == 1)
        line.send(b"again")
        async with asyncio.timeout(_TIMEOUT):
            assert await second.readexactly(5) == b"again"


async def _received(reader: asyncio.StreamReader) -> int:
    """Return how many bytes come before the first exclamation mark."""
    received = 0
    while b"!" not in (block := await reader.read(1 << 20)):
        assert block, "the connection is closed"
        received += len(block)
    return received


async def _say_end(line: TcpLine) -> None:
    while True:
        line.send(b"!")
        await asyncio.sleep(0.01)


async def test_a_client_that_does_not_read_loses_data_and_holds_nobody_up() -> None:
    block = bytes(1 << 20)
    async with listen() as line:
        idle, writer = await asyncio.open_connection("127.0.0.1", line.port)
        await _until(lambda: line.clients == 1)
        for _ in range(64):
            line.send(block)
        end = asyncio.create_task(_say_end(line))
        async with asyncio.timeout(_TIMEOUT):
            received = await _received(idle)
        end.cancel()
        writer.close()
    assert len(block) <= received < 64 * len(block)


async def test_a_port_is_free_again_afterwards() -> None:
    port = free_port()
    for _ in range(2):
        async with serve_tcp(make_meter("se", start=START), port=port) as served:
            assert served == port


async def test_serving_ends_while_the_meter_still_speaks() -> None:
    before = asyncio.all_tasks()
    async with serve_tcp(make_meter("be-50217", start=START)):
        assert asyncio.all_tasks() - before
    assert asyncio.all_tasks() == before


async def test_the_terminal_passes_every_byte_as_it_is() -> None:
    everything = bytes(range(256)) * 8
    async with open_terminal() as line:
        descriptor = os.open(line.path, os.O_RDWR | os.O_NOCTTY)
        try:
            line.send(everything)
            received = b""
            while len(received) < len(everything):
                received += await asyncio.to_thread(os.read, descriptor, 4096)
        finally:
            os.close(descriptor)
    assert received == everything


async def test_an_outside_reader_reads_the_terminal() -> None:
    meter = make_meter("be-50217", start=EVENING)
    readings = Readings()
    async with serve_pty(meter, speed=50) as path:
        transport, protocol = await create_dsmr_reader(
            path, "5B", readings.telegrams.append
        )
        ramps = await readings.wait(20)
        transport.close()
        await protocol.wait_closed()
    assert ramps == sorted(ramps)
    assert ramps[0] < ramps[-1]


async def test_a_terminal_that_nobody_reads_keeps_only_the_latest() -> None:
    whole = _stream("be-50217", 100)
    async with open_terminal() as line:
        await feed(make_meter("be-50217", start=START), line, speed=1000, duration=100)
        descriptor = os.open(line.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            kept = os.read(descriptor, 1 << 16)
        finally:
            os.close(descriptor)
    assert kept.startswith(b"/FLU5") and len(kept) < 4096
    assert whole.endswith(kept)


async def test_the_dongle_publishes_whole_telegrams(tmp_path: Path) -> None:
    meter = make_meter("be-50217", start=START)
    topic = "/p1/253769484_A/telegram"
    twin = make_meter("be-50217", start=START)
    expected = [Message(topic, data) for _, data in telegrams(twin, START, START + 30)]
    with mosquitto(tmp_path) as broker:
        async with reader(broker.port) as client:
            await run(meter, "127.0.0.1", broker.port, speed=1000, duration=30)
            received = await asyncio.to_thread(client.take, 30)
    assert received == expected


@pytest.mark.parametrize(("retain", "second"), [(True, 4), (False, 0)])
async def test_the_broker_keeps_the_last_telegram_if_it_is_told_to(
    retain: bool, second: int, tmp_path: Path
) -> None:
    first, then, twin = (make_meter("nl-5.0", start=START) for _ in range(3))
    expected = dict(telegrams(twin, START, START + 5))[START + second]
    with mosquitto(tmp_path) as broker:
        await run(
            first, "127.0.0.1", broker.port, speed=1000, duration=5, retain=retain
        )
        async with reader(broker.port) as client:
            await run(then, "127.0.0.1", broker.port, speed=1000, duration=5)
            (received,) = await asyncio.to_thread(client.take, 1)
    assert received == Message("/p1/2M550T-1012/telegram", expected, retain)


async def test_a_broker_that_comes_back_receives_telegrams_again(
    tmp_path: Path,
) -> None:
    meter = make_meter("be-50217", start=START)
    with mosquitto(tmp_path) as broker:
        work = asyncio.create_task(run(meter, "127.0.0.1", broker.port, speed=50))
        async with reader(broker.port) as client:
            await asyncio.to_thread(client.take, 1)
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(broker.start)
        async with reader(broker.port) as client:
            (again,) = await asyncio.to_thread(client.take, 1)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert again.payload.startswith(b"/FLU5")


async def test_a_missing_broker_is_an_os_error() -> None:
    with pytest.raises(OSError):
        await run(make_meter("be-50217", start=START), "127.0.0.1", free_port())


@pytest.mark.parametrize("size", [1, 7, 100, 5000])
def test_the_dongle_puts_pieces_together(size: int) -> None:
    meter = make_meter("be-50217", start=START)
    whole = [data for _, data in telegrams(meter, START, START + 3)]
    stream = b"".join(whole)
    dongle = Dongle(meter)
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    payloads = [message.payload for piece in pieces for message in dongle.read(piece)]
    assert payloads == whole


def test_the_dongle_checks_nothing() -> None:
    meter = make_meter("be-50217", start=START)
    dongle = Dongle(meter)
    (_, first), (_, second) = telegrams(meter, START, START + 2)
    (message,) = dongle.read(b"\x00\xff\r\n!0000\r\n" + first[:200] + second)
    assert message.payload == first[:200] + second


@pytest.mark.parametrize("family", ["nl-2.2", "nl-4.2", "lu", "se"])
def test_the_dongle_cannot_read_every_meter(family: str) -> None:
    with pytest.raises(ValueError, match="dongle cannot read"):
        Dongle(make_meter(family, start=START))
