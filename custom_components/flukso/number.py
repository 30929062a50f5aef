"""The peak that the household wants to stay under."""

from typing import override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .device import FluksoConfigEntry
from .entities.demand import DemandEntity, async_add_demand_entities

PARALLEL_UPDATES = 0

GOAL = NumberEntityDescription(
    key="goal",
    translation_key="goal",
    device_class=NumberDeviceClass.POWER,
    entity_category=EntityCategory.CONFIG,
    native_unit_of_measurement=UnitOfPower.KILO_WATT,
    native_min_value=0,
    native_max_value=100,
    native_step=0.1,
    mode=NumberMode.BOX,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FluksoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a goal to each demand meter."""
    async_add_demand_entities(entry, async_add_entities, GoalNumber, [GOAL])


class GoalNumber(DemandEntity, NumberEntity):
    """A goal in kW; 0 for none."""

    @property
    @override
    def native_value(self) -> float:
        return self.meter.goal or 0.0

    @override
    async def async_set_native_value(self, value: float) -> None:
        self.meter.set_goal(value)
