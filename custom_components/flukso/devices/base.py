"""What devices have in common, unless their kind says otherwise."""

from collections.abc import Mapping
from typing import Any, Protocol, override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..core.fluksometer.device_config import FluksometerConfig
from ..demand.defaults import sensors_demand_data
from ..demand.history import HistorySource
from ..demand.meter import DemandMeter
from ..device import FluksoConfigEntry


class BaseDevice:
    """A grid meter without entities of its own, whose past nobody keeps."""

    bills_export = True

    def __init__(self, hass: HomeAssistant, entry: FluksoConfigEntry) -> None:
        """Belong to a config entry."""
        self.hass = hass
        self.entry = entry

    @property
    def config(self) -> FluksometerConfig | None:
        """The device is the grid's own meter."""
        return None

    def add_entities(
        self, platform: Platform, add: AddConfigEntryEntitiesCallback
    ) -> None:
        """Add nothing."""

    async def async_close(self) -> None:
        """Hold nothing that is to be let go."""

    def owns(self, device: DeviceEntry) -> bool:
        """Speak for all devices of the entry."""
        return True

    def history(
        self, name: str, meter: DemandMeter, data: Mapping[str, Any]
    ) -> HistorySource | None:
        """Know of no history."""
        return None


class SensorsHub(Protocol):
    """The connection to a Fluksometer, however it is read."""

    registry_id: str
    link_up: bool

    @property
    def config(self) -> FluksometerConfig:
        """How the device is configured."""


class SensorsDevice[HubT: SensorsHub](BaseDevice):
    """A Fluksometer; a demand meter adds some of its sensors up."""

    hub: HubT

    @property
    def registry_id(self) -> str:
        """The Fluksometer."""
        return self.hub.registry_id

    @property
    def reachable(self) -> bool:
        """Whether its broker is connected, or it answered lately."""
        return self.hub.link_up

    @property
    @override
    def config(self) -> FluksometerConfig:
        """What its sensors are."""
        return self.hub.config

    def demand_data(self) -> dict[str, Any] | None:
        """Return the settings of a demand meter, if it is obvious what is the grid."""
        return sensors_demand_data(self.hass, self.hub.config)
