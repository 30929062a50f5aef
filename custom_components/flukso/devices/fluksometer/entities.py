"""What a Fluksometer measures, and its condition, as sensors."""

import asyncio
from collections.abc import Callable, Iterable
from typing import override

from homeassistant.components.sensor import SensorEntity, SensorStateClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...core.fluksometer.catalogue import Row
from ...core.fluksometer.live_reading import LiveReading
from ...core.fluksometer.live_readings import ConfigChange, net_unique_id
from ...device import FluksoConfigEntry
from ...entities.clock import clock_offset
from ...entities.described import (
    DescribedEntity,
    DescribedSensor,
    Description,
    SensorDescription,
)
from ...entities.displays import DISPLAYS
from ...entities.reading import ReadingEntity
from .hub import FluksometerHub
from .registries import hub_identifier, owner_device_info

type EntityFactory = Callable[[FluksometerHub, LiveReading], Iterable[LiveEntity]]

HUB_SENSORS: tuple[SensorDescription[FluksometerHub], ...] = (
    clock_offset(),
    SensorDescription(
        key="firmware",
        translation_key="firmware",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.self_test.firmware if hub.self_test else None,
        exists_fn=lambda hub: hub.self_test is not None,
    ),
)


class HubEntity(DescribedEntity[FluksometerHub]):
    """An entity about the Fluksometer itself; written when its condition changes."""

    def __init__(self, hub: FluksometerHub, description: EntityDescription) -> None:
        """Belong to the device of the hub."""
        super().__init__(
            hub,
            description,
            source_id=hub.device_id,
            device=DeviceInfo(identifiers={hub_identifier(hub.device_id)}),
            news=hub.on_status,
        )

    @property
    @override
    def available(self) -> bool:
        return self.source.link_up


class HubSensor(HubEntity, DescribedSensor[FluksometerHub]):
    """The condition of the Fluksometer."""


class LiveEntity(ReadingEntity[LiveReading]):
    """An entity that shows one reading, until the device has it no longer.

    `readings`: all that it is made of.
    """

    hub: FluksometerHub
    attached = False

    def __init__(self, hub: FluksometerHub, reading: LiveReading) -> None:
        """Belong to the port or kube of the reading."""
        channel = reading.channel
        super().__init__(hub, reading, owner_device_info(hub, channel.owner))
        self.readings: tuple[LiveReading, ...] = (reading,)
        self._attr_unique_id = channel.unique_id
        self._attr_translation_key = channel.row.key
        self._attr_entity_registry_enabled_default = channel.row.enabled_default

    @override
    async def async_added_to_hass(self) -> None:
        self.attached = True
        await super().async_added_to_hass()

    @override
    async def async_will_remove_from_hass(self) -> None:
        self.attached = False


class ReadingSensor(LiveEntity, SensorEntity):
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
        await super().async_added_to_hass()
        self.async_on_remove(self.hub.attach(self._export, self.show))
        # At the tick both sides are of the same interval.
        self.async_on_remove(self.hub.on_tick.add(self.async_write_ha_state))

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
    @override
    def show(self) -> None:
        """Write at once that it is known, or available, or no longer."""
        showed = (self.available, self.native_value is not None)
        if showed != self._showed:
            self._showed = showed
            super().show()


def reading_sensors(
    hub: FluksometerHub, reading: LiveReading
) -> Iterable[ReadingSensor]:
    """Return the sensors of one reading."""
    if reading.channel.row.quantity not in DISPLAYS:
        return
    yield ReadingSensor(hub, reading)
    for power_import, power_export in hub.readings.net_pairs():
        if reading in (power_import, power_export):
            yield NetPowerSensor(hub, power_import, power_export)


def async_follow_hub[DescriptionT: Description[FluksometerHub, object]](
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
    shown: dict[str | None, LiveEntity] = {}
    # Two changes in a row must not add what the first of them has yet to remove.
    in_turn = asyncio.Lock()

    @callback
    def add(readings: Iterable[LiveReading]) -> None:
        current = (reading for reading in readings if reading in hub.readings)
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

    add(hub.readings)
    entry.async_on_unload(hub.on_config.add(on_config))


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


def state_class(row: Row) -> SensorStateClass | None:
    """Return the state class of a Fluksometer's row; net counters run backwards too."""
    if row.running_backwards:
        return SensorStateClass.TOTAL
    return DISPLAYS[row.quantity].state_class
