"""The devices that a Fluksometer is made of, in Home Assistant's registry."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo

from ...const import DOMAIN, MANUFACTURER
from ...core.fluksometer.channels import Owner, owner_name
from ...core.fluksometer.device_config import FluksometerConfig
from .hub import FluksometerHub

# Kubes by their hardware type (kube registry of FLM02 firmware 2.5.0).
KUBE_MODELS = {19217: "FLK01A", 19218: "FLK01B"}


def hub_identifier(device_id: str) -> tuple[str, str]:
    """Return what identifies a Fluksometer."""
    return (DOMAIN, device_id)


def owner_identifier(device_id: str, owner: Owner) -> tuple[str, str]:
    """Return what identifies the part of a Fluksometer that measures."""
    if owner.kind == "hub":
        return hub_identifier(device_id)
    return (DOMAIN, f"{device_id}_{owner.kind}_{owner.number}")


def async_update_hub_device(
    hass: HomeAssistant, entry_id: str, hub: FluksometerHub
) -> None:
    """Create or refresh the device of the Fluksometer itself."""
    self_test = hub.self_test
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry_id,
        identifiers={hub_identifier(hub.device_id)},
        manufacturer=MANUFACTURER,
        name=f"Fluksometer {hub.device_id[:6]}",
        model=hub.config.model,
        sw_version=None if self_test is None else self_test.firmware,
        serial_number=None if self_test is None else self_test.serial,
    )
    hub.registry_id = device.id


def owner_device_info(hub: FluksometerHub, owner: Owner) -> DeviceInfo:
    """Describe the port or kube that a reading belongs to."""
    identifiers = {owner_identifier(hub.device_id, owner)}
    if owner.kind == "hub":
        return DeviceInfo(identifiers=identifiers)
    model = _owner_model(hub.config, owner)
    if (name := owner_name(hub.config, owner)) is not None:
        return DeviceInfo(
            identifiers=identifiers,
            manufacturer=MANUFACTURER,
            model=model,
            name=name,
            via_device_id=hub.registry_id,
        )
    return DeviceInfo(
        identifiers=identifiers,
        manufacturer=MANUFACTURER,
        model=model,
        translation_key=owner.kind,
        translation_placeholders={"number": str(owner.number)},
        via_device_id=hub.registry_id,
    )


def async_rename_devices(
    hass: HomeAssistant, entry_id: str, hub: FluksometerHub
) -> None:
    """Give devices the names that the configuration of the device has now."""
    registry = dr.async_get(hass)
    for owner in {reading.channel.owner for reading in hub.readings}:
        device = registry.async_get_device_by_identifier(
            owner_identifier(hub.device_id, owner), entry_id
        )
        name = owner_name(hub.config, owner)
        if device is not None and name is not None and device.name != name:
            registry.async_update_device(device.id, name=name)


def async_remove_strangers(
    hass: HomeAssistant, entry_id: str, hub: FluksometerHub
) -> None:
    """Remove what the device is no longer configured to have.

    Entities and devices of demand meters belong to subentries and are left alone;
    those of the hub begin with its id.
    """
    entities = er.async_get(hass)
    unique_ids = hub.readings.unique_ids()
    for entity in er.async_entries_for_config_entry(entities, entry_id):
        of_hub = entity.unique_id.startswith(hub.device_id)
        if entity.config_subentry_id is not None or of_hub:
            continue
        if entity.unique_id not in unique_ids:
            entities.async_remove(entity.entity_id)
    devices = dr.async_get(hass)
    owners = {reading.channel.owner for reading in hub.readings}
    identifiers = {owner_identifier(hub.device_id, owner) for owner in owners}
    identifiers.add(hub_identifier(hub.device_id))
    for device in dr.async_entries_for_config_entry(devices, entry_id):
        if device.config_subentry_id is None and not identifiers & device.identifiers:
            devices.async_remove_device(device.id)


def _owner_model(config: FluksometerConfig, owner: Owner) -> str | None:
    if owner.kind == "port":
        return f"{config.model} port {owner.number}"
    kube = config.kubes.get(owner.number)
    return None if kube is None else KUBE_MODELS.get(kube.hw_type or 0)
