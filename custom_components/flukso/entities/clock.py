"""How far the clock of a device is off, as a sensor."""

from typing import Protocol

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory, UnitOfTime

from .described import SensorDescription


class Clocked(Protocol):
    """What knows how far the clock of its device is off."""

    @property
    def clock_offset(self) -> int | None:
        """By how many seconds it is ahead; None while nothing tells."""


def clock_offset[SourceT: Clocked]() -> SensorDescription[SourceT]:
    """Return what describes the sensor of a source."""
    return SensorDescription(
        key="clock_offset",
        translation_key="clock_offset",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda source: source.clock_offset,
    )
