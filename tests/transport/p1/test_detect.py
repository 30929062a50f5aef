"""A meter whose line settings nobody knows."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
import termios

import pytest

from custom_components.flukso.core.p1.readings import Telegram
from custom_components.flukso.core.p1.receiver import Receiver
from custom_components.flukso.transport.errors import CannotConnect, NoTelegram
from custom_components.flukso.transport.p1 import detect as p1_detect
from custom_components.flukso.transport.p1.detect import detect
from custom_components.flukso.transport.p1.stream import LineSettings, SerialAddress

from ..mqtt.support import until
from .ports import TELEGRAM, Adapter, Server, deaf_server, leaving_nothing, mute_server

FAST, SLOW = LineSettings
TELEGRAMS = Path(__file__).parents[2] / "fixtures" / "telegrams"
SEVEN_BITS = (TELEGRAMS / "nl_dsmr22_7e1_read_as_8n1.bin").read_bytes()
GARBLED = b"\x00\xf8\x80\x00\xfe"


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


@pytest.fixture
def brief_rounds(monkeypatch: pytest.MonkeyPatch) -> float:
    """Let rounds be brief; returns the time that all of them take."""
    monkeypatch.setattr(p1_detect, "SHORTEST_ROUND", 0.0)
    return 0.6


def framing() -> Callable[[bytes], bytes | None]:
    """Return what finds a telegram in the bytes it is fed."""
    buffer = bytearray()

    def accept(data: bytes) -> bytes | None:
        buffer.extend(data)
        begin = buffer.find(b"/")
        end = buffer.find(b"!", begin)
        return bytes(buffer[begin:]) if 0 <= begin < end else None

    return accept


@pytest.mark.parametrize(
    ("speed", "settings"), [(termios.B115200, FAST), (termios.B9600, SLOW)]
)
async def test_the_settings_are_those_that_make_sense_of_the_line(
    adapter: Adapter, brief_rounds: float, speed: int, settings: LineSettings
) -> None:
    async with adapter.sending_at(speed, garbled=GARBLED):
        found, telegram = await detect(
            adapter.address, accept=framing(), timeout=brief_rounds
        )
        assert not adapter.locked
    assert found is settings
    assert telegram.startswith(b"/FLU5")


async def test_a_telegram_may_come_in_pieces() -> None:
    pieces = (b"\xff\xfb\x01", TELEGRAM[20:], TELEGRAM[:20], TELEGRAM[20:])
    async with Server(pieces).running() as server:
        assert await detect(server.address, accept=framing()) == (FAST, TELEGRAM)
        assert server.connections == 1


async def test_a_server_may_pass_on_seven_bits_with_their_parity() -> None:
    receiver = Receiver()

    def accept(data: bytes) -> Telegram | None:
        return next(iter(receiver.feed(data)), None)

    pieces = (SEVEN_BITS[200:], SEVEN_BITS[:90], SEVEN_BITS[90:])
    async with Server(pieces).running() as server:
        settings, found = await detect(server.address, accept=accept)
    assert settings is FAST
    assert found.power_import == 1.01


async def test_what_is_found_may_be_falsy(adapter: Adapter) -> None:
    async with Server((TELEGRAM,)).running() as server:
        assert await detect(server.address, accept=lambda _: 0) == (FAST, 0)


async def test_a_silent_line_has_no_telegram(
    adapter: Adapter, brief_rounds: float
) -> None:
    with pytest.raises(NoTelegram):
        await detect(adapter.address, accept=framing(), timeout=brief_rounds)
    assert not adapter.locked


async def test_a_line_without_sense_has_no_telegram(
    adapter: Adapter, brief_rounds: float
) -> None:
    async with adapter.sending(GARBLED):
        with pytest.raises(NoTelegram):
            await detect(adapter.address, accept=framing(), timeout=brief_rounds)


async def test_a_server_is_asked_once(brief_rounds: float) -> None:
    async with Server((GARBLED,)).running() as server:
        with pytest.raises(NoTelegram):
            await detect(server.address, accept=framing(), timeout=brief_rounds)
        assert server.connections == 1


async def test_both_settings_get_two_telegrams_of_a_slow_meter(
    adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert p1_detect.SHORTEST_ROUND >= 20
    monkeypatch.setattr(p1_detect, "SHORTEST_ROUND", 0.2)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    with pytest.raises(NoTelegram):
        await detect(adapter.address, accept=framing(), timeout=0.0)
    assert loop.time() - begin >= 0.4


async def test_a_server_gets_all_the_time(brief_rounds: float) -> None:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    with mute_server() as address, pytest.raises(NoTelegram):
        await detect(address, accept=framing(), timeout=brief_rounds)
    assert loop.time() - begin >= brief_rounds


async def test_a_server_that_never_answers_has_no_telegram(
    brief_rounds: float,
) -> None:
    with deaf_server() as address, pytest.raises(NoTelegram):
        await detect(address, accept=framing(), timeout=brief_rounds)


async def test_a_missing_port_cannot_be_tried(tmp_path: Path) -> None:
    with pytest.raises(CannotConnect):
        await detect(SerialAddress(str(tmp_path / "none")), accept=framing())


async def test_a_busy_port_cannot_be_tried(adapter: Adapter) -> None:
    with adapter.used_by_another(), pytest.raises(CannotConnect):
        await detect(adapter.address, accept=framing())


async def test_a_server_that_hangs_up_is_no_connection() -> None:
    async with Server((TELEGRAM[:30],), hangs_up=True).running() as server:
        with pytest.raises(CannotConnect):
            await detect(server.address, accept=framing())


async def test_an_adapter_that_is_taken_out_is_no_connection(adapter: Adapter) -> None:
    detecting = asyncio.create_task(detect(adapter.address, accept=framing()))
    await until(lambda: adapter.locked)
    adapter.send(TELEGRAM[:30])
    adapter.unplug()
    with pytest.raises(CannotConnect):
        await detecting


async def test_an_accept_that_raises_leaves_the_port_free(adapter: Adapter) -> None:
    def accept(_data: bytes) -> None:
        raise ZeroDivisionError

    async with adapter.sending(TELEGRAM):
        with pytest.raises(ZeroDivisionError):
            await detect(adapter.address, accept=accept)
    assert not adapter.locked


@pytest.mark.parametrize("speed", [termios.B115200, termios.B9600])
async def test_a_detection_can_be_cancelled_in_both_rounds(
    adapter: Adapter, brief_rounds: float, speed: int
) -> None:
    detecting = asyncio.create_task(
        detect(adapter.address, accept=framing(), timeout=brief_rounds)
    )
    await until(lambda: adapter.speed == speed)
    detecting.cancel()
    await asyncio.wait({detecting})
    assert detecting.cancelled()
    assert not adapter.locked
