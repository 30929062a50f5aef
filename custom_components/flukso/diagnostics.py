"""What may be shown to others of a device and its demand meters.

Built from what is named here: no ids beyond their first digits, no names, no secrets.
"""

from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module

from .const import CONF_CLOUD_TOKEN, SHOWN_DIGITS
from .core.fluksometer.channels import Channel
from .demand.diagnostics import demand_diagnostics
from .device import (
    AnyConfigEntry,
    FluksoConfigEntry,
    is_energy_entry,
    is_monitor_entry,
    is_p1_entry,
    is_rest_entry,
)
from .devices.energy_meter.energy_diagnostics import energy_diagnostics
from .devices.fluksometer.hub import FluksometerHub
from .devices.fluksometer_rest.rest_diagnostics import rest_diagnostics


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: AnyConfigEntry
) -> dict[str, Any]:
    """Return the condition of a config entry."""
    return {
        **await _async_device_of(hass, entry),
        "demand": [
            demand_diagnostics(meter) for meter in entry.runtime_data.demand.values()
        ],
    }


async def _async_device_of(
    hass: HomeAssistant, entry: AnyConfigEntry
) -> dict[str, Any]:
    if is_p1_entry(entry):
        p1 = await async_import_module(hass, f"{__package__}.devices.p1.diagnostics")
        condition: dict[str, Any] = p1.p1_diagnostics(entry)
        return condition
    if is_energy_entry(entry):
        return energy_diagnostics(entry)
    if is_monitor_entry(entry):
        name = f"{__package__}.devices.quarter_monitor.monitor_diagnostics"
        monitor = await async_import_module(hass, name)
        told: dict[str, Any] = monitor.monitor_diagnostics(entry)
        return told
    if is_rest_entry(entry):
        return rest_diagnostics(entry)
    return _fluksometer(entry)


def _fluksometer(entry: FluksoConfigEntry) -> dict[str, Any]:
    hub, healer = entry.runtime_data.hub, entry.runtime_data.healer
    return {
        "options": async_redact_data(entry.options, {CONF_CLOUD_TOKEN}),
        "device": _device(hub),
        "link": _link(hub),
        "history": None if healer is None else healer.diagnostics,
        "readings": [
            {
                **_channel(reading.channel),
                "shown": reading.shown,
                "stamp": reading.stamp,
                "available": hub.available(reading),
                "users": reading.users,
            }
            for reading in hub.book
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
