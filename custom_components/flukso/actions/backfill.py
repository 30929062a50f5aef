"""The action that imports history which others kept."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import probatio as vol

from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonArrayType, JsonObjectType

from ..const import SHOWN_DIGITS
from ..core.demand.history.intake import EARLIEST
from ..core.windows import QUARTER
from ..demand.history import HistorySource, Untold
from ..demand.meter import DemandMeter
from ..helpers.errors import invalid, raised_for_history
from ..history.backfill import BackfillResult, async_backfill
from ..history.in_service import InService, entry_of
from ..history.notice import Places, async_noticed, local

ATTR_DEMAND_METER: Final = "demand_meter"
ATTR_SOURCE: Final = "source"
ATTR_START: Final = "start"
ATTR_END: Final = "end"
ATTR_TOKEN: Final = "token"
ATTR_URL: Final = "url"

# Parts that a notification tells of.
MOST_TOLD: Final = 8

# Names by which a device knows who kept its history.
SOURCES: Final = ("device", "cloud")

BACKFILL: Final = vol.Schema(
    {
        vol.Required(ATTR_DEMAND_METER): cv.string,
        vol.Required(ATTR_SOURCE): vol.In(SOURCES),
        vol.Required(ATTR_START): cv.datetime,
        vol.Optional(ATTR_END): cv.datetime,
        vol.Optional(ATTR_TOKEN): vol.All(cv.ensure_list, [cv.string]),
        vol.Optional(ATTR_URL): cv.string,
    }
)


class Backfills:
    """Run the action, once at a time for each demand meter."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with none that runs."""
        self._hass = hass
        self._running: set[str] = set()

    async def async_run(
        self,
        meter: DemandMeter,
        data: dict[str, Any],
        period: tuple[int, int],
    ) -> ServiceResponse:
        """Import the history of a period (unix s); return what was imported.

        Raises HomeAssistantError.
        """
        start, end = period
        now = int(dt_util.utcnow().timestamp())
        period = max(start, EARLIEST), min(end, now - now % QUARTER)
        if period[1] <= period[0]:
            raise invalid(translation_key="invalid_period")
        if meter.subentry_id in self._running:
            raise invalid(translation_key="backfill_running")
        source = self._source(meter, data)
        self._running.add(meter.subentry_id)
        try:
            result = await self._async_import(meter, source, period)
        finally:
            self._running.discard(meter.subentry_id)
        return _response(result, source.names)

    def _source(self, meter: DemandMeter, data: dict[str, Any]) -> HistorySource:
        """Return who kept the history of a demand meter, as the device knows it."""
        entry = entry_of(self._hass, meter)
        source = None
        if entry is not None:
            device = entry.runtime_data.device
            source = device.history(data[ATTR_SOURCE], meter, data)
        if source is None:
            raise invalid(translation_key="backfill_no_fluksometer", name=meter.name)
        return source

    async def _async_import(
        self, meter: DemandMeter, source: HistorySource, period: tuple[int, int]
    ) -> BackfillResult:
        """Import a period, and let a notification follow it."""
        in_service = InService(self._hass, meter)
        begin = _places(period, BackfillResult(period[1]))
        async with async_noticed(self._hass, meter, "backfill", begin) as notice:
            with (
                raised_for_history(stored=source.token_is_stored),
                in_service.following(),
            ):
                result = await async_backfill(
                    meter,
                    source.reader,
                    period,
                    in_service,
                    lambda so_far: notice.follow(_places(period, so_far)),
                )
                if _is_nothing(result):
                    raise source.nothing
            more = [] if result.first is None else ["range"]
            if result.untold:
                more.append("untold")
            notice.end(_places(period, result, source.names), *more)
        return result


def _is_nothing(result: BackfillResult) -> bool:
    return bool(
        result.first is None
        and result.missing
        and not result.hours
        and not result.untold
    )


def _response(result: BackfillResult, names: Mapping[str, str]) -> ServiceResponse:
    """Return the answer; it has missing_parts where there are any."""
    parts: JsonArrayType = [
        {
            "sensor": part.sensor,
            "name": names.get(part.sensor),
            "start": _time(part.start),
            "end": _time(part.end),
        }
        for part in result.untold
    ]
    response: JsonObjectType = {
        **result.counts._asdict(),
        "missing": result.missing,
        "first_window": _time(result.first),
        "last_window": _time(result.last),
    }
    return {**response, "missing_parts": parts} if parts else response


def _told(part: Untold, names: Mapping[str, str]) -> str:
    """Return a part in words; an id, which is somebody's, is shortened."""
    name = names.get(part.sensor) or part.sensor[:SHOWN_DIGITS]
    return f"{name}: {local(part.start)} – {local(part.end)}"


def _places(
    period: tuple[int, int],
    result: BackfillResult,
    names: Mapping[str, str] = MappingProxyType({}),
) -> Places:
    """Return what a notification tells of an import."""
    start, end = period
    parts = [_told(part, names) for part in result.untold[:MOST_TOLD]]
    if len(result.untold) > MOST_TOLD:
        parts.append("…")
    first, last = result.first, result.last
    return {
        "start": local(start),
        "end": local(end),
        "reached": local(result.reached),
        "percent": 100 * (end - result.reached) // (end - start),
        "added": result.counts.added,
        "known": result.counts.known,
        "hours": result.hours,
        "missing": result.missing,
        "first": "" if first is None else local(first),
        "last": "" if last is None else local(last),
        "parts": "; ".join(parts),
    }


def _time(start: int | None) -> str | None:
    return None if start is None else dt_util.utc_from_timestamp(start).isoformat()
