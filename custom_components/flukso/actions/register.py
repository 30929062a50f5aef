"""Actions of the integration."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

import probatio as vol

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..core.windows import month_of, month_start
from ..demand.attributes import month_attributes
from ..demand.memory.imports import NO_PROFILES
from ..demand.meter import DemandMeter
from ..demand.outlook import async_outlook
from ..device import FluksoConfigEntry
from ..helpers.errors import invalid
from .backfill import BACKFILL, Backfills
from .import_windows import ATTR_DEMAND_METER, IMPORT_WINDOWS, WindowImports

ATTR_START: Final = "start"
ATTR_END: Final = "end"
ATTR_STEP: Final = "step"
ATTR_HORIZON: Final = "horizon"
ATTR_PROFILES: Final = "profiles"
ATTR_MONTH: Final = "month"
ATTR_PEAK: Final = "peak"
ATTR_TIME: Final = "time"

MOST_KILOWATTS: Final = 1000
# Steps of EMHASS: minutes, and how many of them; a week at most.
STEPS: Final = (1, 5, 10, 15, 30, 60)
LONGEST_HORIZON: Final = 7 * 24 * 60

GET_WINDOWS: Final = vol.Schema(
    {
        vol.Required(ATTR_DEMAND_METER): cv.string,
        vol.Required(ATTR_START): cv.datetime,
        vol.Optional(ATTR_END): cv.datetime,
        vol.Optional(ATTR_STEP, default=5): vol.All(vol.Coerce(int), vol.In(STEPS)),
        vol.Optional(ATTR_HORIZON, default=0): vol.All(
            vol.Coerce(int), vol.Range(min=0, max=LONGEST_HORIZON)
        ),
        vol.Optional(ATTR_PROFILES, default=False): cv.boolean,
    }
)
OF_MONTH: Final = {
    vol.Required(ATTR_DEMAND_METER): cv.string,
    vol.Required(ATTR_MONTH): cv.string,
}
SET_MONTH_PEAK: Final = vol.Schema(
    {
        **OF_MONTH,
        vol.Optional(ATTR_PEAK): vol.All(
            vol.Coerce(float), vol.Range(min=0, max=MOST_KILOWATTS)
        ),
        vol.Optional(ATTR_TIME): cv.datetime,
    }
)
FORGET_MONTH: Final = vol.Schema(OF_MONTH)

type Action = Callable[[DemandMeter, dict[str, Any]], Awaitable[ServiceResponse]]


@callback
def async_register_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    windows = partial(_get_windows, hass)
    _register(hass, "get_windows", GET_WINDOWS, windows, SupportsResponse.ONLY)
    _register(hass, "set_month_peak", SET_MONTH_PEAK, _set_month_peak)
    _register(hass, "forget_month", FORGET_MONTH, _forget_month)
    _register(hass, "import_windows", IMPORT_WINDOWS, WindowImports(hass).async_run)
    _register(hass, "backfill", BACKFILL, partial(_backfill, Backfills(hass)))


def _register(
    hass: HomeAssistant,
    name: str,
    schema: vol.Schema,
    action: Action,
    supports: SupportsResponse = SupportsResponse.OPTIONAL,
) -> None:
    async def act(call: ServiceCall) -> ServiceResponse:
        meter = find_demand_meter(hass, call.data[ATTR_DEMAND_METER])
        return await action(meter, dict(call.data))

    hass.services.async_register(
        DOMAIN, name, act, schema=schema, supports_response=supports
    )


async def _backfill(
    backfills: Backfills, meter: DemandMeter, data: dict[str, Any]
) -> ServiceResponse:
    """Import history that others kept."""
    return await backfills.async_run(meter, data, _period(meter, data))


async def _get_windows(
    hass: HomeAssistant, meter: DemandMeter, data: dict[str, Any]
) -> ServiceResponse:
    """Return the closed windows that begin within a period, and what may come."""
    start, end = _period(meter, data)
    windows = await meter.memory.async_windows(start, end)
    profiles = NO_PROFILES
    if data[ATTR_PROFILES] and windows:
        profiles = await meter.memory.async_profiles(start, windows[-1].end)
    plan = data[ATTR_STEP], data[ATTR_HORIZON]
    return await async_outlook(hass, meter, windows, profiles, plan)


async def _set_month_peak(meter: DemandMeter, data: dict[str, Any]) -> ServiceResponse:
    """Correct the peak of a month, or let what was measured of it count again."""
    month = _month(meter, data[ATTR_MONTH])
    peak: float | None = data.get(ATTR_PEAK)
    if peak is None:
        await meter.async_restore_measured(month)
        return _result(meter, month)
    start = month_start(month, meter.zone)
    if ATTR_TIME in data:
        moment = _timestamp(data[ATTR_TIME], meter)
        start = meter.tariff.calendar.window_start(moment)
        if month_of(start, meter.zone) != month:
            raise invalid(translation_key="time_outside_month", month=month)
    await meter.async_override(month, (peak, start))
    return _result(meter, month)


async def _forget_month(meter: DemandMeter, data: dict[str, Any]) -> ServiceResponse:
    """Forget what was measured and told of a month."""
    month = _month(meter, data[ATTR_MONTH])
    await meter.async_override(month, None)
    return _result(meter, month)


def _result(meter: DemandMeter, month: str) -> ServiceResponse:
    """Return what is known of a month now."""
    ledger = meter.memory.ledger
    rolling = ledger.billed_demand(meter.month, meter.tariff.profile)
    return {
        **month_attributes(month, ledger),
        "rolling_peak": None if rolling is None else round(rolling, 3),
    }


def _month(meter: DemandMeter, typed: str) -> str:
    """Return a month as YYYY-MM; one that has not begun is refused."""
    try:
        month = datetime.strptime(typed.strip(), "%Y-%m").strftime("%Y-%m")
        start = month_start(month, meter.zone)
    except ValueError, OverflowError:
        raise invalid(translation_key="invalid_month", month=typed) from None
    if start < 0:
        raise invalid(translation_key="invalid_month", month=month)
    if month > meter.month:
        raise invalid(translation_key="month_to_come", month=month)
    return month


def find_demand_meter(hass: HomeAssistant, wanted: str) -> DemandMeter:
    """Return a demand meter by device, entity, subentry or slug.

    Raises ServiceValidationError when no loaded entry has it.
    """
    names = {wanted}
    if (device := dr.async_get(hass).async_get(wanted)) is not None:
        names |= {name for domain, name in device.identifiers if domain == DOMAIN}
    if (entity := er.async_get(hass).async_get(wanted)) is not None:
        names.add(entity.config_subentry_id or "")
    entries: list[FluksoConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        for meter in entry.runtime_data.meters.values():
            if names & {meter.subentry_id, meter.slug}:
                return meter
    raise invalid(translation_key="unknown_demand_meter", demand_meter=wanted)


def _period(meter: DemandMeter, data: dict[str, Any]) -> tuple[int, int]:
    """Return from when to when, unix s; without an end, it is now."""
    start = _timestamp(data[ATTR_START], meter)
    end = _timestamp(data.get(ATTR_END) or dt_util.utcnow(), meter)
    if end <= start:
        raise invalid(translation_key="invalid_period")
    return start, end


def _timestamp(moment: datetime, meter: DemandMeter) -> int:
    """Return Unix seconds; a time without zone is the tariff's."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=meter.zone)
    return int(moment.timestamp())
