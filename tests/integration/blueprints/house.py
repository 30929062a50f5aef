"""Automations made from the blueprints, and a house that they act on."""

import asyncio
from collections.abc import Iterable
from typing import Any, override

from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from ...brokers import Message
from ..demand.feed import DemandFeed
from ..homes import LATENCY

PREFIX = "flukso"
# More than an automation needs from a trigger to its next wait.
TURNS = 60


async def settle() -> None:
    """Let automations act until they wait for something.

    async_block_till_done() would wait with them.
    """
    for _ in range(TURNS):
        await asyncio.sleep(0)


class AutomatedFeed(DemandFeed):
    """A Fluksometer in a house whose automations may be waiting."""

    @override
    async def arrive(self, messages: Iterable[Message]) -> None:
        """Let Home Assistant get messages at the present of the grid."""
        self.freeze(self.grid.now + LATENCY)
        await self.publish(messages)
        async_fire_time_changed(self.hass)
        await settle()


async def automate(hass: HomeAssistant, blueprint: str, **inputs: Any) -> None:
    """Make an automation from a blueprint."""
    automation = {
        "alias": blueprint,
        "use_blueprint": {"path": f"{PREFIX}/{blueprint}.yaml", "input": inputs},
    }
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()
    assert hass.states.is_state(f"automation.{blueprint}", "on")


def entities(feed: DemandFeed, *keys: str) -> dict[str, str]:
    """Return entities of the demand meter as the inputs of the same names."""
    return {key: feed.entity_id(key) for key in keys}


async def toggles(hass: HomeAssistant, names: Iterable[str], *, on: bool) -> list[str]:
    """Make switches that remember nothing."""
    helpers = {name: {"initial": on} for name in names}
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": helpers}
    )
    await hass.async_block_till_done()
    return [f"input_boolean.{name}" for name in names]
