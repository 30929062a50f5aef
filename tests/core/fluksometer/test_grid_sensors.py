"""The grid is found from meter, names and ports."""

from typing import Any

import pytest

from custom_components.flukso.core.fluksometer.channels import channels
from custom_components.flukso.core.fluksometer.device_config import (
    FluksometerConfig,
    Model,
)
from custom_components.flukso.core.fluksometer.grid_sensors import (
    GAP_OF_CLAMP,
    GAP_OF_METER,
    GridSensors,
    default_grid,
    make_plan,
    stamp_lag,
)
from custom_components.flukso.core.fluksometer.live_reading import LiveReading

from .support import config_of, flm02b, flm03e, hex_id

FLM02 = {"hw_major": 2, "hw_minor": 1}


def named(name: str | None, **fields: Any) -> dict[str, Any]:
    sensor = {"class": "analog", "type": "electricity", "port": [1]} | fields
    return sensor if name is None else sensor | {"function": name}


def port(number: int, **fields: Any) -> list[dict[str, Any]]:
    return [
        {"type": "electricity", "subtype": subtype, "port": [number]} | fields
        for subtype in ("pplus", "pminus", "q1")
    ]


def flm02_grid(*sensors: dict[str, Any]) -> GridSensors | None:
    return default_grid(config_of([*sensors], main=FLM02))


def imports_of(*sensors: dict[str, Any]) -> list[int]:
    """Return the slots of the sensors that an FLM02's grid is the sum of."""
    grid = flm02_grid(*sensors)
    return [] if grid is None else [int(sensor, 16) for sensor in grid.imports]


def ids(*slots: int) -> tuple[str, ...]:
    return tuple(map(hex_id, slots))


def ports_with(math: str, **disabled: int) -> dict[str, Any]:
    return {
        "main": {"phase": "3p+n", "math": math},
        **{
            str(number): {"class": "ct", "enable": disabled.get(f"p{number}", 1)}
            for number in (1, 2, 3)
        },
    }


def test_recorded_flm02b_has_its_smart_meter_as_grid() -> None:
    assert default_grid(flm02b()) == GridSensors(
        ("a3aaae84fa774761819d911dc4545cea",), (), net=True
    )


def test_recorded_flm03e_has_its_three_clamps_as_grid() -> None:
    config = flm03e()
    grid = default_grid(config)
    slots = {sensor.id: sensor.slot for sensor in config.sensors}
    assert grid is not None
    assert [slots[sensor] for sensor in grid.imports] == [1, 13, 25]
    assert [slots[sensor] for sensor in grid.exports] == [2, 14, 26]
    assert not grid.net


@pytest.mark.parametrize(
    ("flx", "imports", "exports"),
    [
        (None, ids(1, 4, 7), ids(2, 5, 8)),
        (ports_with("none"), ids(1, 4, 7), ids(2, 5, 8)),
        (ports_with("none", p2=0), ids(1, 7), ids(2, 8)),
        (ports_with("p1+p2+p3"), ids(1), ids(2)),
    ],
)
def test_ports_of_an_flm03e_make_the_grid(
    flx: dict[str, Any] | None, imports: tuple[str, ...], exports: tuple[str, ...]
) -> None:
    config = config_of([*port(1), *port(2), *port(3)], flx=flx)
    assert default_grid(config) == GridSensors(imports, exports, net=False)


def test_no_port_shows_the_grid_when_solar_panels_are_added_to_the_use() -> None:
    config = config_of([*port(1), *port(2), *port(3)], flx=ports_with("p2+p1"))
    assert default_grid(config) is None


def test_clamps_that_are_contained_in_port_1_are_left_out() -> None:
    config = config_of([*port(1), *port(2, tmpo=0), *port(3, tmpo=0)])
    assert default_grid(config) == GridSensors(ids(1), ids(2), net=False)


@pytest.mark.parametrize(
    "sensors",
    [
        port(4),
        port(1, enable=0),
        [{"type": "electricity", "subtype": "pminus", "port": [1]}],
    ],
)
def test_flm03e_without_import_clamps_has_no_grid(
    sensors: list[dict[str, Any]],
) -> None:
    assert default_grid(config_of(sensors)) is None


def test_sensors_named_main_are_the_grid_of_an_flm02() -> None:
    assert imports_of(named("Main L1"), named("oven"), named("main-2")) == [1, 3]
    assert imports_of(named("oven"), named("main", **{"class": "pulse"})) == [2]


@pytest.mark.parametrize(
    "name",
    [
        "solar",
        "Solar2",
        "PV",
        "pv1",
        "my pv",
        "zon",
        "Zonnepanelen",
        "zonne-energie",
        "panneaux",
        "photovoltaïque",
        "Solaire",
    ],
)
def test_clamps_of_solar_panels_are_left_out(name: str) -> None:
    assert imports_of(named("L1"), named(name), named(None)) == [1, 3]


@pytest.mark.parametrize("name", ["pvc pump", "zone 2", "horizon", "oven"])
def test_other_names_are_not_taken_for_solar_panels(name: str) -> None:
    assert imports_of(named(name)) == [1]


@pytest.mark.parametrize(
    "sensors",
    [
        [named("solar")],
        [named("main", enable=0)],
        [named("main", type="gas")],
        [named("heating", **{"class": "pulse"})],
        [{"class": "cosem", "type": "gas", "port": "ttyS0"}],
    ],
)
def test_flm02_without_a_likely_sensor_has_no_grid(
    sensors: list[dict[str, Any]],
) -> None:
    assert flm02_grid(*sensors) is None


def test_disabled_smart_meter_is_not_the_grid() -> None:
    meter = {"class": "cosem", "type": "electricity", "port": "ttyS0"}
    assert imports_of(named("L1"), meter) == [2]
    assert imports_of(named("L1"), meter | {"enable": 0}) == [1]


def live(config: FluksometerConfig) -> list[LiveReading]:
    return [LiveReading(channel, 0.0) for channel in channels(config)]


def test_a_meter_that_runs_both_ways_is_waited_for_longer() -> None:
    config = flm02b()
    grid = default_grid(config)
    assert grid is not None
    plan = make_plan(live(config), grid.imports, grid.exports)
    assert (plan.imports, plan.net, plan.max_gap) == (grid.imports, True, GAP_OF_METER)


def test_clamps_are_not_netted_and_speak_every_second() -> None:
    config = flm03e()
    grid = default_grid(config)
    assert grid is not None
    plan = make_plan(live(config), grid.imports, grid.exports)
    assert (plan.exports, plan.net, plan.max_gap) == (grid.exports, False, GAP_OF_CLAMP)


def test_an_flm03e_stamps_a_second_by_its_beginning() -> None:
    assert [stamp_lag(Model.FLM03E), stamp_lag(Model.FLM02B)] == [1, 0]
