"""How Home Assistant shows each quantity."""

from collections.abc import Mapping
from typing import NamedTuple

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass

from ..core.quantity import Quantity

MEASURED = SensorStateClass.MEASUREMENT
COUNTED = SensorStateClass.TOTAL_INCREASING


class Display(NamedTuple):
    """Device class and state class of a quantity."""

    device_class: SensorDeviceClass | None
    state_class: SensorStateClass | None


# What is absent here is no sensor but a binary sensor.
DISPLAYS: Mapping[Quantity, Display] = {
    Quantity.ENERGY: Display(SensorDeviceClass.ENERGY, COUNTED),
    Quantity.POWER: Display(SensorDeviceClass.POWER, MEASURED),
    Quantity.REACTIVE_ENERGY: Display(SensorDeviceClass.REACTIVE_ENERGY, COUNTED),
    Quantity.REACTIVE_POWER: Display(SensorDeviceClass.REACTIVE_POWER, MEASURED),
    Quantity.APPARENT_POWER: Display(SensorDeviceClass.APPARENT_POWER, MEASURED),
    Quantity.VOLTAGE: Display(SensorDeviceClass.VOLTAGE, MEASURED),
    Quantity.CURRENT: Display(SensorDeviceClass.CURRENT, MEASURED),
    Quantity.POWER_FACTOR: Display(SensorDeviceClass.POWER_FACTOR, MEASURED),
    Quantity.DISTORTION: Display(None, MEASURED),
    Quantity.ANGLE: Display(None, MEASURED),
    Quantity.GAS: Display(SensorDeviceClass.GAS, COUNTED),
    Quantity.WATER: Display(SensorDeviceClass.WATER, COUNTED),
    Quantity.VOLUME: Display(SensorDeviceClass.VOLUME, COUNTED),
    Quantity.FLOW: Display(SensorDeviceClass.VOLUME_FLOW_RATE, MEASURED),
    Quantity.MASS: Display(SensorDeviceClass.WEIGHT, COUNTED),
    Quantity.MASS_FLOW: Display(None, MEASURED),
    Quantity.DURATION: Display(SensorDeviceClass.DURATION, COUNTED),
    Quantity.RATIO: Display(None, MEASURED),
    Quantity.COUNT: Display(None, COUNTED),
    Quantity.RATE: Display(None, MEASURED),
    Quantity.TEMPERATURE: Display(SensorDeviceClass.TEMPERATURE, MEASURED),
    Quantity.HUMIDITY: Display(SensorDeviceClass.HUMIDITY, MEASURED),
    Quantity.PRESSURE: Display(SensorDeviceClass.ATMOSPHERIC_PRESSURE, MEASURED),
    Quantity.ILLUMINANCE: Display(SensorDeviceClass.ILLUMINANCE, MEASURED),
    Quantity.BATTERY_VOLTAGE: Display(SensorDeviceClass.VOLTAGE, MEASURED),
    Quantity.MOMENT: Display(SensorDeviceClass.TIMESTAMP, None),
    Quantity.CHOICE: Display(SensorDeviceClass.ENUM, None),
}
