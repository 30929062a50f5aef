"""Look for a meter on a P1 port or topic."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from homeassistant.core import HomeAssistant

from ...const import CONF_KIND, P1_DONGLE_KINDS
from ...core.p1.collected import short_hash
from ...core.p1.decrypt import DamagedFrame, WrongKey, decrypt
from ...core.p1.framing import EncryptedFrame
from ...core.p1.places import Home
from ...core.p1.readings import Telegram
from ...core.p1.receiver import Receiver
from ...core.p1.telegram import NoTelegram as NothingKnown, open_apdu, read_telegram
from ...transport.errors import NoTelegram
from ...transport.p1.detect import detect
from ...transport.p1.stream import LineSettings
from .home import home_of
from .links import MakeLink, async_link_maker, p1_address

SEARCH_TIMEOUT: Final = 30.0


@dataclass(frozen=True, slots=True)
class FoundMeter:
    """A meter that can be read, and how it drives its line, if there is one."""

    locked: ClassVar[Literal[False]] = False
    line: LineSettings | None
    telegram: Telegram


@dataclass(frozen=True, slots=True)
class LockedMeter:
    """A meter whose telegrams the key, or its absence, keeps shut."""

    locked: ClassVar[Literal[True]] = True
    line: LineSettings | None
    frame: EncryptedFrame
    home: Home

    def unlocked(self, key: bytes) -> FoundMeter | None:
        """Return what the key makes of it; None if nothing readable."""
        try:
            plain = decrypt(self.frame, key, open_apdu)
            return FoundMeter(self.line, read_telegram(plain.text, self.home))
        except WrongKey, DamagedFrame, NothingKnown:
            return None


type Seen = FoundMeter | LockedMeter
type Accept = Callable[[bytes], Telegram | EncryptedFrame | None]


async def find_meter(
    hass: HomeAssistant, data: Mapping[str, Any], key: bytes | None
) -> Seen:
    """Return the first meter whose telegram comes from a source.

    Raises CannotConnect, InvalidAuth, NoMqttClient or NoTelegram.
    """
    home = home_of(hass)
    intake = Receiver(key, home)
    if data[CONF_KIND] in P1_DONGLE_KINDS:
        source = await async_link_maker(hass, data)
        return _seen(await _hear(source, _accept(intake, intake.read_message)), home)
    accept = _accept(intake, intake.feed)
    seen: tuple[LineSettings, Telegram | EncryptedFrame] = await detect(
        p1_address(data), accept=accept, timeout=SEARCH_TIMEOUT
    )
    line, found = seen
    return _seen(found, home, line)


def read_message(hass: HomeAssistant, message: bytes) -> Seen | None:
    """Return the meter whose telegram a message is; None if it is none."""
    home = home_of(hass)
    intake = Receiver(home=home)
    found = _accept(intake, intake.read_message)(message)
    return None if found is None else _seen(found, home)


def identity_of(seen: Seen, topic: str) -> str:
    """Return what tells a meter from others; of a locked one only its topic is known."""
    if isinstance(seen, FoundMeter):
        return seen.telegram.meter
    return short_hash(topic)


def _accept(intake: Receiver, read: Callable[[bytes], list[Telegram]]) -> Accept:
    def accept(data: bytes) -> Telegram | EncryptedFrame | None:
        telegrams = read(data)
        return telegrams[0] if telegrams else intake.locked

    return accept


def _seen(
    found: Telegram | EncryptedFrame, home: Home, line: LineSettings | None = None
) -> Seen:
    if isinstance(found, EncryptedFrame):
        return LockedMeter(line, found, home)
    return FoundMeter(line, found)


async def _hear(make_source: MakeLink, accept: Accept) -> Telegram | EncryptedFrame:
    """Return what accept makes of the first message that it takes."""
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[Telegram | EncryptedFrame] = loop.create_future()

    def on_message(message: bytes) -> None:
        if not heard.done() and (found := accept(message)) is not None:
            heard.set_result(found)

    source = make_source(on_bytes=on_message, on_state=lambda _state: None)
    try:
        await source.open()
        async with asyncio.timeout(SEARCH_TIMEOUT):
            return await heard
    except TimeoutError as err:
        raise NoTelegram("no valid telegram") from err
    finally:
        await source.close()
