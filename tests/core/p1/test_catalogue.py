"""What is shown of a telegram."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from custom_components.flukso.core.p1.catalogue import (
    CHILD_ROWS,
    METER_ROWS,
    Row,
    Value,
)
from custom_components.flukso.core.p1.readings import Amount, Child, ChildKind, Telegram
from custom_components.flukso.core.p1.tariffs import Numbering
from custom_components.flukso.core.quantity import Quantity

from .support import (
    AUSTRIA,
    DSMR_5,
    GAS_AND_WATER,
    LUXEMBOURG,
    THIRTEEN_MONTHS,
    belgian,
    fixture,
    read,
)

ROWS: list[Row[Telegram] | Row[Child]] = [
    *(row for rows in METER_ROWS.values() for row in rows),
    *(row for rows in CHILD_ROWS.values() for row in rows),
]
CHILD = Child(1, ChildKind.GAS, "0" * 16, None, None, None)
PHASE = ("1-0:21.7.0(02.000*kW)", "1-0:22.7.0(00.000*kW)", "1-0:32.7.0(230.0*V)")


def shown(telegram: Telegram) -> dict[str, Value]:
    """Return what exists of a telegram by key."""
    values = {row.key: row.value(telegram) for row in METER_ROWS[telegram.numbering]}
    return {key: value for key, value in values.items() if value is not None}


def shown_of(child: Child) -> dict[str, Value]:
    """Return what exists of a meter on the M-Bus by key."""
    values = {row.key: row.value(child) for row in CHILD_ROWS[child.kind]}
    return {key: value for key, value in values.items() if value is not None}


def test_keys_of_a_meter_are_unique() -> None:
    for rows in METER_ROWS.values():
        keys = [row.key for row in rows]
        assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("kind", CHILD_ROWS)
def test_rows_of_a_kind_differ_in_key_or_unit(kind: ChildKind | None) -> None:
    rows = [(row.key, row.unit) for row in CHILD_ROWS[kind]]
    assert len(set(rows)) == len(rows)


def test_every_kind_of_meter_on_the_m_bus_has_rows() -> None:
    assert CHILD_ROWS.keys() == {*ChildKind, None}


def test_choices_have_options_and_what_has_a_unit_has_a_precision() -> None:
    chosen = {row.key for row in ROWS if row.quantity is Quantity.CHOICE}
    assert {row.key for row in ROWS if row.options} == chosen
    assert all(row.precision is not None for row in ROWS if row.unit is not None)


def test_all_of_a_belgian_meter_on_three_phases_is_shown() -> None:
    values = shown(read(fixture(THIRTEEN_MONTHS)))
    assert values["energy_import"] == 77246.798
    assert values["energy_import_normal"] == 46077.141
    assert values["energy_import_low"] == 31169.657
    assert values["power_net"] == 9.258
    assert values["power_import_l2"] == 3.181
    assert values["current_l3"] == 17.98
    assert values["voltage_l1"] == 234.3
    assert values["demand_register"] == 4.065
    assert values["month_peak_register"] == 25.891
    assert values["tariff"] == "normal"
    assert values["breaker"] == "on"
    assert "limiter" not in values
    assert "fuse" not in values
    assert "short_failures" not in values


def test_dutch_failures_and_sags_are_shown() -> None:
    values = shown(read(fixture(DSMR_5)))
    assert values["short_failures"] == 5
    assert values["long_failures"] == 3
    assert values["sags_l3"] == 192
    assert values["swells_l1"] == 1


def test_a_limit_is_shown_in_the_unit_it_is_sent_in() -> None:
    values = shown(read(fixture(LUXEMBOURG)))
    assert values["limiter_va"] == 27.6
    assert "limiter" not in values


def test_net_power_needs_both_directions() -> None:
    assert "power_net" not in shown(read(belgian("1-0:1.7.0(01.000*kW)")))
    both = belgian("1-0:1.7.0(00.000*kW)", "1-0:2.7.0(01.500*kW)")
    assert shown(read(both))["power_net"] == -1.5


def test_reactive_power_gives_a_power_factor() -> None:
    telegram = read(fixture(AUSTRIA))
    assert shown(telegram)["power_factor"] == pytest.approx(
        286 / (286**2 + 166**2) ** 0.5
    )
    idle = replace(
        telegram,
        power_import=0.0,
        power_export=0.0,
        reactive_power_import=0.0,
        reactive_power_export=0.0,
    )
    assert "power_factor" not in shown(idle)


@pytest.mark.parametrize(
    ("current", "factor"),
    [
        ("010.87*A", pytest.approx(2000 / (230 * 10.87))),
        # Slightly more power than voltage and current allow: not measured at once.
        ("008.55*A", 1.0),
        # Much more power: not of the same phase.
        ("006.01*A", None),
        # No decimals, and next to no current.
        ("009*A", None),
        ("000.49*A", None),
    ],
)
def test_a_phase_has_a_power_factor_where_it_can_be_computed(
    current: str, factor: float | None
) -> None:
    telegram = read(belgian(*PHASE, f"1-0:31.7.0({current})"))
    assert shown(telegram).get("power_factor_l1") == factor


def test_without_neutral_there_is_no_power_factor_of_a_phase() -> None:
    lines = (*PHASE, "1-0:31.7.0(010.87*A)", "1-0:52.7.0(000.0*V)")
    assert "power_factor_l1" not in shown(read(belgian(*lines)))


def test_gas_and_water_are_shown_in_cubic_metres() -> None:
    children = read(fixture(GAS_AND_WATER)).children
    assert [shown_of(child) for child in children] == [
        {"gas": 92.287, "valve": "on"},
        {"water": 8.579},
    ]


@pytest.mark.parametrize(
    ("kind", "unit", "key"),
    [
        (ChildKind.ELECTRICITY, "kWh", "energy"),
        (ChildKind.HOT_WATER, "m3", "hot_water"),
        (ChildKind.HEAT, "GJ", "heat"),
        (ChildKind.HEAT, "kWh", "heat"),
        (ChildKind.HEAT, "m3", "volume"),
        (ChildKind.COOLING, "GJ", "cooling"),
        (None, "m3", "volume"),
        (None, "kWh", "energy"),
    ],
)
def test_what_a_meter_on_the_m_bus_counts_follows_from_its_kind_and_unit(
    kind: ChildKind | None, unit: str, key: str
) -> None:
    child = replace(CHILD, kind=kind, reading=Amount(1.5, unit))
    rows = [row for row in CHILD_ROWS[kind] if row.value(child) is not None]
    assert [(row.key, row.unit, row.value(child)) for row in rows] == [(key, unit, 1.5)]


def test_a_gas_meter_that_counts_in_another_unit_shows_nothing_wrong() -> None:
    assert shown_of(replace(CHILD, reading=Amount(1.5, "GJ"))) == {}


def test_a_name_is_the_key_unless_several_rows_share_one() -> None:
    names = named(Numbering.UNKNOWN, Numbering.UNKNOWN)
    assert names["power_import"] == ("power_import", {})
    assert names["power_import_l2"] == ("power_import_phase", {"phase": "2"})
    assert names["energy_export_tariff_3"] == ("energy_export_tariff", {"number": "3"})
    assert names["limiter_va"] == ("limiter", {})


def test_a_counter_keeps_its_key_and_is_named_by_what_its_tariff_means() -> None:
    key = "energy_import_low"
    names = {each: named(Numbering.LOW_FIRST, each)[key] for each in Numbering}
    assert names == {
        Numbering.NORMAL_FIRST: ("energy_import_normal", {}),
        Numbering.LOW_FIRST: ("energy_import_low", {}),
        Numbering.UNKNOWN: ("energy_import_tariff", {"number": "1"}),
    }


def named(
    keys: Numbering, numbering: Numbering
) -> dict[str, tuple[str, Mapping[str, str]]]:
    """Return the names of what is known by keys."""
    return {row.key: row.named(numbering) for row in METER_ROWS[keys]}
