"""A P1 port that is opened again, whatever happened to it."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Sized
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
import gc
from pathlib import Path
import termios
from time import monotonic
from typing import Any, override

import pytest

from custom_components.flukso.transport.backoff import Backoff
from custom_components.flukso.transport.errors import CannotConnect
from custom_components.flukso.transport.p1 import link as p1_link
from custom_components.flukso.transport.p1.link import SILENCE, P1Link
from custom_components.flukso.transport.p1.stream import LineSettings, P1Address
from custom_components.flukso.transport.state import LinkState

from ..mqtt.support import TIMEOUT, until
from .ports import TELEGRAM, Adapter, Server, deaf_server, leaving_nothing, leftovers

FAST, SLOW = LineSettings
UP, DOWN = LinkState.UP, LinkState.DOWN
HALF = TELEGRAM[:30]


@dataclass(slots=True)
class Owner:
    """Whoever wants the port, with what it heard."""

    data: bytes = b""
    states: list[LinkState] = field(default_factory=list)

    def on_bytes(self, data: bytes) -> None:
        self.data += data

    def has_heard(self, length: int) -> bool:
        """Tell whether more bytes than this have come."""
        return len(self.data) > length

    def link(
        self,
        address: P1Address,
        *,
        settings: LineSettings = FAST,
        silence: float | None = None,
    ) -> P1Link:
        """Return a link that hands everything to this."""
        return P1Link(
            address,
            settings,
            on_bytes=self.on_bytes,
            on_state=self.states.append,
            silence=silence,
        )


def is_long(told: Sized, length: int) -> bool:
    """Tell whether so much has been told."""
    return len(told) >= length


@pytest.fixture(autouse=True)
async def _clean() -> AsyncGenerator[None]:
    async with leaving_nothing():
        yield


@pytest.fixture
def adapter(tmp_path: Path) -> Generator[Adapter]:
    """Return an adapter that is not plugged in."""
    adapter = Adapter(tmp_path)
    yield adapter
    adapter.unplug()


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the delays between attempts, which pass a thousand times faster."""
    taken: list[float] = []

    class Impatient(Backoff):
        @override
        def next(self) -> float:
            taken.append(super().next())
            return taken[-1] / 1000

    monkeypatch.setattr(p1_link, "Backoff", Impatient)
    return taken


@asynccontextmanager
async def kept(link: P1Link) -> AsyncGenerator[asyncio.Task[None]]:
    """Keep a link up until the end of the block; closing it ends the running."""
    running = asyncio.create_task(link.run())
    try:
        yield running
    finally:
        await link.close()
        async with asyncio.timeout(TIMEOUT):
            await running


