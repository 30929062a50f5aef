"""A box that counts pulses, one for each Wh: all that a kind of device has to be."""

from collections.abc import Mapping
import time
from typing import Any, override

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.core.demand.grid.plan import SourcePlan
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.demand.powers.profile import PowerProfile
from custom_components.flukso.core.running import Running
from custom_components.flukso.demand.defaults import common_demand_data
from custom_components.flukso.demand.source import OnClosed
from custom_components.flukso.device import FluksoConfigEntry
from custom_components.flukso.devices.base import BaseDevice
from custom_components.flukso.helpers.listeners import Listeners
from custom_components.flukso.helpers.storage import DelayedStore, entry_key
from homeassistant.components.sensor import SensorEntity
from homeassistant.const import Platform, UnitOfEnergy
from homeassistant.core import CALLBACK_TYPE, HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

FILE = "pulses"
WATT_HOURS = 1000


async def async_make(hass: HomeAssistant, entry: FluksoConfigEntry) -> PulseBox:
    """Return the device of an entry, not yet open."""
    return PulseBox(hass, entry)


class PulseBox(BaseDevice):
    """Counts from what it stored; a test says when the next pulse comes."""

    registry_id = None

    def __init__(self, hass: HomeAssistant, entry: FluksoConfigEntry) -> None:
        """Begin closed."""
        super().__init__(hass, entry)
        self.pulses = 0
        self.reachable = False
        self.followed = False
        self.on_pulse = Listeners[[]]()
        key = entry_key(FILE, entry.entry_id)
        self._store = DelayedStore(hass, key, 60, lambda: {"pulses": self.pulses})

    async def async_open(self) -> None:
        """Remember the count."""
        saved = await self._store.async_load() or {}
        self.pulses = saved.get("pulses", 0)
        self.reachable = True

    def demand_data(self) -> dict[str, Any]:
        """Return the settings of the demand meter of the grid."""
        return common_demand_data(self.hass)

    def demand_source(self, data: Mapping[str, Any]) -> PulseSource:
        """Return the windows of the pulses."""
        return PulseSource(self)

    @override
    def add_entities(
        self, platform: Platform, add: AddConfigEntryEntitiesCallback
    ) -> None:
        """Add the count."""
        if platform is Platform.SENSOR:
            add([PulseSensor(self)])

    def start(self) -> CALLBACK_TYPE:
        """Begin to count."""
        self.followed = True

        def stop() -> None:
            self.followed = False

        return stop

    @override
    async def async_close(self) -> None:
        """Write the count."""
        self.reachable = False
        self._store.schedule()
        await self._store.async_flush()

    def diagnostics(self) -> dict[str, Any]:
        """Return the count."""
        return {"pulses": self.pulses}

    def count(self, pulses: int) -> None:
        """Take so many pulses now."""
        self.pulses += pulses
        self.on_pulse.call()


class PulseSource:
    """Windows of the pulses."""

    registry_id = None
    recorded = None
    alive = True

    def __init__(self, box: PulseBox) -> None:
        """Measure by what a box counts."""
        self.on_tick = box.on_pulse
        self.diagnostics: dict[str, Any] = {"box": "pulses"}
        self._box = box
        self._meter = CounterMeter(SourcePlan(("box",), ()))

    @property
    def now(self) -> int:
        """The time of Home Assistant."""
        return int(time.time())

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a state."""
        self._meter = CounterMeter(SourcePlan(("box",), ()), state=state)

    def state(self) -> dict[str, Any]:
        """Return what a restart needs."""
        return self._meter.state()

    def running(self) -> Running | None:
        """Return the running window."""
        return self._meter.running(self.now)

    def profile(self, start: int, energy: float | None = None) -> PowerProfile | None:
        """Return the powers of a quarter."""
        return self._meter.profile(start, energy)

    def start(self, on_closed: OnClosed) -> CALLBACK_TYPE:
        """Tell of windows that close."""

        def on_pulse() -> None:
            energy = self._box.pulses / WATT_HOURS
            if windows := self._meter.counter("box", self.now, energy):
                on_closed(windows)

        return self._box.on_pulse.add(on_pulse)


class PulseSensor(SensorEntity):
    """The count."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_name = "Pulses"
    _attr_native_unit_of_measurement = UnitOfEnergy.WATT_HOUR

    def __init__(self, box: PulseBox) -> None:
        """Belong to the box."""
        self._box = box
        self._attr_unique_id = f"{box.entry.entry_id}_pulses"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, box.entry.entry_id)}, name="Pulse box"
        )

    @property
    @override
    def native_value(self) -> int:
        return self._box.pulses

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self._box.on_pulse.add(self.async_write_ha_state))
