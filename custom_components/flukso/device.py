"""The contract of a device: all that the rest of the house asks of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.fluksometer.device_config import FluksometerConfig
from .demand.history import HistorySource
from .demand.meter import DemandMeter
from .demand.source import WindowSource


class Device(Protocol):
    """A device of a config entry, whatever kind it is.

    In this order: async_open(), demand_data(), demand_source() for each demand meter,
    add_entities() for each platform, start(); in the end what start() returned, and
    async_close().
    """

    @property
    def registry_id(self) -> str | None:
        """The device in Home Assistant's registry, if there is one."""

    @property
    def reachable(self) -> bool:
        """Whether it answers where its entry looks for it."""

    @property
    def config(self) -> FluksometerConfig | None:
        """What its sensors are, if a demand meter adds some of them up.

        None where the device is the grid's own meter.
        """

    @property
    def bills_export(self) -> bool:
        """Whether a demand meter of it can measure what is fed into the grid."""

    async def async_open(self) -> None:
        """Connect; raises what setting up a config entry may raise."""

    def demand_data(self) -> dict[str, Any] | None:
        """Return the settings of the demand meter to offer; None if none is obvious."""

    def demand_source(self, data: Mapping[str, Any]) -> WindowSource:
        """Return what measures the demand meter with these settings."""

    def add_entities(
        self, platform: Platform, add: AddConfigEntryEntitiesCallback
    ) -> None:
        """Add its entities of a platform, now and as they come."""

    def start(self) -> CALLBACK_TYPE:
        """Begin to follow the device; returns what stops that."""

    async def async_close(self) -> None:
        """Let go of the device, and write what it counted; safe to repeat."""

    def diagnostics(self) -> dict[str, Any]:
        """Return its condition, without what others may not see."""

    def owns(self, device: DeviceEntry) -> bool:
        """Tell whether it speaks for a device of the registry now."""

    def history(
        self, name: str, meter: DemandMeter, data: Mapping[str, Any]
    ) -> HistorySource | None:
        """Return what kept a demand meter's past under this name, None if nothing did.

        `data`: those of the action that asks. Raises HomeAssistantError.
        """


@dataclass(slots=True)
class Runtime[DeviceT: Device = Device]:
    """What a loaded config entry holds: its device, its demand meters by subentry id."""

    device: DeviceT
    meters: dict[str, DemandMeter] = field(default_factory=dict)


type FluksoConfigEntry = ConfigEntry[Runtime]
