"""Telegrams of meters that deviate from the standard give what they say."""

import pytest

from custom_components.flukso.core.p1.collected import short_hash
from custom_components.flukso.core.p1.readings import (
    Amount,
    Breaker,
    Child,
    ChildKind,
    Phase,
    Telegram,
)
from custom_components.flukso.core.p1.receiver import Receiver

from .support import DSMR_2, FOLDER, moment, read_fixture


def received(name: str, times: int = 1) -> list[Telegram]:
    """Return what a port gives whose meter sends a stored telegram so many times."""
    return Receiver().feed((FOLDER / name).read_bytes() * times)


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("hu_holley.txt", 1),
        ("hu_holley_slash_in_header.txt", 1),
        # Until the second proves it, its checksum is a wrong one.
        ("hu_holley_x25.txt", 2),
        ("hu_holley_slash_in_header_x25.txt", 2),
    ],
)
def test_holley_is_read_with_either_header_and_checksum(name: str, times: int) -> None:
    (found,) = received(name, times)
    assert found.stamp == moment("2024-02-15T17:40:25+01:00")
    assert found.energy_import.total == 3844.917
    assert sorted(found.energy_import.tariffs.values()) == [1826.031, 2018.886]
    assert found.energy_export.total == 3640.901
    assert (found.power_import, found.power_export) == (3.301, 0.0)
    assert found.phases[0] == Phase(None, None, 238.2, 4.71, None, None)
    assert found.dropped == ()


def test_units_without_star_are_read() -> None:
    (found,) = received("be_fluvius_50215_unit_without_star.txt")
    assert found.stamp == moment("2021-02-27T14:49:33+01:00")
    assert sorted(found.energy_import.tariffs.values()) == [1247.747, 2330.879]
    assert found.energy_import.total == 3578.626
    assert sorted(found.energy_export.tariffs.values()) == [812.563, 2159.427]
    assert found.energy_export.total == 2971.99
    assert (found.power_import, found.power_export) == (0.0, 0.149)
    assert found.phases == (
        Phase(0.013, 0.0, 234.5, 0.19, None, None),
        Phase(0.108, 0.0, 234.0, 0.8, None, None),
        Phase(0.0, 0.271, 235.1, 1.39, None, None),
    )
    assert (found.limiter, found.fuse) == (None, None)
    (gas,) = found.children
    assert (gas.kind, gas.reading) == (ChildKind.GAS, Amount(996.617, "m3"))
    assert found.dropped == ()


def test_codes_in_full_are_read() -> None:
    (found,) = received("nl_dsmr40_codes_in_full.txt")
    assert found.power_import == 1.193
    assert found.phases == (
        Phase(1.111, 4.444, None, 1.0, 2, 0),
        Phase(2.222, 5.555, None, 2.0, 1, 3),
        Phase(3.333, 6.666, None, 3.0, 0, 0),
    )
    assert found.dropped == ()


def test_kilovolts_and_kiloamperes_are_read() -> None:
    (found,) = received("lt_eso_kilo_units.txt")
    assert found.phases[0] == Phase(None, None, 242.0, 5.0, None, None)
    assert found.power_import == 2.0
    assert found.reactive_energy_import == 26.348
    assert found.dropped == ()


def test_values_without_unit_are_read_where_the_code_leaves_but_one() -> None:
    (found,) = received("lu_values_without_unit.txt")
    assert found.limiter == Amount(77.376, "kVA")
    assert (found.reactive_power_import, found.reactive_power_export) == (0.0, 0.007)
    assert found.dropped == ()


def test_newest_hour_of_a_ring_of_gas_readings_counts() -> None:
    (found,) = received("nl_ace4000_gas_by_the_hour.txt")
    assert found.meter == short_hash("1234567890123456")
    assert found.energy_import.total == 12345.074
    assert (found.power_import, found.power_export) == (0.123, None)
    assert found.limiter == Amount(85.0, "A")
    assert found.breaker is Breaker.ON
    assert found.children == (
        Child(
            *(3, ChildKind.GAS, short_hash("12345678"), Amount(1240.69, "m3")),
            *(None, 0),
        ),
    )
    assert found.dropped == ()


def test_seven_bits_with_parity_are_read_as_without() -> None:
    assert received("nl_dsmr22_7e1_read_as_8n1.bin", 2) == [read_fixture(DSMR_2)] * 2
