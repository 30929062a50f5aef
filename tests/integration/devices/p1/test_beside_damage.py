"""What makes Home Assistant's own dsmr disconnect or drop a telegram leaves ours whole."""

from collections.abc import Callable, Generator
import logging
from typing import NamedTuple

import pytest

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event

from ...homes import until
from .core_dsmr import CoreDsmr, both_take
from .feed import MakeMeterFeed, MeterFeed
from .telegrams import THREE_PHASES, changed, fixture

# The core integration's timer for dead connections outlives it.
pytestmark = pytest.mark.parametrize("expected_lingering_timers", [True])

OURS = "custom_components.flukso"
THEIRS = ("dsmr_parser", "homeassistant.components.dsmr")
REFUSED = "refused a telegram: checksum"
# The core integration waits so long before it connects again.
RECONNECT = 30

FIRST = fixture(THREE_PHASES)
MIDDLE = changed(FIRST, (b"1-0:1.7.0(09.258", b"1-0:1.7.0(05.000"))
LAST = changed(FIRST, (b"1-0:1.7.0(09.258", b"1-0:1.7.0(01.000"))
DISCONNECTED = "disconnected due to exception"


class Damage(NamedTuple):
    """Bytes between two telegrams, what we make of them, and what the core does.

    shown: the telegram has a power of 5 kW for us. theirs: the first words of what is
    logged, the last of which is its farewell when the core integration disconnects.
    """

    sent: bytes
    shown: bool
    theirs: tuple[str, ...] = ()
    refused: bool = False

    @property
    def disconnects(self) -> bool:
        """Whether the core integration gives the connection up."""
        return self.theirs[-1:] == (DISCONNECTED,)


def text_message(text: bytes) -> bytes:
    """Return a telegram with a text message."""
    return changed(MIDDLE, (b"0-0:96.13.0()", b"0-0:96.13.0(" + text + b")"))


DAMAGES = {
    "a byte above 0x80 in a text": Damage(
        text_message(b"\xe9t\xe9"), shown=True, theirs=(DISCONNECTED,)
    ),
    "a number that is none": Damage(
        changed(MIDDLE, (b"21.7.0(02.399*kW)", b"21.7.0(--.---*kW)")),
        shown=True,
        theirs=("Unexpected <class 'decimal.InvalidOperation'>", DISCONNECTED),
    ),
    "an empty number": Damage(
        changed(MIDDLE, (b"21.7.0(02.399*kW)", b"21.7.0(*kW)")),
        shown=True,
        theirs=("Unexpected <class 'decimal.InvalidOperation'>", DISCONNECTED),
    ),
    "a history without a length": Damage(
        changed(MIDDLE, (b"0-0:98.1.0(13)", b"0-0:98.1.0(xx)")),
        shown=True,
        theirs=("Unexpected <class 'ValueError'>", DISCONNECTED),
    ),
    "a slash in a text": Damage(
        text_message(b"a/b"), shown=True, theirs=("Invalid telegram. The CRC",)
    ),
    "a checksum in lower case": Damage(MIDDLE[:-6] + MIDDLE[-6:].lower(), shown=True),
    "a wrong checksum": Damage(
        MIDDLE.replace(b"05.000", b"05.001"),
        shown=False,
        theirs=("Invalid telegram. The CRC",),
        refused=True,
    ),
    "noise": Damage(bytes(range(0x80, 0x100)) * 40, shown=False),
    "noise that looks like a telegram": Damage(
        b"/\xff!\r\n", shown=False, theirs=(DISCONNECTED,)
    ),
}


@pytest.fixture
def raised(hass: HomeAssistant) -> Generator[list[BaseException]]:
    """Return what the readers of connections raise, instead of failing for it."""
    found: list[BaseException] = []
    handler = hass.loop.get_exception_handler()
    hass.loop.set_exception_handler(
        lambda _loop, context: found.append(context["exception"])
    )
    yield found
    hass.loop.set_exception_handler(handler)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[..., list[str]]:
    """Return what tells what was logged under some names."""
    caplog.set_level(logging.INFO)

    def tell(*names: str) -> list[str]:
        return [
            record.getMessage()
            for record in caplog.records
            if record.name.startswith(names)
        ]

    return tell


