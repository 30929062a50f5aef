"""Every blueprint can be imported, and names nothing that does not exist."""

import json
from pathlib import Path
import re
from typing import Any
from urllib.parse import unquote

import pytest

from custom_components.flukso.demand.attributes import DemandEvent
from custom_components.flukso.entities import demand as demand_sensor
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.util.yaml import load_yaml_dict, parse_yaml

from .conftest import BLUEPRINTS

ROOT = BLUEPRINTS.parent
PACKAGE = Path(demand_sensor.__file__).parents[1]
FOLDER = BLUEPRINTS / "automation" / "flukso"
FILES = sorted(FOLDER.glob("*.yaml"))
MANIFEST = json.loads((PACKAGE / "manifest.json").read_text(encoding="utf-8"))
HACS = json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))
WORDS = json.loads((PACKAGE / "translations" / "en.json").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMES = {
    words["name"]: platform
    for platform, entities in WORDS["entity"].items()
    for words in entities.values()
    if "name" in words
}


def load(path: Path) -> Blueprint:
    """Read a blueprint as an import does."""
    return Blueprint(
        load_yaml_dict(path),
        path=path.name,
        expected_domain="automation",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )


def test_three_blueprints_are_there() -> None:
    assert [path.stem for path in FILES] == ["drive_number", "shed", "warn"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_blueprint_is_valid_also_after_an_import(path: Path) -> None:
    blueprint = load(path)
    assert blueprint.validate() is None
    # An import writes the file anew.
    again = Blueprint(
        parse_yaml(blueprint.yaml()),  # type: ignore[arg-type]
        expected_domain="automation",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )
    assert again.data == blueprint.data


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_blueprint_says_where_it_is_from_and_what_it_needs(path: Path) -> None:
    metadata = load(path).metadata
    assert metadata["source_url"] == (
        f"{MANIFEST['documentation']}/blob/main/{path.relative_to(ROOT)}"
    )
    assert metadata["homeassistant"] == {"min_version": HACS["homeassistant"]}
    assert metadata["description"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_input_is_described_and_has_a_selector(path: Path) -> None:
    for key, given in load(path).inputs.items():
        assert given["name"], key
        assert len(given["selector"]) == 1, key
        # The words of a warning are their own description.
        assert given.get("description") or key.endswith(("_title", "_message")), key


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_entities_of_the_integration_are_offered_and_named_as_they_are(
    path: Path,
) -> None:
    keys = {item.key: item for item in demand_sensor.DEMAND_SENSORS}
    binary = {item.key for item in demand_sensor.DEMAND_BINARY_SENSORS}
    own = 0
    for key, given in load(path).inputs.items():
        for choice in given["selector"].get("entity", {}).get("filter", ()):
            if choice.get("integration") != "flukso":
                continue
            own += 1
            (domain,) = choice["domain"]
            assert (
                key
                in {"sensor": keys, "binary_sensor": binary, "event": ["window"]}[
                    domain
                ]
            )
            if domain == "sensor":
                assert choice["device_class"] == [keys[key].device_class]
            (name,) = re.findall(r'"([^"]+)"', given["description"])
            assert NAMES[name] == domain
    assert own


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_event_types_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    asked = re.findall(r"event_type: (\w+)", text) + re.findall(
        r"event_type'?,?\s+(?:== )?'(\w+)'", text
    )
    assert set(asked) <= set(DemandEvent)
    assert asked or "window:" not in text


def test_documentation_offers_every_blueprint() -> None:
    offered = [
        unquote(url)
        for url in re.findall(r"blueprint_import/\?blueprint_url=([^)]+)", README)
    ]
    assert sorted(offered) == [load(path).metadata["source_url"] for path in FILES]


def device_ids(node: Any) -> list[Any]:
    """Return everything that is bound to one device."""
    if isinstance(node, dict):
        return [node[key] for key in ("device_id",) if key in node] + [
            found for value in node.values() for found in device_ids(value)
        ]
    if isinstance(node, list):
        return [found for value in node for found in device_ids(value)]
    return []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_blueprint_is_bound_to_no_device(path: Path) -> None:
    assert device_ids(load(path).data) == []
