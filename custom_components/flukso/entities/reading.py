"""Entities that each show one reading of a hub."""

from typing import Protocol, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity


class ReadingHub[ReadingT](Protocol):
    """A hub, as an entity of one of its readings knows it."""

    def available(self, reading: ReadingT, /) -> bool:
        """Tell whether a reading can be believed to be current."""

    def attach(self, reading: ReadingT, listener: CALLBACK_TYPE, /) -> CALLBACK_TYPE:
        """Call listener when the display of a reading changes; returns the undo."""


class ReadingEntity[ReadingT](Entity):
    """An entity that shows one reading, written when its display changes."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(
        self, hub: ReadingHub[ReadingT], reading: ReadingT, device: DeviceInfo
    ) -> None:
        """Belong to the device that measures the reading."""
        self.hub = hub
        self.reading = reading
        self._attr_device_info = device

    @property
    @override
    def available(self) -> bool:
        return self.hub.available(self.reading)

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self.hub.attach(self.reading, self.show))

    @callback
    def show(self) -> None:
        """Write what the reading says now."""
        self.async_write_ha_state()
