"""Configurations become one description; what cannot be used is left out."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.drops import Dropped, DropReason
from custom_components.flukso.core.fluksometer.device_config import (
    KubeConfig,
    Model,
    PortConfig,
    SensorConfig,
    combine,
    parse_flx_config,
    parse_kube_config,
    parse_sensor_config,
)
from custom_components.flukso.core.fluksometer.topics import Stream

from .support import (
    ANY_BYTES,
    DEVICE_ID,
    JSON_VALUES,
    config_of,
    fixture,
    flm02b,
    flm03e,
    hex_id,
    payload,
)

type Parser = Callable[[bytes], object]

PARSERS = (parse_sensor_config, parse_flx_config, parse_kube_config)


def slot(**fields: Any) -> SensorConfig:
    """Return the sensor read from one enabled slot."""
    return config_of([fields]).sensors[0]


def skipped(**fields: Any) -> int:
    """Return how many things were skipped in one enabled slot."""
    return config_of([fields]).skipped_fields


def test_flm02b_is_described_from_its_recorded_payloads() -> None:
    config = flm02b()
    assert config.device_id == DEVICE_ID
    assert config.model is Model.FLM02B
    assert (config.phase, config.math) == ("1", None)
    assert config.sends_counters
    assert config.sends_gauges
    assert config.skipped_fields == 0
    assert [sensor.slot for sensor in config.sensors] == list(range(1, 18))
    assert config.sensors[3] == SensorConfig(
        slot=4,
        id="e569ba08114e43410156e927f6c256f3",
        rid=0,
        enabled=True,
        type="electricity",
        subtype=None,
        sensor_class="pulse",
        data_type=Stream.COUNTER,
        ports=(4,),
        kid=None,
        name="solar",
        constant=0.5,
        tmpo=True,
    )
    assert not config.sensors[4].enabled
    assert config.sensors[6].ports == ()
    assert config.kubes == {1: KubeConfig(1, "living", 19218, 1, enabled=True)}


def test_flm03e_is_described_from_its_recorded_payloads() -> None:
    config = flm03e()
    assert config.model is Model.FLM03E
    assert (config.phase, config.math) == ("3p+n", "none")
    assert config.skipped_fields == 0
    assert len(config.sensors) == 48
    assert config.sensors[0].subtype == "pplus"
    assert config.sensors[37].subtype is None
    assert config.sensors[41].kid == 1
    assert config.ports[1] == PortConfig(1, "L1", True, "ct", None)
    assert config.ports[4] == PortConfig(4, "solar", True, "pulse", 0.1)
    assert not config.ports[6].enabled
    assert config.kubes[1].name == "garage"


@pytest.mark.parametrize("name", ["flm02b_config_kube", "flm03e_config_kube"])
def test_kube_keys_and_radio_ids_enter_no_object(name: str) -> None:
    recorded = json.loads(fixture(name))
    secrets = [recorded["main"]["key"], recorded["main"]["null_key"]]
    section = repr(parse_kube_config(fixture(name)))
    assert not [text for text in (*secrets, recorded["1"]["hw_id"]) if text in section]


@pytest.mark.parametrize(
    ("main", "model"),
    [
        ({"hw_major": 2, "hw_minor": 0}, Model.FLM02W),
        ({"hw_major": 2, "hw_minor": 1}, Model.FLM02A),
        ({"hw_major": 2, "hw_minor": 2}, Model.FLM02B),
        ({"hw_major": 2}, Model.FLM02C),
        ({"hw_major": 2, "hw_minor": 9}, Model.UNKNOWN),
        ({"hw_major": 4}, Model.UNKNOWN),
        ({}, Model.UNKNOWN),
    ],
)
def test_model_follows_from_the_hardware_version(
    main: dict[str, int], model: Model
) -> None:
    assert config_of([{"type": "gas"}], main=main).model is model


@pytest.mark.parametrize(
    "sections",
    [
        {"1": {"id": hex_id(1)}, "tmpo": {"root": "/flukso/"}},
        {"1": {"id": hex_id(1), "enable": 1, "subtype": "pplus"}},
        {"65": {"id": hex_id(1)}},
    ],
)
def test_flm03e_is_known_without_its_port_table(sections: dict[str, Any]) -> None:
    section = parse_sensor_config(payload(sections))
    assert combine(DEVICE_ID, section, None, None).model is Model.FLM03E


def test_port_table_alone_makes_an_flm03e() -> None:
    config = config_of([{}], flx={}, main={"hw_major": 2})
    assert config.model is Model.FLM03E
    assert config.ports == {}


def test_phase_of_an_flm02_is_that_of_its_main_section() -> None:
    assert config_of([{}], main={"phase": 3}).phase == "3"


@pytest.mark.parametrize(
    ("daemon", "sends_counters", "sends_gauges"),
    [
        ({}, True, True),
        ({"enable_wan_branch": 0, "enable_lan_branch": 1}, False, True),
        ({"enable_wan_branch": 1, "enable_lan_branch": 0}, True, False),
        ({"enable_wan_branch": "off"}, True, True),
    ],
)
def test_branches_switched_off_send_nothing(
    daemon: dict[str, Any], sends_counters: bool, sends_gauges: bool
) -> None:
    config = config_of([{}], daemon=daemon)
    assert config.sends_counters is sends_counters
    assert config.sends_gauges is sends_gauges


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("main L1", "main L1"),
        ("  Zonnepanelen é ", "Zonnepanelen é"),
        (7, "7"),
        (1000.0, "1000"),
        (2.2, "2.2"),
        (1e22, "1e+22"),
        (10**30, "1" + "0" * 30),
        ("a\u0000b\u202ec\n", "abc"),
        ("\ud800", None),
        ("x" * 63 + " y", "x" * 63),
        ("x" * 100, "x" * 64),
        ("", None),
    ],
)
def test_name_is_a_short_printable_text(raw: object, name: str | None) -> None:
    assert slot(function=raw).name == name
    assert skipped(function=raw) == 0


def test_missing_fields_have_their_defaults() -> None:
    section = parse_sensor_config(payload({"1": {"id": hex_id(1), "enable": 1}}))
    assert section.sensors == (
        SensorConfig(
            slot=1,
            id=hex_id(1),
            rid=0,
            enabled=True,
            type=None,
            subtype=None,
            sensor_class=None,
            data_type=Stream.COUNTER,
            ports=(),
            kid=None,
            name=None,
            constant=None,
            tmpo=True,
        ),
    )


@pytest.mark.parametrize(
    ("fields", "attribute", "value"),
    [
        ({"rid": 3}, "rid", 3),
        ({"rid": 3.0}, "rid", 3),
        ({"enable": 0}, "enabled", False),
        ({"enable": True}, "enabled", True),
        ({"enable": False}, "enabled", False),
        ({"data_type": "gauge"}, "data_type", Stream.GAUGE),
        ({"data_type": "counter"}, "data_type", Stream.COUNTER),
        ({"port": [1, 2, 3]}, "ports", (1, 2, 3)),
        ({"port": [2, 2]}, "ports", (2,)),
        ({"port": 4}, "ports", (4,)),
        ({"port": []}, "ports", ()),
        ({"port": "ttyS0"}, "ports", ()),
        ({"kid": 30}, "kid", 30),
        ({"constant": 1}, "constant", 1.0),
        ({"tmpo": 0}, "tmpo", False),
        ({"subtype": ""}, "subtype", None),
        ({"class": "kube"}, "sensor_class", "kube"),
    ],
)
def test_good_fields_are_taken(
    fields: dict[str, Any], attribute: str, value: object
) -> None:
    assert getattr(slot(**fields), attribute) == value
    assert skipped(**fields) == 0


@pytest.mark.parametrize(
    ("fields", "attribute", "value"),
    [
        ({"rid": -1}, "rid", 0),
        ({"rid": 1.5}, "rid", 0),
        ({"rid": "new"}, "rid", 0),
        ({"rid": 2**31 + 1}, "rid", 0),
        ({"type": ["gas"]}, "type", None),
        ({"type": None}, "type", None),
        ({"function": True}, "name", None),
        ({"function": float("nan")}, "name", None),
        ({"data_type": "both"}, "data_type", Stream.COUNTER),
        ({"data_type": None}, "data_type", Stream.COUNTER),
        ({"data_type": ["gauge"]}, "data_type", Stream.COUNTER),
        ({"port": [1, "x", 2]}, "ports", (1, 2)),
        ({"port": 0}, "ports", ()),
        ({"port": {}}, "ports", ()),
        ({"kid": 31}, "kid", None),
        ({"kid": True}, "kid", None),
        ({"kid": None}, "kid", None),
        ({"constant": 0}, "constant", None),
        ({"constant": -1}, "constant", None),
        ({"constant": float("inf")}, "constant", None),
        ({"tmpo": 2}, "tmpo", True),
    ],
)
def test_one_bad_field_drops_that_field_only(
    fields: dict[str, Any], attribute: str, value: object
) -> None:
    good = {"type": "gas", "function": "boiler", "kid": 1, "rid": 0, "constant": 10}
    expected = asdict(slot(**good)) | {attribute: value}
    assert asdict(slot(**(good | fields))) == expected
    assert skipped(**fields) == 1


@pytest.mark.parametrize(
    "bad", [{"id": 7}, {"id": "0x12"}, {"id": hex_id(1).upper() + "A"}, {"id": None}]
)
def test_slot_without_a_usable_id_is_dropped_and_counted(bad: dict[str, Any]) -> None:
    config = config_of([{"type": "gas"} | bad, {"type": "water"}])
    assert [sensor.type for sensor in config.sensors] == ["water"]
    assert config.skipped_fields == 1


def test_of_two_slots_with_one_id_the_first_is_kept() -> None:
    config = config_of([{"type": "gas"}, {"type": "water", "id": hex_id(1)}])
    assert [sensor.type for sensor in config.sensors] == ["gas"]
    assert config.skipped_fields == 1


def test_slots_that_were_never_provisioned_are_no_sensors() -> None:
    section = parse_sensor_config(
        payload({"1": {"id": hex_id(1)}, "2": {"id": 5, "rid": 0}, "3": []})
    )
    assert section.sensors == ()
    assert section.skipped_fields == 0


def test_slots_are_read_in_the_order_of_their_numbers() -> None:
    sections = {
        number: {"id": hex_id(int(number)), "enable": 1} for number in ("10", "9", "2")
    }
    section = parse_sensor_config(payload(sections))
    assert [sensor.slot for sensor in section.sensors] == [2, 9, 10]


def test_nested_field_is_skipped_alone() -> None:
    assert slot(port=[[1], {"a": 2}, 3]).ports == (3,)
    assert skipped(port=[[1], {"a": 2}, 3]) == 2


def test_sections_that_cannot_be_used_are_counted() -> None:
    section = parse_sensor_config(
        payload({"1": {}, "007": {}, "0": {}, "257": {}, "1000": {}, "2": 5, "x": []})
    )
    assert section.highest_slot == 1
    assert section.skipped_fields == 5


def test_kubes_beyond_the_radio_limit_are_counted() -> None:
    section = parse_kube_config(payload({"30": {"name": 7}, "31": {"name": "x"}}))
    assert section.kubes == {30: KubeConfig(30, "7", None, None, enabled=True)}
    assert section.skipped_fields == 1


def test_skipped_fields_of_all_payloads_are_summed() -> None:
    config = config_of(
        [{"rid": -1}],
        flx={"1": {"constant": -1}, "main": {"phase": []}},
        kube={"1": {"enable": "yes", "sw_version": 1.5}},
    )
    assert config.skipped_fields == 5


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(
            b'{"1":{"function":"' + b"x" * 65536 + b'"}}',
            DropReason.TOO_LARGE,
            id="large",
        ),
        pytest.param(b'{"1":' + b"[" * 60000, DropReason.MALFORMED, id="open"),
        pytest.param(
            b'{"1":' * 10000 + b"1" + b"}" * 10000, DropReason.MALFORMED, id="deep"
        ),
        pytest.param(
            b'{"1":{"port":' + b"[" * 7 + b"]" * 7 + b"}}",
            DropReason.MALFORMED,
            id="nine levels",
        ),
        pytest.param(
            b'{"1":' + b"9" * 5000 + b"}", DropReason.MALFORMED, id="many digits"
        ),
        (b'{"1":{"id"', DropReason.MALFORMED),
        (b"\xff", DropReason.MALFORMED),
        (b"", DropReason.MALFORMED),
        (b"[]", DropReason.MALFORMED),
        (b"7", DropReason.MALFORMED),
        (b"null", DropReason.MALFORMED),
        (b'{"1":1,"main":"x"}', DropReason.MALFORMED),
    ],
)
def test_what_is_no_object_of_objects_is_dropped_by_reason(
    parse: Parser, content: bytes, reason: DropReason
) -> None:
    with pytest.raises(Dropped) as drop:
        parse(content)
    assert drop.value.reason is reason


@pytest.mark.parametrize("content", [b"{}", b'{"main":{"hw_major":2}}'])
def test_sensor_config_without_slots_is_dropped(content: bytes) -> None:
    with pytest.raises(Dropped, match="no slots"):
        parse_sensor_config(content)


@pytest.mark.parametrize("parse", PARSERS)
@given(content=ANY_BYTES)
def test_no_bytes_raise_anything_but_a_drop(parse: Parser, content: bytes) -> None:
    with suppress(Dropped):
        assert parse(content) is not None


FIELD_NAMES = st.sampled_from(
    [
        *("id", "enable", "rid", "type", "subtype", "class", "data_type", "port"),
        *("kid", "function", "constant", "tmpo", "name", "hw_type", "sw_version"),
        *("phase", "math", "hw_major", "hw_minor", "root", "enable_wan_branch"),
    ]
)


@pytest.mark.parametrize("parse", PARSERS)
@given(
    sections=st.dictionaries(
        st.sampled_from(["1", "2", "7", "64", "128", "main", "daemon", "tmpo"]),
        JSON_VALUES | st.dictionaries(FIELD_NAMES, JSON_VALUES, max_size=8),
        max_size=6,
    )
)
def test_no_field_values_raise_anything_but_a_drop(
    parse: Parser, sections: dict[str, Any]
) -> None:
    with suppress(Dropped):
        assert parse(payload(sections)) is not None


def test_equal_payloads_make_equal_configurations() -> None:
    assert flm03e() == flm03e()
    assert asdict(flm02b()) == asdict(flm02b())
    assert flm02b() != flm03e()
