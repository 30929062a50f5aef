"""The action that imports windows that were measured elsewhere."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from itertools import groupby
from typing import Any, Final

import probatio as vol

from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.importlib import async_import_module
from homeassistant.util import dt as dt_util

from ..core.demand.history.files.formats import Format
from ..core.demand.history.intake import ImportCounts
from ..core.windows import Window, month_of
from ..demand.meter import DemandMeter
from ..helpers.errors import Withdrawn, invalid, raised_for_history
from ..history.files import History, async_read_path, async_read_rows
from ..history.in_service import InService
from ..history.notice import Places, async_noticed, local

ATTR_DEMAND_METER: Final = "demand_meter"
ATTR_PATH: Final = "path"
ATTR_FORMAT: Final = "format"
ATTR_HOST: Final = "host"
ATTR_PORT: Final = "port"
ATTR_ROWS: Final = "rows"

SOURCES: Final = (ATTR_PATH, ATTR_HOST, ATTR_ROWS)
HTTP_PORT: Final = 80
# Some two months: nobody waits long for fewer windows.
MANY: Final = 6000

IMPORT_WINDOWS: Final = vol.Schema(
    {
        vol.Required(ATTR_DEMAND_METER): cv.string,
        vol.Optional(ATTR_PATH): cv.string,
        vol.Optional(ATTR_FORMAT, default=Format.AUTO): vol.Coerce(Format),
        vol.Optional(ATTR_HOST): cv.string,
        vol.Optional(ATTR_PORT, default=HTTP_PORT): cv.port,
        vol.Optional(ATTR_ROWS): list,
    }
)


class WindowImports:
    """Run the action; a card over the network once at a time for each demand meter."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with none that runs."""
        self._hass = hass
        self._running: set[str] = set()

    async def async_run(
        self, meter: DemandMeter, data: dict[str, Any]
    ) -> ServiceResponse:
        """Import a file, a card or rows."""
        given = [source for source in SOURCES if source in data]
        if len(given) != 1:
            raise invalid(
                translation_key="import_one_source", fields=", ".join(SOURCES)
            )
        if ATTR_HOST in data:
            return await self._async_card(meter, data[ATTR_HOST], data[ATTR_PORT])
        return await self._async_read(meter, data)

    async def _async_read(
        self, meter: DemandMeter, data: dict[str, Any]
    ) -> ServiceResponse:
        """Import a file or rows: all of it is read before any of it counts."""
        if ATTR_ROWS in data:
            history = History(await async_read_rows(self._hass, data[ATTR_ROWS]), {})
        else:
            history = await async_read_path(
                self._hass, data[ATTR_PATH], data[ATTR_FORMAT], meter.tariff.calendar
            )
        windows = history.windows
        estimated = await self._hass.async_add_executor_job(_estimated, windows)
        counts = await async_import_noticed(self._hass, meter, history)
        return {
            **counts._asdict(),
            "estimated": estimated,
            "first_window": _time(windows[0].start),
            "last_window": _time(windows[-1].start),
        }

    async def _async_card(
        self, meter: DemandMeter, host: str, port: int
    ) -> ServiceResponse:
        """Import the card of a quarter monitor, day by day."""
        if meter.subentry_id in self._running:
            raise invalid(translation_key="backfill_running")
        self._running.add(meter.subentry_id)
        try:
            # Who has no monitor need not load what asks one.
            monitor = await async_import_module(
                self._hass,
                "custom_components.flukso.devices.quarter_monitor.card_history",
            )
            card = await monitor.async_import_card(self._hass, meter, host, port)
        finally:
            self._running.discard(meter.subentry_id)
        return {
            **card.counts._asdict(),
            "estimated": sum(not complete for complete in card.windows.values()),
            "first_window": _time(min(card.windows)),
            "last_window": _time(max(card.windows)),
        }


def _estimated(windows: Sequence[Window]) -> int:
    """Return how many windows were not measured; there may be years of them."""
    return sum(not window.complete for window in windows)


def _time(start: int) -> str:
    return dt_util.utc_from_timestamp(start).isoformat()


async def async_import_noticed(
    hass: HomeAssistant, meter: DemandMeter, history: History
) -> ImportCounts:
    """Import windows in order, many with a notification that tells how far it is.

    What has been imported stays if it is cut short.
    """
    windows = history.windows
    with raised_for_history(stored=False):
        if len(windows) <= MANY:
            counts = await meter.async_import(*history)
            _check_whole(counts, len(windows))
            return counts
        counts = ImportCounts(0, 0, 0)
        in_service = InService(hass, meter)
        places = _places(windows, 0, counts)
        async with async_noticed(hass, meter, "windows", places) as notice:
            for month in _months(windows, meter.zone):
                in_service.check()
                taken = await meter.async_import(month, history.profiles)
                _check_whole(taken, len(month))
                counts = ImportCounts(*map(sum, zip(counts, taken, strict=True)))
                places = _places(windows, sum(counts), counts)
                notice.follow(places)
            notice.end(places)
    return counts


def _check_whole(counts: ImportCounts, given: int) -> None:
    """Raise Withdrawn if an import was cut short before all that was given counted."""
    if sum(counts) < given:
        raise Withdrawn


def _months(windows: Sequence[Window], zone: tzinfo) -> Iterator[list[Window]]:
    """Yield the windows of each month, so that each is counted once."""
    for _month, of_month in groupby(windows, lambda item: month_of(item.start, zone)):
        yield list(of_month)


def _places(windows: Sequence[Window], done: int, counts: ImportCounts) -> Places:
    """Return what a notification tells of an import."""
    return {
        **counts._asdict(),
        "done": done,
        "total": len(windows),
        "percent": 100 * done // len(windows),
        "first": local(windows[0].start),
        "last": local(windows[-1].start),
        "reached": local(windows[max(0, done - 1)].start),
    }
