"""What happens to the quarter-hour demand, as events."""

from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .demand.attributes import DemandEvent
from .device import FluksoConfigEntry
from .entities.demand import DemandEntity, async_add_demand_entities

PARALLEL_UPDATES = 0

WINDOW = EventEntityDescription(
    key="window",
    translation_key="window",
    event_types=[event.value for event in DemandEvent],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FluksoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the events of each demand meter."""
    async_add_demand_entities(entry, async_add_entities, WindowEvent, [WINDOW])


class WindowEvent(DemandEntity, EventEntity):
    """Windows that close, peaks that are made, targets that are missed."""

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.meter.on_event.add(self._happened))

    @callback
    def _happened(self, event: DemandEvent, attributes: dict[str, Any]) -> None:
        self._trigger_event(event.value, attributes)
        self.async_write_ha_state()
