"""The action that imports history which others kept."""

from typing import Any, Final

import probatio as vol
from yarl import URL

from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util

from .backfill import BackfillResult, Source, Withdrawn, async_backfill
from .cloud_source import CloudSource
from .const import DOMAIN
from .core.demand.intake import EARLIEST
from .core.demand.tariff import QUARTER
from .core.fluksometer.cloud import is_token
from .demand_feed import FluksometerFeed
from .demand_meter import DemandMeterHub
from .errors import invalid, raised_for_cloud
from .runtime import AnyConfigEntry, in_service, is_fluksometer_entry
from .tmpo_source import DeviceSource
from .transport.cloud import DEFAULT_URL, FluksoCloud
from .transport.cloud_errors import CloudError, CloudFault

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
        meter: DemandMeterHub,
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
        self._running.add(meter.subentry_id)
        try:
            with raised_for_cloud():
                source = MAKERS[data[ATTR_SOURCE]](self._hass, meter, data)
                result = await async_backfill(
                    meter, source, period, lambda: in_service(self._hass, meter)
                )
                if result.first is None and result.missing:
                    raise CloudError(CloudFault.NO_VALUES)
        except Withdrawn as err:
            raise invalid(translation_key="backfill_interrupted") from err
        finally:
            self._running.discard(meter.subentry_id)
        return _response(result)


def _cloud(hass: HomeAssistant, meter: DemandMeterHub, data: dict[str, Any]) -> Source:
    """Return Flukso's cloud, as far as it knows the sensors of a demand meter."""
    if not isinstance(meter.feed, FluksometerFeed):
        raise invalid(translation_key="backfill_no_fluksometer", name=meter.name)
    tokens = [token.strip() for token in data.get(ATTR_TOKEN, ())]
    if not tokens or not all(map(is_token, tokens)):
        # What was typed may be another secret: it is not repeated.
        raise invalid(translation_key="cloud_no_token")
    session = async_get_clientsession(hass)
    cloud = FluksoCloud(session, tokens, _base_url(data.get(ATTR_URL)))
    return CloudSource(hass, meter.feed, cloud)


def _device(
    hass: HomeAssistant, meter: DemandMeterHub, _data: dict[str, Any]
) -> Source:
    """Return the Fluksometer itself."""
    entries: list[AnyConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        if (
            is_fluksometer_entry(entry)
            and meter in entry.runtime_data.demand.values()
            and isinstance(meter.feed, FluksometerFeed)
            and (healer := entry.runtime_data.healer) is not None
        ):
            hub = entry.runtime_data.hub
            return DeviceSource(hass, hub, healer.keeper, meter.feed)
    raise invalid(translation_key="backfill_no_fluksometer", name=meter.name)


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
        raise invalid(translation_key="cloud_bad_url")
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


def _time(start: int | None) -> str | None:
    return None if start is None else dt_util.utc_from_timestamp(start).isoformat()