@pytest.fixture
async def feed(make_p1_feed: MakeMeterFeed) -> MeterFeed:
    """Return a meter whose every telegram is shown by the next tick."""
    return make_p1_feed(FIRST, gauge_interval=1, counter_interval=1)


@pytest.fixture
async def core(hass: HomeAssistant, feed: MeterFeed) -> CoreDsmr:
    """Return the core integration, which has shown the first telegram as ours has."""
    core = CoreDsmr(hass, feed.line, "5B")
    await feed.start()
    await core.start()
    await both_take(feed, core, FIRST)
    return core


def powers(feed: MeterFeed, core: CoreDsmr) -> tuple[list[str], list[str]]:
    """Return what both will show of the power from now on, ours first."""
    ours = feed.state_of("power_import")
    theirs = core.state_of("current_electricity_usage")
    assert ours is not None
    assert theirs is not None
    return shown_by(feed.hass, ours.entity_id), shown_by(feed.hass, theirs.entity_id)


def shown_by(hass: HomeAssistant, entity_id: str) -> list[str]:
    """Return what an entity will show from now on."""
    values: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        assert state is not None
        values.append(state.state)

    async_track_state_change_event(hass, entity_id, note)
    return values


@pytest.mark.parametrize("name", DAMAGES)
async def test_ours_shows_every_good_telegram_where_the_core_fails(
    feed: MeterFeed,
    core: CoreDsmr,
    raised: list[BaseException],
    said: Callable[..., list[str]],
    name: str,
) -> None:
    damage = DAMAGES[name]
    hub = feed.hub
    ours, theirs = powers(feed, core)
    feed.freezer.tick(1)
    feed.line.send(damage.sent)
    await until(
        lambda: (
            (hub.telegrams, sum(hub.refused.values()))
            == (1 + damage.shown, damage.refused)
        )
    )
    if damage.disconnects:
        await until(lambda: feed.line.clients == 1)
    await feed.tick()
    if damage.disconnects:
        await feed.run(1, LAST)
    else:
        await both_take(feed, core, LAST)
    assert ours == (["5.0", "1.0"] if damage.shown else ["1.0"])
    assert theirs == [STATE_UNAVAILABLE if damage.disconnects else "1.0"]
    assert [
        line[: len(words)]
        for line, words in zip(said(*THEIRS), damage.theirs, strict=True)
    ] == list(damage.theirs)
    assert bool(raised) is damage.disconnects
    assert [line.partition(": ")[2] for line in said(OURS)] == [
        REFUSED
    ] * damage.refused


async def test_ours_shows_all_that_the_core_misses_until_it_connects_again(
    feed: MeterFeed, core: CoreDsmr, raised: list[BaseException]
) -> None:
    await feed.run(1, DAMAGES["a byte above 0x80 in a text"].sent)
    await until(lambda: feed.line.clients == 1)
    ours, theirs = powers(feed, core)
    missed = 0
    while feed.line.clients == 1:
        await feed.run(1, (FIRST, LAST)[missed % 2])
        missed += 1
        assert missed <= 2 * RECONNECT
    assert missed >= RECONNECT
    assert feed.hub.telegrams == 2 + missed
    assert len(ours) == missed
    assert set(ours) == {"9.258", "1.0"}
    await both_take(feed, core, LAST)
    assert theirs[-1] == "1.0"
    assert len(raised) == 1


async def test_ours_alone_lets_the_library_say_nothing_and_reads_on(
    feed: MeterFeed, said: Callable[..., list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "dsmr_parser")
    await feed.start()
    await feed.send(FIRST)
    for damage in DAMAGES.values():
        feed.line.send(damage.sent)
        await feed.send(LAST)
    good = sum(damage.shown for damage in DAMAGES.values())
    await until(lambda: feed.hub.telegrams == 1 + good + len(DAMAGES))
    assert said(*THEIRS) == []
    assert [line.partition(": ")[2] for line in said(OURS)] == [REFUSED]
