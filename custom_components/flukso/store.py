"""What a demand meter remembers, on disk."""

from collections.abc import Callable
from pathlib import Path
import shutil
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR, Store

from .const import DOMAIN

VERSION = 1
FOLDER = f"{DOMAIN}.demand"
# A crash costs at most this much of the running window's detail; the counters still
# tell its energy.
STATE_DELAY = 60.0
MONTH_DELAY = 30.0


class DelayedStore:
    """One file that is written some time after it changed, and atomically.

    Home Assistant's store sets a file that is no JSON aside and reports a repair.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        key: str,
        delay: float,
        data: Callable[[], dict[str, Any]],
    ) -> None:
        """Keep what data returns under a key."""
        self._store: Store[dict[str, Any]] = Store(
            hass, VERSION, key, private=True, atomic_writes=True
        )
        self._delay = delay
        self._data = data
        self._pending = False

    async def async_load(self) -> dict[str, Any]:
        """Return what was saved; an empty dict when there is nothing."""
        saved = await self._store.async_load()
        return saved if isinstance(saved, dict) else {}

    def schedule(self) -> None:
        """Write within the delay; changes until then go along."""
        if not self._pending:
            self._pending = True
            self._store.async_delay_save(self._collect, self._delay)

    async def async_flush(self) -> None:
        """Write now what has changed."""
        if self._pending:
            await self._store.async_save(self._collect())

    def _collect(self) -> dict[str, Any]:
        self._pending = False
        return self._data()


def state_key(subentry_id: str) -> str:
    """Return the key of a demand meter's state."""
    return f"{FOLDER}/{subentry_id}/state"


def month_key(subentry_id: str, month: str) -> str:
    """Return the key of a demand meter's windows of one month (YYYY-MM)."""
    return f"{FOLDER}/{subentry_id}/{month}"


async def async_remove_store(hass: HomeAssistant, subentry_id: str) -> None:
    """Delete all files of a demand meter."""
    folder = Path(hass.config.path(STORAGE_DIR, FOLDER, subentry_id))
    await hass.async_add_executor_job(lambda: shutil.rmtree(folder, ignore_errors=True))
