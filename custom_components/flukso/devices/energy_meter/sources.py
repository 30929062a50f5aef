"""The entities of other integrations that tell of a grid connection."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
import hashlib
import math
from typing import Any, Final, Self

from homeassistant.components.sensor import (
    ATTR_STATE_CLASS,
    SensorDeviceClass,
    SensorStateClass,
)
from homeassistant.const import (
    ATTR_DEVICE_CLASS,
    ATTR_RESTORED,
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfEnergy,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util.unit_conversion import EnergyConverter, PowerConverter

from ...const import (
    CONF_DEMAND_ENTITY,
    CONF_EXPORT_ENTITIES,
    CONF_IMPORT_ENTITIES,
    CONF_MONTH_PEAK_ENTITY,
    CONF_NET,
    CONF_PHASES,
    CONF_POWER_ENTITY,
    DOMAIN,
)

ENERGY_FIELDS: Final = (CONF_IMPORT_ENTITIES, CONF_EXPORT_ENTITIES)
POWER_FIELDS: Final = (CONF_POWER_ENTITY, CONF_DEMAND_ENTITY, CONF_MONTH_PEAK_ENTITY)
HASH_DIGITS: Final = 16


class SourceFault(StrEnum):
    """Why an entity cannot be used: the key of an error of the form."""

    NO_ENTITIES = "no_entities"
    NOT_ENERGY = "not_energy"
    NOT_POWER = "not_power"
    SAME_ENTITY = "same_entity"
    OWN_ENTITY = "own_entity"
    ENTITY_UNAVAILABLE = "entity_unavailable"
    COUNTED_TWICE = "counted_twice"


@dataclass(frozen=True, slots=True)
class EnergySources:
    """The entities of an entry, by their id in the registry where they have one.

    `phases`: what the entities count is summed before import and export are told
    apart. `net`: the counters may run backwards.
    """

    imports: tuple[str, ...]
    exports: tuple[str, ...]
    power: str | None
    demand: str | None
    month_peak: str | None
    phases: bool
    net: bool

    @classmethod
    def of_entry(cls, data: Mapping[str, Any]) -> Self:
        """Return the sources that an entry stores."""
        return cls(
            imports=tuple(data[CONF_IMPORT_ENTITIES]),
            exports=tuple(data[CONF_EXPORT_ENTITIES]),
            power=data.get(CONF_POWER_ENTITY),
            demand=data.get(CONF_DEMAND_ENTITY),
            month_peak=data.get(CONF_MONTH_PEAK_ENTITY),
            phases=data[CONF_PHASES],
            net=data[CONF_NET],
        )

    @property
    def signs(self) -> dict[str, int]:
        """Return what is added up to the import: 1, and -1 for what is subtracted."""
        signs = dict.fromkeys(self.imports, 1)
        return signs | dict.fromkeys(self.exports, -1) if self.phases else signs

    @property
    def counters(self) -> tuple[str, ...]:
        """Return all that count energy."""
        return self.imports + self.exports

    @property
    def all(self) -> tuple[str, ...]:
        """Return everything that is listened to."""
        others = (self.power, self.demand, self.month_peak)
        return self.counters + tuple(source for source in others if source is not None)


def energy_of(state: State | None) -> float | None:
    """Return a counter in kWh, None when the state is no reading of one."""
    return _reading(state, EnergyConverter, UnitOfEnergy.KILO_WATT_HOUR)


def power_of(state: State | None) -> float | None:
    """Return a power in kW, None when the state is no reading of one."""
    return _reading(state, PowerConverter, UnitOfPower.KILO_WATT)


def _reading(
    state: State | None,
    converter: type[EnergyConverter | PowerConverter],
    unit: str,
) -> float | None:
    """Return the number of a state in a unit; a restored one is not a reading."""
    if state is None or state.attributes.get(ATTR_RESTORED):
        return None
    told = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    try:
        value = float(state.state)
    except ValueError:
        return None
    known = isinstance(told, str) and told in converter.VALID_UNITS
    return (
        converter.convert(value, told, unit) if known and math.isfinite(value) else None
    )


def registry_id(hass: HomeAssistant, entity_id: str) -> str:
    """Return what names an entity for good, as far as it is registered."""
    entry = er.async_get(hass).async_get(entity_id)
    return entity_id if entry is None else entry.id


def device_of(hass: HomeAssistant, source: str) -> str | None:
    """Return the device of a source."""
    entry = er.async_get(hass).async_get(source)
    return None if entry is None else entry.device_id


def entity_name(hass: HomeAssistant, source: str) -> str:
    """Return the entity id of a source, also of one that was removed."""
    registry = er.async_get(hass)
    if (entity_id := er.async_resolve_entity_id(registry, source)) is not None:
        return entity_id
    gone = registry.deleted_entities.values()
    return next((entry.entity_id for entry in gone if entry.id == source), source)


def sources_hash(imports: Iterable[str]) -> str:
    """Return what tells the meter behind import entities from others."""
    return hashlib.sha256(" ".join(sorted(imports)).encode()).hexdigest()[:HASH_DIGITS]


def runs_backwards(hass: HomeAssistant, source: str) -> bool:
    """Tell whether a counter takes export off: then its class is not ever-growing."""
    return bool(_fact(hass, source, ATTR_STATE_CLASS) == SensorStateClass.TOTAL)


def fault_of(hass: HomeAssistant, form: Mapping[str, Any]) -> SourceFault | None:
    """Return why the entities of a form cannot be used, None if they can."""
    energy = [source for field in ENERGY_FIELDS for source in form.get(field, ())]
    powers = [form[field] for field in POWER_FIELDS if field in form]
    if not form[CONF_IMPORT_ENTITIES]:
        return SourceFault.NO_ENTITIES
    if len({entity_name(hass, source) for source in energy}) < len(energy):
        return SourceFault.SAME_ENTITY
    faults = (
        *(_energy_fault(hass, source) for source in energy),
        *(
            _unit_fault(hass, source, PowerConverter, SourceFault.NOT_POWER)
            for source in powers
        ),
    )
    return next((fault for fault in faults if fault is not None), None)


def _energy_fault(hass: HomeAssistant, source: str) -> SourceFault | None:
    """Return why an entity cannot be a counter of energy."""
    if fault := _unit_fault(hass, source, EnergyConverter, SourceFault.NOT_ENERGY):
        return fault
    # The charge of a battery, and what was used in the last hour, are no counters.
    stored = _fact(hass, source, ATTR_DEVICE_CLASS) == SensorDeviceClass.ENERGY_STORAGE
    momentary = _fact(hass, source, ATTR_STATE_CLASS) == SensorStateClass.MEASUREMENT
    return SourceFault.NOT_ENERGY if stored or momentary else None


def _unit_fault(
    hass: HomeAssistant,
    source: str,
    converter: type[EnergyConverter | PowerConverter],
    fault: SourceFault,
) -> SourceFault | None:
    """Return why an entity does not measure in units of a kind."""
    entry = er.async_get(hass).async_get(source)
    if entry is not None and entry.platform == DOMAIN:
        return SourceFault.OWN_ENTITY
    unit = _fact(hass, source, ATTR_UNIT_OF_MEASUREMENT)
    if unit is not None:
        return None if unit in converter.VALID_UNITS else fault
    state = hass.states.get(entity_name(hass, source))
    silent = state is None or state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN)
    return SourceFault.ENTITY_UNAVAILABLE if silent else fault


def _fact(hass: HomeAssistant, source: str, attribute: str) -> Any:
    """Return what an entity says of itself, also while it is unavailable."""
    state = hass.states.get(entity_name(hass, source))
    if state is not None and attribute in state.attributes:
        return state.attributes[attribute]
    entry = er.async_get(hass).async_get(source)
    if entry is None:
        return None
    return {
        ATTR_UNIT_OF_MEASUREMENT: entry.unit_of_measurement,
        ATTR_DEVICE_CLASS: entry.device_class or entry.original_device_class,
        ATTR_STATE_CLASS: (entry.capabilities or {}).get(ATTR_STATE_CLASS),
    }[attribute]
