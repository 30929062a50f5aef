"""Every enabled sensor is found with its streams, its part and its meaning."""

from collections import Counter
from typing import Any

import pytest

from custom_components.flukso.core.drops import Dropped, DropReason
from custom_components.flukso.core.fluksometer.catalogue import (
    CATALOGUE,
    OTHER,
    Floored,
    Row,
    decode,
)
from custom_components.flukso.core.fluksometer.channels import (
    Channel,
    Owner,
    channels,
    owner_name,
)
from custom_components.flukso.core.fluksometer.readings import Reading, parse_reading
from custom_components.flukso.core.quantity import Quantity

from .support import NOW, config_of, flm02b, flm03e, hex_id

FLM02 = {"hw_major": 2, "hw_minor": 2}
CLAMP = {"class": "analog", "type": "electricity", "port": [1]}
COSEM = {"class": "cosem", "port": "ttyS0"}
FLX = {
    "1": {"class": "ct", "name": "L1"},
    "4": {"class": "pulse", "name": "solar", "constant": 0.1},
}


def kube(kind: str, data_type: str = "gauge") -> dict[str, Any]:
    return {"class": "kube", "kid": 1, "type": kind, "data_type": data_type}


def clamp(subtype: str, data_type: str = "counter") -> dict[str, Any]:
    return {
        "type": "electricity",
        "subtype": subtype,
        "port": [1],
        "data_type": data_type,
    }


def pulse(kind: str) -> dict[str, Any]:
    return {"type": kind, "port": [4]}


def rows_of(sensor: dict[str, Any]) -> dict[str, Row]:
    """Return the rows of one sensor by stream."""
    return {
        channel.row.stream.value: channel.row
        for channel in channels(config_of([sensor]))
    }


def keys_of(sensor: dict[str, Any], **sections: dict[str, Any]) -> list[str]:
    """Return the keys of one sensor in a device with these sections."""
    found = channels(config_of([sensor], **sections))
    return [channel.row.key for channel in found]


def one(number: int, *, flx: dict[str, Any] | None = None) -> Channel:
    """Return the first channel of a pulse sensor of an FLM03E's port."""
    sensor = {"type": "electricity", "subtype": "pplus", "port": [number]}
    return channels(config_of([sensor], flx=flx))[0]


