"""The action that imports windows that were measured elsewhere."""

from typing import Any, Final

import probatio as vol

from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from .core.demand.files.reading import Format
from .core.demand.windows import Window
from .demand_files import async_read_path, async_read_rows
from .demand_meter import DemandMeterHub
from .errors import invalid
from .long_import import async_import_noticed

ATTR_DEMAND_METER: Final = "demand_meter"
ATTR_PATH: Final = "path"
ATTR_FORMAT: Final = "format"
ATTR_ROWS: Final = "rows"

SOURCES: Final = (ATTR_PATH, ATTR_ROWS)

IMPORT_WINDOWS: Final = vol.Schema(
    {
        vol.Required(ATTR_DEMAND_METER): cv.string,
        vol.Optional(ATTR_PATH): cv.string,
        vol.Optional(ATTR_FORMAT, default=Format.AUTO): vol.Coerce(Format),
        vol.Optional(ATTR_ROWS): list,
    }
)


async def async_import_windows(
    hass: HomeAssistant, meter: DemandMeterHub, data: dict[str, Any]
) -> ServiceResponse:
    """Import a file or rows: all of it is read before any of it counts."""
    windows = await _async_read(hass, meter, data)
    counts = await async_import_noticed(hass, meter, windows)
    return {
        **counts._asdict(),
        "estimated": sum(not window.complete for window in windows),
        "first_window": _time(windows[0]),
        "last_window": _time(windows[-1]),
    }


async def _async_read(
    hass: HomeAssistant, meter: DemandMeterHub, data: dict[str, Any]
) -> list[Window]:
    given = [source for source in SOURCES if source in data]
    if len(given) != 1:
        raise invalid(translation_key="import_one_source", fields=", ".join(SOURCES))
    if ATTR_ROWS in data:
        return await async_read_rows(hass, data[ATTR_ROWS])
    return await async_read_path(
        hass, data[ATTR_PATH], data[ATTR_FORMAT], meter.tariff.calendar
    )


def _time(window: Window) -> str:
    return dt_util.utc_from_timestamp(window.start).isoformat()
