"""The devices that a P1 meter is made of, in Home Assistant's registry."""

from collections.abc import Mapping
import re

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntry, DeviceInfo

from ...const import CONF_FAMILY, DOMAIN
from ...core.p1.family import Family
from ...core.p1.identities import ChildMeter
from ...device import FluksoConfigEntry
from .hub import P1Hub

# The editions of the P1 standard that the families follow.
MODELS: Mapping[Family, str] = {
    Family.BELGIUM: "e-MUCS",
    Family.NETHERLANDS: "DSMR",
    Family.DSMR: "DSMR",
    Family.NETHERLANDS_OLD: "DSMR 2.2 / 3.0",
    Family.LUXEMBOURG: "Smarty",
    Family.AUSTRIA: "P1 Austria",
    Family.SWEDEN: "HAN H1",
    Family.HUNGARY: "P1 Hungary",
    Family.Q3D: "Q3D",
    Family.D0: "D0",
    Family.OTHER: "P1",
}

VERSION = re.compile(r"[0-9]{1,5}")


def meter_identifier(hub: P1Hub) -> tuple[str, str]:
    """Return what identifies a P1 meter."""
    return (DOMAIN, hub.meter)


def child_identifier(hub: P1Hub, child: ChildMeter) -> tuple[str, str]:
    """Return what identifies a meter on the M-Bus of a P1 meter."""
    return (DOMAIN, f"{hub.meter}_{child.identity}")


def model_of(family: Family, version: str | None) -> str:
    """Return the edition of the standard, as far as the meter tells: DSMR 5.0."""
    if version is None or not VERSION.fullmatch(version):
        return MODELS[family]
    dots = "." if MODELS[family] == MODELS[Family.DSMR] else ""
    return f"{MODELS[family]} {dots.join(version)}"


def async_update_meter_device(
    hass: HomeAssistant, entry: FluksoConfigEntry, hub: P1Hub
) -> None:
    """Create or refresh the device of the P1 meter itself."""
    if (telegram := hub.telegram) is None:
        model = model_of(Family(entry.data[CONF_FAMILY]), None)
    else:
        model = model_of(telegram.family, telegram.version)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={meter_identifier(hub)},
        name=hub.name,
        model=model,
    )
    hub.registry_id = device.id


def owner_device_info(hub: P1Hub, child: ChildMeter | None) -> DeviceInfo:
    """Describe the meter that a reading belongs to."""
    if child is None:
        return DeviceInfo(identifiers={meter_identifier(hub)})
    return DeviceInfo(
        identifiers={child_identifier(hub, child)},
        translation_key=f"{child.kind or 'other'}_meter",
        via_device_id=hub.registry_id,
    )


def names_of_children(hass: HomeAssistant, entry: FluksoConfigEntry) -> dict[str, str]:
    """Return which meter on the M-Bus each name is of that one went by before.

    A device has all names of a meter; its entities have the first.
    """
    meter = f"{entry.unique_id}_"
    ids: dict[str | None, list[str]] = {}
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        ids.setdefault(entity.device_id, []).append(entity.unique_id)
    names: dict[str, str] = {}
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        known = sorted(
            name.removeprefix(meter)
            for domain, name in device.identifiers
            if domain == DOMAIN and name.startswith(meter)
        )
        of_device = ids.get(device.id, ())
        for first in known:
            if any(each.startswith(f"{meter}{first}_") for each in of_device):
                names |= dict.fromkeys(known, first)
    return names


@callback
def async_name_children(
    hass: HomeAssistant, entry: FluksoConfigEntry, hub: P1Hub
) -> None:
    """Let the devices of meters on the M-Bus keep all names that these went by."""
    names: dict[str, set[tuple[str, str]]] = {}
    for name, first in hub.readings.children.names.items():
        names.setdefault(first, set()).add((DOMAIN, f"{hub.meter}_{name}"))
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        for identifiers in names.values():
            missing = identifiers - device.identifiers
            if missing and not identifiers.isdisjoint(device.identifiers):
                registry.async_update_device(
                    device.id, new_identifiers=device.identifiers | missing
                )


def is_heard(hub: P1Hub, device: DeviceEntry) -> bool:
    """Tell whether a device is one whose readings come in."""
    heard = {
        child_identifier(hub, reading.child)
        for reading in hub.readings
        if reading.child is not None and hub.available(reading)
    }
    return not device.identifiers.isdisjoint({meter_identifier(hub), *heard})
