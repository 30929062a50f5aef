"""Fluksometers that announce themselves: offered, and followed when they move."""

from collections.abc import AsyncGenerator, Generator
from ipaddress import ip_address
import json
import time
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import DOMAIN
from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_IGNORE,
    SOURCE_ZEROCONF,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from simulator import make_device
from simulator.rest import RestApi, serve_rest

from ....brokers import HOST, Message, Mosquitto, free_port, publish
from ....devices import FLM02B_ID, FLM03E_ID, retained_config

OLD_HOST = "192.0.2.7"

pytestmark = pytest.mark.usefixtures("setup_entry")


@pytest.fixture
def brief_search() -> Generator[None]:
    """Give up sooner on a broker that has nothing to tell."""
    with patch(
        "custom_components.flukso.devices.fluksometer.search.SEARCH_TIMEOUT", 0.3
    ):
        yield


@pytest.fixture
def no_broker(socket_enabled: None) -> Generator[None]:
    """Let no broker be on the port where a Fluksometer has it."""
    with patch(
        "custom_components.flukso.devices.fluksometer.discovery.MQTT_PORT", free_port()
    ):
        yield


@pytest.fixture
async def fluksometers(
    broker: Mosquitto,
    flm02b_messages: list[Message],
    flm03e_messages: list[Message],
) -> AsyncGenerator[Mosquitto]:
    """Return a broker where a Fluksometer has it, and which knows two of them."""
    await publish(broker, [*flm02b_messages, *flm03e_messages])
    with patch(
        "custom_components.flukso.devices.fluksometer.discovery.MQTT_PORT", broker.port
    ):
        yield broker


@pytest.fixture
def api(socket_enabled: None) -> RestApi:
    """Return an FLM02A that has lived for a while."""
    now = int(time.time())
    device = RestApi(make_device("flm02a", start=now - 90, tmpo=False))
    for second in range(now - 89, now + 1):
        device.step(second)
    return device


def announced(digits: str, *, host: str = HOST, **records: Any) -> ZeroconfServiceInfo:
    """Return what an FLM02 announces: its sensors if there are records, or a broker."""
    of_sensors = bool(records)
    kind = "_flukso._tcp.local." if of_sensors else "_mqtt._tcp.local."
    what = "Flukso RESTful API" if of_sensors else "MQTT Broker"
    return ZeroconfServiceInfo(
        ip_address=ip_address(host),
        ip_addresses=[ip_address(host)],
        port=records.pop("port", 1883),
        hostname=f"flukso-{digits}.local.",
        type=kind,
        name=f"{what} on flukso-{digits}.{kind}",
        properties=records,
    )


def sensors_of(api: RestApi, port: int) -> ZeroconfServiceInfo:
    """Return what an FLM02 announces of its sensors."""
    ids = {f"id{slot}": sensor.id for slot, sensor in api.device.sensors.items()}
    records = {**ids, "path": "/sensor", "version": "1.0"}
    return announced(api.device.device_id[:6], port=port, **records)


async def meet(hass: HomeAssistant, info: Any) -> ConfigFlowResult:
    source = SOURCE_DHCP if isinstance(info, DhcpServiceInfo) else SOURCE_ZEROCONF
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": source}, data=info
    )


def offers(hass: HomeAssistant) -> list[str]:
    """Return the names of what is offered."""
    return [
        flow["context"]["title_placeholders"]["name"]
        for flow in hass.config_entries.flow.async_progress()
    ]


@pytest.mark.parametrize(
    ("device_id", "model"), [(FLM02B_ID, "FLM02B"), (FLM03E_ID, "FLM03E")]
)
async def test_a_broker_that_announces_itself_is_offered(
    hass: HomeAssistant, fluksometers: Mosquitto, device_id: str, model: str
) -> None:
    form = await meet(hass, announced(device_id[:6]))
    assert form["step_id"] == "confirm"
    name = f"Fluksometer {device_id[:6]}"
    assert form["description_placeholders"] == {"name": name, "model": model}
    assert offers(hass) == [name]
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    assert done["type"] == "create_entry"
    assert done["result"].unique_id == device_id
    assert done["data"] == {
        "host": HOST,
        "port": fluksometers.port,
        "device_id": device_id,
    }


