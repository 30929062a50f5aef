"""Set up one config entry in a fresh Home Assistant and say which modules that took.

    python -m tests.integration.fresh JSON

JSON: the unique id and the data of the entry.
"""

import asyncio
import json
import sys
from typing import Any

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.flukso.const import DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from homeassistant.setup import async_setup_component


async def set_up(unique_id: str, data: dict[str, Any]) -> None:
    """Set an entry up, with what else looks at integrations, and stop."""
    async with async_test_home_assistant() as hass:
        hass.data.pop(DATA_CUSTOM_COMPONENTS)
        assert await async_setup_component(hass, "diagnostics", {})
        entry = MockConfigEntry(domain=DOMAIN, unique_id=unique_id, data=data)
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        await hass.async_stop(force=True)


if __name__ == "__main__":
    asyncio.run(set_up(*json.loads(sys.argv[1])))
    sys.stdout.write(json.dumps(sorted(sys.modules)))
