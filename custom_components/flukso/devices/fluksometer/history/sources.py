"""Who kept the past of a Fluksometer: the device itself, and Flukso's cloud."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from yarl import URL

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ....const import CONF_CLOUD_TOKEN
from ....core.fluksometer.cloud import is_token
from ....demand.history import HistorySource
from ....demand.meter import DemandMeter
from ....device import FluksoConfigEntry
from ....helpers.errors import invalid
from ....history.energy_gaps import EnergyGaps
from ....transport.errors import CloudError, CloudFault
from ....transport.http.cloud import DEFAULT_URL, FluksoCloud
from ..hub import FluksometerHub
from .cloud_source import CloudReader
from .counters import shown_counters
from .device_source import DeviceReader
from .keeper import BlockKeeper

# Names of the sources, and of what an action tells of the cloud.
DEVICE: Final = "device"
CLOUD: Final = "cloud"
ATTR_TOKEN: Final = "token"
ATTR_URL: Final = "url"


def device_history(
    hass: HomeAssistant, hub: FluksometerHub, keeper: BlockKeeper, meter: DemandMeter
) -> HistorySource | None:
    """Return the blocks on the device itself; None if they do not make its windows.

    Raises ServiceValidationError while its clock is wrong: they are of other times.
    """
    if (recorded := meter.source.recorded) is None:
        return None
    if hub.judge.fault is not None or hub.judge.undecided:
        raise invalid(translation_key="backfill_wrong_clock")
    reader = DeviceReader(
        hass, keeper, recorded, EnergyGaps(hass, partial(shown_counters, hass, hub))
    )
    return HistorySource(reader, invalid(translation_key="backfill_no_values"))


def cloud_history(
    hass: HomeAssistant,
    hub: FluksometerHub,
    entry: FluksoConfigEntry,
    meter: DemandMeter,
    data: Mapping[str, Any],
) -> HistorySource | None:
    """Return Flukso's cloud; None if its data do not make the demand meter's windows.

    `data`: token and address, where they are not those of the entry's options.
    Raises ServiceValidationError without a token, or with an address that is none.
    """
    if (recorded := meter.source.recorded) is None:
        return None
    given = [token.strip() for token in data.get(ATTR_TOKEN, ()) if token.strip()]
    tokens = given or entry.options.get(CONF_CLOUD_TOKEN, [])
    if not tokens or not all(map(is_token, tokens)):
        # What was typed may be another secret: it is not repeated.
        raise invalid(translation_key="cloud_no_token")
    url = _base_url(data.get(ATTR_URL))
    reader = CloudReader(
        hass,
        recorded,
        FluksoCloud(async_get_clientsession(hass), tokens, url),
        EnergyGaps(hass, partial(shown_counters, hass, hub)),
        {sensor.id: sensor.rid for sensor in hub.config.sensors},
    )
    return HistorySource(
        reader,
        CloudError(CloudFault.NO_VALUES),
        not given,
        {sensor.id: sensor.name for sensor in hub.config.sensors if sensor.name},
    )


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
