"""Motion, trouble and the condition of a Fluksometer as binary sensors."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.const import EntityCategory
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_call_later

from ...core.fluksometer.live_reading import LiveReading
from ...core.quantity import Quantity
from ...device import FluksoConfigEntry
from ...entities.described import BinarySensorDescription, DescribedBinarySensor
from .entities import HubEntity, LiveEntity, async_follow_hub, async_follow_readings
from .hub import FluksometerHub

# A kube looks at its counters every 8 s: two looks without a change is stillness.
STILL_AFTER = 17.0

# Meaning of a kube's error bits (flk01 firmware); 128 is the watchdog of the FLK01A.
KUBE_ERRORS = {
    1: "temperature",
    2: "humidity",
    4: "light",
    8: "pressure",
    16: "accelerometer",
    32: "low_battery",
    64: "watchdog",
    128: "watchdog",
}

COUNTED_MOVES = {
    Quantity.MOTION: BinarySensorDeviceClass.MOTION,
    Quantity.VIBRATION: BinarySensorDeviceClass.VIBRATION,
}

HUB_BINARY_SENSORS: tuple[BinarySensorDescription[FluksometerHub], ...] = (
    BinarySensorDescription(
        key="self_test",
        translation_key="self_test",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: bool(hub.self_test.failed) if hub.self_test else None,
        exists_fn=lambda hub: hub.self_test is not None,
        attributes_fn=lambda hub: {
            "failed": list(hub.self_test.failed) if hub.self_test else []
        },
    ),
    BinarySensorDescription(
        key="cloud_link",
        translation_key="cloud_link",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda hub: hub.cloud_link,
        exists_fn=lambda hub: hub.cloud_link is not None,
    ),
)


class HubBinarySensor(HubEntity, DescribedBinarySensor[FluksometerHub]):
    """A condition of the Fluksometer."""


class KubeErrorSensor(LiveEntity, BinarySensorEntity):
    """Whether a kube reports trouble with itself."""

    _attr_device_class = BinarySensorDeviceClass.PROBLEM
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, hub: FluksometerHub, reading: LiveReading) -> None:
        """Name it by what it shows rather than by the row."""
        super().__init__(hub, reading)
        self._attr_translation_key = "kube_error"

    @property
    @override
    def is_on(self) -> bool | None:
        return None if self.reading.shown is None else bool(self.reading.shown)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        bits = int(self.reading.shown or 0)
        return {"errors": [name for bit, name in KUBE_ERRORS.items() if bits & bit]}


class MoveSensor(LiveEntity, BinarySensorEntity):
    """Motion or vibration: on when a kube's counter changes, off when it rests."""

    def __init__(self, hub: FluksometerHub, reading: LiveReading) -> None:
        """Begin at rest."""
        super().__init__(hub, reading)
        self._attr_device_class = COUNTED_MOVES[reading.channel.row.quantity]
        self._attr_is_on = False
        self._last: float | None = None
        self._still: CALLBACK_TYPE | None = None

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self.hub.tap(self.reading, self._counted))
        self.async_on_remove(self._cancel)

    @callback
    @override
    def show(self) -> None:
        if not self.hub.link_up:
            # What moved while nobody listened is no move of now.
            self._last = None
        super().show()

    @callback
    def _counted(self, _sensor_id: str, _stamp: int, value: float) -> None:
        """Take a count; the first one is where counting begins."""
        moved = self._last is not None and value != self._last
        self._last = value
        if not moved:
            return
        self._cancel()
        self._still = async_call_later(self.hass, STILL_AFTER, self._rest)
        self._attr_is_on = True
        self.async_write_ha_state()

    @callback
    def _rest(self, _now: datetime) -> None:
        self._still = None
        self._attr_is_on = False
        self.async_write_ha_state()

    @callback
    def _cancel(self) -> None:
        if self._still:
            self._still()
            self._still = None


def reading_binary_sensors(
    hub: FluksometerHub, reading: LiveReading
) -> Iterable[LiveEntity]:
    """Return the binary sensors of one reading."""
    quantity = reading.channel.row.quantity
    if quantity in COUNTED_MOVES:
        yield MoveSensor(hub, reading)
    elif quantity is Quantity.ERROR_BITS:
        yield KubeErrorSensor(hub, reading)


@callback
def async_add_binary_sensors(
    hass: HomeAssistant,
    entry: FluksoConfigEntry,
    hub: FluksometerHub,
    add: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of a Fluksometer and of its readings."""
    async_follow_hub(entry, hub, add, HUB_BINARY_SENSORS, HubBinarySensor)
    async_follow_readings(hass, entry, hub, add, reading_binary_sensors)
