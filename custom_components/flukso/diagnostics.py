"""What may be shown to others of a device and its demand meters."""

from typing import Any

from homeassistant.core import HomeAssistant

from .demand.diagnostics import demand_diagnostics
from .device import FluksoConfigEntry


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: FluksoConfigEntry
) -> dict[str, Any]:
    """Return the condition of a config entry."""
    return {
        **entry.runtime_data.device.diagnostics(),
        "demand": [
            demand_diagnostics(meter) for meter in entry.runtime_data.meters.values()
        ],
    }