async def test_a_device_that_asks_for_an_address_is_offered(
    hass: HomeAssistant, fluksometers: Mosquitto
) -> None:
    info = DhcpServiceInfo(HOST, f"flukso-{FLM03E_ID[:6]}", "aabbccddeeff")
    form = await meet(hass, info)
    assert form["step_id"] == "confirm"
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    assert done["result"].unique_id == FLM03E_ID


async def test_mqtt_is_preferred_where_both_are_announced(
    hass: HomeAssistant, fluksometers: Mosquitto
) -> None:
    form = await meet(hass, announced(FLM02B_ID[:6], port=8080, id1="f" * 32))
    assert form["step_id"] == "confirm"
    second = await meet(hass, announced(FLM02B_ID[:6]))
    assert second["reason"] == "already_in_progress"


async def test_sensors_are_offered_where_there_is_no_broker(
    hass: HomeAssistant, no_broker: None, api: RestApi
) -> None:
    async with serve_rest(api) as port:
        form = await meet(hass, sensors_of(api, port))
        assert form["step_id"] == "rest_sensors"
        schema = form["data_schema"]
        assert schema is not None
        (marker,) = schema.schema
        offered = marker.description["suggested_value"]
        assert [(item["name"], item["kind"]) for item in offered] == [
            ("Port 1", "electricity"),
            ("Port 2", "electricity"),
            ("Port 3", "electricity"),
            ("Port 4", "electricity_pulses"),
        ]
        done = await hass.config_entries.flow.async_configure(
            form["flow_id"], {"sensors": offered}
        )
    digits = api.device.device_id[:6]
    assert done["type"] == "create_entry"
    assert done["title"] == f"Fluksometer {digits}"
    assert done["result"].unique_id == digits
    assert done["data"]["port"] == port
    again = await meet(hass, sensors_of(api, port))
    assert again["reason"] == "already_configured"


async def test_a_broker_that_knows_only_others_is_not_the_devices(
    hass: HomeAssistant, fluksometers: Mosquitto
) -> None:
    done = await meet(hass, announced("aaaaaa"))
    assert done["reason"] == "cannot_connect"


@pytest.mark.parametrize("records", [{}, {"port": 8080, "path": "/sensor"}])
async def test_without_broker_and_sensors_nothing_is_offered(
    hass: HomeAssistant, no_broker: None, records: dict[str, Any]
) -> None:
    done = await meet(hass, announced("1a2b3c", **records))
    assert done["reason"] == "cannot_connect"


async def test_another_name_is_no_fluksometer(hass: HomeAssistant) -> None:
    done = await meet(hass, announced("printer"))
    assert done["reason"] == "no_fluksometer"


async def test_an_ignored_device_stays_ignored(
    hass: HomeAssistant, fluksometers: Mosquitto
) -> None:
    digits = FLM02B_ID[:6]
    ignored = MockConfigEntry(domain=DOMAIN, unique_id=digits, source=SOURCE_IGNORE)
    ignored.add_to_hass(hass)
    done = await meet(hass, announced(digits))
    assert done["reason"] == "already_configured"


def known(
    hass: HomeAssistant,
    unique_id: str,
    state: ConfigEntryState = ConfigEntryState.SETUP_RETRY,
    **data: Any,
) -> MockConfigEntry:
    """Return an entry that does not find its device, or another state of one."""
    entry = MockConfigEntry(
        domain=DOMAIN, unique_id=unique_id, data={"host": OLD_HOST, **data}
    )
    entry.add_to_hass(hass)
    entry.mock_state(hass, state)
    return entry


