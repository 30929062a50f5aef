"""How long the goal of a demand meter stands."""

from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .demand.goal import GoalScope
from .device import FluksoConfigEntry
from .entities.demand import DemandEntity, async_add_demand_entities

PARALLEL_UPDATES = 0

GOAL_SCOPE = SelectEntityDescription(
    key="goal_scope",
    translation_key="goal_scope",
    entity_category=EntityCategory.CONFIG,
    options=list(GoalScope),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FluksoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the scope of its goal to each demand meter."""
    async_add_demand_entities(entry, async_add_entities, GoalScopeSelect, [GOAL_SCOPE])


class GoalScopeSelect(DemandEntity, SelectEntity):
    """For good, or for this month only."""

    @property
    @override
    def current_option(self) -> str:
        return self.meter.memory.goal.scope

    @override
    async def async_select_option(self, option: str) -> None:
        self.meter.set_goal_scope(GoalScope(option))
