"""What a P1 meter measures, and how well it is heard, as sensors."""

from collections.abc import Mapping
from typing import override

from homeassistant.components.sensor import SensorEntity, SensorStateClass
from homeassistant.const import (
    EntityCategory,
    UnitOfApparentPower,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfReactiveEnergy,
    UnitOfReactivePower,
    UnitOfVolume,
)
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...core.p1.catalogue import Value
from ...core.p1.live_readings import P1Reading
from ...device import FluksoConfigEntry
from ...entities.clock import clock_offset
from ...entities.described import DescribedSensor, SensorDescription
from ...entities.displays import DISPLAYS
from ...entities.reading import ReadingEntity
from .hub import P1Hub
from .registries import meter_identifier, owner_device_info

# The catalogue's units by Home Assistant's names.
UNITS: Mapping[str, str] = {
    "kWh": UnitOfEnergy.KILO_WATT_HOUR,
    "GJ": UnitOfEnergy.GIGA_JOULE,
    "kW": UnitOfPower.KILO_WATT,
    "kvarh": UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR,
    "kvar": UnitOfReactivePower.KILO_VOLT_AMPERE_REACTIVE,
    "kVA": UnitOfApparentPower.KILO_VOLT_AMPERE,
    "V": UnitOfElectricPotential.VOLT,
    "A": UnitOfElectricCurrent.AMPERE,
    "m3": UnitOfVolume.CUBIC_METERS,
}

P1_HUB_SENSORS: tuple[SensorDescription[P1Hub], ...] = (
    clock_offset(),
    SensorDescription(
        key="telegram_rate",
        translation_key="telegram_rate",
        native_unit_of_measurement="1/min",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.rate,
    ),
    SensorDescription(
        key="telegram_errors",
        translation_key="telegram_errors",
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: sum(hub.refused.values()),
    ),
)


class P1HubSensor(DescribedSensor[P1Hub]):
    """The condition of the line to the meter; known also while the meter is silent."""

    def __init__(self, hub: P1Hub, description: EntityDescription) -> None:
        """Belong to the device of the P1 meter."""
        super().__init__(
            hub,
            description,
            source_id=hub.meter,
            device=DeviceInfo(identifiers={meter_identifier(hub)}),
            news=hub.on_status,
        )


class P1ReadingSensor(ReadingEntity[P1Reading], SensorEntity):
    """A value that the meter sends."""

    def __init__(self, hub: P1Hub, reading: P1Reading) -> None:
        """Belong to the meter of the reading; look up how the value is shown."""
        super().__init__(hub, reading, owner_device_info(hub, reading.child))
        row = reading.row
        self._attr_unique_id = reading.unique_id
        self._attr_translation_key = reading.name
        self._attr_translation_placeholders = dict(reading.places)
        self._attr_entity_registry_enabled_default = row.enabled_default
        self._attr_device_class, self._attr_state_class = DISPLAYS[row.quantity]
        if row.unit is not None:
            self._attr_native_unit_of_measurement = UNITS[row.unit]
        self._attr_suggested_display_precision = row.precision
        if row.options:
            self._attr_options = list(row.options)
        if row.diagnostic:
            self._attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def native_value(self) -> Value:
        return self.reading.shown


@callback
def async_add_sensors(
    entry: FluksoConfigEntry,
    hub: P1Hub,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a P1 meter and of the meters behind it, as they are heard."""

    @callback
    def add(readings: list[P1Reading]) -> None:
        async_add_entities(P1ReadingSensor(hub, reading) for reading in readings)

    async_add_entities(P1HubSensor(hub, description) for description in P1_HUB_SENSORS)
    add(list(hub.readings))
    entry.async_on_unload(hub.on_readings.add(add))
