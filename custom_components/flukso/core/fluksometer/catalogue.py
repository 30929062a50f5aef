"""Say what each sensor of a Fluksometer is, in one table.

The firmware names a sensor by type, subtype and stream; where it sits (clamp, pulse
input, meter port, kube) decides the rest. Units are those of the payload (flxd,
decode.h; fluksod; kube registry) and what they are shown in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import Final, NamedTuple

from ..drops import Dropped, DropReason
from ..quantity import Quantity
from .readings import Reading
from .topics import Stream


class Kind(StrEnum):
    """Where a sensor sits."""

    CLAMP = "clamp"
    PULSE = "pulse"
    METER = "meter"
    KUBE = "kube"
    UNKNOWN = "unknown"


class Floored(Enum):
    """Which negative values FLM03E firmware prints as floor and remainder.

    A power factor lies between -1 and 1, so only a literal below -1 is one. Both
    ALWAYS and BELOW_MINUS_ONE are undone by `parse_reading(..., floored=True)`, which
    leaves literals from -1 to 0 as they are.
    """

    NEVER = "never"
    ALWAYS = "always"
    BELOW_MINUS_ONE = "below_minus_one"


class Conversion(NamedTuple):
    """Shown unit, None for a bare number, and the factor to it."""

    unit: str | None
    factor: float


class Measured(NamedTuple):
    """A value in the unit it is shown in."""

    value: float
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """What one stream of one kind of sensor is.

    `key`: name for translations. `units`: payload unit to shown unit; `default_unit`
    is the payload unit when the payload has none. `low`, `high`: what is physically
    possible, in the shown unit, so that sentinels fall outside. `mean`: write the
    mean of an interval, not its last value. `running_backwards`: a counter of the net
    of import and export. `error_bit`: bits of the kube's error field that spoil the
    value. `silence`: seconds after which this stream counts as silent, None where it
    only speaks on a change. `per_second`: shown flow of one payload unit of the pulse
    size per second. `precision`: decimals worth showing.
    """

    key: str
    quantity: Quantity
    stream: Stream
    units: Mapping[str, Conversion]
    default_unit: str
    low: float
    high: float
    precision: int
    mean: bool = False
    enabled_default: bool = True
    diagnostic: bool = False
    running_backwards: bool = False
    pulse: bool = False
    floored: Floored = Floored.NEVER
    error_bit: int = 0
    silence: float | None = None
    per_second: float = 1.0

    @property
    def undoes_floor(self) -> bool:
        """Tell whether readings are to be parsed with `floored=True`."""
        return self.floored is not Floored.NEVER


class RowKey(NamedTuple):
    """What the firmware calls a sensor, and where it sits."""

    kind: Kind
    type: str | None
    subtype: str | None = None


def decode(row: Row, reading: Reading) -> Measured:
    """Return a reading in its shown unit; raise Dropped when it cannot be true."""
    unit = row.default_unit if reading.unit is None else reading.unit
    if (conversion := row.units.get(unit)) is None:
        raise Dropped(DropReason.UNIT, f"not a unit of {row.key}")
    value = reading.value * conversion.factor
    if not row.low <= value <= row.high:
        raise Dropped(DropReason.OUT_OF_RANGE, f"not a value of {row.key}")
    return Measured(value, conversion.unit)


# Counters of the sensor board are unsigned 32-bit numbers of Wh, L, g, s.
_COUNTER_TOP: Final = 2.0**32
_COUNTER_TOP_KILO: Final = _COUNTER_TOP / 1000
# Gauges of FLM03E clamps are fixed-point numbers with 20 bits before the point.
_GAUGE_TOP: Final = 2.0**20
_FLOW_TOP: Final = 1e9

_CLAMP_SILENCE: Final = 30.0
_METER_SILENCE: Final = 60.0
_KUBE_SILENCE: Final = 300.0

# Bits of the error field of a kube (flk01, main.h).
_TEMPERATURE_ERROR: Final = 1
_HUMIDITY_ERROR: Final = 2
_LIGHT_ERROR: Final = 4
_PRESSURE_ERROR: Final = 8
_ACCELEROMETER_ERROR: Final = 16

_PERCENT: Final = {"": Conversion("%", 100)}
_COUNT: Final = {"": Conversion(None, 1)}
_LITRES: Final = {"L": Conversion("L", 1)}
_LITRES_PER_MINUTE: Final = {
    "L/s": Conversion("L/min", 60),
    "L/day": Conversion("L/min", 1 / 1440),
    "L.day": Conversion("L/min", 1 / 1440),
}
_CUBIC_METRES_PER_HOUR: Final = {
    "L/s": Conversion("m³/h", 3.6),
    "L/day": Conversion("m³/h", 0.001 / 24),
    "L.day": Conversion("m³/h", 0.001 / 24),
}

_ENERGY: Final = Row(
    key="energy",
    quantity=Quantity.ENERGY,
    stream=Stream.COUNTER,
    units={"Wh": Conversion("kWh", 0.001)},
    default_unit="Wh",
    low=0,
    high=_COUNTER_TOP_KILO,
    precision=2,
)
_POWER: Final = Row(
    key="power",
    quantity=Quantity.POWER,
    stream=Stream.GAUGE,
    units={"W": Conversion("W", 1)},
    default_unit="W",
    low=0,
    high=_GAUGE_TOP,
    precision=0,
    mean=True,
    silence=_CLAMP_SILENCE,
)
_REACTIVE_ENERGY: Final = Row(
    key="reactive_energy",
    quantity=Quantity.REACTIVE_ENERGY,
    stream=Stream.COUNTER,
    units={"VARh": Conversion("varh", 1)},
    default_unit="VARh",
    low=0,
    high=_COUNTER_TOP,
    precision=0,
    enabled_default=False,
    silence=_CLAMP_SILENCE,
)
_REACTIVE_POWER: Final = Row(
    key="reactive_power",
    quantity=Quantity.REACTIVE_POWER,
    stream=Stream.GAUGE,
    units={"VAR": Conversion("var", 1)},
    default_unit="VAR",
    low=0,
    high=_GAUGE_TOP,
    precision=0,
    mean=True,
    enabled_default=False,
    silence=_CLAMP_SILENCE,
)
_DISTORTION: Final = Row(
    key="voltage_thd",
    quantity=Quantity.DISTORTION,
    stream=Stream.GAUGE,
    units=_PERCENT,
    default_unit="",
    low=0,
    high=100_000,
    precision=1,
    enabled_default=False,
    silence=_CLAMP_SILENCE,
)
_PULSE_ENERGY: Final = replace(_ENERGY, pulse=True)
_PULSE_POWER: Final = replace(
    _POWER, pulse=True, mean=False, silence=None, per_second=3600
)
_GAS: Final = Row(
    key="gas",
    quantity=Quantity.GAS,
    stream=Stream.COUNTER,
    units={"L": Conversion("m³", 0.001)},
    default_unit="L",
    low=0,
    high=_COUNTER_TOP_KILO,
    precision=3,
    pulse=True,
)
_GAS_FLOW: Final = Row(
    key="gas_flow",
    quantity=Quantity.FLOW,
    stream=Stream.GAUGE,
    units=_CUBIC_METRES_PER_HOUR,
    default_unit="L/s",
    low=0,
    high=_FLOW_TOP,
    precision=3,
    pulse=True,
    per_second=3.6,
)
_WATER: Final = replace(
    _GAS,
    key="water",
    quantity=Quantity.WATER,
    units=_LITRES,
    high=_COUNTER_TOP,
    precision=0,
)
_WATER_FLOW: Final = replace(
    _GAS_FLOW, key="water_flow", units=_LITRES_PER_MINUTE, precision=1, per_second=60
)
_TEMPERATURE: Final = Row(
    key="temperature",
    quantity=Quantity.TEMPERATURE,
    stream=Stream.GAUGE,
    units={"°C": Conversion("°C", 1)},
    default_unit="°C",
    low=-40,
    high=125,
    precision=1,
    error_bit=_TEMPERATURE_ERROR,
    silence=_KUBE_SILENCE,
)
_MOTION: Final = Row(
    key="motion",
    quantity=Quantity.MOTION,
    stream=Stream.COUNTER,
    units=_COUNT,
    default_unit="",
    low=0,
    high=_COUNTER_TOP,
    precision=0,
)


def _directed(direction: str) -> tuple[Row, ...]:
    """Return the rows of one direction of an FLM03E clamp, which speaks each second."""
    return (
        replace(_ENERGY, key=f"energy_{direction}", silence=_CLAMP_SILENCE),
        replace(_POWER, key=f"power_{direction}"),
    )


def _quadrant(name: str) -> tuple[Row, ...]:
    """Return the rows of one quadrant of reactive energy."""
    return (
        replace(_REACTIVE_ENERGY, key=f"reactive_energy_{name}"),
        replace(_REACTIVE_POWER, key=f"reactive_power_{name}"),
    )


# What is not in the table counts something that only its owner knows.
OTHER: Final[tuple[Row, ...]] = (
    Row(
        key="count",
        quantity=Quantity.COUNT,
        stream=Stream.COUNTER,
        units=_COUNT,
        default_unit="",
        low=0,
        high=_COUNTER_TOP,
        precision=0,
        pulse=True,
    ),
    Row(
        key="rate",
        quantity=Quantity.RATE,
        stream=Stream.GAUGE,
        units={"1/s": Conversion("1/s", 1), "": Conversion(None, 1)},
        default_unit="1/s",
        low=-_FLOW_TOP,
        high=_FLOW_TOP,
        precision=3,
        pulse=True,
    ),
)

CATALOGUE: Final[Mapping[RowKey, tuple[Row, ...]]] = {
    # FLM02 clamps measure no direction, and send a counter only when it changed.
    RowKey(Kind.CLAMP, "electricity"): (_ENERGY, _POWER),
    RowKey(Kind.CLAMP, "electricity", "pplus"): _directed("import"),
    RowKey(Kind.CLAMP, "electricity", "pminus"): _directed("export"),
    RowKey(Kind.CLAMP, "electricity", "q1"): _quadrant("q1"),
    RowKey(Kind.CLAMP, "electricity", "q2"): _quadrant("q2"),
    RowKey(Kind.CLAMP, "electricity", "q3"): _quadrant("q3"),
    RowKey(Kind.CLAMP, "electricity", "q4"): _quadrant("q4"),
    RowKey(Kind.CLAMP, "electricity", "vrms"): (
        Row(
            key="voltage",
            quantity=Quantity.VOLTAGE,
            stream=Stream.GAUGE,
            units={"V": Conversion("V", 1)},
            default_unit="V",
            low=0,
            high=1000,
            precision=1,
            silence=_CLAMP_SILENCE,
        ),
    ),
    RowKey(Kind.CLAMP, "electricity", "irms"): (
        Row(
            key="current",
            quantity=Quantity.CURRENT,
            stream=Stream.GAUGE,
            units={"A": Conversion("A", 1)},
            default_unit="A",
            low=0,
            high=2000,
            precision=2,
            silence=_CLAMP_SILENCE,
        ),
    ),
    RowKey(Kind.CLAMP, "electricity", "pf"): (
        Row(
            key="power_factor",
            quantity=Quantity.POWER_FACTOR,
            stream=Stream.GAUGE,
            units=_PERCENT,
            default_unit="",
            low=-100.5,
            high=100.5,
            precision=1,
            floored=Floored.BELOW_MINUS_ONE,
            silence=_CLAMP_SILENCE,
        ),
    ),
    RowKey(Kind.CLAMP, "electricity", "vthd"): (_DISTORTION,),
    RowKey(Kind.CLAMP, "electricity", "ithd"): (
        replace(_DISTORTION, key="current_thd"),
    ),
    RowKey(Kind.CLAMP, "electricity", "alpha"): (
        Row(
            key="phase_angle",
            quantity=Quantity.ANGLE,
            stream=Stream.GAUGE,
            units={"°": Conversion("°", 1)},
            default_unit="°",
            low=-360,
            high=360,
            precision=1,
            enabled_default=False,
            floored=Floored.ALWAYS,
            silence=_CLAMP_SILENCE,
        ),
    ),
    RowKey(Kind.PULSE, "electricity"): (_PULSE_ENERGY, _PULSE_POWER),
    RowKey(Kind.PULSE, "heat"): (
        replace(_PULSE_ENERGY, key="heat"),
        replace(_PULSE_POWER, key="heat_power"),
    ),
    RowKey(Kind.PULSE, "gas"): (_GAS, _GAS_FLOW),
    RowKey(Kind.PULSE, "water"): (_WATER, _WATER_FLOW),
    RowKey(Kind.PULSE, "fuel"): (
        replace(_WATER, key="fuel", quantity=Quantity.VOLUME),
        replace(_WATER_FLOW, key="fuel_flow"),
    ),
    RowKey(Kind.PULSE, "pellet"): (
        Row(
            key="pellet",
            quantity=Quantity.MASS,
            stream=Stream.COUNTER,
            units={"g": Conversion("kg", 0.001)},
            default_unit="g",
            low=0,
            high=_COUNTER_TOP_KILO,
            precision=2,
            pulse=True,
        ),
        Row(
            key="pellet_flow",
            quantity=Quantity.MASS_FLOW,
            stream=Stream.GAUGE,
            units={"g/s": Conversion("kg/h", 3.6)},
            default_unit="g/s",
            low=0,
            high=_FLOW_TOP,
            precision=2,
            pulse=True,
            per_second=3.6,
        ),
    ),
    RowKey(Kind.PULSE, "time"): (
        Row(
            key="duration",
            quantity=Quantity.DURATION,
            stream=Stream.COUNTER,
            units={"s": Conversion("s", 1)},
            default_unit="s",
            low=0,
            high=_COUNTER_TOP,
            precision=0,
            pulse=True,
        ),
        Row(
            key="duty",
            quantity=Quantity.RATIO,
            stream=Stream.GAUGE,
            units=_PERCENT,
            default_unit="",
            low=0,
            high=_FLOW_TOP,
            precision=0,
            pulse=True,
            per_second=100,
        ),
    ),
    # The P1 counter of an FLM02 is import less export.
    RowKey(Kind.METER, "electricity"): (
        replace(
            _ENERGY, key="energy_net", low=-_COUNTER_TOP_KILO, running_backwards=True
        ),
        replace(_POWER, key="power_net", low=-_GAUGE_TOP, silence=_METER_SILENCE),
    ),
    # The gas gauge of P1 is 0 but for one spike per hourly reading of the counter.
    RowKey(Kind.METER, "gas"): (
        replace(_GAS, pulse=False),
        replace(_GAS_FLOW, pulse=False, enabled_default=False, silence=_METER_SILENCE),
    ),
    # The placeholder of an FLM02's serial port publishes nothing.
    RowKey(Kind.METER, None): (),
    RowKey(Kind.KUBE, "temperature"): (_TEMPERATURE,),
    # Below 0 % and above 100 % is what the formula of the chip gives at either end;
    # 119 % is its sentinel.
    RowKey(Kind.KUBE, "humidity"): (
        replace(
            _TEMPERATURE,
            key="humidity",
            quantity=Quantity.HUMIDITY,
            units={"%": Conversion("%", 1)},
            default_unit="%",
            low=-5,
            high=105,
            precision=0,
            error_bit=_HUMIDITY_ERROR,
        ),
    ),
    RowKey(Kind.KUBE, "pressure"): (
        replace(
            _TEMPERATURE,
            key="pressure",
            quantity=Quantity.PRESSURE,
            units={"Pa": Conversion("hPa", 0.01), "hPa": Conversion("hPa", 1)},
            default_unit="Pa",
            low=300,
            high=1200,
            error_bit=_PRESSURE_ERROR,
        ),
    ),
    RowKey(Kind.KUBE, "light"): (
        replace(
            _TEMPERATURE,
            key="illuminance",
            quantity=Quantity.ILLUMINANCE,
            units={"lx": Conversion("lx", 1)},
            default_unit="lx",
            low=0,
            high=16383.5,
            precision=0,
            error_bit=_LIGHT_ERROR,
        ),
    ),
    RowKey(Kind.KUBE, "battery"): (
        replace(
            _TEMPERATURE,
            key="battery_voltage",
            quantity=Quantity.BATTERY_VOLTAGE,
            units={"V": Conversion("V", 1)},
            default_unit="V",
            low=0,
            high=5,
            diagnostic=True,
            error_bit=0,
        ),
    ),
    RowKey(Kind.KUBE, "error"): (
        replace(
            _TEMPERATURE,
            key="error",
            quantity=Quantity.ERROR_BITS,
            units=_COUNT,
            default_unit="",
            low=0,
            high=255,
            precision=0,
            diagnostic=True,
            error_bit=0,
        ),
    ),
    RowKey(Kind.KUBE, "movement"): (_MOTION,),
    RowKey(Kind.KUBE, "vibration"): (
        replace(
            _MOTION,
            key="vibration",
            quantity=Quantity.VIBRATION,
            error_bit=_ACCELEROMETER_ERROR,
        ),
    ),
    # Paired with every kube, sent by none.
    RowKey(Kind.KUBE, "proximity"): (),
}
