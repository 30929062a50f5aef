"""The steps of every kind of device stand side by side in one config flow."""

from annotationlib import Format, get_annotations
from collections import Counter

import pytest

from custom_components.flukso.config_flow import DEVICE_STEPS, FluksoConfigFlow
from custom_components.flukso.devices.kinds import KINDS, Kind
from custom_components.flukso.flows.steps import DeviceSteps

STEPS = [cls for cls in FluksoConfigFlow.__mro__ if issubclass(cls, DeviceSteps)]


def own_names(steps: type[DeviceSteps]) -> set[str]:
    """Return the names that a class gives to what it has."""
    names = vars(steps).keys() | get_annotations(steps, format=Format.FORWARDREF)
    return {name for name in names if not name.startswith("__")}


def test_no_kind_takes_a_name_of_another() -> None:
    taken = Counter(name for steps in STEPS for name in own_names(steps))
    assert [name for name, count in taken.items() if count > 1] == []


def test_only_one_class_asks_for_a_confirmation() -> None:
    assert [cls for cls in STEPS if "async_step_confirm" in vars(cls)] == [DeviceSteps]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.folder)
def test_every_kind_can_be_reached_elsewhere(kind: Kind) -> None:
    assert callable(getattr(FluksoConfigFlow, f"async_reconfigure_{kind.folder}"))


@pytest.mark.parametrize("step", DEVICE_STEPS)
def test_every_row_of_the_menu_leads_to_a_step(step: str) -> None:
    assert callable(getattr(FluksoConfigFlow, f"async_step_{step}"))