@pytest.mark.parametrize("settings", LineSettings)
async def test_what_the_meter_sends_is_handed_over(
    adapter: Adapter, owner: Owner, settings: LineSettings
) -> None:
    adapter.plug()
    link = owner.link(adapter.address, settings=settings)
    await link.open()
    assert (link.connected, owner.states) == (False, [])
    adapter.send(HALF)
    await until(lambda: owner.data == HALF)
    assert (link.connected, owner.states) == (True, [UP])
    adapter.send(TELEGRAM)
    await until(lambda: owner.data == HALF + TELEGRAM)
    await link.close()
    assert not link.connected
    assert owner.states == [UP]
    assert link.connects == 1


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let other settings of a line be tried soon."""
    monkeypatch.setattr(p1_link, "PATIENCE", 0.2)
    monkeypatch.setattr(p1_link, "TRIAL", 0.2)


@pytest.mark.usefixtures("hasty", "delays")
@pytest.mark.parametrize(
    ("before", "after", "speed"),
    [(SLOW, FAST, termios.B115200), (FAST, SLOW, termios.B9600)],
)
async def test_a_meter_that_drives_its_line_in_another_way_is_read(
    adapter: Adapter,
    owner: Owner,
    before: LineSettings,
    after: LineSettings,
    speed: int,
) -> None:
    adapter.plug()
    link = owner.link(adapter.address, settings=before)
    async with kept(link), adapter.sending_at(speed, TELEGRAM, b"\xfe\x03"):
        await until(lambda: TELEGRAM in owner.data)
        link.telegram_seen()
        assert link.settings is after
        # Each time that it is trusted it is for as long again.
        connects, seen = link.connects, len(owner.data)
        for _ in range(5):
            await until(partial(owner.has_heard, seen + len(TELEGRAM)))
            link.telegram_seen()
            seen = len(owner.data)
        assert (link.connects, link.settings) == (connects, after)
    assert owner.states[:3] == [UP, DOWN, UP]


@pytest.mark.usefixtures("hasty", "delays")
async def test_a_line_on_which_nothing_can_be_read_is_left_ever_later(
    adapter: Adapter,
) -> None:
    adapter.plug()
    told: list[tuple[LinkState, float]] = []
    link = P1Link(
        adapter.address,
        FAST,
        on_bytes=lambda _data: None,
        on_state=lambda state: told.append((state, monotonic())),
    )
    tried: list[LineSettings] = []
    async with kept(link), adapter.sending_at(0, TELEGRAM, b"\xfe\x03"):
        for number in range(1, 7):
            await until(partial(is_long, told, 2 * number - 1))
            tried.append(link.settings)
    assert tried == [FAST, SLOW] * 3
    assert [state for state, _ in told[:11]] == [UP, DOWN] * 5 + [UP]
    lasted = [told[place + 1][1] - told[place][1] for place in range(0, 10, 2)]
    # Nearly: who is told comes a moment later than who counts.
    assert lasted[2] > 1.9 * p1_link.PATIENCE
    assert lasted[4] > 3.9 * p1_link.PATIENCE


@pytest.mark.usefixtures("hasty")
async def test_a_pause_of_the_meter_is_no_reason_to_try_other_settings(
    adapter: Adapter, owner: Owner
) -> None:
    adapter.plug()
    link = owner.link(adapter.address)
    await link.open()
    adapter.send(TELEGRAM)
    await until(lambda: owner.data == TELEGRAM)
    link.telegram_seen()
    await asyncio.sleep(2 * p1_link.PATIENCE)
    adapter.send(HALF)
    await until(lambda: owner.data == TELEGRAM + HALF)
    adapter.send(HALF)
    await until(lambda: owner.data == TELEGRAM + HALF + HALF)
    await link.close()
    assert (link.settings, link.connects, owner.states) == (FAST, 1, [UP])


@pytest.mark.usefixtures("hasty")
async def test_a_server_that_cannot_be_read_has_no_other_settings(
    owner: Owner,
) -> None:
    server = Server((HALF,))
    async with server.running():
        link = owner.link(server.address)
        await link.open()
        await until(lambda: owner.data == HALF)
        await asyncio.sleep(2 * p1_link.PATIENCE)
        server.send(HALF)
        await until(lambda: owner.data == HALF + HALF)
        await link.close()
    assert (link.settings, link.connects, owner.states) == (FAST, 1, [UP])


async def test_the_link_is_up_before_the_first_bytes_are_handed_over() -> None:
    order: list[bytes | LinkState] = []
    async with Server((TELEGRAM,)).running() as server:
        link = P1Link(
            server.address, FAST, on_bytes=order.append, on_state=order.append
        )
        await link.open()
        await until(lambda: len(order) == 2)
        await link.close()
    assert order == [UP, TELEGRAM]


async def test_a_link_opens_by_itself_once_the_adapter_is_there(
    adapter: Adapter, owner: Owner, delays: list[float]
) -> None:
    link = owner.link(adapter.address)
    with pytest.raises(CannotConnect):
        await link.open()
    async with kept(link), adapter.sending(TELEGRAM):
        await until(lambda: len(delays) > 2)
        assert owner.states == []
        adapter.plug()
        await until(lambda: TELEGRAM in owner.data)
    assert owner.states == [UP]


async def test_a_port_that_another_program_gives_back_is_opened(
    adapter: Adapter, owner: Owner, delays: list[float]
) -> None:
    adapter.plug()
    link = owner.link(adapter.address)
    with adapter.used_by_another():
        running = asyncio.create_task(link.run())
        await until(lambda: len(delays) > 2)
    await until(lambda: adapter.locked)
    await link.close()
    await running


async def test_an_adapter_that_is_plugged_in_again_is_read_again(
    adapter: Adapter, owner: Owner, delays: list[float]
) -> None:
    adapter.plug()
    link = owner.link(adapter.address)
    async with kept(link), adapter.sending(TELEGRAM):
        for replugged in range(1, 4):
            await until(lambda: link.connected)
            adapter.unplug()
            await until(lambda: not link.connected)
            del delays[:]
            await until(lambda: delays != [])
            adapter.plug()
            assert owner.states == [UP, DOWN] * replugged
    assert TELEGRAM in owner.data
    assert link.connects >= 3


async def test_a_server_that_vanishes_is_read_again_once_it_is_back(
    owner: Owner, delays: list[float]
) -> None:
    server = Server((TELEGRAM,))
    async with server.running():
        link = owner.link(server.address)
        await link.open()
        await until(lambda: owner.states == [UP])
    async with kept(link):
        await until(lambda: len(delays) > 2)
        assert owner.states == [UP, DOWN]
        async with server.running():
            await until(lambda: owner.data == TELEGRAM * 2)
            assert owner.states == [UP, DOWN, UP]
            server.reset()
            await until(lambda: owner.states == [UP, DOWN, UP, DOWN, UP])


async def test_the_delay_grows_while_the_port_cannot_be_opened(
    adapter: Adapter, owner: Owner, delays: list[float]
) -> None:
    async with kept(owner.link(adapter.address)):
        await until(lambda: len(delays) >= 8)
    assert delays[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert owner.states == []


async def test_the_delay_grows_while_no_telegram_is_whole(
    owner: Owner, delays: list[float]
) -> None:
    async with (
        Server((HALF,), hangs_up=True).running() as server,
        kept(owner.link(server.address)),
    ):
        await until(lambda: len(delays) >= 5)
    assert delays[:5] == [1, 2, 4, 8, 16]
    assert owner.states[:4] == [UP, DOWN, UP, DOWN]


async def test_after_a_telegram_the_first_attempt_is_soon(
    owner: Owner, delays: list[float]
) -> None:
    async with Server((TELEGRAM,), hangs_up=True).running() as server:
        link = P1Link(
            server.address,
            FAST,
            on_bytes=lambda _: link.telegram_seen(),
            on_state=owner.states.append,
        )
        async with kept(link):
            await until(lambda: len(delays) >= 3)
    assert delays[:3] == [1, 1, 1]


@pytest.mark.parametrize("pieces", [(), (b"\xff\xfb\x01", b"\xff\xf1")])
async def test_a_port_that_stays_silent_is_opened_again_without_a_word(
    owner: Owner, delays: list[float], pieces: tuple[bytes, ...]
) -> None:
    async with Server(pieces).running() as server:
        async with kept(owner.link(server.address, silence=0.02)):
            await until(lambda: server.connections >= 4)
        assert delays[:3] == [1, 2, 4]
    assert owner.states == []


async def test_a_meter_that_falls_silent_is_no_longer_connected(
    adapter: Adapter, owner: Owner, delays: list[float]
) -> None:
    adapter.plug()
    link = owner.link(adapter.address, silence=0.1)
    await link.open()
    adapter.send(HALF)
    await until(lambda: owner.states == [UP, DOWN])
    async with kept(link), adapter.sending(TELEGRAM):
        await until(lambda: owner.states == [UP, DOWN, UP])


@pytest.mark.slow
async def test_a_meter_with_a_slow_pace_stays_connected(
    adapter: Adapter, owner: Owner
) -> None:
    adapter.plug()
    link = owner.link(adapter.address, silence=1.0)
    await link.open()
    for _ in range(6):
        await asyncio.sleep(0.25)
        adapter.send(TELEGRAM)
    await until(lambda: owner.data == TELEGRAM * 6)
    assert owner.states == [UP]
    await link.close()


@pytest.mark.parametrize("settings", LineSettings)
async def test_each_line_has_its_own_patience(
    adapter: Adapter,
    owner: Owner,
    monkeypatch: pytest.MonkeyPatch,
    settings: LineSettings,
) -> None:
    monkeypatch.setitem(SILENCE, settings, 0.02)
    adapter.plug()
    link = owner.link(adapter.address, settings=settings)
    await link.open()
    await until(lambda: not adapter.locked)
    await link.close()


async def test_an_owner_that_stumbles_over_bytes_gets_a_new_connection(
    owner: Owner, delays: list[float]
) -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: reported.append(context)
    )

    def stumble(data: bytes) -> None:
        owner.on_bytes(data)
        if owner.data == TELEGRAM:
            raise ZeroDivisionError

    async with Server((TELEGRAM,)).running() as server:
        link = P1Link(
            server.address, FAST, on_bytes=stumble, on_state=owner.states.append
        )
        async with kept(link):
            await until(lambda: owner.states == [UP, DOWN, UP])
    gc.collect()
    assert [type(context["exception"]) for context in reported] == [ZeroDivisionError]


@pytest.mark.parametrize("settings", LineSettings)
async def test_closing_releases_the_port_before_it_returns(
    adapter: Adapter, owner: Owner, settings: LineSettings
) -> None:
    adapter.plug()
    before = leftovers()
    for _ in range(5):
        link = owner.link(adapter.address, settings=settings)
        await link.open()
        await link.close()
        assert leftovers() == before


async def test_closing_ends_the_running_amid_a_telegram(
    adapter: Adapter, owner: Owner
) -> None:
    adapter.plug()
    before = leftovers()
    link = owner.link(adapter.address)
    async with adapter.sending(HALF), kept(link):
        await until(lambda: link.connected)
    assert leftovers() == before
    assert owner.states == [UP]


async def test_closing_ends_the_running_between_attempts(
    adapter: Adapter, owner: Owner
) -> None:
    before = leftovers()
    async with kept(owner.link(adapter.address)) as running:
        await until(lambda: leftovers() == (before[0], before[1] + 1))
        assert not running.done()
    assert leftovers() == before


async def test_closing_ends_an_opening_that_gets_no_answer(owner: Owner) -> None:
    with deaf_server() as address:
        before = leftovers()
        link = owner.link(address)
        opening = asyncio.create_task(link.open())
        await until(lambda: leftovers()[0] > before[0])
        await link.close()
        with pytest.raises(CannotConnect):
            await opening
        assert leftovers() == before


async def test_closing_ends_the_running_that_gets_no_answer(owner: Owner) -> None:
    with deaf_server() as address:
        before = leftovers()
        async with kept(owner.link(address)):
            await until(lambda: leftovers()[0] > before[0])
        assert leftovers() == before


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 10, 30, 100, 300])
async def test_closing_amid_the_opening_leaves_the_port_free(
    adapter: Adapter, owner: Owner, turns: int
) -> None:
    adapter.plug()
    async with kept(owner.link(adapter.address)):
        for _ in range(turns):
            await asyncio.sleep(0)
    assert not adapter.locked
    assert owner.states == []


async def test_a_closed_link_stays_closed(adapter: Adapter, owner: Owner) -> None:
    adapter.plug()
    link = owner.link(adapter.address)
    await link.close()
    with pytest.raises(CannotConnect):
        await link.open()
    await link.run()
    assert not adapter.locked


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 10, 30, 100, 300])
async def test_an_opening_that_is_cancelled_leaves_the_port_free(
    adapter: Adapter, owner: Owner, turns: int
) -> None:
    adapter.plug()
    link = owner.link(adapter.address)
    opening = asyncio.create_task(link.open())
    for _ in range(turns):
        await asyncio.sleep(0)
    opening.cancel()
    await asyncio.wait({opening})
    await link.close()
    assert not adapter.locked


async def test_a_running_that_is_cancelled_leaves_the_rest_to_closing(
    adapter: Adapter, owner: Owner
) -> None:
    adapter.plug()
    link = owner.link(adapter.address)
    running = asyncio.create_task(link.run())
    await until(lambda: adapter.locked)
    running.cancel()
    await asyncio.wait({running})
    await link.close()
    assert not adapter.locked
