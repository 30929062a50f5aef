"""The sensors of a device that is read over HTTP."""

import pytest

from custom_components.flukso.core.fluksometer.channels import channels
from custom_components.flukso.core.fluksometer.grid_sensors import default_grid
from custom_components.flukso.core.fluksometer.rest.sensors import (
    RestKind,
    RestSensor,
    announced_sensors,
    rest_config,
)

FIRST = "ed8e896a568d94e6dd2e27ee8431d272"
SECOND = "3c621b120fc020ef907b914baffd023b"


def test_announced_ids_are_found_by_their_slots() -> None:
    records = {
        "id1": FIRST,
        "id4": SECOND.upper(),
        "id5": "not an id",
        "id": FIRST,
        "idx": FIRST,
        "id7": None,
        "path": "/sensor",
        "version": "1.0",
    }
    assert announced_sensors(records.items()) == {FIRST: 1, SECOND: 4}


def test_a_device_that_was_never_saved_announces_nothing() -> None:
    records = {f"id{n}": f"0123456789abcdef0123456789abcde{n}" for n in range(3)}
    assert announced_sensors(records.items()) == {}


@pytest.mark.parametrize(
    ("kind", "query", "unit", "keys"),
    [
        (RestKind.ELECTRICITY, "watt", "W", ["energy", "power"]),
        (RestKind.PULSES, "watt", "W", ["energy", "power"]),
        (RestKind.WATER, "lperday", "L/day", ["water", "water_flow"]),
        (RestKind.GAS, "lperday", "L/day", ["gas", "gas_flow"]),
    ],
)
def test_each_kind_is_asked_and_shown_in_its_own_unit(
    kind: RestKind, query: str, unit: str, keys: list[str]
) -> None:
    assert (kind.query, kind.unit) == (query, unit)
    config = rest_config("1a2b3c", [RestSensor(FIRST, "it", kind)])
    assert [channel.row.key for channel in channels(config)] == keys
    assert unit in channels(config)[1].row.units


def test_an_hour_of_a_kilowatt_is_a_thousand_watt_hours() -> None:
    assert 1000 * 3600 * RestKind.PULSES.per_second == pytest.approx(1000)


def test_a_day_of_a_litre_a_day_is_a_litre() -> None:
    assert 86400 * RestKind.GAS.per_second == pytest.approx(1)


def test_no_power_is_above_what_a_clamp_can_measure() -> None:
    assert RestKind.ELECTRICITY.top == 1048576
    assert RestKind.WATER.top == 1e9


def test_the_grid_is_what_is_named_main() -> None:
    sensors = [
        RestSensor(FIRST, "solar", RestKind.ELECTRICITY),
        RestSensor(SECOND, "Main", RestKind.PULSES),
    ]
    grid = default_grid(rest_config("1a2b3c", sensors))
    assert grid is not None
    assert grid.imports == (SECOND,)
