"""What may be shown to others of a P1 meter.

Built from what is named here: no ids, no address, no key.
"""

from typing import Any

from ...const import CONF_KEY, CONF_KIND, CONF_LINE
from ...core.p1.live_readings import P1Reading
from ...core.p1.readings import Telegram
from ...device import FluksoConfigEntry
from .hub import P1Hub
from .registries import model_of


def p1_diagnostics(entry: FluksoConfigEntry, hub: P1Hub) -> dict[str, Any]:
    """Return the condition of the entry of a P1 meter."""
    return {
        "options": dict(entry.options),
        "kind": entry.data[CONF_KIND],
        "line": entry.data.get(CONF_LINE),
        "encrypted": CONF_KEY in entry.data,
        "meter": None if hub.telegram is None else _meter(hub.telegram),
        "link": _link(hub),
        "readings": [_reading(hub, reading) for reading in hub.readings],
    }


def _meter(telegram: Telegram) -> dict[str, Any]:
    history = telegram.history
    return {
        "model": model_of(telegram.family, telegram.version),
        "demand_register": telegram.demand is not None,
        "month_peak": telegram.month_peak is not None,
        "history": None if history is None else len(history),
        "children": [
            {
                "channel": child.channel,
                "kind": None if child.kind is None else child.kind.value,
                "identified": child.meter is not None,
                "unit": None if child.reading is None else child.reading.unit,
            }
            for child in telegram.children
        ],
    }


def _link(hub: P1Hub) -> dict[str, Any]:
    return {
        "connected": hub.link_up,
        "connects": hub.link.connects,
        "alive": hub.alive,
        "telegrams": hub.telegrams,
        "rate": hub.rate,
        "clock_offset": hub.clock_offset,
        "refused": hub.refused,
        "dropped_fields": {
            f"{field.code} {field.fault}": count
            for field, count in (hub.dropped_fields + hub.readings.doubted).items()
        },
    }


def _reading(hub: P1Hub, reading: P1Reading) -> dict[str, Any]:
    child = reading.child
    return {
        "key": reading.row.key,
        "child": None if child is None else child.kind,
        "shown": reading.shown,
        "available": hub.available(reading),
        "users": len(reading.listeners),
    }
