"""What the entities of a Fluksometer have in common."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...core.fluksometer.book import ConfigChange, net_unique_id
from ...core.fluksometer.live import LiveReading
from ...device import FluksoConfigEntry
from ...entities.displays import DISPLAYS, state_class
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
    hub: FluksometerHub,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Iterable[DescriptionT],
    make: Callable[[FluksometerHub, DescriptionT], HubEntity],
) -> None:
    """Add an entity for each aspect of the device as soon as it tells of it."""
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
    hub: FluksometerHub,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: EntityFactory,
) -> None:
    """Add the entities of all readings, and of those that appear later."""
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


@dataclass(frozen=True, kw_only=True)
class HubSensorDescription(SensorEntityDescription):
    """A sensor about the device itself."""

    value_fn: Callable[[FluksometerHub], str | int | None]
    exists_fn: Callable[[FluksometerHub], bool] = lambda _hub: True


HUB_SENSORS: tuple[HubSensorDescription, ...] = (
    HubSensorDescription(
        key="clock_offset",
        translation_key="clock_offset",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.clock_offset,
    ),
    HubSensorDescription(
        key="firmware",
        translation_key="firmware",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.self_test.firmware if hub.self_test else None,
        exists_fn=lambda hub: hub.self_test is not None,
    ),
)


def reading_sensors(
    hub: FluksometerHub, reading: LiveReading
) -> Iterable[ReadingSensor]:
    """Return the sensors of one reading."""
    if reading.channel.row.quantity not in DISPLAYS:
        return
    yield ReadingSensor(hub, reading)
    for power_import, power_export in hub.book.net_pairs():
        if reading in (power_import, power_export):
            yield NetPowerSensor(hub, power_import, power_export)


class HubSensor(HubEntity, SensorEntity):
    """The condition of the Fluksometer."""

    entity_description: HubSensorDescription

    def __init__(self, hub: FluksometerHub, description: HubSensorDescription) -> None:
        """Show one aspect."""
        super().__init__(hub, description.key)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> str | int | None:
        return self.entity_description.value_fn(self.hub)


class ReadingSensor(ReadingEntity, SensorEntity):
    """A quantity that the device measures."""

    def __init__(self, hub: FluksometerHub, reading: LiveReading) -> None:
        """Look up how the quantity is shown."""
        super().__init__(hub, reading)
        row = reading.channel.row
        self._attr_device_class = DISPLAYS[row.quantity].device_class
        self._attr_state_class = state_class(row)
        self._attr_native_unit_of_measurement = row.units[row.default_unit].unit
        self._attr_suggested_display_precision = row.precision
        if row.diagnostic:
            self._attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def native_value(self) -> float | None:
        return self.reading.shown


class NetPowerSensor(ReadingSensor):
    """Import less export of one clamp."""

    def __init__(
        self, hub: FluksometerHub, reading: LiveReading, export: LiveReading
    ) -> None:
        """Combine the import with the export beside it."""
        super().__init__(hub, reading)
        self.readings = (reading, export)
        self._export = export
        self._showed = (False, False)
        self._attr_unique_id = net_unique_id(reading.channel)
        self._attr_translation_key = "power_net"

    @override
    async def async_added_to_hass(self) -> None:
        self.attached = True
        for reading in self.readings:
            self.async_on_remove(self.hub.attach(reading, self._show_turn))
        # At the tick both sides are of the same interval.
        self.async_on_remove(self.hub.on_tick.add(self.show))

    @property
    @override
    def available(self) -> bool:
        return super().available and self.hub.available(self._export)

    @property
    @override
    def native_value(self) -> float | None:
        if self.reading.shown is None or self._export.shown is None:
            return None
        return self.reading.shown - self._export.shown

    @callback
    def _show_turn(self) -> None:
        """Show at once that it is known, or available, or no longer."""
        showed = (self.available, self.native_value is not None)
        if showed != self._showed:
            self._showed = showed
            self.show()


@callback
def async_add_sensors(
    hass: HomeAssistant,
    entry: FluksoConfigEntry,
    hub: FluksometerHub,
    add: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a Fluksometer and of its readings."""
    async_follow_hub(entry, hub, add, HUB_SENSORS, HubSensor)
    async_follow_readings(hass, entry, hub, add, reading_sensors)
