"""Payloads of readings become numbers, or are dropped for a named reason."""

from contextlib import suppress
import json
import math

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.drops import Dropped, DropReason
from custom_components.flukso.core.fluksometer.readings import Reading, parse_reading

from .support import ANY_BYTES, NOW

STAMP = 1517237114


@pytest.mark.parametrize(
    ("payload", "reading"),
    [
        ('[1459065184,2149218,"Wh"]', Reading(1459065184, 2149218, "Wh")),
        ('[1459065180,157,"W"]', Reading(1459065180, 157, "W")),
        ('[1459065180,-1570,"W"]', Reading(1459065180, -1570, "W")),
        ('[1459065180,942856.5,"Wh"]', Reading(1459065180, 942856.5, "Wh")),
        ('[1459065180,12,"L.day"]', Reading(1459065180, 12, "L.day")),
        ('[1517237114, 0.207, ""]', Reading(STAMP, 0.207, "")),
        ('[1517237114, 231.134, "V"]', Reading(STAMP, 231.134, "V")),
        ('[1517237114, 0, "VAR"]', Reading(STAMP, 0, "VAR")),
        ('[1517237114, 2597417.547, "Wh"]', Reading(STAMP, 2597417.547, "Wh")),
        ('[1517237114, 12.5, "°"]', Reading(STAMP, 12.5, "°")),
        ('[1517237114,21.37,"°C"]', Reading(STAMP, 21.37, "°C")),
        ('[1517237114,101325.25,"Pa"]', Reading(STAMP, 101325.25, "Pa")),
        ('[1517237114, 1, "new"]', Reading(STAMP, 1, "new")),
    ],
)
def test_firmware_formats_are_read(payload: str, reading: Reading) -> None:
    assert parse_reading(payload.encode(), NOW) == reading


@pytest.mark.parametrize(
    ("payload", "reading"),
    [
        ("[1517237114,42]", Reading(STAMP, 42, None)),
        ("[1517237114.0, 42.5]", Reading(STAMP, 42.5, None)),
        ("[42.5]", Reading(None, 42.5, None)),
        ('[42.5,"W"]', Reading(None, 42.5, "W")),
        ("42.5", Reading(None, 42.5, None)),
        (" -3 ", Reading(None, -3, None)),
        ("0", Reading(None, 0, None)),
        ('[1517237114,1e-05,"V"]', Reading(STAMP, 0.00001, "V")),
        ('[1.517237114e9, 2.5E3 , "W"]', Reading(STAMP, 2500, "W")),
        ('[1517237114,21.37,"\\u00b0C"]', Reading(STAMP, 21.37, "°C")),
        ('[1517237114,1000000000000000,"Wh"]', Reading(STAMP, 1e15, "Wh")),
        ("\n[ 1517237114 , 7 ]\n", Reading(STAMP, 7, None)),
    ],
)
def test_forms_of_other_publishers_are_read(payload: str, reading: Reading) -> None:
    assert parse_reading(payload.encode(), NOW) == reading


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'[1517237114, 1, "' + b" " * 240 + b'"]', DropReason.TOO_LARGE),
        (b"[" * 257, DropReason.TOO_LARGE),
        (b"[" * 256, DropReason.MALFORMED),
        (b"", DropReason.MALFORMED),
        (b"hello", DropReason.MALFORMED),
        (b"[]", DropReason.MALFORMED),
        (b"{}", DropReason.MALFORMED),
        (b"null", DropReason.MALFORMED),
        (b'"12"', DropReason.MALFORMED),
        (b"true", DropReason.MALFORMED),
        (b'[1517237114, 1, "W"', DropReason.MALFORMED),
        (b'[1517237114, true, "W"]', DropReason.MALFORMED),
        (b'[1517237114, null, "W"]', DropReason.MALFORMED),
        (b'[1517237114, "1", "W"]', DropReason.MALFORMED),
        (b'[1517237114, 007, "W"]', DropReason.MALFORMED),
        (b"[1517237114, 1, 2]", DropReason.MALFORMED),
        (b'[1517237114, 1, "W", 0]', DropReason.MALFORMED),
        (b'[true, 1, "W"]', DropReason.MALFORMED),
        (b'["1517237114", 1, "W"]', DropReason.MALFORMED),
        (b'[[1517237114], 1, "W"]', DropReason.MALFORMED),
        (b'[1517237114, 1, "\xff"]', DropReason.MALFORMED),
        (b'\xff[1517237114, 1, "W"]', DropReason.MALFORMED),
        (b'[1517237114, NaN, "W"]', DropReason.NOT_FINITE),
        (b'[1517237114, -Infinity, "W"]', DropReason.NOT_FINITE),
        (b'[1517237114,nan,"V"]', DropReason.NOT_FINITE),
        (b'[1517237114,-nan,"V"]', DropReason.NOT_FINITE),
        (b'[1517237114,inf,"V"]', DropReason.NOT_FINITE),
        (b"nan", DropReason.NOT_FINITE),
        (b'[1517237114, 1e999, "W"]', DropReason.NOT_FINITE),
        (b'[1517237114, 1000000000000001, "W"]', DropReason.NOT_FINITE),
        (b"[1517237114, -" + b"9" * 200 + b', "W"]', DropReason.NOT_FINITE),
        (b'[1234567890, 1, "W"]', DropReason.TIMESTAMP),
        (b'[0, 1, "W"]', DropReason.TIMESTAMP),
        (b'[-1517237114, 1, "W"]', DropReason.TIMESTAMP),
        (b"[NaN, 1]", DropReason.TIMESTAMP),
        (b"[Infinity, 1]", DropReason.TIMESTAMP),
        (b'[1517237114.5, 1, "W"]', DropReason.TIMESTAMP),
        (b'[1517237114000, 1, "W"]', DropReason.TIMESTAMP),
        (b'[1517237114, 1, "12345678901234567"]', DropReason.UNIT),
        (b'[1517237114, 1, "W\x00"]', DropReason.UNIT),
        (b'[1517237114, 1, "\xc2\x85"]', DropReason.UNIT),
        (b'[1517237114, 1, "\\u0007"]', DropReason.UNIT),
        (b'[1517237114, 1, "\\ud800"]', DropReason.UNIT),
    ],
)
def test_what_is_no_reading_is_dropped_by_reason(
    payload: bytes, reason: DropReason
) -> None:
    with pytest.raises(Dropped) as drop:
        parse_reading(payload, NOW)
    assert drop.value.reason is reason


