"""Actions of the integration."""

from datetime import datetime
from typing import Final

import probatio as vol

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType

from .const import DOMAIN
from .demand_attributes import window_attributes
from .demand_meter import DemandMeterHub
from .runtime import AnyConfigEntry

SERVICE_GET_WINDOWS: Final = "get_windows"
ATTR_DEMAND_METER: Final = "demand_meter"
ATTR_START: Final = "start"
ATTR_END: Final = "end"

GET_WINDOWS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_DEMAND_METER): cv.string,
        vol.Required(ATTR_START): cv.datetime,
        vol.Optional(ATTR_END): cv.datetime,
    }
)


@callback
def async_register_services(hass: HomeAssistant) -> None:
    """Register the actions."""

    async def get_windows(call: ServiceCall) -> ServiceResponse:
        return await _async_get_windows(hass, call)

    hass.services.async_register(
        DOMAIN,
        SERVICE_GET_WINDOWS,
        get_windows,
        schema=GET_WINDOWS_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_get_windows(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return the closed windows that begin within a period."""
    meter = find_demand_meter(hass, call.data[ATTR_DEMAND_METER])
    start = _timestamp(call.data[ATTR_START])
    end = _timestamp(call.data.get(ATTR_END) or dt_util.utcnow())
    if end <= start:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="invalid_period"
        )
    windows: list[JsonValueType] = [
        window_attributes(window)
        for window in await meter.memory.async_windows(start, end)
    ]
    return {"windows": windows}


def find_demand_meter(hass: HomeAssistant, wanted: str) -> DemandMeterHub:
    """Return a demand meter by device, entity, subentry or slug.

    Raises ServiceValidationError when no loaded entry has it.
    """
    names = {wanted}
    if (device := dr.async_get(hass).async_get(wanted)) is not None:
        names |= {name for domain, name in device.identifiers if domain == DOMAIN}
    if (entity := er.async_get(hass).async_get(wanted)) is not None:
        names.add(entity.config_subentry_id or "")
    entries: list[AnyConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        for meter in entry.runtime_data.demand.values():
            if names & {meter.subentry_id, meter.slug}:
                return meter
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="unknown_demand_meter",
        translation_placeholders={"demand_meter": wanted},
    )


def _timestamp(moment: datetime) -> int:
    """Return Unix seconds; a time without zone is the home's."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt_util.get_default_time_zone())
    return int(moment.timestamp())
