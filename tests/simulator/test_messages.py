"""The literal formats, against what real devices sent."""

import math

from hypothesis import given, strategies as st
import pytest

from simulator.messages import (
    compact_reading,
    config_message,
    fixed_counter,
    fixed_gauge,
    lua_json,
    printed_milli,
    spaced_reading,
    thousandths,
    tonumber,
    waveform,
)


@pytest.mark.parametrize(
    ("payload", "sample"),
    [
        (compact_reading(1459065184, "2149218", "Wh"), b'[1459065184,2149218,"Wh"]'),
        (compact_reading(1459065180, "157", "W"), b'[1459065180,157,"W"]'),
        (
            spaced_reading(1517237114, fixed_counter(2_597_417_547), "Wh"),
            b'[1517237114, 2597417.547, "Wh"]',
        ),
        (
            spaced_reading(1517237115, fixed_counter(2_593_805_200), "Wh"),
            b'[1517237115, 2593805.200, "Wh"]',
        ),
        (spaced_reading(1517237114, fixed_gauge(0), "W"), b'[1517237114, 0, "W"]'),
        (
            # 742 pulse steps of 3600/2048 W.
            spaced_reading(1517237115, fixed_gauge(742 * 3600), "W"),
            b'[1517237115, 1304.296, "W"]',
        ),
    ],
)
def test_readings_are_written_as_real_devices_write_them(
    payload: bytes, sample: bytes
) -> None:
    assert payload == sample


@pytest.mark.parametrize(
    ("value", "text"),
    [(-0.85, "-1.149"), (-10.5, "-11.500"), (-3.0, "-3"), (0.5, "0.500"), (7.0, "7")],
)
def test_negative_gauges_carry_the_positive_remainder(value: float, text: str) -> None:
    assert fixed_gauge(round(value * 2048)) == text


@given(st.integers(-(1 << 31), (1 << 31) - 1))
def test_gauges_are_floored_and_truncated_to_three_decimals(fixed: int) -> None:
    whole, _, decimals = fixed_gauge(fixed).partition(".")
    assert int(whole) == math.floor(fixed / 2048)
    assert int(decimals or 0) == math.floor((fixed / 2048 - int(whole)) * 1000)
    assert printed_milli(fixed) == round(float(fixed_gauge(fixed)) * 1000)


@given(st.integers(-(10**12), 10**12))
def test_thousandths_survive_being_written(milli: int) -> None:
    assert round(float(thousandths(milli)) * 1000) == milli


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("1", 1),
        ("007", 7),
        ("1e3", 1000),
        ("4.0", 4),
        ("2.2", 2.2),
        ("0x1F", 31),
        (" 5 ", 5),
        ("main", "main"),
        ("main L1", "main L1"),
        ("", ""),
        ("0x", "0x"),
    ],
)
def test_options_that_read_as_numbers_become_numbers(
    option: str, value: str | float
) -> None:
    assert tonumber(option) == value


def test_json_is_compact_and_an_empty_table_is_a_list() -> None:
    text = lua_json({"a": {}, "b": [], "c": [1, 2.5], "d": "é", "e": 'x"\\\n'})
    assert text == '{"a":[],"b":[],"c":[1,2.5],"d":"é","e":"x\\u0022\\u005c\\u000a"}'


def test_configuration_is_retained() -> None:
    message = config_message("ab", "flx", {"main": {"theta": 130}}, qos=1)
    assert message == ("/device/ab/config/flx", b'{"main":{"theta":130}}', True, 1)


def test_waveforms_have_no_blanks() -> None:
    assert waveform(1, 500, [-5, 6], "mA") == b'[[1,500],[-5,6],"mA"]'