SAMPLES: list[tuple[dict[str, Any], str, str, str, float, str | None]] = [
    (CLAMP, "counter", '[1459065184,2149218,"Wh"]', "energy", 2149.218, "kWh"),
    (CLAMP, "gauge", '[1459065180,157,"W"]', "power", 157, "W"),
    (clamp("pplus"), "counter", '[1517237114, 2597417.547, "Wh"]', "energy_import",
     2597.417547, "kWh"),
    (clamp("pplus"), "gauge", '[1517237114, 1278.079, "W"]', "power_import",
     1278.079, "W"),
    (clamp("pminus"), "counter", '[1517237114, 553.808, "Wh"]', "energy_export",
     0.553808, "kWh"),
    (clamp("pminus"), "gauge", '[1517237114, 0, "W"]', "power_export", 0, "W"),
    (clamp("q1"), "counter", '[1517237114, 32460.770, "VARh"]', "reactive_energy_q1",
     32460.770, "varh"),
    (clamp("q1"), "gauge", '[1517237114, 169.333, "VAR"]', "reactive_power_q1",
     169.333, "var"),
    (clamp("q2"), "counter", '[1517237114, 171.525, "VARh"]', "reactive_energy_q2",
     171.525, "varh"),
    (clamp("q2"), "gauge", '[1517237114, 0, "VAR"]', "reactive_power_q2", 0, "var"),
    (clamp("q3"), "counter", '[1517237114, 2.899, "VARh"]', "reactive_energy_q3",
     2.899, "varh"),
    (clamp("q3"), "gauge", '[1517237114, 0, "VAR"]', "reactive_power_q3", 0, "var"),
    (clamp("q4"), "counter", '[1517237114, 571499.539, "VARh"]', "reactive_energy_q4",
     571499.539, "varh"),
    (clamp("q4"), "gauge", '[1517237114, 0, "VAR"]', "reactive_power_q4", 0, "var"),
    (clamp("vrms", "gauge"), "gauge", '[1517237114, 231.134, "V"]', "voltage",
     231.134, "V"),
    (clamp("irms", "gauge"), "gauge", '[1517237114, 5.686, "A"]', "current",
     5.686, "A"),
    (clamp("pf", "gauge"), "gauge", '[1517237114, 0.972, ""]', "power_factor",
     97.2, "%"),
    (clamp("pf", "gauge"), "gauge", '[1517237114, -1.150, ""]', "power_factor",
     -85, "%"),
    (clamp("pf", "gauge"), "gauge", '[1517237114, -0.850, ""]', "power_factor",
     -85, "%"),
    (clamp("vthd", "gauge"), "gauge", '[1517237114, 0.019, ""]', "voltage_thd",
     1.9, "%"),
    (clamp("ithd", "gauge"), "gauge", '[1517237114, 0.207, ""]', "current_thd",
     20.7, "%"),
    (clamp("alpha", "gauge"), "gauge", '[1517237114, -11.500, "°"]', "phase_angle",
     -10.5, "°"),
    (pulse("electricity"), "counter", '[1517237115, 2593805.200, "Wh"]', "energy",
     2593.8052, "kWh"),
    (pulse("electricity"), "gauge", '[1517237115, 1290.234, "W"]', "power",
     1290.234, "W"),
    (pulse("heat"), "counter", '[1517237115, 5000, "Wh"]', "heat", 5, "kWh"),
    (pulse("heat"), "gauge", '[1517237115, 1500, "W"]', "heat_power", 1500, "W"),
    (pulse("gas"), "counter", '[1517237115, 1067000, "L"]', "gas", 1067, "m³"),
    (pulse("gas"), "gauge", '[1517237115, 0.500, "L/s"]', "gas_flow", 1.8, "m³/h"),
    (pulse("gas"), "gauge", '[1459065180,24000,"L/day"]', "gas_flow", 1, "m³/h"),
    (pulse("gas"), "gauge", '[1369000000,24000,"L.day"]', "gas_flow", 1, "m³/h"),
    (pulse("water"), "counter", '[1517237115, 4321, "L"]', "water", 4321, "L"),
    (pulse("water"), "gauge", '[1517237115, 0.100, "L/s"]', "water_flow", 6, "L/min"),
    (pulse("water"), "gauge", '[1459065180,14400,"L/day"]', "water_flow", 10, "L/min"),
    (pulse("fuel"), "counter", '[1517237115, 12.5, "L"]', "fuel", 12.5, "L"),
    (pulse("fuel"), "gauge", '[1517237115, 0.100, "L/s"]', "fuel_flow", 6, "L/min"),
    (pulse("pellet"), "counter", '[1517237115, 2500, "g"]', "pellet", 2.5, "kg"),
    (pulse("pellet"), "gauge", '[1517237115, 0.500, "g/s"]', "pellet_flow",
     1.8, "kg/h"),
    (pulse("time"), "counter", '[1517237115, 90, "s"]', "duration", 90, "s"),
    (pulse("time"), "gauge", '[1517237115, 0.500, ""]', "duty", 50, "%"),
    (pulse("wind"), "counter", '[1517237115, 17, ""]', "count", 17, None),
    (pulse("wind"), "gauge", '[1517237115, 0.250, "1/s"]', "rate", 0.25, "1/s"),
    (COSEM | {"type": "electricity"}, "counter", '[1459065184,-1200,"Wh"]',
     "energy_net", -1.2, "kWh"),
    (COSEM | {"type": "electricity"}, "gauge", '[1459065184,-1570,"W"]',
     "power_net", -1570, "W"),
    (COSEM | {"type": "gas"}, "counter", '[1459065184,250100,"L"]', "gas",
     250.1, "m³"),
    (COSEM | {"type": "gas"}, "gauge", '[1459065184,864000,"L/day"]', "gas_flow",
     36, "m³/h"),
    (kube("temperature"), "gauge", '[1459065184,21.37,"°C"]', "temperature",
     21.37, "°C"),
    (kube("humidity"), "gauge", '[1459065184,45.2,"%"]', "humidity", 45.2, "%"),
    (kube("pressure"), "gauge", '[1459065184,101325.25,"Pa"]', "pressure",
     1013.2525, "hPa"),
    (kube("pressure"), "gauge", '[1459065184,1013.25,"hPa"]', "pressure",
     1013.25, "hPa"),
    (kube("light"), "gauge", '[1459065184,250.25,"lx"]', "illuminance", 250.25, "lx"),
    (kube("battery"), "gauge", '[1459065184,2.9,"V"]', "battery_voltage", 2.9, "V"),
    (kube("error"), "gauge", '[1459065184,32,""]', "error", 32, None),
    (kube("movement", "counter"), "counter", "[1459065184,65536]", "motion",
     65536, None),
    (kube("vibration", "counter"), "counter", '[1459065184,65535,""]', "vibration",
     65535, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sensor", "stream", "payload", "shown"),
    [(*sample[:3], sample[3:]) for sample in SAMPLES],
)
def test_sample_is_shown_as_what_it_is(
    sensor: dict[str, Any],
    stream: str,
    payload: str,
    shown: tuple[str, float, str | None],
) -> None:
    key, value, unit = shown
    row = rows_of(sensor)[stream]
    reading = parse_reading(payload.encode(), NOW, floored=row.undoes_floor)
    measured = decode(row, reading)
    assert (row.key, measured.unit) == (key, unit)
    assert measured.value == pytest.approx(value)


def test_samples_cover_every_row_of_the_catalogue() -> None:
    rows = [row for group in CATALOGUE.values() for row in group]
    shown = {(sample[3], sample[1]) for sample in SAMPLES}
    assert {(row.key, row.stream.value) for row in (*rows, *OTHER)} == shown


@pytest.mark.parametrize(
    ("sensor", "stream", "value"),
    [
        (kube("temperature"), "gauge", 128.86),
        (kube("humidity"), "gauge", 119.0),
        (kube("light"), "gauge", 16383.75),
        (kube("pressure"), "gauge", 262143.75),
        (kube("pressure"), "gauge", 0.0),
        (kube("battery"), "gauge", 27.43),
        (clamp("vrms", "gauge"), "gauge", 1001.0),
        (clamp("vrms", "gauge"), "gauge", -1.0),
        (clamp("pf", "gauge"), "gauge", 1.5),
        (CLAMP, "gauge", -1.0),
        (CLAMP, "gauge", 2e6),
        (CLAMP, "counter", 2.0**32 + 1),
        (COSEM | {"type": "electricity"}, "gauge", -2e6),
    ],
)
def test_sentinels_and_impossible_values_are_dropped(
    sensor: dict[str, Any], stream: str, value: float
) -> None:
    with pytest.raises(Dropped) as drop:
        decode(rows_of(sensor)[stream], Reading(None, value, None))
    assert drop.value.reason is DropReason.OUT_OF_RANGE


@pytest.mark.parametrize("unit", ["", "kW", "Wh", "w"])
def test_unit_that_the_sensor_cannot_have_is_dropped(unit: str) -> None:
    with pytest.raises(Dropped) as drop:
        decode(rows_of(CLAMP)["gauge"], Reading(None, 157, unit))
    assert drop.value.reason is DropReason.UNIT


@pytest.mark.parametrize("row", [*(r for g in CATALOGUE.values() for r in g), *OTHER])
def test_every_row_holds_together(row: Row) -> None:
    assert row.default_unit in row.units
    assert row.low < row.high
    conversion = row.units[row.default_unit]
    lowest = max(row.low, 0.0)
    measured = decode(row, Reading(None, lowest / conversion.factor, None))
    assert measured.unit == conversion.unit
    assert measured.value == pytest.approx(lowest)
    assert not (row.pulse and row.mean)
    assert row.silence is None or not row.pulse


def test_flags_of_the_rows_are_those_of_the_devices() -> None:
    rows = {row.key: row for group in CATALOGUE.values() for row in group}
    off = {key for key, row in rows.items() if not row.enabled_default}
    assert off == {
        *(f"reactive_{kind}_q{n}" for kind in ("energy", "power") for n in range(1, 5)),
        *("voltage_thd", "current_thd", "phase_angle", "gas_flow"),
    }
    assert {key for key, row in rows.items() if row.diagnostic} == {
        "battery_voltage",
        "error",
    }
    assert [key for key, row in rows.items() if row.running_backwards] == ["energy_net"]
    assert {key: row.error_bit for key, row in rows.items() if row.error_bit} == {
        "temperature": 1,
        "humidity": 2,
        "illuminance": 4,
        "pressure": 8,
        "vibration": 16,
    }
    assert rows["power_factor"].floored is Floored.BELOW_MINUS_ONE
    assert rows["phase_angle"].floored is Floored.ALWAYS
    assert rows["voltage"].floored is Floored.NEVER


@pytest.mark.parametrize(
    ("sensor", "silences"),
    [
        (clamp("pplus"), [30, 30]),
        (CLAMP, [None, 30]),
        (COSEM | {"type": "electricity"}, [None, 60]),
        (pulse("water"), [None, None]),
        (kube("temperature"), [300]),
        (kube("movement", "counter"), [None]),
    ],
)
def test_only_streams_that_speak_on_their_own_can_fall_silent(
    sensor: dict[str, Any], silences: list[float | None]
) -> None:
    found = channels(config_of([sensor]))
    assert [channel.row.silence for channel in found] == silences


@pytest.mark.parametrize(
    ("sensor", "key", "shown"),
    [
        (pulse("electricity"), "power", 3600),
        (pulse("gas"), "gas_flow", 3.6),
        (pulse("water"), "water_flow", 60),
        (pulse("pellet"), "pellet_flow", 3.6),
        (pulse("time"), "duty", 100),
        (pulse("wind"), "rate", 1),
    ],
)
def test_one_unit_per_second_is_a_known_flow(
    sensor: dict[str, Any], key: str, shown: float
) -> None:
    row = rows_of(sensor)["gauge"]
    assert row.key == key
    assert row.per_second == pytest.approx(shown)


def test_recorded_flm02b_has_its_channels() -> None:
    found = channels(flm02b())
    assert Counter(channel.row.quantity for channel in found) == {
        Quantity.ENERGY: 5,
        Quantity.POWER: 5,
        Quantity.GAS: 1,
        Quantity.FLOW: 1,
        Quantity.TEMPERATURE: 1,
        Quantity.HUMIDITY: 1,
        Quantity.PRESSURE: 1,
        Quantity.ILLUMINANCE: 1,
        Quantity.BATTERY_VOLTAGE: 1,
        Quantity.ERROR_BITS: 1,
        Quantity.MOTION: 1,
        Quantity.VIBRATION: 1,
    }


def test_recorded_flm03e_has_its_channels() -> None:
    found = channels(flm03e())
    assert Counter(channel.owner for channel in found) == {
        Owner("port", 1): 17,
        Owner("port", 2): 17,
        Owner("port", 3): 17,
        Owner("port", 4): 2,
        Owner("port", 5): 2,
        Owner("kube", 1): 8,
    }
    assert len({channel.unique_id for channel in found}) == len(found)
    assert len({channel.topic for channel in found}) == len(found)
    solar = [channel for channel in found if channel.owner == Owner("port", 4)]
    assert [channel.row.key for channel in solar] == ["energy", "power"]
    assert [channel.pulse_size for channel in solar] == [0.1, 0.1]


def test_channel_is_identified_by_sensor_series_and_stream() -> None:
    counter, gauge = channels(config_of([CLAMP | {"rid": 2}]))
    assert counter.unique_id == f"{hex_id(1)}_2_counter"
    assert gauge.unique_id == f"{hex_id(1)}_2_gauge"
    assert counter.topic == f"/sensor/{hex_id(1)}/counter"
    assert gauge.topic == f"/sensor/{hex_id(1)}/gauge"
    assert len({counter, gauge}) == 2


@pytest.mark.parametrize(
    ("sensor", "keys"),
    [
        (CLAMP | {"enable": 0}, []),
        (CLAMP | {"data_type": "gauge"}, ["power"]),
        (kube("proximity", "counter"), []),
        (kube("movement", "counter"), ["motion"]),
        (kube("radon"), ["rate"]),
        (kube("radon", "counter"), ["count"]),
        ({"class": "uart", "port": [6]}, []),
        ({"class": "ww", "type": "electricity"}, ["energy", "power"]),
        ({"class": "new", "type": "electricity", "port": [1]}, ["energy", "power"]),
        ({"type": "electricity"}, ["count", "rate"]),
        ({"type": "temperature", "kid": 1, "data_type": "gauge"}, ["temperature"]),
        (clamp("new"), ["count", "rate"]),
        ({"port": [4]}, ["count", "rate"]),
    ],
)
def test_sensor_has_the_streams_that_it_sends(
    sensor: dict[str, Any], keys: list[str]
) -> None:
    assert keys_of(sensor) == keys


@pytest.mark.parametrize(
    ("hw_type", "kinds"),
    [
        (19217, ["temperature", "battery_voltage"]),
        (19218, ["temperature", "pressure", "illuminance", "battery_voltage"]),
    ],
)
def test_first_kube_lacks_what_its_hardware_lacks(
    hw_type: int, kinds: list[str]
) -> None:
    sensors = [kube(kind) for kind in ("temperature", "pressure", "light", "battery")]
    config = config_of(sensors, kube={"1": {"hw_type": hw_type}})
    assert [channel.row.key for channel in channels(config)] == kinds


@pytest.mark.parametrize(
    ("number", "flx", "key"),
    [
        (1, FLX, "energy_import"),
        (4, FLX, "energy"),
        (3, None, "energy_import"),
        (4, None, "energy"),
        (5, FLX, "energy"),
        (4, {"4": {"class": "ct"}}, "energy_import"),
        (1, {"1": {"class": "pulse"}}, "energy"),
        (1, {"1": {"class": "new"}}, "energy_import"),
    ],
)
def test_port_tells_pulses_from_clamps(
    number: int, flx: dict[str, Any] | None, key: str
) -> None:
    assert one(number, flx=flx).row.key == key


def test_pulse_size_comes_from_the_sensor_or_its_port() -> None:
    assert one(4, flx=FLX).pulse_size == 0.1
    assert one(4).pulse_size is None
    assert one(1, flx=FLX).pulse_size is None
    flm02 = {"class": "pulse", "type": "water", "port": [5], "constant": 1}
    assert channels(config_of([flm02], main=FLM02))[0].pulse_size == 1.0
    assert (
        channels(config_of([{"class": "pulse", "type": "gas"}]))[0].pulse_size is None
    )


@pytest.mark.parametrize(
    ("sensor", "owner", "name"),
    [
        (CLAMP | {"function": "main"}, Owner("port", 1), "main"),
        (CLAMP | {"port": [1, 2, 3], "function": "sum"}, Owner("port", 1), "sum"),
        (CLAMP, Owner("port", 1), None),
        (CLAMP | {"function": "1"}, Owner("port", 1), None),
        (CLAMP | {"function": 7}, Owner("port", 1), None),
        (CLAMP | {"function": "1st floor"}, Owner("port", 1), "1st floor"),
        (
            COSEM | {"type": "gas", "function": "smart-main"},
            Owner("port", 6),
            "smart-main",
        ),
        (kube("temperature"), Owner("kube", 1), "living"),
        (kube("temperature") | {"kid": 2}, Owner("kube", 2), None),
        (kube("temperature") | {"kid": 3}, Owner("kube", 3), None),
        ({"type": "electricity"}, Owner("hub", 0), None),
    ],
)
def test_owner_is_the_port_or_kube_under_the_name_the_user_gave(
    sensor: dict[str, Any], owner: Owner, name: str | None
) -> None:
    config = config_of([sensor], kube={"1": {"name": "living"}, "2": {}})
    assert channels(config)[0].owner == owner
    assert owner_name(config, owner) == name


def test_port_of_an_flm03e_is_named_in_its_port_table() -> None:
    config = config_of([pulse("gas")], flx=FLX)
    assert owner_name(config, Owner("port", 4)) == "solar"
    assert owner_name(config, Owner("port", 6)) is None
