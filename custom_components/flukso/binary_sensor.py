"""The binary sensors of a device and of its demand meters."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .device import FluksoConfigEntry
from .entities.demand import async_add_demand_binary_sensors

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FluksoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of a config entry."""
    entry.runtime_data.device.add_entities(Platform.BINARY_SENSOR, async_add_entities)
    async_add_demand_binary_sensors(entry, async_add_entities)
