"""What the entities of a Fluksometer have in common."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...core.fluksometer.book import ConfigChange
from ...core.fluksometer.live import LiveReading
from ...device import FluksoConfigEntry
from .hub import FluksometerHub
from .registries import hub_identifier, owner_device_info


class HubDescription(Protocol):
    """Describes an aspect of the device that not every one tells of."""

    @property
    def exists_fn(self) -> Callable[[FluksometerHub], bool]:
        """Whether the device has told of it."""


type EntityFactory = Callable[[FluksometerHub, LiveReading], Iterable[ReadingEntity]]


class HubEntity(Entity):
    """An entity about the Fluksometer itself; written when its condition changes."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, hub: FluksometerHub, key: str) -> None:
        """Belong to the device of the hub."""
        self.hub = hub
        self._attr_unique_id = f"{hub.device_id}_{key}"
        self._attr_translation_key = key
        self._attr_device_info = DeviceInfo(identifiers={hub_identifier(hub.device_id)})

    @property
    @override
    def available(self) -> bool:
        return self.hub.link_up

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.hub.on_status.add(self.async_write_ha_state))


class ReadingEntity(Entity):
    """An entity that shows one reading."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    attached = False
    readings: tuple[LiveReading, ...]

    def __init__(self, hub: FluksometerHub, reading: LiveReading) -> None:
        """Belong to the port or kube of the reading."""
        row = reading.channel.row
        self.hub = hub
        self.reading = reading
        self.readings = (reading,)
        self._attr_unique_id = reading.channel.unique_id
        self._attr_translation_key = row.key
        self._attr_entity_registry_enabled_default = row.enabled_default
        self._attr_device_info = owner_device_info(hub, reading.channel.owner)

    @property
    @override
    def available(self) -> bool:
        return self.hub.available(self.reading)

    @override
    async def async_added_to_hass(self) -> None:
        self.attached = True
        self.async_on_remove(self.hub.attach(self.reading, self.show))

    @override
    async def async_will_remove_from_hass(self) -> None:
        self.attached = False

    @callback
    def show(self) -> None:
        """Write what the reading says now."""
        self.async_write_ha_state()


def async_follow_hub[DescriptionT: HubDescription](
    entry: FluksoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Iterable[DescriptionT],
    make: Callable[[FluksometerHub, DescriptionT], HubEntity],
) -> None:
    """Add an entity for each aspect of the device as soon as it tells of it."""
    hub = entry.runtime_data.hub
    awaited = list(descriptions)

    @callback
    def add() -> None:
        told = [about for about in awaited if about.exists_fn(hub)]
        for about in told:
            awaited.remove(about)
        if told:
            async_add_entities(make(hub, about) for about in told)

    add()
    entry.async_on_unload(hub.on_status.add(add))


def async_follow_readings(
    hass: HomeAssistant,
    entry: FluksoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: EntityFactory,
) -> None:
    """Add the entities of all readings, and of those that appear later."""
    hub = entry.runtime_data.hub
    shown: dict[str | None, ReadingEntity] = {}
    # Two changes in a row must not add what the first of them has yet to remove.
    in_turn = asyncio.Lock()

    @callback
    def add(readings: Iterable[LiveReading]) -> None:
        current = (reading for reading in readings if reading in hub.book)
        made = (entity for reading in current for entity in make(hub, reading))
        new = {entity.unique_id: entity for entity in made}
        new = {key: entity for key, entity in new.items() if key not in shown}
        shown.update(new)
        async_add_entities(new.values())

    async def follow(change: ConfigChange) -> None:
        async with in_turn:
            gone = set(change.removed)
            for unique_id, entity in tuple(shown.items()):
                if not gone.isdisjoint(entity.readings):
                    del shown[unique_id]
                    if entity.attached:
                        await entity.async_remove(force_remove=True)
            add(change.added)

    @callback
    def on_config(change: ConfigChange) -> None:
        entry.async_create_task(hass, follow(change), "flukso configuration")

    add(hub.book)
    entry.async_on_unload(hub.on_config.add(on_config))
