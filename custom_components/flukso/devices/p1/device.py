"""A P1 meter, as the house knows it."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...const import (
    CONF_COUNTER_INTERVAL,
    CONF_GAUGE_INTERVAL,
    CONF_KEY,
    CONF_KIND,
    CONF_SINCE,
    DEFAULT_COUNTER_INTERVAL,
    DEFAULT_GAUGE_INTERVAL,
    KIND_P1_BROKER,
    P1_DONGLE_KINDS,
)
from ...core.p1.live_readings import P1Readings
from ...demand.defaults import common_demand_data
from ...demand.tariff import billed_direction
from ...device import FluksoConfigEntry
from ...helpers.errors import raised_for_p1_setup, raised_for_setup
from ...helpers.listeners import call_all
from ...history.counter_memory import CounterMemory
from ..base import BaseDevice
from ..clock import make_judge
from .demand_source import P1Source
from .diagnostics import p1_diagnostics
from .entities import async_add_sensors
from .home import home_of, keys_of_entry
from .hub import P1Hub
from .issues import P1Issues
from .links import MakeLink, async_link_maker
from .lookout import Lookout
from .registries import (
    async_name_children,
    async_update_meter_device,
    is_heard,
    names_of_children,
)


async def async_make(hass: HomeAssistant, entry: FluksoConfigEntry) -> P1Device:
    """Return the device of an entry, not yet open."""
    return P1Device(hass, entry, await async_link_maker(hass, entry.data))


class P1Device(BaseDevice):
    """A meter whose telegrams come over a line, the network or a broker."""

    def __init__(
        self, hass: HomeAssistant, entry: FluksoConfigEntry, make_link: MakeLink
    ) -> None:
        """Prepare to receive telegrams."""
        super().__init__(hass, entry)
        self.hub = _make_hub(hass, entry, make_link)
        self.counters = CounterMemory(hass, entry, self.hub.readings)

    @property
    def registry_id(self) -> str:
        """The P1 meter."""
        return self.hub.registry_id

    @property
    def reachable(self) -> bool:
        """Whether its telegrams come in, as far as is known."""
        return not self.hub.lost

    async def async_open(self) -> None:
        """Open the source; entities come with what it sends."""
        await self.counters.async_load()
        on_broker = self.entry.data[CONF_KIND] == KIND_P1_BROKER
        with raised_for_setup() if on_broker else raised_for_p1_setup():
            await self.hub.async_open()
        async_update_meter_device(self.hass, self.entry, self.hub)

    def demand_data(self) -> dict[str, Any]:
        """Return the settings of the demand meter of the grid."""
        return common_demand_data(self.hass)

    def demand_source(self, data: Mapping[str, Any]) -> P1Source:
        """Return the windows as the meter counts them."""
        since = self.entry.data.get(CONF_SINCE, 0)
        return P1Source(self.hub, billed_direction(data), since)

    @override
    def add_entities(
        self, platform: Platform, add: AddConfigEntryEntitiesCallback
    ) -> None:
        """Add what the meter measures, and how well it is heard."""
        if platform is Platform.SENSOR:
            async_add_sensors(self.entry, self.hub, add)

    def start(self) -> CALLBACK_TYPE:
        """Begin to follow the meter and to report what is wrong with it."""
        hub, entry = self.hub, self.entry

        @callback
        def on_status() -> None:
            async_update_meter_device(self.hass, entry, hub)
            async_name_children(self.hass, entry, hub)

        @callback
        def on_refused() -> None:
            entry.async_start_reauth(self.hass)

        stop = call_all(
            hub.start(),
            hub.on_status.add(on_status),
            hub.on_refused.add(on_refused),
            P1Issues(self.hass, entry, hub).start(),
            self.counters.start(),
            Lookout(self.hass, entry, hub).start(),
        )
        entry.async_create_background_task(self.hass, hub.link.run(), "flukso P1 link")
        return stop

    @override
    async def async_close(self) -> None:
        """Close the source for good."""
        await self.hub.link.close()
        await self.counters.async_flush()

    def diagnostics(self) -> dict[str, Any]:
        """Return its condition: no ids, no address, no key."""
        return p1_diagnostics(self.entry, self.hub)

    @override
    def owns(self, device: DeviceEntry) -> bool:
        """Tell whether readings of a device come in."""
        return is_heard(self.hub, device)


def _make_hub(
    hass: HomeAssistant, entry: FluksoConfigEntry, make_link: MakeLink
) -> P1Hub:
    key, meter = entry.data.get(CONF_KEY), entry.unique_id or ""
    return P1Hub(
        hass,
        make_link,
        meter,
        readings=P1Readings(
            meter, keys_of_entry(entry.data), names_of_children(hass, entry)
        ),
        home=home_of(hass),
        messages=entry.data[CONF_KIND] in P1_DONGLE_KINDS,
        key=None if key is None else bytes.fromhex(key),
        gauge_interval=entry.options.get(CONF_GAUGE_INTERVAL, DEFAULT_GAUGE_INTERVAL),
        counter_interval=entry.options.get(
            CONF_COUNTER_INTERVAL, DEFAULT_COUNTER_INTERVAL
        ),
        judge=make_judge(entry),
    )
