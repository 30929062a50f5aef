"""A Fluksometer that publishes over MQTT, as the house knows it."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...const import (
    CONF_COUNTER_INTERVAL,
    CONF_DEVICE_ID,
    CONF_GAUGE_INTERVAL,
    DEFAULT_COUNTER_INTERVAL,
    DEFAULT_GAUGE_INTERVAL,
)
from ...core.fluksometer.live_readings import ConfigChange
from ...demand.history import HistorySource
from ...demand.meter import DemandMeter
from ...demand.tariff import measured_sensors
from ...device import FluksoConfigEntry
from ...helpers.errors import raised_for_setup
from ...helpers.issues import async_report, async_take_back
from ...helpers.listeners import call_all
from ...transport.mqtt.session import BROKER_DATA, broker_address
from ..base import SensorsDevice
from ..clock import make_judge
from ..clock_issue import ClockIssue
from .binary_entities import async_add_binary_sensors
from .demand_source import FluksometerSource
from .diagnostics import fluksometer_diagnostics
from .dongles import DongleSearch
from .entities import async_add_sensors
from .history.healer import Healer
from .history.sources import CLOUD, DEVICE, cloud_history, device_history
from .hub import FluksometerHub
from .registries import (
    async_remove_strangers,
    async_rename_devices,
    async_update_hub_device,
)


async def async_make(
    hass: HomeAssistant, entry: FluksoConfigEntry
) -> FluksometerDevice:
    """Return the device of an entry, not yet open."""
    return FluksometerDevice(hass, entry)


class FluksometerDevice(SensorsDevice[FluksometerHub]):
    """A Fluksometer on its broker, and what it recorded while nobody listened."""

    def __init__(self, hass: HomeAssistant, entry: FluksoConfigEntry) -> None:
        """Prepare to connect."""
        super().__init__(hass, entry)
        options = entry.options
        self.hub = FluksometerHub(
            hass,
            broker_address(entry.data),
            entry.data[CONF_DEVICE_ID],
            gauge_interval=options.get(CONF_GAUGE_INTERVAL, DEFAULT_GAUGE_INTERVAL),
            counter_interval=options.get(
                CONF_COUNTER_INTERVAL, DEFAULT_COUNTER_INTERVAL
            ),
            judge=make_judge(entry),
        )
        self.healer = Healer(hass, entry, self.hub)

    async def async_open(self) -> None:
        """Connect; raises ConfigEntryNotReady or ConfigEntryAuthFailed."""
        with raised_for_setup():
            await self.hub.async_open()
        async_update_hub_device(self.hass, self.entry.entry_id, self.hub)
        self._update_config()
        await self.healer.async_load()

    def demand_source(self, data: Mapping[str, Any]) -> FluksometerSource:
        """Return the windows of the sensors that a demand meter adds up."""
        return FluksometerSource(self.hub, *measured_sensors(data))

    @override
    def add_entities(
        self, platform: Platform, add: AddConfigEntryEntitiesCallback
    ) -> None:
        """Add what the device measures and its condition, as they are told of."""
        if platform is Platform.SENSOR:
            async_add_sensors(self.hass, self.entry, self.hub, add)
        elif platform is Platform.BINARY_SENSOR:
            async_add_binary_sensors(self.hass, self.entry, self.hub, add)

    def start(self) -> CALLBACK_TYPE:
        """Begin to follow the device, and to fetch back what was missed."""
        hub, entry = self.hub, self.entry

        @callback
        def on_config(_change: ConfigChange) -> None:
            self._update_config()

        @callback
        def on_status() -> None:
            async_update_hub_device(self.hass, entry.entry_id, hub)
            async_rename_devices(self.hass, entry.entry_id, hub)

        @callback
        def on_refused() -> None:
            entry.async_start_reauth(self.hass)

        broker = {key: entry.data[key] for key in BROKER_DATA if key in entry.data}
        stop = call_all(
            hub.start(),
            DongleSearch(self.hass, hub, broker).start(),
            hub.on_config.add(on_config),
            hub.on_status.add(on_status),
            hub.on_refused.add(on_refused),
            self.healer.start(),
            ClockIssue(self.hass, entry, hub.judge).start(hub.on_tick),
        )
        entry.async_create_background_task(self.hass, hub.link.run(), "flukso link")
        return stop

    @override
    async def async_close(self) -> None:
        """Close the connection for good, and write what is to be fetched back."""
        self.hub.link.close()
        await self.healer.async_flush()

    def diagnostics(self) -> dict[str, Any]:
        """Return its condition: of ids the first digits, no token."""
        return fluksometer_diagnostics(self.entry, self.hub, self.healer)

    @override
    def history(
        self, name: str, meter: DemandMeter, data: Mapping[str, Any]
    ) -> HistorySource | None:
        """Return what the device itself or Flukso's cloud kept."""
        if name == DEVICE:
            return device_history(self.hass, self.hub, self.healer.keeper, meter)
        if name == CLOUD:
            return cloud_history(self.hass, self.hub, self.entry, meter, data)
        return None

    @callback
    def _update_config(self) -> None:
        """Remove what is configured no longer; report what a person has to mend."""
        async_remove_strangers(self.hass, self.entry.entry_id, self.hub)
        self._update_issues()

    def _update_issues(self) -> None:
        """Report that the device is told to keep its counters to itself.

        An FLM02 publishes counters only while it sends them to its cloud (fluksod).
        """
        issue_id = f"no_counters_{self.entry.entry_id}"
        if self.hub.config.sends_counters:
            async_take_back(self.hass, issue_id)
        else:
            async_report(self.hass, issue_id, translation_key="no_counters")
