"""The retained configuration, against the recorded examples."""

import json
from pathlib import Path
import re
from typing import Any

import pytest

from simulator import make_device

from .support import START, config

_FIXTURES = Path(__file__).parents[1] / "fixtures" / "fluksometer"
_HEX = re.compile(r"[0-9a-f]{32}")
# Differ from device to device.
_OWN = ("counter", "collect_group")


def _example(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((_FIXTURES / f"{name}.json").read_text())
    return document


def _anonymous(document: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Replace everything that is a device's own."""
    return {
        section: {
            key: "hex"
            if _HEX.fullmatch(str(value))
            else ("own" if key in _OWN else value)
            for key, value in options.items()
        }
        for section, options in document.items()
    }


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("FLM02B", "sensor"),
        ("FLM02B", "kube"),
        ("FLM03E", "sensor"),
        ("FLM03E", "flx"),
        ("FLM03E", "kube"),
    ],
)
def test_configuration_equals_the_example(model: str, name: str) -> None:
    published = config(make_device(model, start=START).retained(), name)
    example = _example(f"{model.lower()}_config_{name}")
    sections = _anonymous(published)
    for section in ("main", "1"):
        assert sections[section] == _anonymous(example)[section]
    assert sections == _anonymous(example)


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("FLM02A", ["config/sensor"]),
        ("FLM02B", ["config/sensor", "config/kube"]),
        ("FLM03E", ["config/sensor", "config/flx", "config/kube", "test/tap"]),
    ],
)
def test_each_model_retains_its_own_topics(model: str, names: list[str]) -> None:
    device = make_device(model, start=START)
    messages = device.retained()
    assert [m.topic for m in messages] == [
        f"/device/{device.device_id}/{name}" for name in names
    ]
    assert all(message.retain for message in messages)


def test_flm02a_shows_the_traps_of_the_encoding() -> None:
    document = config(make_device("FLM02A", start=START).retained(), "sensor")
    assert [document[slot]["function"] for slot in "123"] == [1, 2, 3]
    assert document["fsync"] == []
    assert set(document["64"]) == {"id"}
    assert document["main"]["hw_minor"] == 1


def test_three_phases_are_summed_in_the_first_slot() -> None:
    device = make_device("FLM02A", start=START, phases=3)
    document = config(device.retained(), "sensor")
    assert document["main"]["phase"] == 3
    assert document["1"]["port"] == [1, 2, 3]
    assert [document[slot]["enable"] for slot in "123"] == [1, 0, 0]
    assert not {"port", "rid", "data_type"} & set(document["2"])


def test_math_keeps_the_summed_ports_out_of_the_history() -> None:
    device = make_device("FLM03E", start=START, math="p1+p2+p3")
    messages = device.retained()
    document = config(messages, "sensor")
    assert config(messages, "flx")["main"]["math"] == "p1+p2+p3"
    assert [document[slot]["tmpo"] for slot in ("13", "14", "25", "26")] == [0] * 4
    assert "tmpo" not in document["1"]


def test_names_can_be_chosen() -> None:
    device = make_device("FLM03E", start=START, names={1: "007", 4: "panneaux"})
    ports = config(device.retained(), "flx")
    assert ports["1"]["name"] == 7
    assert ports["4"]["name"] == "panneaux"


def test_ids_follow_from_model_and_seed() -> None:
    models = ("FLM02A", "FLM02B", "FLM03E")
    devices = [make_device(m, seed=s, start=START) for m in models for s in (1, 2)]
    again = [make_device(m, seed=s, start=1) for m in models for s in (1, 2)]
    ids = [device.device_id for device in devices]
    assert ids == [device.device_id for device in again]
    assert len(set(ids)) == 6
    assert all(_HEX.fullmatch(device_id) for device_id in ids)


def test_the_bridge_state_carries_the_host_name() -> None:
    device = make_device("FLM03E", start=START, cloud=False)
    assert device.bridge_state() == (
        f"$SYS/broker/connection/flukso-{device.device_id[:6]}.flukso/state",
        b"0",
        True,
        0,
    )


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("FLM01", {}),
        ("FLM03E", {"phases": 3}),
        ("FLM02A", {"phases": 2}),
        ("FLM02B", {"math": "p2+p1"}),
        ("FLM03E", {"math": "p3"}),
    ],
)
def test_what_no_device_can_do_is_refused(model: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        make_device(model, start=START, **options)
