"""Look for a meter on a P1 port, unless the port is somebody else's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os.path import realpath
import re
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_DEVICE, CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant

from .const import CONF_KIND, KIND_P1_SERIAL
from .core.p1.decrypt import DamagedFrame, WrongKey, decrypt
from .core.p1.framing import EncryptedFrame
from .core.p1.intake import Intake
from .core.p1.readings import Telegram
from .core.p1.telegram import NoTelegram as NothingKnown, open_apdu, read_telegram
from .transport.errors import LinkError
from .transport.p1_detect import detect
from .transport.p1_stream import LineSettings, P1Address, SerialAddress, TcpAddress

SEARCH_TIMEOUT: Final = 30.0

# A path, alone or as some integrations write it: serial:///dev/ttyUSB0:4800.
_PATH: Final = re.compile(r"(?:\w+://)?(/.*?)(?::\d+)?")


class PortInUse(LinkError):
    """The port belongs to another config entry."""


@dataclass(frozen=True, slots=True)
class FoundMeter:
    """A meter that can be read, and how it drives its line."""

    line: LineSettings
    telegram: Telegram


@dataclass(frozen=True, slots=True)
class LockedMeter:
    """A meter whose telegrams the key, or its absence, keeps shut."""

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


async def ensure_port_free(
    hass: HomeAssistant, data: Mapping[str, Any], own: ConfigEntry | None
) -> None:
    """Raise PortInUse when an entry of any integration, `own` aside, has the port.

    Entries that are not loaded now will want it again; disabled ones do not.
    """
    if data[CONF_KIND] != KIND_P1_SERIAL:
        return
    texts = {
        text
        for entry in hass.config_entries.async_entries(
            include_ignore=False, include_disabled=False
        )
        if own is None or entry.entry_id != own.entry_id
        for part in (entry.data, entry.options)
        for text in _texts(part)
    }
    if await hass.async_add_executor_job(_mentions, texts, data[CONF_DEVICE]):
        raise PortInUse("another config entry has it")


def _texts(value: object) -> Iterator[str]:
    """Yield all texts in the settings of an entry."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _mentions(texts: set[str], port: str) -> bool:
    """Tell whether a text names a port, by any of its names."""
    if port in texts:
        return True
    paths = (match[1] for text in texts if (match := _PATH.fullmatch(text)))
    wanted = _resolved(port)
    return any(_resolved(path) == wanted for path in paths)


def _resolved(path: str) -> str:
    """Return where a path leads; what cannot be one leads nowhere else."""
    return path if "\0" in path else realpath(path)
