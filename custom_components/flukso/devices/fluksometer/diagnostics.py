"""What may be shown to others of a Fluksometer.

Built from what is named here: no ids beyond their first digits, no names, no secrets.
"""

from typing import Any

from homeassistant.components.diagnostics import async_redact_data

from ...const import CONF_CLOUD_TOKEN, SHOWN_DIGITS
from ...core.fluksometer.channels import Channel
from ...device import FluksoConfigEntry
from .history.healer import Healer
from .hub import FluksometerHub


def fluksometer_diagnostics(
    entry: FluksoConfigEntry, hub: FluksometerHub, healer: Healer
) -> dict[str, Any]:
    """Return the condition of the entry of a Fluksometer."""
    return {
        "options": async_redact_data(entry.options, {CONF_CLOUD_TOKEN}),
        "device": _device(hub),
        "link": _link(hub),
        "history": healer.diagnostics,
        "readings": [
            {
                **_channel(reading.channel),
                "shown": reading.shown,
                "stamp": reading.stamp,
                "available": hub.available(reading),
                "users": reading.users,
            }
            for reading in hub.readings
        ],
    }


def _device(hub: FluksometerHub) -> dict[str, Any]:
    config = hub.config
    return {
        "model": config.model.value,
        "phase": config.phase,
        "math": config.math,
        "sends_counters": config.sends_counters,
        "sends_gauges": config.sends_gauges,
        "skipped_fields": config.skipped_fields,
        "sensors": len(config.sensors),
        "kubes": len(config.kubes),
        "firmware": hub.self_test.firmware if hub.self_test else None,
        "failed_tests": len(hub.self_test.failed) if hub.self_test else None,
    }


def _link(hub: FluksometerHub) -> dict[str, Any]:
    protocol = hub.link.protocol
    return {
        "connected": hub.link_up,
        "connects": hub.link.connects,
        "mqtt_version": None if protocol is None else protocol.name,
        "cloud_link": hub.cloud_link,
        "clock_offset": hub.clock_offset,
        "messages": hub.messages,
        "drops": hub.drops.totals,
    }


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "sensor": channel.sensor.id[:SHOWN_DIGITS],
        "rid": channel.sensor.rid,
        "key": channel.row.key,
        "stream": channel.row.stream.value,
        "owner": f"{channel.owner.kind} {channel.owner.number}",
    }
