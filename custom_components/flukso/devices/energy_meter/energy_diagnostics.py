"""What may be shown to others of a meter that other integrations read.

Built from what is named here: no names and no ids of entities, which are the user's.
"""

from typing import Any

from ...const import CONF_KIND
from ...device import EnergyConfigEntry


def energy_diagnostics(entry: EnergyConfigEntry) -> dict[str, Any]:
    """Return the condition of the entry of such a meter."""
    hub = entry.runtime_data.hub
    sources = hub.sources
    return {
        "kind": entry.data[CONF_KIND],
        "imports": len(sources.imports),
        "exports": len(sources.exports),
        "power": sources.power is not None,
        "demand": sources.demand is not None,
        "month_peak": sources.month_peak is not None,
        "phases": sources.phases,
        "net": sources.net,
        "devices": len(hub.groups),
        "alive": hub.alive,
        "missing": len(hub.missing),
        "units": hub.units,
        "ages": hub.ages,
    }
