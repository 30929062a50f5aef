"""What devices have in common, unless their kind says otherwise."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..core.fluksometer.device_config import FluksometerConfig
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
