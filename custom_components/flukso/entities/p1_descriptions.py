"""How Home Assistant shows what a P1 meter measures."""

from collections.abc import Mapping
from typing import NamedTuple

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    UnitOfApparentPower,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfReactiveEnergy,
    UnitOfReactivePower,
    UnitOfVolume,
)

from ..core.p1.catalogue import Measure

MEASURED = SensorStateClass.MEASUREMENT
COUNTED = SensorStateClass.TOTAL_INCREASING


class P1Display(NamedTuple):
    """Device class and state class of a measure."""

    device_class: SensorDeviceClass | None
    state_class: SensorStateClass | None


P1_DISPLAYS: Mapping[Measure, P1Display] = {
    Measure.ENERGY: P1Display(SensorDeviceClass.ENERGY, COUNTED),
    Measure.POWER: P1Display(SensorDeviceClass.POWER, MEASURED),
    Measure.REACTIVE_ENERGY: P1Display(SensorDeviceClass.REACTIVE_ENERGY, COUNTED),
    Measure.REACTIVE_POWER: P1Display(SensorDeviceClass.REACTIVE_POWER, MEASURED),
    Measure.APPARENT_POWER: P1Display(SensorDeviceClass.APPARENT_POWER, MEASURED),
    Measure.VOLTAGE: P1Display(SensorDeviceClass.VOLTAGE, MEASURED),
    Measure.CURRENT: P1Display(SensorDeviceClass.CURRENT, MEASURED),
    Measure.POWER_FACTOR: P1Display(SensorDeviceClass.POWER_FACTOR, MEASURED),
    Measure.GAS: P1Display(SensorDeviceClass.GAS, COUNTED),
    Measure.WATER: P1Display(SensorDeviceClass.WATER, COUNTED),
    Measure.VOLUME: P1Display(SensorDeviceClass.VOLUME, COUNTED),
    Measure.COUNT: P1Display(None, COUNTED),
    Measure.MOMENT: P1Display(SensorDeviceClass.TIMESTAMP, None),
    Measure.CHOICE: P1Display(SensorDeviceClass.ENUM, None),
}

# The catalogue's units by Home Assistant's names.
P1_UNITS: Mapping[str, str] = {
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
