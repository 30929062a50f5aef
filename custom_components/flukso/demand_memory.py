"""The windows and peaks that a demand meter knows, on disk and in statistics."""

from collections.abc import Callable
from datetime import tzinfo
import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .core.demand.ledger import Ledger, MonthPeak
from .core.demand.statistics import hourly_rows, month_row
from .core.demand.windows import Window, month_of, month_start
from .importer import async_import_rows, demand_statistic_id, month_peak_statistic_id
from .store import MONTH_DELAY, STATE_DELAY, DelayedStore, month_key, state_key

LOGGER = logging.getLogger(__name__)

WINDOW_LENGTH = 900
HOUR = 3600
# Statistics queued when Home Assistant stopped may be lost: write them again.
REPUBLISHED = 48 * HOUR


class DemandMemory:
    """Keep windows month by month, the peaks of all months, and the goal."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        subentry_id: str,
        slug: str,
        name: str,
        zone: tzinfo,
        meter_state: Callable[[], dict[str, Any]],
    ) -> None:
        """Prepare an empty memory; async_load() fills it."""
        self.ledger = Ledger(zone)
        self.goal: float | None = None
        self.last_window: Window | None = None
        self._hass = hass
        self._subentry_id = subentry_id
        self._slug = slug
        self._name = name
        self._zone = zone
        self._meter_state = meter_state
        self._configured_goal: float | None = None
        self._months: dict[str, dict[int, Window]] = {}
        self._files: dict[str, DelayedStore] = {}
        self._changed: set[int] = set()
        self._changed_months: set[str] = set()
        self._state = DelayedStore(
            hass, state_key(subentry_id), STATE_DELAY, self._state_data
        )

    async def async_load(
        self, configured_goal: float | None, now: int
    ) -> dict[str, Any]:
        """Remember; returns the state of the meter, {} when there is none.

        A goal that was set on the number stays until the configured one changes.
        """
        saved = await self._state.async_load()
        self._configured_goal = configured_goal
        self.goal = configured_goal
        if saved.get("configured_goal") == configured_goal:
            self.goal = _number(saved.get("goal"))
        self.ledger = Ledger(self._zone, saved.get("ledger"))
        month = month_of(now, self._zone)
        before = month_of(month_start(month, self._zone) - 1, self._zone)
        for known in (before, month):
            windows = await self.async_month(known)
            for window in windows.values():
                self.ledger.add(window)
                self.last_window = window
                if window.start > now - REPUBLISHED:
                    self._changed.add(window.start)
        self._changed_months.update(self.ledger.months)
        state = saved.get("meter")
        return state if isinstance(state, dict) else {}

    async def async_month(self, month: str) -> dict[int, Window]:
        """Return the windows of a month (YYYY-MM) by start, in order."""
        if month not in self._months:
            saved = await self._file(month).async_load()
            windows = self._read(month, saved.get("windows", []))
            # Windows that closed while the file was read are newer than the file.
            self._months[month] = windows | self._months.get(month, {})
        return dict(sorted(self._months[month].items()))

    def add(self, window: Window) -> MonthPeak | None:
        """Remember a closed window; returns the month peak if it made one."""
        month = month_of(window.start, self._zone)
        self._months.setdefault(month, {})[window.start] = window
        self._file(month).schedule()
        self._state.schedule()
        self._changed.add(window.start)
        if self.last_window is None or window.start >= self.last_window.start:
            self.last_window = window
        peak = self.ledger.add(window).new_peak
        if peak is not None:
            self._changed_months.add(month)
        return peak

    def set_goal(self, goal: float | None) -> None:
        """Remember a goal."""
        self.goal = goal
        self._state.schedule()

    def touch(self) -> None:
        """Let the state of the running window reach the disk some time."""
        self._state.schedule()

    def publish(self) -> None:
        """Write the statistics of what changed since the last time."""
        hours = {start - start % HOUR for start in self._changed}
        months = {month_of(hour, self._zone) for hour in hours}
        months |= {month_of(hour + HOUR - 1, self._zone) for hour in hours}
        windows = [
            window
            for month in sorted(months)
            for window in self._months.get(month, {}).values()
            if window.start - window.start % HOUR in hours
        ]
        async_import_rows(
            self._hass,
            demand_statistic_id(self._slug),
            f"{self._name} demand",
            hourly_rows(windows),
        )
        async_import_rows(
            self._hass,
            month_peak_statistic_id(self._slug),
            f"{self._name} month peak",
            [
                month_row(month, peak.demand, self._zone)
                for month in sorted(self._changed_months)
                if (peak := self.ledger.peak(month)) is not None
            ],
        )
        self._changed.clear()
        self._changed_months.clear()

    async def async_flush(self) -> None:
        """Write everything to disk now."""
        self._state.schedule()
        await self._state.async_flush()
        for file in self._files.values():
            await file.async_flush()

    def _file(self, month: str) -> DelayedStore:
        if month not in self._files:
            self._files[month] = DelayedStore(
                self._hass,
                month_key(self._subentry_id, month),
                MONTH_DELAY,
                lambda: self._month_data(month),
            )
        return self._files[month]

    def _state_data(self) -> dict[str, Any]:
        return {
            "meter": self._meter_state(),
            "ledger": self.ledger.to_dict(),
            "goal": self.goal,
            "configured_goal": self._configured_goal,
        }

    def _month_data(self, month: str) -> dict[str, Any]:
        windows = self._months.get(month, {})
        return {"windows": [windows[start].to_row() for start in sorted(windows)]}

    def _read(self, month: str, rows: object) -> dict[int, Window]:
        """Return the windows in saved rows; what is no window is reported."""
        windows: dict[int, Window] = {}
        damaged = 0
        if not isinstance(rows, list):
            rows, damaged = [], 1
        for row in rows:
            try:
                window = Window.from_row(row, WINDOW_LENGTH)
            except ValueError:
                damaged += 1
            else:
                windows[window.start] = window
        if damaged:
            self._report_damage(month)
        return windows

    def _report_damage(self, month: str) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"damaged_store_{self._subentry_id}_{month}",
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key="damaged_store",
            translation_placeholders={
                "file": month_key(self._subentry_id, month),
                "name": self._name,
                "month": month,
            },
        )


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)
