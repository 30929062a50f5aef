"""What may be shown to others of a quarter monitor.

Built from what is named here: no address.
"""

from typing import Any

from ...const import CONF_KIND
from ...core.tariff.rule import Direction
from ...device import MonitorConfigEntry


def monitor_diagnostics(entry: MonitorConfigEntry) -> dict[str, Any]:
    """Return the condition of the entry of a quarter monitor."""
    hub, card = entry.runtime_data.hub, entry.runtime_data.card
    quarter, peak = hub.quarter, hub.peak
    return {
        "kind": entry.data[CONF_KIND],
        "alive": hub.alive,
        "answers": hub.answers,
        "failures": hub.failures,
        "refused": hub.refused,
        "powers": {direction.value: power for direction, power in hub.powers.items()},
        "quarter": None
        if quarter is None
        else {
            "start": quarter.id.start,
            "interval": quarter.interval,
            "seen": {item.value: len(quarter.seen(item)) for item in Direction},
        },
        "month_peak": None
        if peak is None
        else {"start": peak.id.start, "power": peak.watts},
        "card": {
            "progress": card.progress,
            "imported": card.imported,
            "damaged": card.damaged,
        },
    }
