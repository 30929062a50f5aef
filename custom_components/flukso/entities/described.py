"""Entities that each show one aspect of something, as a description tells."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.sensor import SensorEntity, SensorEntityDescription
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.typing import StateType

from ..helpers.listeners import Listeners

type SensorValue = StateType | datetime


@dataclass(frozen=True, kw_only=True)
class Description[SourceT, ValueT]:
    """How to take a state from its source: a hub, a demand meter.

    `exists_fn`: whether the source tells of this aspect; not every one does.
    """

    value_fn: Callable[[SourceT], ValueT]
    exists_fn: Callable[[SourceT], bool] = lambda _source: True
    attributes_fn: Callable[[SourceT], dict[str, Any]] | None = None

    def attributes(self, source: SourceT) -> dict[str, Any] | None:
        """Return the extra state attributes; None if there never are any."""
        return None if self.attributes_fn is None else self.attributes_fn(source)


@dataclass(frozen=True, kw_only=True)
class SensorDescription[SourceT](
    Description[SourceT, SensorValue], SensorEntityDescription
):
    """Describes a sensor."""


@dataclass(frozen=True, kw_only=True)
class BinarySensorDescription[SourceT](
    Description[SourceT, bool | None], BinarySensorEntityDescription
):
    """Describes a binary sensor."""


class DescribedEntity[SourceT](Entity):
    """An entity of a source, written whenever the source has news."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(
        self,
        source: SourceT,
        description: EntityDescription,
        *,
        source_id: str,
        device: DeviceInfo,
        news: Listeners[[]],
    ) -> None:
        """Belong to a device; the unique id is that of the source and the key."""
        self.source = source
        self.entity_description = description
        self._attr_unique_id = f"{source_id}_{description.key}"
        self._attr_device_info = device
        self._news = news

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self._news.add(self.async_write_ha_state))


class DescribedSensor[SourceT](DescribedEntity[SourceT], SensorEntity):
    """An aspect of a source as a sensor."""

    entity_description: SensorDescription[SourceT]

    @property
    @override
    def native_value(self) -> SensorValue:
        return self.entity_description.value_fn(self.source)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        return self.entity_description.attributes(self.source)


class DescribedBinarySensor[SourceT](DescribedEntity[SourceT], BinarySensorEntity):
    """A condition of a source as a binary sensor."""

    entity_description: BinarySensorDescription[SourceT]

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.value_fn(self.source)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        return self.entity_description.attributes(self.source)
