"""What the documentation says is so."""

from collections.abc import Iterable, Iterator
import json
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.flukso import config_flow, event, number, select
from custom_components.flukso.core.fluksometer.catalogue import CATALOGUE, OTHER, Kind
from custom_components.flukso.demand.attributes import DemandEvent
from custom_components.flukso.devices.fluksometer import (
    binary_entities as hub_binary_sensor,
    entities as hub_sensor,
)
from custom_components.flukso.devices.kinds import kind_of
from custom_components.flukso.entities import demand as demand_sensor
from custom_components.flukso.flows.options import options_schema

OPTIONS_SCHEMA = options_schema(kind_of({"kind": "p1_serial"}).options)
REST_OPTIONS_SCHEMA = options_schema(kind_of({"kind": "fluksometer_rest"}).options)
ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TARIFFS = (ROOT / "docs" / "tariffs.md").read_text(encoding="utf-8")
PACKAGE = Path(config_flow.__file__).parent
WORDS = json.loads((PACKAGE / "translations" / "en.json").read_text(encoding="utf-8"))
LONGEST = 300


def section(title: str) -> str:
    """Return the text under a heading, without the headings below it."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of each line of a table."""
    for line in text.splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def first_cells(title: str) -> set[str]:
    """Return what the first column of a section's tables names, one by one."""
    return {name for row in rows(section(title)) for name in row[0].split(", ")}


def described(descriptions: Iterable[Any]) -> set[str]:
    """Return the keys of entity descriptions or of rows of the catalogue."""
    return {description.key for description in descriptions}


OF_READINGS = {
    key
    for table in (*CATALOGUE.values(), OTHER)
    for key in described(table)
    if key in WORDS["entity"]["sensor"]
}
ENTITIES = {
    "sensor": OF_READINGS
    | {"power_net", "energy_computed", "gas_computed", "water_computed"}
    | described((*hub_sensor.HUB_SENSORS, *demand_sensor.DEMAND_SENSORS)),
    "binary_sensor": {"motion", "vibration", "kube_error"}
    | described(hub_binary_sensor.HUB_BINARY_SENSORS)
    | described(demand_sensor.DEMAND_BINARY_SENSORS),
    "number": {number.GOAL.key},
    "event": {event.WINDOW.key},
    "select": {select.GOAL_SCOPE.key},
}


@pytest.mark.parametrize("platform", ENTITIES)
def test_every_entity_of_a_fluksometer_is_documented(platform: str) -> None:
    text = section("Entities") + section("The demand meter")
    names = [WORDS["entity"][platform][key]["name"] for key in ENTITIES[platform]]
    # The four quadrants of reactive energy are named together.
    asked = {re.sub(r" Q[1-4]$", "", name) for name in names}
    assert {name for name in asked if name not in text} == set()


def test_every_entity_of_the_demand_meter_has_a_row() -> None:
    expected = {
        WORDS["entity"]["sensor"][item.key]["name"]
        for item in demand_sensor.DEMAND_SENSORS
    }
    expected |= {"Peak risk", "Peak certain", "Goal", "Goal scope", "Window"}
    assert expected <= first_cells("The demand meter")


def test_every_unit_is_documented() -> None:
    units = {
        conversion.unit
        for table in (*CATALOGUE.values(), OTHER)
        for row in table
        for conversion in row.units.values()
        if conversion.unit not in (None, "1/s")
    }
    missing = [unit for unit in units if unit not in section("Entities")]
    assert missing == []


def test_every_field_of_the_forms_has_a_row() -> None:
    connection = WORDS["config"]["step"]["fluksometer"]["data"]
    options = WORDS["options"]["step"]["init"]["data"]
    form = WORDS["config_subentries"]["demand"]["step"]["user"]
    demand, rules = form["data"], form["sections"]["rules"]["data"]
    assert set(connection.values()) | set(options.values()) <= first_cells(
        "Configuration"
    )
    assert set(demand.values()) <= first_cells("The demand meter")
    tariffs = {name for row in rows(TARIFFS) for name in row[0].split(", ")}
    assert set(rules.values()) <= tariffs


def test_every_tariff_has_a_row() -> None:
    described = {row[0] for row in rows(TARIFFS)}
    assert set(WORDS["selector"]["profile"]["options"].values()) <= described


@pytest.mark.parametrize(
    ("option", "default", "lowest", "highest"),
    [("gauge_interval", 10, 1, 300), ("counter_interval", 60, 10, 3600)],
)
def test_the_limits_of_the_options_are_those_of_the_form(
    option: str, default: int, lowest: int, highest: int
) -> None:
    name = WORDS["options"]["step"]["init"]["data"][option]
    assert f"| {name} | {default} s ({lowest} to {highest}) |" in README
    values = OPTIONS_SCHEMA({option: lowest})
    assert OPTIONS_SCHEMA({}) == {
        "gauge_interval": 10,
        "counter_interval": 60,
    }
    assert values[option] == lowest
    assert OPTIONS_SCHEMA({option: highest})[option] == highest


def test_the_limits_of_polling_are_those_of_the_form() -> None:
    name = WORDS["options"]["step"]["init"]["data"]["poll_interval"]
    assert f"| {name} | 10 s (1 to 60) |" in README
    schema = REST_OPTIONS_SCHEMA
    assert schema({})["poll_interval"] == 10
    assert [schema({"poll_interval": n})["poll_interval"] for n in (1, 60)] == [1, 60]


@pytest.mark.parametrize(
    ("kind", "measured", "limit"),
    [
        (Kind.CLAMP, "electricity", 30),
        (Kind.METER, "electricity", 60),
        (Kind.KUBE, "temperature", 300),
        (Kind.PULSE, "electricity", None),
    ],
)
def test_the_silence_that_is_allowed_is_as_documented(
    kind: Kind, measured: str, limit: float | None
) -> None:
    assert "clamps 30 s, P1 60 s, Kubes 5 min" in section("Data updates")
    of_kind = [
        table
        for key, table in CATALOGUE.items()
        if key.kind is kind and key.type == measured
    ]
    allowed = {row.silence for table in of_kind for row in table}
    assert max(allowed, key=lambda silence: silence or 0) == limit


def test_every_event_has_a_row() -> None:
    events = {f"`{kind.value}`" for kind in DemandEvent}
    assert events <= first_cells("Automations")


def test_quoted_messages_are_those_of_the_forms() -> None:
    errors = " ".join(WORDS["config"]["error"].values())
    seen = " ".join(row[0] for row in rows(section("Troubleshooting")))
    quoted = re.findall(r'"([^"]+)"', seen)
    assert len(quoted) == 3
    assert [text for text in quoted if text not in errors] == []


def test_what_it_points_to_is_there() -> None:
    manifest: dict[str, Any] = json.loads((PACKAGE / "manifest.json").read_text())
    hacs = json.loads((ROOT / "hacs.json").read_text())
    files = re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)|src="([^"]+)"', README)
    scripts = re.findall(r"^(script/\w+)", section("Development"), re.MULTILINE)
    paths = [part for pair in files for part in pair if part] + scripts
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert manifest["documentation"] in README
    assert hacs["homeassistant"].removesuffix(".0") in section("Prerequisites")


def test_links_within_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors


def test_it_can_be_read_in_one_go() -> None:
    assert len(README.splitlines()) <= LONGEST
