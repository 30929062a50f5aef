"""Tell whether a serial port is somebody else's."""

from collections.abc import Iterator, Mapping
from os.path import realpath
import re
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant

from ...const import CONF_KIND, KIND_P1_SERIAL
from ...transport.errors import PortInUse

# A path, alone or as some integrations write it: serial:///dev/ttyUSB0:4800.
_PATH: Final = re.compile(r"(?:\w+://)?(/.*?)(?::\d+)?")


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
