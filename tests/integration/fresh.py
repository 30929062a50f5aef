"""Set up one config entry in a fresh Home Assistant and say which modules that took.

    python -m tests.integration.fresh JSON

JSON: the unique id and the data of the entry.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
import sys
from typing import Any

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.flukso.const import DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from homeassistant.setup import async_setup_component


@asynccontextmanager
async def fresh_home_assistant(
    config_dir: str | None = None,
) -> AsyncGenerator[HomeAssistant]:
    """Run a Home Assistant that finds the integration, and stop it."""
    async with async_test_home_assistant(config_dir=config_dir) as hass:
        hass.data.pop(DATA_CUSTOM_COMPONENTS)
        yield hass
        await hass.async_stop(force=True)


async def set_up(unique_id: str, data: dict[str, Any]) -> None:
    """Set an entry up, with what else looks at integrations."""
    async with fresh_home_assistant() as hass:
        assert await async_setup_component(hass, "diagnostics", {})
        entry = MockConfigEntry(domain=DOMAIN, unique_id=unique_id, data=data)
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED


if __name__ == "__main__":
    asyncio.run(set_up(*json.loads(sys.argv[1])))
    sys.stdout.write(json.dumps(sorted(sys.modules)))
