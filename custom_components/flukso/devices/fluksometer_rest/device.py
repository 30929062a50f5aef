"""An FLM02 that is read over HTTP, as the house knows it."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.const import CONF_HOST, CONF_PORT, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...const import (
    CONF_COUNTER_INTERVAL,
    CONF_KIND,
    CONF_POLL_INTERVAL,
    CONF_SENSORS,
    DEFAULT_COUNTER_INTERVAL,
    DEFAULT_POLL_INTERVAL,
    SHOWN_DIGITS,
)
from ...core.fluksometer.rest.sensors import RestKind, RestSensor
from ...demand.tariff import measured_sensors
from ...device import FluksoConfigEntry
from ...helpers.errors import raised_for_setup
from ...helpers.listeners import call_all
from ...transport.http.rest import RestAddress
from ..base import SensorsDevice
from ..clock_issue import ClockIssue
from .demand_source import RestSource
from .entities import async_add_sensors, async_update_devices
from .hub import RestHub


async def async_make(hass: HomeAssistant, entry: FluksoConfigEntry) -> RestDevice:
    """Return the device of an entry, not yet open."""
    return RestDevice(hass, entry)


class RestDevice(SensorsDevice[RestHub]):
    """An FLM02 whose sensors are asked in turn."""

    def __init__(self, hass: HomeAssistant, entry: FluksoConfigEntry) -> None:
        """Prepare to ask the sensors that the entry stores."""
        super().__init__(hass, entry)
        self.hub = _make_hub(hass, entry)

    async def async_open(self) -> None:
        """Ask for the first time; raises ConfigEntryNotReady."""
        with raised_for_setup():
            await self.hub.async_open()
        async_update_devices(self.hass, self.entry, self.hub)

    def demand_source(self, data: Mapping[str, Any]) -> RestSource:
        """Return the windows of the sensors that a demand meter adds up."""
        return RestSource(self.hub, *measured_sensors(data))

    @override
    def add_entities(
        self, platform: Platform, add: AddConfigEntryEntitiesCallback
    ) -> None:
        """Add what the sensors measure."""
        if platform is Platform.SENSOR:
            async_add_sensors(self.hub, add)

    def start(self) -> CALLBACK_TYPE:
        """Begin to ask in turn; returns what stops it."""
        clock = ClockIssue(self.hass, self.entry, self.hub.judge)
        return call_all(self.hub.start(), clock.start(self.hub.on_tick))

    @override
    async def async_close(self) -> None:
        """Write what was counted."""
        await self.hub.async_flush()

    def diagnostics(self) -> dict[str, Any]:
        """Return its condition: no address, no names, of ids the first digits."""
        return {
            "options": dict(self.entry.options),
            "kind": self.entry.data[CONF_KIND],
            "link": {
                "connected": self.hub.link_up,
                "rounds": self.hub.rounds,
                "refused": dict(self.hub.refused),
            },
            "readings": [
                {
                    "sensor": reading.sensor.id[:SHOWN_DIGITS],
                    "kind": reading.sensor.kind.value,
                    "offered": reading.offered,
                    "shown": reading.shown,
                    "total": reading.total,
                    "available": self.hub.available(reading),
                }
                for reading in self.hub.readings.values()
            ],
        }


def stored_sensors(data: Mapping[str, Any]) -> list[RestSensor]:
    """Return the sensors that an entry stores."""
    return [
        RestSensor(item["id"], item["name"], RestKind(item["kind"]))
        for item in data[CONF_SENSORS]
    ]


def _make_hub(hass: HomeAssistant, entry: FluksoConfigEntry) -> RestHub:
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
