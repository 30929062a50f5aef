"""The words and icons fit the code, in every language."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
import json
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.flukso import config_flow, event, number, select
from custom_components.flukso.actions import (
    backfill as services_backfill,
    import_windows as services_import,
    register as services,
)
from custom_components.flukso.core.clock import ClockChoice, ClockFault
from custom_components.flukso.core.demand.history.files.errors import Wrong
from custom_components.flukso.core.demand.history.files.formats import Format
from custom_components.flukso.core.fluksometer.catalogue import CATALOGUE, OTHER, Row
from custom_components.flukso.core.fluksometer.rest.sensors import RestKind
from custom_components.flukso.core.p1.catalogue import CHILD_ROWS, METER_ROWS
from custom_components.flukso.core.p1.live_readings import AnyRow
from custom_components.flukso.core.p1.tariffs import Numbering
from custom_components.flukso.core.p1.watch import Fault
from custom_components.flukso.core.tariff.flanders import AREAS
from custom_components.flukso.core.tariff.known import PROFILES
from custom_components.flukso.core.tariff.price import Per
from custom_components.flukso.core.tariff.rule import Direction, FloorScope
from custom_components.flukso.demand.attributes import DemandEvent
from custom_components.flukso.demand.goal import GoalScope
from custom_components.flukso.devices.energy_meter import flow as energy_flow
from custom_components.flukso.devices.energy_meter.sources import SourceFault
from custom_components.flukso.devices.fluksometer import (
    binary_entities as hub_binary_sensor,
    entities as hub_sensor,
    flow as fluksometer_flow,
)
from custom_components.flukso.devices.fluksometer_rest import flow as rest_flow
from custom_components.flukso.devices.kinds import kind_of
from custom_components.flukso.devices.p1 import (
    dongle_flow as p1_dongle_flow,
    entities as p1_sensor,
    flow as p1_flow,
    meter_flow as p1_meter_flow,
    port_flow as p1_port_flow,
)
from custom_components.flukso.devices.quarter_monitor import (
    entities as monitor_sensor,
    flow as monitor_flow,
)
from custom_components.flukso.entities import demand as demand_sensor
from custom_components.flukso.entities.displays import DISPLAYS
from custom_components.flukso.flows import (
    demand_form,
    demand_prices,
    options as options_flow,
    steps as flow_helpers,
)
from custom_components.flukso.flows.options import options_schema
from custom_components.flukso.helpers.errors import ERROR_KEYS
from custom_components.flukso.transport.errors import CloudFault
from homeassistant.components.binary_sensor import BinarySensorEntityDescription
from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription
from homeassistant.util.yaml import load_yaml_dict

PACKAGE = Path(config_flow.__file__).parent
LANGUAGES = ("en", "nl", "fr", "de")
# Longer texts are sentences; shorter ones may well be the same word everywhere.
SENTENCE = 30

DEMAND_FIELDS = {
    "name",
    "import_sensors",
    "export_sensors",
    "profile",
    "area",
    "price",
    "dated_prices",
    "vat",
    "floor",
    "goal",
    "goal_scope",
}
RULES = {str(marker) for marker in demand_form.RULES_SCHEMA.schema}


def load(name: str) -> Any:
    return json.loads((PACKAGE / name).read_text(encoding="utf-8"))


def flatten(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of a tree with its dotted path."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


WORDS = {language: load(f"translations/{language}.json") for language in LANGUAGES}
TEXTS = {language: dict(flatten(tree)) for language, tree in WORDS.items()}
ENGLISH = WORDS["en"]
ICONS = load("icons.json")


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(\w*)}", text))


def constants(nodes: Iterable[ast.expr]) -> set[str]:
    """Return the strings among expressions."""
    values = (node.value for node in nodes if isinstance(node, ast.Constant))
    return {value for value in values if isinstance(value, str)}


def keywords(name: str, *calls: str) -> set[str]:
    """Return the constants given as a keyword to calls of these names, anywhere."""
    trees = [
        ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")
    ]
    return constants(
        keyword.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in calls
        for keyword in node.keywords
        if keyword.arg == name
    )


def form_errors(file: str) -> set[str]:
    """Return the constants that a file assigns to errors or passes as an error."""
    nodes = list(ast.walk(ast.parse((PACKAGE / file).read_text(encoding="utf-8"))))
    assigned = (
        node.value
        for node in nodes
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "errors['base']"
    )
    passed = (
        node.value
        for node in nodes
        if isinstance(node, ast.keyword) and node.arg == "error"
    )
    return constants(assigned) | constants(passed)


def catalogue_rows() -> list[Row]:
    return [row for rows in (*CATALOGUE.values(), OTHER) for row in rows]


SENSOR_ROWS = [row for row in catalogue_rows() if row.quantity in DISPLAYS]
MOVES = [
    row for row in catalogue_rows() if row.quantity in hub_binary_sensor.COUNTED_MOVES
]

MONITOR_SENSORS: tuple[SensorEntityDescription, ...] = (
    *monitor_sensor.MONITOR_SENSORS,
    *monitor_sensor.CARD_SENSORS,
)
BINARY_SENSORS: tuple[BinarySensorEntityDescription, ...] = (
    *hub_binary_sensor.HUB_BINARY_SENSORS,
    *demand_sensor.DEMAND_BINARY_SENSORS,
)

P1_ROWS: list[AnyRow] = [
    *(row for rows in METER_ROWS.values() for row in rows),
    *(row for rows in CHILD_ROWS.values() for row in rows),
]
P1_NAMES = [(row, *row.named(each)) for row in P1_ROWS for each in Numbering]
P1_KEYS = {name for _row, name, _places in P1_NAMES}

CONNECTION = {str(marker) for marker in flow_helpers.CONNECTION_SCHEMA.schema}
CREDENTIALS = {str(marker) for marker in flow_helpers.CREDENTIALS_SCHEMA.schema}
OPTIONS_SCHEMA = options_schema(kind_of({"kind": "p1_serial"}).options)
REST_OPTIONS_SCHEMA = options_schema(kind_of({"kind": "fluksometer_rest"}).options)
OPTIONS = {
    str(marker)
    for fields in (
        OPTIONS_SCHEMA.schema,
        options_flow.TOKEN_FIELDS,
        options_flow.REMOVE_FIELDS,
    )
    for marker in fields
}
SERIAL = {str(marker) for marker in p1_port_flow.SERIAL_SCHEMA.schema}
NETWORK = {str(marker) for marker in p1_port_flow.NETWORK_SCHEMA.schema}
MONITOR = {str(marker) for marker in monitor_flow.MONITOR_SCHEMA.schema}
KEY = {str(marker) for marker in p1_meter_flow.KEY_SCHEMA.schema}
REST = {str(marker) for marker in rest_flow.ADDRESS_FIELDS} | {"sensors"}
POLLED = {str(marker) for marker in REST_OPTIONS_SCHEMA.schema}
ENERGY = {str(marker) for marker in energy_flow.energy_schema().schema}
# Device classes that say nothing of what is measured.
UNTOLD = {
    quantity
    for quantity, display in DISPLAYS.items()
    if display.device_class in (None, SensorDeviceClass.ENUM)
}
OWN_DEVICES = {"hub", "port", "kube", "quarter_monitor"}
REGISTERS = {
    "demand_register",
    "month_peak_register",
    "month_peak_register_time",
    "limiter",
    "fuse",
}
DEMAND_STEPS = ENGLISH["config_subentries"]["demand"]["step"]
CONFIG_STEPS = ENGLISH["config"]["step"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: str) -> None:
    assert TEXTS[language].keys() == TEXTS["en"].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_fills_in_the_same_places(language: str) -> None:
    expected = {key: placeholders(text) for key, text in TEXTS["en"].items()}
    found = {key: placeholders(text) for key, text in TEXTS[language].items()}
    assert found == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_has_blanks_around_it(language: str) -> None:
    faults = [
        key for key, text in TEXTS[language].items() if not text or text != text.strip()
    ]
    assert faults == []


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_no_sentence_is_left_in_english(language: str) -> None:
    left = [
        key
        for key, text in TEXTS[language].items()
        if len(text) > SENTENCE and text == TEXTS["en"][key]
    ]
    assert left == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_holds_an_address(language: str) -> None:
    # Home Assistant's own check of integrations refuses them.
    address = re.compile(r"([a-z0-9]+://|www\.)[a-z0-9]", re.IGNORECASE)
    assert [key for key, text in TEXTS[language].items() if address.search(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_entities_of_one_platform_have_different_names(language: str) -> None:
    for entities in WORDS[language]["entity"].values():
        names = [entity["name"] for entity in entities.values()]
        assert len(set(names)) == len(names)


def test_no_language_escapes_these_tests() -> None:
    files = {path.stem for path in (PACKAGE / "translations").glob("*.json")}
    assert files == set(LANGUAGES)


@pytest.mark.parametrize(
    ("platform", "keys"),
    [
        (
            "sensor",
            {row.key for row in SENSOR_ROWS}
            | {description.key for description in hub_sensor.HUB_SENSORS}
            | {description.key for description in demand_sensor.DEMAND_SENSORS}
            | {description.key for description in p1_sensor.P1_HUB_SENSORS}
            | {description.key for description in MONITOR_SENSORS}
            | P1_KEYS
            | {"power_net", "energy_computed", "gas_computed", "water_computed"},
        ),
        (
            "binary_sensor",
            {row.key for row in MOVES}
            | {item.key for item in BINARY_SENSORS}
            | {"kube_error"},
        ),
        ("number", {number.GOAL.key}),
        ("event", {event.WINDOW.key}),
        ("select", {select.GOAL_SCOPE.key}),
    ],
)
def test_every_entity_has_a_name_and_no_name_is_left_over(
    platform: str, keys: set[str]
) -> None:
    assert ENGLISH["entity"][platform].keys() == keys


def test_no_platform_is_left_over() -> None:
    platforms = {"sensor", "binary_sensor", "number", "event", "select"}
    assert ENGLISH["entity"].keys() == platforms


def test_every_error_of_a_kube_has_a_name() -> None:
    attribute = ENGLISH["entity"]["binary_sensor"]["kube_error"]["state_attributes"]
    assert attribute["errors"]["state"].keys() == set(
        hub_binary_sensor.KUBE_ERRORS.values()
    )


@pytest.mark.parametrize(
    "words",
    [
        ENGLISH["entity"]["event"]["window"]["state_attributes"]["event_type"]["state"],
        ICONS["entity"]["event"]["window"]["state_attributes"]["event_type"]["state"],
    ],
)
def test_every_event_has_a_name_and_an_icon(words: dict[str, str]) -> None:
    assert words.keys() == set(DemandEvent)


def test_every_part_of_a_device_has_a_name() -> None:
    behind_p1 = {f"{kind or 'other'}_meter" for kind in CHILD_ROWS}
    assert ENGLISH["device"].keys() == OWN_DEVICES | behind_p1


def test_every_kind_of_device_is_in_the_menu() -> None:
    assert CONFIG_STEPS["user"]["menu_options"].keys() == set(config_flow.DEVICE_STEPS)


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        (CONFIG_STEPS["fluksometer"], CONNECTION),
        (CONFIG_STEPS["pick_device"], {"device_id"}),
        (CONFIG_STEPS["p1_serial"], SERIAL),
        (CONFIG_STEPS["p1_network"], NETWORK),
        (CONFIG_STEPS["p1_key"], KEY),
        (CONFIG_STEPS["quarter_monitor"], MONITOR),
        (CONFIG_STEPS["energy_meter"], ENERGY),
        (CONFIG_STEPS["rest_sensors"], {"sensors"}),
        (CONFIG_STEPS["reconfigure"], CONNECTION | SERIAL | NETWORK | ENERGY | REST),
        (CONFIG_STEPS["reauth_confirm"], CREDENTIALS),
        (ENGLISH["options"]["step"]["init"], OPTIONS | POLLED),
        (DEMAND_STEPS["user"], DEMAND_FIELDS),
        (DEMAND_STEPS["reconfigure"], DEMAND_FIELDS),
        (DEMAND_STEPS["user"]["sections"]["rules"], RULES),
    ],
)
def test_every_field_has_a_name_and_a_description(
    step: dict[str, dict[str, str]], fields: set[str]
) -> None:
    assert step["data"].keys() == fields
    assert step["data_description"].keys() == fields


def test_every_step_of_the_flow_has_words() -> None:
    flows = (
        config_flow.FluksoConfigFlow,
        flow_helpers.DeviceSteps,
        fluksometer_flow.FluksometerSteps,
        energy_flow.EnergySteps,
        monitor_flow.MonitorSteps,
        p1_flow.P1Steps,
        p1_dongle_flow.DongleSteps,
        p1_meter_flow.MeterSteps,
        p1_port_flow.PortSteps,
        rest_flow.RestSteps,
    )
    own = {name for flow in flows for name in vars(flow) if "_step_" in name}
    steps = {name.removeprefix("async_step_") for name in own}
    # Home Assistant comes in by these, and they show another.
    entrances = {"reauth", "mqtt", "zeroconf", "dhcp", "integration_discovery"}
    assert CONFIG_STEPS.keys() == steps - entrances


@pytest.mark.parametrize("part", ["data", "data_description", "sections"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_adding_and_changing_a_demand_meter_ask_the_same(
    language: str, part: str
) -> None:
    steps = WORDS[language]["config_subentries"]["demand"]["step"]
    assert steps["user"][part] == steps["reconfigure"][part]


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (
            ENGLISH["config"]["error"],
            {keys.form for keys in ERROR_KEYS.values()} | {*SourceFault},
        ),
        (
            ENGLISH["config_subentries"]["demand"]["error"],
            form_errors("flows/demand_form.py") | {*demand_prices.PriceFault},
        ),
        (ENGLISH["options"]["error"], {"invalid_token"}),
    ],
)
def test_every_error_of_a_form_has_words(words: dict[str, str], keys: set[str]) -> None:
    assert words.keys() == keys


def test_every_reason_to_abort_has_words() -> None:
    words = (
        ENGLISH["config"]["abort"].keys()
        | ENGLISH["config_subentries"]["demand"]["abort"].keys()
    )
    of_home_assistant = {"reconfigure_successful", "reauth_successful"}
    assert words == keywords("reason", "async_abort", "save") | of_home_assistant


def test_every_choice_has_a_name() -> None:
    options = {
        "area": set(AREAS),
        "profile": set(PROFILES),
        "goal_scope": set(GoalScope),
        "window": set(demand_form.WINDOWS),
        "direction": set(Direction),
        "floor_scope": set(FloorScope),
        "months": set(demand_form.MONTHS),
        "days": set(demand_form.DAYS),
        "price_per": set(Per),
        "import_format": set(Format),
        "sensor_kind": set(RestKind),
        "backfill_source": set(services_backfill.SOURCES),
        "clock": set(ClockChoice),
    }
    selectors = ENGLISH["selector"]
    named = {
        key: set(words["options"])
        for key, words in selectors.items()
        if "options" in words
    }
    assert named == options
    fields = rest_flow.sensors_selector([]).config["fields"]
    prices = demand_prices.dated_prices_selector("EUR", date.min).config["fields"]
    assert {key for key in selectors if key not in named} == {"sensor", "dated_price"}
    assert selectors["sensor"]["fields"].keys() == fields.keys()
    assert selectors["dated_price"]["fields"].keys() == prices.keys()
    scopes = ENGLISH["entity"]["select"]["goal_scope"]["state"]
    assert scopes == ENGLISH["selector"]["goal_scope"]["options"]


def test_every_exception_has_a_message() -> None:
    raised = keywords(
        "translation_key",
        "ConfigEntryAuthFailed",
        "ConfigEntryNotReady",
        "HomeAssistantError",
        "ServiceValidationError",
        "invalid",
    )
    for keys in ERROR_KEYS.values():
        raised |= {keys.setup, keys.p1_setup, keys.monitor}
    assert ENGLISH["exceptions"].keys() == raised | set(Wrong) | set(CloudFault)


def test_every_repair_has_words() -> None:
    created = keywords("translation_key", "async_report", "StoredAs")
    assert ENGLISH["issues"].keys() == created | set(Fault) | set(ClockFault)


def test_every_action_has_words_fields_and_an_icon() -> None:
    described = load_yaml_dict(str(PACKAGE / "services.yaml"))
    schemas = {
        "get_windows": services.GET_WINDOWS,
        "set_month_peak": services.SET_MONTH_PEAK,
        "forget_month": services.FORGET_MONTH,
        "import_windows": services_import.IMPORT_WINDOWS,
        "backfill": services_backfill.BACKFILL,
    }
    fields = {
        name: {str(marker) for marker in schema.schema}
        for name, schema in schemas.items()
    }
    words = ENGLISH["services"]
    assert {name: set(words[name]["fields"]) for name in words} == fields
    assert {name: set(described[name]["fields"]) for name in described} == fields
    assert ICONS["services"].keys() == fields.keys()


def test_every_icon_belongs_to_an_entity() -> None:
    for platform, icons in ICONS["entity"].items():
        assert icons.keys() <= ENGLISH["entity"][platform].keys()


def test_what_no_device_class_tells_apart_has_an_icon() -> None:
    rows = {
        row.key for row in SENSOR_ROWS if DISPLAYS[row.quantity].device_class is None
    }
    of_hub = {item.key for item in hub_sensor.HUB_SENSORS if item.device_class is None}
    of_demand = {item.key for item in demand_sensor.DEMAND_SENSORS}
    of_line = {i.key for i in p1_sensor.P1_HUB_SENSORS if i.device_class is None}
    of_p1 = {
        name
        for row, name, _places in P1_NAMES
        if row.quantity in UNTOLD or name in REGISTERS
    }
    of_monitor = {item.key for item in MONITOR_SENSORS if item.device_class is None}
    assert (
        ICONS["entity"]["sensor"].keys()
        == rows | of_hub | of_demand | of_line | of_p1 | of_monitor
    )
    assert ICONS["entity"]["number"].keys() == {number.GOAL.key}
    assert ICONS["entity"]["select"].keys() == {select.GOAL_SCOPE.key}
    assert ICONS["entity"]["binary_sensor"].keys() == {
        item.key for item in BINARY_SENSORS if item.device_class is None
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_of_a_p1_meter_has_a_name(language: str) -> None:
    entities = WORDS[language]["entity"]["sensor"]
    choices = {name: set(row.options) for row, name, _ in P1_NAMES if row.options}
    assert choices.keys() == {"tariff", "breaker", "valve"}
    assert {key: set(entities[key]["state"]) for key in choices} == choices


def test_every_place_in_a_name_of_a_p1_meter_is_filled_in() -> None:
    entities = ENGLISH["entity"]["sensor"]
    left = [
        name
        for _row, name, places in P1_NAMES
        if placeholders(entities[name]["name"]) != places.keys()
    ]
    assert left == []
