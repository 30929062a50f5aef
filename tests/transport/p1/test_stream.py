"""Serial ports and TCP connections: opened, read, lost and released."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
import termios

import pytest

from custom_components.flukso.transport.errors import CannotConnect
from custom_components.flukso.transport.p1 import stream as p1_stream
from custom_components.flukso.transport.p1.stream import (
    LineSettings,
    P1Address,
    P1Stream,
    SerialAddress,
    TcpAddress,
    open_stream,
)

from ...brokers import HOST
from ..mqtt.support import TIMEOUT, until
from .ports import (
    TELEGRAM,
    Adapter,
    Server,
    deaf_server,
    leaving_nothing,
    leftovers,
    mute_server,
)

FAST, SLOW = LineSettings
EVERY_BYTE = bytes(range(256))


@pytest.fixture(autouse=True)
async def _clean() -> AsyncGenerator[None]:
    async with leaving_nothing():
        yield


@pytest.fixture
def adapter(tmp_path: Path) -> Generator[Adapter]:
    """Return an adapter that is plugged in."""
    adapter = Adapter(tmp_path)
    adapter.plug()
    yield adapter
    adapter.unplug()


async def received(stream: P1Stream, size: int) -> bytes:
    """Return what came as soon as it is as much as expected, or the stream ends."""
    data = b""
    async with asyncio.timeout(TIMEOUT):
        while len(data) < size and (piece := await stream.read()):
            data += piece
    return data


@pytest.mark.parametrize(
    ("settings", "speed"), [(FAST, termios.B115200), (SLOW, termios.B9600)]
)
async def test_a_serial_port_is_set_to_the_line(
    adapter: Adapter, settings: LineSettings, speed: int
) -> None:
    stream = await open_stream(adapter.address, settings)
    assert adapter.speed == speed
    adapter.send(TELEGRAM)
    assert await received(stream, len(TELEGRAM)) == TELEGRAM
    await stream.close()


async def test_the_fast_line_carries_every_byte(adapter: Adapter) -> None:
    stream = await open_stream(adapter.address, FAST)
    adapter.send(EVERY_BYTE)
    assert await received(stream, 256) == EVERY_BYTE
    await stream.close()


async def test_the_slow_line_comes_without_its_parity(adapter: Adapter) -> None:
    stream = await open_stream(adapter.address, SLOW)
    adapter.send(bytes(byte | (byte.bit_count() % 2) << 7 for byte in TELEGRAM))
    assert await received(stream, len(TELEGRAM)) == TELEGRAM
    await stream.close()


async def test_what_waited_before_opening_is_no_telegram(adapter: Adapter) -> None:
    adapter.send(b"stale\n")
    stream = await open_stream(adapter.address, FAST)
    adapter.send(TELEGRAM)
    assert await received(stream, len(TELEGRAM)) == TELEGRAM
    await stream.close()


@pytest.mark.parametrize("settings", [FAST, SLOW])
async def test_an_open_port_is_ours_alone_until_it_is_closed(
    adapter: Adapter, settings: LineSettings
) -> None:
    before = leftovers()
    stream = await open_stream(adapter.address, settings)
    assert adapter.locked
    with pytest.raises(CannotConnect):
        await open_stream(adapter.address, settings)
    await stream.close()
    assert leftovers() == before
    assert not adapter.locked


@pytest.mark.parametrize("settings", [FAST, SLOW])
async def test_a_closed_port_can_be_opened_at_once(
    adapter: Adapter, settings: LineSettings
) -> None:
    for _ in range(5):
        stream = await open_stream(adapter.address, settings)
        await stream.close()


async def test_a_port_that_another_program_uses_is_left_alone(
    adapter: Adapter,
) -> None:
    with adapter.used_by_another(), pytest.raises(CannotConnect):
        await open_stream(adapter.address, FAST)


async def test_unplugging_ends_the_stream(adapter: Adapter) -> None:
    stream = await open_stream(adapter.address, FAST)
    reading = asyncio.create_task(received(stream, 1))
    await asyncio.sleep(0)
    adapter.unplug()
    assert await reading == b""
    assert await stream.read() == b""
    await stream.close()


@pytest.mark.parametrize(
    "path",
    ["", "missing", "a\0b", "nonsense://port", "socket://portless", "rfc2217://"],
)
async def test_no_such_port_is_no_connection(path: str) -> None:
    with pytest.raises(CannotConnect):
        await open_stream(SerialAddress(path), FAST)


async def test_what_is_no_serial_port_is_no_connection(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(CannotConnect):
            await open_stream(SerialAddress(str(path)), FAST)


async def test_a_url_of_the_serial_library_is_a_port() -> None:
    async with Server((TELEGRAM,), hangs_up=True).running() as server:
        url = f"socket://{HOST}:{server.port}"
        stream = await open_stream(SerialAddress(url), FAST)
        assert await received(stream, len(TELEGRAM) + 1) == TELEGRAM
        await stream.close()


async def test_a_tcp_server_is_heard_until_it_hangs_up() -> None:
    before = leftovers()
    async with Server((TELEGRAM, EVERY_BYTE), hangs_up=True).running() as server:
        stream = await open_stream(server.address, SLOW)
        assert await received(stream, 1000) == TELEGRAM + EVERY_BYTE
        assert await stream.read() == b""
        await stream.close()
    assert leftovers() == before


async def test_half_a_telegram_is_what_a_vanishing_server_leaves() -> None:
    async with Server((TELEGRAM[:30],)).running() as server:
        stream = await open_stream(server.address, FAST)
        assert await received(stream, 30) == TELEGRAM[:30]
        server.reset()
        assert await received(stream, 1) == b""
        await stream.close()


async def test_telnet_is_understood() -> None:
    pieces = (b"\xff\xfb\x01\xff", b"\xfd\x00", TELEGRAM[:9], b"\xff\xf1", TELEGRAM[9:])
    async with Server(pieces, hangs_up=True).running() as server:
        stream = await open_stream(server.address, FAST)
        assert await received(stream, 1000) == TELEGRAM
        await stream.close()


@pytest.mark.parametrize(
    "address",
    [
        TcpAddress("", 0),
        TcpAddress(HOST, 65536),
        TcpAddress(HOST, -1),
        TcpAddress("a\0b", 23),
        TcpAddress("x" * 64, 23),
    ],
    ids=repr,
)
async def test_no_such_server_is_no_connection(address: TcpAddress) -> None:
    with pytest.raises(CannotConnect):
        await open_stream(address, FAST)


async def test_nobody_listening_is_no_connection() -> None:
    async with Server().running() as gone:
        pass
    with pytest.raises(CannotConnect):
        await open_stream(gone.address, FAST)


async def test_a_server_that_never_answers_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(p1_stream, "OPEN_TIMEOUT", 0.05)
    with deaf_server() as address, pytest.raises(CannotConnect):
        await open_stream(address, FAST)


async def cancelled_after(address: P1Address, turns: int) -> None:
    """Begin to open a port, change one's mind and release what was opened."""
    opening = asyncio.create_task(open_stream(address, FAST))
    for _ in range(turns):
        await asyncio.sleep(0)
    opening.cancel()
    try:
        stream = await opening
    except asyncio.CancelledError:
        return
    await stream.close()


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 10, 30, 100, 300])
async def test_an_opening_that_is_cancelled_leaves_a_serial_port_free(
    adapter: Adapter, turns: int
) -> None:
    await cancelled_after(adapter.address, turns)
    assert not adapter.locked


@pytest.mark.parametrize("turns", range(8))
async def test_an_opening_that_is_cancelled_leaves_no_connection(turns: int) -> None:
    with mute_server() as address:
        await cancelled_after(address, turns)


async def test_a_reading_that_is_cancelled_does_not_end_the_stream(
    adapter: Adapter,
) -> None:
    stream = await open_stream(adapter.address, FAST)
    reading = asyncio.create_task(stream.read())
    await asyncio.sleep(0)
    reading.cancel()
    await until(reading.cancelled)
    adapter.send(TELEGRAM)
    assert await received(stream, len(TELEGRAM)) == TELEGRAM
    await stream.close()