async def test_a_known_device_is_followed_to_its_new_address(
    hass: HomeAssistant, fluksometers: Mosquitto
) -> None:
    entry = known(hass, FLM02B_ID, port=1883, device_id=FLM02B_ID)
    done = await meet(hass, announced(FLM02B_ID[:6]))
    assert done["reason"] == "already_configured"
    assert entry.data["host"] == HOST
    assert entry.data["port"] == fluksometers.port


async def test_a_polled_device_is_followed_to_its_new_address(
    hass: HomeAssistant, no_broker: None, api: RestApi
) -> None:
    sensors = [{"id": api.device.sensors[1].id, "name": "a", "kind": "electricity"}]
    data: dict[str, Any] = {
        "kind": "fluksometer_rest",
        "port": 8080,
        "sensors": sensors,
    }
    entry = known(hass, "0123456789abcdef", **data)
    async with serve_rest(api) as port:
        done = await meet(hass, sensors_of(api, port))
    assert done["reason"] == "already_configured"
    assert (entry.data["host"], entry.data["port"]) == (HOST, port)


def polls(device_id: str) -> dict[str, Any]:
    """Return what the entry of a device stores that is asked for its first sensor."""
    *_, message = retained_config("flm02b", device_id)
    sensor_id = json.loads(message.payload)["1"]["id"]
    sensors = [{"id": sensor_id, "name": "a", "kind": "electricity"}]
    return {"kind": "fluksometer_rest", "port": 8080, "sensors": sensors}


async def test_what_is_polled_already_is_not_offered(
    hass: HomeAssistant, fluksometers: Mosquitto
) -> None:
    known(hass, "0123456789abcdef", **polls(FLM02B_ID))
    done = await meet(hass, announced(FLM02B_ID[:6]))
    assert done["reason"] == "already_configured"


async def test_what_is_polled_since_it_was_offered_is_not_added(
    hass: HomeAssistant, fluksometers: Mosquitto
) -> None:
    form = await meet(hass, announced(FLM02B_ID[:6]))
    assert form["step_id"] == "confirm"
    known(hass, "0123456789abcdef", **polls(FLM02B_ID))
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    assert done["reason"] == "already_configured"


@pytest.mark.parametrize(
    "data",
    [
        {"device_id": FLM02B_ID, "username": "somebody"},
        {"device_id": FLM02B_ID, "host": HOST},
        {"device_id": FLM02B_ID, "state": ConfigEntryState.SETUP_IN_PROGRESS},
    ],
    ids=["another broker", "the same address", "still looking"],
)
async def test_an_entry_that_has_its_reasons_stays_where_it_is(
    hass: HomeAssistant, fluksometers: Mosquitto, data: dict[str, Any]
) -> None:
    values: dict[str, Any] = {"port": 1, **data}
    entry = known(hass, FLM02B_ID, **values)
    before = dict(entry.data)
    done = await meet(hass, announced(FLM02B_ID[:6]))
    assert done["reason"] == "already_configured"
    assert entry.data == before


async def test_nobody_is_followed_who_only_says_so(
    hass: HomeAssistant, no_broker: None
) -> None:
    entry = known(hass, FLM02B_ID, port=1883, device_id=FLM02B_ID)
    done = await meet(hass, announced(FLM02B_ID[:6]))
    assert done["reason"] == "already_configured"
    assert entry.data["host"] == OLD_HOST


async def test_an_entry_that_hears_its_device_stays_where_it_is(
    hass: HomeAssistant, fluksometers: Mosquitto, setup_entry: AsyncMock
) -> None:
    entry = known(
        hass, FLM02B_ID, ConfigEntryState.LOADED, port=1883, device_id=FLM02B_ID
    )
    device = SimpleNamespace(reachable=True)
    entry.runtime_data = SimpleNamespace(device=device, meters={})
    await meet(hass, announced(FLM02B_ID[:6]))
    assert entry.data["host"] == OLD_HOST
    device.reachable = False
    await meet(hass, announced(FLM02B_ID[:6]))
    assert entry.data["host"] == HOST
