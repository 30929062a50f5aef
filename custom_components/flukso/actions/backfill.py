"""The action that imports history which others kept."""

from typing import Any, Final, NamedTuple

import probatio as vol
from yarl import URL

from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util

from ..const import CONF_CLOUD_TOKEN
from ..core.demand.history.intake import EARLIEST
from ..core.fluksometer.cloud import is_token
from ..core.windows import QUARTER
from ..demand.meter import DemandMeter
from ..device import FluksoConfigEntry, is_fluksometer_entry
from ..devices.fluksometer.demand_source import FluksometerSource
from ..devices.fluksometer.history.cloud_source import CloudSource
from ..devices.fluksometer.history.device_source import DeviceSource
from ..helpers.errors import invalid, raised_for_history
from ..history.backfill import BackfillResult, Source, async_backfill
from ..history.energy_gaps import EnergyGaps
from ..history.in_service import InService, entry_of
from ..history.notice import Places, async_noticed, local
from ..transport.errors import CloudError, CloudFault
from ..transport.http.cloud import DEFAULT_URL, FluksoCloud

ATTR_DEMAND_METER: Final = "demand_meter"
ATTR_SOURCE: Final = "source"
ATTR_START: Final = "start"
ATTR_END: Final = "end"
ATTR_TOKEN: Final = "token"
ATTR_URL: Final = "url"

DEVICE: Final = "device"
CLOUD: Final = "cloud"
SOURCES: Final = (DEVICE, CLOUD)

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
        """Import the history of a period (unix s); return what came of it."""
        start, end = period
        now = int(dt_util.utcnow().timestamp())
        period = max(start, EARLIEST), min(end, now - now % QUARTER)
        if period[1] <= period[0]:
            raise invalid(translation_key="invalid_period")
        if meter.subentry_id in self._running:
            raise invalid(translation_key="backfill_running")
        source = MAKERS[data[ATTR_SOURCE]](self._hass, meter, data)
        self._running.add(meter.subentry_id)
        try:
            result = await self._async_import(meter, source, period)
        finally:
            self._running.discard(meter.subentry_id)
        return _response(result)

    async def _async_import(
        self, meter: DemandMeter, source: ChosenSource, period: tuple[int, int]
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
                    source.source,
                    period,
                    in_service,
                    lambda so_far: notice.follow(_places(period, so_far)),
                )
                if result.first is None and result.missing and not result.hours:
                    raise source.nothing
            more = () if result.first is None else ("range",)
            notice.end(_places(period, result), *more)
        return result


class ChosenSource(NamedTuple):
    """Where history is kept, and what to raise if nothing of it is there."""

    source: Source
    nothing: Exception
    token_is_stored: bool = False


def _cloud(
    hass: HomeAssistant, meter: DemandMeter, data: dict[str, Any]
) -> ChosenSource:
    """Return Flukso's cloud, as far as it knows the sensors of a demand meter."""
    entry, feed = _fluksometer(hass, meter)
    given = [token.strip() for token in data.get(ATTR_TOKEN, ()) if token.strip()]
    tokens = given or entry.options.get(CONF_CLOUD_TOKEN, [])
    if not tokens or not all(map(is_token, tokens)):
        # What was typed may be another secret: it is not repeated.
        raise invalid(translation_key="cloud_no_token")
    hub = entry.runtime_data.hub
    url = _base_url(data.get(ATTR_URL))
    source = CloudSource(
        hass,
        feed,
        FluksoCloud(async_get_clientsession(hass), tokens, url),
        EnergyGaps(hass, hub),
        {sensor.id: sensor.rid for sensor in hub.config.sensors},
    )
    return ChosenSource(source, CloudError(CloudFault.NO_VALUES), not given)


def _device(
    hass: HomeAssistant, meter: DemandMeter, _data: dict[str, Any]
) -> ChosenSource:
    """Return the Fluksometer itself."""
    entry, feed = _fluksometer(hass, meter)
    healer = entry.runtime_data.healer
    if healer is None:
        raise invalid(translation_key="backfill_interrupted")
    gaps = EnergyGaps(hass, entry.runtime_data.hub)
    source = DeviceSource(hass, healer.keeper, feed, gaps)
    return ChosenSource(source, invalid(translation_key="backfill_no_values"))


def _fluksometer(
    hass: HomeAssistant, meter: DemandMeter
) -> tuple[FluksoConfigEntry, FluksometerSource]:
    """Return the entry and the feed of a demand meter, if it is a Fluksometer's."""
    entry = entry_of(hass, meter)
    if (
        entry is None
        or not is_fluksometer_entry(entry)
        or not isinstance(meter.feed, FluksometerSource)
    ):
        raise invalid(translation_key="backfill_no_fluksometer", name=meter.name)
    return entry, meter.feed


def _base_url(typed: str | None) -> URL:
    """Return what the cloud's paths are put behind; no user, query or fragment."""
    if typed is None:
        return DEFAULT_URL
    try:
        url = URL(typed.strip())
    except ValueError:
        url = URL()
    plain = URL.build(
        scheme=url.scheme, host=url.host or "", port=url.explicit_port, path=url.path
    )
    if url.scheme not in ("http", "https") or not url.host or url != plain:
        raise invalid(translation_key="cloud_bad_url", example=str(DEFAULT_URL))
    return url


# What makes each source, by its name.
MAKERS: Final = {DEVICE: _device, CLOUD: _cloud}


def _response(result: BackfillResult) -> ServiceResponse:
    return {
        **result.counts._asdict(),
        "missing": result.missing,
        "first_window": _time(result.first),
        "last_window": _time(result.last),
    }


def _places(period: tuple[int, int], result: BackfillResult) -> Places:
    """Return what a notification tells of an import."""
    start, end = period
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
    }


def _time(start: int | None) -> str | None:
    return None if start is None else dt_util.utc_from_timestamp(start).isoformat()
