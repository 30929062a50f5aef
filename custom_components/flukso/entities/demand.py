"""The quarter-hour demand, and what it costs, as entities."""

from collections.abc import Callable, Iterable
from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfPower
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..const import DOMAIN, MANUFACTURER
from ..core.demand.peaks.bill import Bill
from ..demand.attributes import (
    chosen_attributes,
    month_cost_attributes,
    month_peak_attributes,
    outlook_attributes,
    price_attributes,
    risk_attributes,
    rolling_attributes,
    running_attributes,
    window_attributes,
    window_times,
    year_cost_attributes,
)
from ..demand.meter import DemandMeter
from ..device import FluksoConfigEntry
from .described import (
    BinarySensorDescription,
    DescribedBinarySensor,
    DescribedEntity,
    DescribedSensor,
    SensorDescription,
    SensorValue,
)

# Demand registers of meters count in watts; prices per kW in hundredths of a cent.
DECIMALS = 3


def _kilowatts(
    key: str,
    value_fn: Callable[[DemandMeter], float | None],
    attributes_fn: Callable[[DemandMeter], dict[str, Any]] | None = None,
) -> SensorDescription[DemandMeter]:
    return SensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=3,
        value_fn=value_fn,
        attributes_fn=attributes_fn,
    )


def _money(
    key: str,
    value_fn: Callable[[Bill], float],
    attributes_fn: Callable[[Bill], dict[str, Any]],
) -> SensorDescription[DemandMeter]:
    """Return a sensor of an aspect of the bill, in the home's currency."""
    return SensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        value_fn=lambda meter: None if meter.bill is None else value_fn(meter.bill),
        attributes_fn=lambda meter: (
            {} if meter.bill is None else attributes_fn(meter.bill)
        ),
    )


DEMAND_SENSORS: tuple[SensorDescription[DemandMeter], ...] = (
    _kilowatts(
        "demand",
        lambda meter: meter.demand,
        lambda meter: running_attributes(meter.running, meter.counts),
    ),
    _kilowatts(
        "projected_demand",
        lambda meter: meter.projected_demand,
        lambda meter: outlook_attributes(meter.outlook),
    ),
    SensorDescription(
        key="available_power",
        translation_key="available_power",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda meter: meter.available_watts,
        attributes_fn=lambda meter: window_times(meter.running),
    ),
    _kilowatts(
        "last_window_demand",
        lambda meter: meter.last_window_demand,
        lambda meter: window_attributes(meter.memory.last_window),
    ),
    _kilowatts(
        "month_peak",
        lambda meter: meter.month_peak_demand,
        lambda meter: {
            **month_peak_attributes(meter.month_peak, meter.marked_windows),
            **chosen_attributes(meter.memory.ledger.chosen(meter.month)),
        },
    ),
    SensorDescription(
        key="month_peak_time",
        translation_key="month_peak_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda meter: meter.month_peak_time,
    ),
    _kilowatts(
        "rolling_peak",
        lambda meter: meter.rolling_peak,
        lambda meter: rolling_attributes(
            meter.month, meter.memory.ledger, meter.tariff.profile
        ),
    ),
    _kilowatts("target", lambda meter: meter.target),
    _money("month_cost", lambda bill: bill.month_cost, month_cost_attributes),
    _money("year_cost", lambda bill: bill.year_cost, year_cost_attributes),
    _money("month_peak_cost", lambda bill: bill.peak_cost, price_attributes),
    _money("extra_kw_cost", lambda bill: bill.extra_kw_cost, price_attributes),
)


DEMAND_BINARY_SENSORS: tuple[BinarySensorDescription[DemandMeter], ...] = (
    BinarySensorDescription(
        key="peak_risk",
        translation_key="peak_risk",
        value_fn=lambda meter: meter.peak_risk,
        attributes_fn=lambda meter: risk_attributes(
            meter.running, as_now=meter.peak_as_now
        ),
    ),
    BinarySensorDescription(
        key="peak_certain",
        translation_key="peak_certain",
        value_fn=lambda meter: meter.peak_certain,
    ),
)

# What is only true while readings arrive; the rest is remembered.
RUNNING_KEYS = frozenset(
    {"demand", "projected_demand", "available_power", "peak_risk", "peak_certain"}
)


class DemandEntity(DescribedEntity[DemandMeter]):
    """An entity of a demand meter; written at each tick and closed window."""

    def __init__(self, meter: DemandMeter, description: EntityDescription) -> None:
        """Belong to the service device of the demand meter."""
        super().__init__(
            meter,
            description,
            source_id=meter.subentry_id,
            device=_device_info(meter),
            news=meter.on_update,
        )
        self.meter = meter

    @property
    @override
    def available(self) -> bool:
        if self.entity_description.key in RUNNING_KEYS:
            return self.meter.alive
        return True


class DemandSensor(DemandEntity, DescribedSensor[DemandMeter]):
    """An aspect of the quarter-hour demand."""

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        if self.entity_description.device_class is SensorDeviceClass.MONETARY:
            return self.hass.config.currency
        return super().native_unit_of_measurement

    @property
    @override
    def native_value(self) -> SensorValue:
        value = super().native_value
        return round(value, DECIMALS) if isinstance(value, float) else value


class DemandBinarySensor(DemandEntity, DescribedBinarySensor[DemandMeter]):
    """A condition of the running window."""


def _device_info(meter: DemandMeter) -> DeviceInfo:
    """Describe a demand meter: a service, by way of what measures for it."""
    device = DeviceInfo(
        identifiers={(DOMAIN, meter.subentry_id)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model="Demand meter",
        name=meter.name,
    )
    if (measures := meter.source.registry_id) is not None:
        device["via_device_id"] = measures
    return device


@callback
def async_add_demand_entities(
    entry: FluksoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[DemandMeter, EntityDescription], DemandEntity],
    descriptions: Iterable[EntityDescription],
) -> None:
    """Add an entity for each description to each demand meter."""
    for subentry_id, meter in entry.runtime_data.meters.items():
        async_add_entities(
            [make(meter, description) for description in descriptions],
            config_subentry_id=subentry_id,
        )
