"""Files that are written some time after they changed: where, when and how."""

from collections.abc import Callable
from contextlib import suppress
import logging
from pathlib import Path
import re
import shutil
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR, Store
from homeassistant.util import dt as dt_util

from ..const import DOMAIN

LOGGER = logging.getLogger(__name__)

VERSION = 1
FOLDER = f"{DOMAIN}.demand"
# A crash costs at most this much of the running window's detail; the counters still
# tell its energy.
STATE_DELAY = 60.0
MONTH_DELAY = 30.0
# Two days of profiles take some 150 kB: a crash costs an hour of them.
PROFILES_DELAY = 3600.0
PROFILES: Final = "profiles-"
# What was missed and is to be fetched back; what the sensors of a polled device counted.
HOLES: Final = "holes"
REST: Final = "rest"

_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


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
        self._hass = hass
        self._store: Store[dict[str, Any]] = Store(
            hass, VERSION, key, private=True, atomic_writes=True
        )
        self._delay = delay
        self._data = data
        self._pending = False

    async def async_load(self) -> dict[str, Any] | None:
        """Return what was saved: empty when nothing was.

        None: the file is damaged, and is set aside.
        """
        saved: object = None
        with suppress(KeyError, TypeError, NotImplementedError):
            # The store does not look at the form of JSON before it takes it apart.
            saved = await self._store.async_load() or {}
        if isinstance(saved, dict):
            return saved
        await self.async_set_aside()
        return None

    def schedule(self) -> None:
        """Write within the delay; changes until then go along."""
        if not self._pending:
            self._pending = True
            self._store.async_delay_save(self._collect, self._delay)

    async def async_flush(self) -> None:
        """Write now what has changed."""
        if self._pending:
            await self._store.async_save(self._collect())

    async def async_set_aside(self) -> None:
        """Keep a damaged file under another name, as Home Assistant's store does."""
        path = Path(self._store.path)
        aside = path.with_name(f"{path.name}.corrupt.{dt_util.utcnow().isoformat()}")

        def rename() -> None:
            with suppress(FileNotFoundError):
                path.rename(aside)

        LOGGER.warning("Damaged file %s, kept as %s", self._store.key, aside.name)
        await self._hass.async_add_executor_job(rename)

    def _collect(self) -> dict[str, Any]:
        self._pending = False
        return self._data()


def state_key(subentry_id: str) -> str:
    """Return the key of a demand meter's state."""
    return f"{FOLDER}/{subentry_id}/state"


def peaks_key(subentry_id: str) -> str:
    """Return the key of a demand meter's month peaks."""
    return f"{FOLDER}/{subentry_id}/peaks"


def month_key(subentry_id: str, month: str, prefix: str = "") -> str:
    """Return the key of what a demand meter keeps of one month (YYYY-MM).

    That of its windows; with PROFILES as `prefix`, that of its profiles.
    """
    return f"{FOLDER}/{subentry_id}/{prefix}{month}"


async def async_stored_months(
    hass: HomeAssistant, subentry_id: str, prefix: str = ""
) -> set[str]:
    """Return the months (YYYY-MM) of which a demand meter has a file.

    Those of its windows; with PROFILES as `prefix`, those of its profiles.
    """
    folder = _folder(hass, subentry_id)

    def find() -> set[str]:
        if not folder.is_dir():
            return set()
        names = (path.name for path in folder.iterdir())
        months = {
            name.removeprefix(prefix) for name in names if name.startswith(prefix)
        }
        return {month for month in months if _MONTH.fullmatch(month)}

    return await hass.async_add_executor_job(find)


async def async_remove_store(hass: HomeAssistant, subentry_id: str) -> None:
    """Delete all files of a demand meter."""
    folder = _folder(hass, subentry_id)
    await hass.async_add_executor_job(lambda: shutil.rmtree(folder, ignore_errors=True))


async def async_remove_file(hass: HomeAssistant, key: str) -> None:
    """Delete one file, if it exists."""
    await Store[dict[str, Any]](hass, VERSION, key).async_remove()


def entry_key(name: str, entry_id: str) -> str:
    """Return the key of what an entry stores under a name beside its demand meters."""
    return f"{DOMAIN}.{name}/{entry_id}"


def _folder(hass: HomeAssistant, subentry_id: str) -> Path:
    return Path(hass.config.path(STORAGE_DIR, FOLDER, subentry_id))
