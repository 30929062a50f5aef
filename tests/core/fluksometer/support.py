"""Build configurations and payloads for the tests of the Fluksometer."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from custom_components.flukso.core.fluksometer.device_config import (
    FluksometerConfig,
    combine,
    parse_flx_config,
    parse_kube_config,
    parse_sensor_config,
)

FIXTURES = Path(__file__).parents[2] / "fixtures" / "fluksometer"
DEVICE_ID = "0f1e2d" + "0" * 26
NOW = 1517237115.0

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=12,
)
ANY_BYTES = (
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | JSON_VALUES.map(lambda value: json.dumps(value).encode())
    | st.integers(1, 30000).map(lambda depth: b"[" * depth)
)


def fixture(name: str) -> bytes:
    """Return one recorded payload."""
    return (FIXTURES / f"{name}.json").read_bytes()


def payload(sections: dict[str, Any]) -> bytes:
    """Return a configuration payload."""
    return json.dumps(sections).encode()


def hex_id(number: int) -> str:
    """Return a sensor id."""
    return f"{number:032x}"


def config_of(
    sensors: list[dict[str, Any]],
    *,
    flx: dict[str, Any] | None = None,
    kube: dict[str, Any] | None = None,
    **named: dict[str, Any],
) -> FluksometerConfig:
    """Return the configuration of a device with enabled sensors from slot 1 on."""
    slots = {
        str(slot): {"id": hex_id(slot), "enable": 1, "rid": 0} | sensor
        for slot, sensor in enumerate(sensors, start=1)
    }
    return combine(
        DEVICE_ID,
        parse_sensor_config(payload(slots | named)),
        None if flx is None else parse_flx_config(payload(flx)),
        None if kube is None else parse_kube_config(payload(kube)),
    )


def flm02b() -> FluksometerConfig:
    """Return the configuration of the recorded FLM02B."""
    return combine(
        DEVICE_ID,
        parse_sensor_config(fixture("flm02b_config_sensor")),
        None,
        parse_kube_config(fixture("flm02b_config_kube")),
    )


def flm03e() -> FluksometerConfig:
    """Return the configuration of the recorded FLM03E."""
    return combine(
        DEVICE_ID,
        parse_sensor_config(fixture("flm03e_config_sensor")),
        parse_flx_config(fixture("flm03e_config_flx")),
        parse_kube_config(fixture("flm03e_config_kube")),
    )
