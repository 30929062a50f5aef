"""Set up the entry of an FLM02 that is read over HTTP."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import CONF_HOST, CONF_PORT, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ...const import (
    CONF_COUNTER_INTERVAL,
    CONF_IMPORT_SENSORS,
    CONF_POLL_INTERVAL,
    CONF_SENSORS,
    DEFAULT_COUNTER_INTERVAL,
    DEFAULT_POLL_INTERVAL,
    PLATFORMS,
)
from ...core.fluksometer.rest.sensors import RestKind, RestSensor
from ...demand.defaults import default_demand_data
from ...demand.tariff import measured_sensors
from ...device import RestConfigEntry, RestRuntime
from ...helpers.errors import raised_for_setup
from ...transport.http.rest import RestAddress
from ..demand_meters import async_start_demand_meters, offer_demand_meter
from .demand_source import RestSource
from .hub import RestHub
from .rest_devices import async_update_devices


async def async_setup_rest_entry(hass: HomeAssistant, entry: RestConfigEntry) -> None:
    """Ask the device for the first time and add what its sensors measure."""
    hub = _make_hub(hass, entry)
    with raised_for_setup():
        await hub.async_open()
    data = default_demand_data(hass, hub.config)
    if data[CONF_IMPORT_SENSORS]:
        offer_demand_meter(hass, entry, data)
    entry.runtime_data = RestRuntime(hub)
    async_update_devices(hass, entry, hub)
    await async_start_demand_meters(hass, entry, lambda subentry: _feed(hub, subentry))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    @callback
    def on_stop(_event: Event[Any]) -> None:
        for meter in entry.runtime_data.demand.values():
            meter.memory.touch()

    entry.async_on_unload(hub.start())
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, on_stop))


def stored_sensors(data: Mapping[str, Any]) -> list[RestSensor]:
    """Return the sensors that an entry stores."""
    return [
        RestSensor(item["id"], item["name"], RestKind(item["kind"]))
        for item in data[CONF_SENSORS]
    ]


def _make_hub(hass: HomeAssistant, entry: RestConfigEntry) -> RestHub:
    options = entry.options
    address = RestAddress(entry.data[CONF_HOST], entry.data[CONF_PORT])
    return RestHub(
        hass,
        entry,
        (async_get_clientsession(hass), address),
        stored_sensors(entry.data),
        poll_interval=options.get(CONF_POLL_INTERVAL, DEFAULT_POLL_INTERVAL),
        counter_interval=options.get(CONF_COUNTER_INTERVAL, DEFAULT_COUNTER_INTERVAL),
    )


def _feed(hub: RestHub, subentry: ConfigSubentry) -> RestSource:
    return RestSource(hub, *measured_sensors(subentry.data))
