"""Look for a meter on a P1 port."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from homeassistant.const import CONF_DEVICE, CONF_HOST, CONF_PORT

from .const import CONF_KIND, KIND_P1_SERIAL
from .core.p1.decrypt import DamagedFrame, WrongKey, decrypt
from .core.p1.framing import EncryptedFrame
from .core.p1.intake import Intake
from .core.p1.readings import Telegram
from .core.p1.telegram import NoTelegram as NothingKnown, open_apdu, read_telegram
from .transport.p1_detect import detect
from .transport.p1_stream import LineSettings, P1Address, SerialAddress, TcpAddress

SEARCH_TIMEOUT: Final = 30.0


@dataclass(frozen=True, slots=True)
class FoundMeter:
    """A meter that can be read, and how it drives its line."""

    locked: ClassVar[Literal[False]] = False
    line: LineSettings
    telegram: Telegram


@dataclass(frozen=True, slots=True)
class LockedMeter:
    """A meter whose telegrams the key, or its absence, keeps shut."""

    locked: ClassVar[Literal[True]] = True
    line: LineSettings
    frame: EncryptedFrame

    def unlocked(self, key: bytes) -> FoundMeter | None:
        """Return what the key makes of it; None if nothing readable."""
        try:
            plain = decrypt(self.frame, key, open_apdu)
            return FoundMeter(self.line, read_telegram(plain.text))
        except WrongKey, DamagedFrame, NothingKnown:
            return None


def p1_address(data: Mapping[str, Any]) -> P1Address:
    """Return the port that an entry's data point to."""
    if data[CONF_KIND] == KIND_P1_SERIAL:
        return SerialAddress(data[CONF_DEVICE])
    return TcpAddress(data[CONF_HOST], data[CONF_PORT])


async def find_meter(
    data: Mapping[str, Any], key: bytes | None
) -> FoundMeter | LockedMeter:
    """Return the first meter whose telegram comes through a port.

    Raises CannotConnect or NoTelegram.
    """
    intake = Intake(key)

    def accept(chunk: bytes) -> Telegram | EncryptedFrame | None:
        telegrams = intake.feed(chunk)
        return telegrams[0] if telegrams else intake.locked

    seen: tuple[LineSettings, Telegram | EncryptedFrame] = await detect(
        p1_address(data), accept=accept, timeout=SEARCH_TIMEOUT
    )
    line, found = seen
    if isinstance(found, EncryptedFrame):
        return LockedMeter(line, found)
    return FoundMeter(line, found)
