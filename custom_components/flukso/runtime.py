"""What a loaded config entry holds."""

from dataclasses import dataclass, field

from homeassistant.config_entries import ConfigEntry

from .demand_meter import DemandMeterHub
from .hub import FluksometerHub

type FluksoConfigEntry = ConfigEntry[FluksoRuntime]


@dataclass(slots=True)
class FluksoRuntime:
    """The connection to a device, and its demand meters by subentry id."""

    hub: FluksometerHub
    demand: dict[str, DemandMeterHub] = field(default_factory=dict)
