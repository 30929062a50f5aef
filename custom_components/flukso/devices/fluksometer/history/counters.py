"""The counters of a Fluksometer whose history is to be complete."""

from collections.abc import Iterator

from homeassistant.components.sensor import SensorStateClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ....const import DOMAIN
from ....core.fluksometer.grid_sensors import stamp_lag
from ....core.fluksometer.topics import Stream
from ....entities.displays import DISPLAYS
from ....history.energy_counters import Counter
from ..entities import state_class
from ..hub import FluksometerHub


def shown_counters(hass: HomeAssistant, hub: FluksometerHub) -> Iterator[Counter]:
    """Yield the counters whose entities are enabled."""
    registry = er.async_get(hass)
    lag = stamp_lag(hub.config.model)
    for reading in hub.readings:
        channel = reading.channel
        row = channel.row
        if row.stream is not Stream.COUNTER or row.quantity not in DISPLAYS:
            continue
        entity_id = registry.async_get_entity_id(
            Platform.SENSOR, DOMAIN, channel.unique_id
        )
        entity = None if entity_id is None else registry.async_get(entity_id)
        if entity is None or entity.disabled:
            continue
        conversion = row.units[row.default_unit]
        yield Counter(
            entity.entity_id,
            channel.sensor.id,
            rising=state_class(row) is not SensorStateClass.TOTAL,
            unit=conversion.unit,
            factor=conversion.factor,
            lag=lag,
            interval=hub.counter_interval,
        )
