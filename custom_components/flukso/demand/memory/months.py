"""The files of a demand meter that hold a month each."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from homeassistant.core import HomeAssistant, callback

from ...helpers.issues import async_report
from ...helpers.storage import DelayedStore, async_stored_months, month_key


class StoredAs(NamedTuple):
    """How months are stored: what their files' names begin with, and how soon, s.

    `translation_key`: of the repair that reports a damaged file.
    """

    prefix: str
    delay: float
    translation_key: str


class MonthFiles[MonthT](ABC):
    """What a demand meter keeps of each month (YYYY-MM), in a file for each.

    Months that still change are open: in memory, and written some time after a change.
    Others are read when somebody asks for them.
    """

    stored_as: ClassVar[StoredAs]

    def __init__(self, hass: HomeAssistant, subentry_id: str, name: str) -> None:
        """Begin without an open month; `name` is that of the demand meter."""
        self._hass = hass
        self._subentry_id = subentry_id
        self._name = name
        self._open: dict[str, MonthT] = {}
        self._files: dict[str, DelayedStore] = {}

    @abstractmethod
    def _parse(self, saved: dict[str, Any] | None) -> tuple[MonthT, bool]:
        """Return what is good of a saved month, and whether all of it is.

        None if nothing of the file could be read. For any thread.
        """

    @abstractmethod
    def _rows(self, content: MonthT) -> dict[str, Any]:
        """Return a month as it is saved."""

    @abstractmethod
    def _joined(self, saved: MonthT, newer: MonthT) -> MonthT:
        """Return a saved month with what came while it was read."""

    @abstractmethod
    def _drop(self, content: MonthT, before: int) -> None:
        """Take what began before a moment (unix s) out of a month."""

    async def async_stored_months(self) -> set[str]:
        """Return the months that are known."""
        stored = await async_stored_months(
            self._hass, self._subentry_id, self.stored_as.prefix
        )
        return stored | self._open.keys()

    async def async_open(self, month: str) -> MonthT:
        """Return a month that may still change."""
        if month not in self._open:
            saved = await self._async_read(month)
            newer = self._open.get(month)
            self._open[month] = saved if newer is None else self._joined(saved, newer)
        return self._open[month]

    async def async_month(self, month: str) -> MonthT:
        """Return a month as it is now."""
        if month in self._open:
            return self._open[month]
        return await self._async_read(month)

    async def async_changeable(self, month: str) -> MonthT:
        """Return a month to change, and open it unless it is before the open ones.

        async_save() is to follow.
        """
        if month < min(self._open, default=month):
            return await self._async_read(month)
        return await self.async_open(month)

    async def async_save(self, month: str, content: MonthT) -> None:
        """Write what was changed of a month: soon if it is open, else now."""
        if month in self._open:
            self.schedule(month)
            return
        file = self._file(month, 0, lambda: self._rows(content))
        file.schedule()
        await file.async_flush()

    async def async_drop(self, month: str, before: int) -> None:
        """Delete what began in a month before a moment (unix s), for good."""
        content = await self.async_month(month)
        self._drop(content, before)
        await self.async_save(month, content)

    @callback
    def schedule(self, month: str) -> None:
        """Write an open month within the delay."""
        if month not in self._files:
            self._files[month] = self._file(
                month, self.stored_as.delay, lambda: self._rows(self._current(month))
            )
        self._files[month].schedule()

    async def async_flush(self) -> None:
        """Write now what has changed."""
        for file in self._files.values():
            await file.async_flush()

    def _current(self, month: str) -> MonthT:
        """Return an open month, to be written."""
        return self._open[month]

    def _file(
        self, month: str, delay: float, rows: Callable[[], dict[str, Any]]
    ) -> DelayedStore:
        return DelayedStore(self._hass, self._key(month), delay, rows)

    def _key(self, month: str) -> str:
        return month_key(self._subentry_id, month, self.stored_as.prefix)

    async def _async_read(self, month: str) -> MonthT:
        """Read a month; a damaged file is set aside and reported."""
        file = self._file(month, 0, lambda: self._rows(good))
        saved = await file.async_load()
        good, whole = await self._hass.async_add_executor_job(self._parse, saved)
        if not whole:
            if saved is not None:
                await file.async_set_aside()
            file.schedule()
            await file.async_flush()
            self._report_damage(month)
        return good

    def _report_damage(self, month: str) -> None:
        async_report(
            self._hass,
            f"damaged_store_{self._subentry_id}_{self.stored_as.prefix}{month}",
            translation_key=self.stored_as.translation_key,
            file=self._key(month),
            name=self._name,
            month=month,
        )
