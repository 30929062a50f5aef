"""What may be shown to others of an FLM02 that is read over HTTP.

Built from what is named here: no address, no names, of ids the first digits.
"""

from typing import Any

from ...const import CONF_KIND, SHOWN_DIGITS
from ...device import RestConfigEntry


def rest_diagnostics(entry: RestConfigEntry) -> dict[str, Any]:
    """Return the condition of the entry of such a device."""
    hub = entry.runtime_data.hub
    return {
        "options": dict(entry.options),
        "kind": entry.data[CONF_KIND],
        "link": {
            "connected": hub.link_up,
            "rounds": hub.rounds,
            "refused": dict(hub.refused),
        },
        "readings": [
            {
                "sensor": reading.sensor.id[:SHOWN_DIGITS],
                "kind": reading.sensor.kind.value,
                "offered": reading.offered,
                "shown": reading.shown,
                "total": reading.total,
                "available": hub.available(reading),
            }
            for reading in hub.readings.values()
        ],
    }
