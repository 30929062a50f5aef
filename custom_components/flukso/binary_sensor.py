"""The binary sensors of a device and of its demand meters."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .device import FluksoConfigEntry
from .entities.demand import (
    DEMAND_BINARY_SENSORS,
    DemandBinarySensor,
    async_add_demand_entities,
)

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FluksoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of a config entry."""
    entry.runtime_data.device.add_entities(Platform.BINARY_SENSOR, async_add_entities)
    async_add_demand_entities(
        entry, async_add_entities, DemandBinarySensor, DEMAND_BINARY_SENSORS
    )
