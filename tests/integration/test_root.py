"""At the root of the integration is what Home Assistant looks for there."""

from pathlib import Path

from custom_components.flukso import config_flow
from homeassistant.const import Platform
from homeassistant.loader import BASE_PRELOAD_PLATFORMS

ROOT = Path(config_flow.__file__).parent
# Files and folders that Home Assistant would take for our part in another component.
TAKEN = {
    *BASE_PRELOAD_PLATFORMS,
    *Platform,
    "application_credentials",
    "device_action",
    "device_condition",
    "device_trigger",
    "onboarding",
    "reproduce_state",
    "significant_change",
}
MEANT = {
    "binary_sensor",
    "config_flow",
    "diagnostics",
    "event",
    "number",
    "repairs",
    "select",
    "sensor",
}
# What the house has there for itself.
OWN_FILES = {"__init__", "const", "device"}
OWN_FOLDERS = {
    "actions",
    "core",
    "demand",
    "devices",
    "entities",
    "flows",
    "helpers",
    "history",
    "statistics",
    "transport",
}


def test_files_at_the_root_are_parts_in_other_components_or_the_contract() -> None:
    files = {path.stem for path in ROOT.glob("*.py")}
    assert files == MEANT | OWN_FILES
    assert MEANT <= TAKEN


def test_no_folder_is_taken_for_a_part_in_another_component() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders == OWN_FOLDERS
    assert folders.isdisjoint(TAKEN)
    assert OWN_FILES.isdisjoint(TAKEN)