@pytest.mark.parametrize("form", ['[{}, 1, "W"]', "[{}, 1]"])
def test_timestamp_lies_between_a_sane_clock_and_tomorrow(form: str) -> None:
    tomorrow = int(NOW) + 86400
    for stamp in (1234567891, tomorrow - 1):
        assert parse_reading(form.format(stamp).encode(), NOW).timestamp == stamp
    for stamp in (1234567890, tomorrow):
        with pytest.raises(Dropped, match="timestamp"):
            parse_reading(form.format(stamp).encode(), NOW)


@given(payload=ANY_BYTES, floored=st.booleans())
def test_no_bytes_raise_anything_but_a_drop(payload: bytes, floored: bool) -> None:
    with suppress(Dropped):
        reading = parse_reading(payload, NOW, floored=floored)
        assert math.isfinite(reading.value)


@given(
    value=st.floats(-1e15, 1e15) | st.integers(-(10**15), 10**15),
    unit=st.none() | st.sampled_from(["W", "°C", "", "m3"]),
    separators=st.sampled_from([(",", ":"), (", ", ":")]),
)
def test_every_finite_json_value_is_read_exactly(
    value: float, unit: str | None, separators: tuple[str, str]
) -> None:
    items = [STAMP, value] if unit is None else [STAMP, value, unit]
    payload = json.dumps(items, separators=separators, ensure_ascii=False).encode()
    assert parse_reading(payload, NOW) == Reading(STAMP, value, unit)


def flxd_literal(fixed_point: int) -> str:
    """Print a number of 2048ths as flxd does: floor, then positive remainder."""
    whole, remainder = fixed_point >> 11, fixed_point & 2047
    return f"{whole}.{remainder * 1000 >> 11:03d}" if remainder else f"{whole}"


def read_flxd(fixed_point: int) -> float:
    payload = f'[{STAMP}, {flxd_literal(fixed_point)}, "°"]'.encode()
    return parse_reading(payload, NOW, floored=True).value


def test_model_of_the_firmware_prints_the_known_samples() -> None:
    assert flxd_literal(round(-10.5 * 2048)) == "-11.500"
    assert flxd_literal(round(-0.85 * 2048)) in {"-1.149", "-1.150"}
    assert flxd_literal(round(-0.01 * 2048)) == "-1.990"
    assert flxd_literal(-2048) == "-1"


def test_floored_negatives_near_zero_are_undone_without_exception() -> None:
    errors = [abs(read_flxd(number) - number / 2048) for number in range(-8192, 8193)]
    assert max(errors) < 0.001


@given(st.integers(-(2**31), 2**31 - 1))
def test_floored_negatives_are_undone_over_the_whole_fixed_point_range(
    number: int,
) -> None:
    assert read_flxd(number) == pytest.approx(number / 2048, rel=0, abs=0.001)


@pytest.mark.parametrize(
    ("literal", "as_floored", "as_printed"),
    [
        ("-1.150", -0.85, -1.15),
        ("-0.850", -0.85, -0.85),
        ("-11.500", -10.5, -11.5),
        ("-11", -11, -11),
        ("1.150", 1.15, 1.15),
        ("0", 0, 0),
    ],
)
@pytest.mark.parametrize("form", ['[1517237114, {}, "°"]', "[1517237114, {}]", "{}"])
def test_floor_is_undone_only_on_request(
    form: str, literal: str, as_floored: float, as_printed: float
) -> None:
    payload = form.format(literal).encode()
    assert parse_reading(payload, NOW, floored=True).value == pytest.approx(as_floored)
    assert parse_reading(payload, NOW).value == as_printed


@pytest.mark.parametrize(
    ("payload", "stamp"),
    [
        (b'[5, 1, "W"]', 5),
        (b'[0, 1, "W"]', 0),
        (b'[1234567000, 1, "W"]', 1_234_567_000),
        (b'[4102444800, 1, "W"]', 4_102_444_800),
        (b"[12, 1]", 12),
    ],
)
def test_a_clock_that_is_known_to_be_astray_may_tell_any_time(
    payload: bytes, stamp: int
) -> None:
    assert parse_reading(payload, 1_773_144_000.0, astray=True).timestamp == stamp
    with pytest.raises(Dropped):
        parse_reading(payload, 1_773_144_000.0)


@pytest.mark.parametrize("payload", [b'[-1, 1, "W"]', b'[5.5, 1, "W"]', b"[1e99, 1]"])
def test_also_then_it_is_a_time(payload: bytes) -> None:
    with pytest.raises(Dropped):
        parse_reading(payload, 1_773_144_000.0, astray=True)
