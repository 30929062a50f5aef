"""From an address where no broker answers to the entry of a polled FLM02."""

from collections.abc import AsyncGenerator
import time
from typing import Any
from unittest.mock import patch

from aiohttp import web
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.core.fluksometer.rest.sensors import RestKind
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
from simulator import make_device
from simulator.rest import RestApi, serve_rest

from ....brokers import HOST, Message, Mosquitto, free_port, publish
from ....devices import FLM02B_ID

pytestmark = pytest.mark.usefixtures("setup_entry")


@pytest.fixture
async def api(hass: HomeAssistant, socket_enabled: None) -> AsyncGenerator[RestApi]:
    """Return an FLM02A that has lived for a while, where a flow looks for it."""
    now = int(time.time())
    device = RestApi(make_device("flm02a", start=now - 90, tmpo=False))
    for second in range(now - 89, now + 1):
        device.step(second)
    async with serve_rest(device) as port:
        with patch(
            "custom_components.flukso.devices.fluksometer_rest.flow.DEFAULT_PORT", port
        ):
            yield device


def typed(api: RestApi, *slots: int, **other: Any) -> list[dict[str, Any]]:
    """Return what somebody types of some slots."""
    return [
        {
            "id": api.device.sensors[slot].id,
            "name": f" slot {slot} ",
            "kind": "electricity",
        }
        | other
        for slot in slots
    ]


async def ask(hass: HomeAssistant, port: int | None = None) -> ConfigFlowResult:
    """Enter an address in the step of a Fluksometer."""
    flow = hass.config_entries.flow
    menu = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    form = await flow.async_configure(menu["flow_id"], {"next_step_id": "fluksometer"})
    return await flow.async_configure(
        form["flow_id"], {"host": HOST, "port": port or free_port()}
    )


async def submit(
    hass: HomeAssistant, form: ConfigFlowResult, sensors: list[dict[str, Any]]
) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_configure(
        form["flow_id"], {"sensors": sensors}
    )


@pytest.mark.smoke
async def test_without_a_broker_the_sensors_are_asked_for(
    hass: HomeAssistant, api: RestApi
) -> None:
    form = await ask(hass)
    assert form["step_id"] == "rest_sensors"
    assert form["description_placeholders"] == {"host": HOST}
    done = await submit(hass, form, typed(api, 1, 2))
    assert done["type"] == "create_entry"
    unique_id = done["result"].unique_id
    assert unique_id is not None
    assert done["title"] == f"Fluksometer {unique_id[:6]}"
    assert len(unique_id) == 16
    assert {**done["data"], "port": None} == {
        "kind": "fluksometer_rest",
        "host": HOST,
        "port": None,
        "sensors": [
            {
                "id": api.device.sensors[slot].id,
                "name": f"slot {slot}",
                "kind": "electricity",
            }
            for slot in (1, 2)
        ],
    }


async def test_the_kinds_of_sensors_are_named_in_the_language_of_the_home(
    hass: HomeAssistant, api: RestApi
) -> None:
    hass.config.language = "nl"
    form = await ask(hass)
    assert form["data_schema"] is not None
    fields = form["data_schema"].schema["sensors"].config["fields"]
    kinds = fields["kind"]["selector"].config["options"]
    assert [kind["value"] for kind in kinds] == [*RestKind]
    assert [kind["label"] for kind in kinds] == [
        "Elektriciteit: stroomklem of P1-poort",
        "Elektriciteit: pulsen",
        "Water",
        "Gas",
    ]


async def test_the_order_of_the_sensors_makes_no_other_device(
    hass: HomeAssistant, api: RestApi
) -> None:
    first = await submit(hass, await ask(hass), typed(api, 1, 2))
    await hass.config_entries.async_remove(first["result"].entry_id)
    second = await submit(hass, await ask(hass), typed(api, 2, 1))
    assert first["result"].unique_id == second["result"].unique_id


async def test_an_id_may_be_typed_in_capitals_and_without_a_name(
    hass: HomeAssistant, api: RestApi
) -> None:
    sensor_id = api.device.sensors[1].id
    sensor = {"id": f" {sensor_id.upper()}", "kind": "electricity"}
    done = await submit(hass, await ask(hass), [sensor])
    (stored,) = done["data"]["sensors"]
    assert (stored["id"], stored["name"]) == (sensor_id, sensor_id[:6])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"id": "ed8e896a"}, "invalid_sensor"),
        ({"id": "0123456789abcdef0123456789abcde0"}, "invalid_sensor"),
        ({"id": "g" * 32}, "invalid_sensor"),
        ({"id": "../../../etc/passwd"}, "invalid_sensor"),
        ({"id": "f" * 32}, "unknown_sensor"),
    ],
)
async def test_an_id_that_is_none_is_told_and_can_be_mended(
    hass: HomeAssistant, api: RestApi, change: dict[str, str], error: str
) -> None:
    form = await submit(hass, await ask(hass), typed(api, 1, **change))
    assert form["errors"] == {"base": error}
    done = await submit(hass, form, typed(api, 1))
    assert done["type"] == "create_entry"


@pytest.mark.parametrize("slots", [(), (1, 1)])
async def test_none_or_one_twice_is_no_list_of_sensors(
    hass: HomeAssistant, api: RestApi, slots: tuple[int, ...]
) -> None:
    form = await submit(hass, await ask(hass), typed(api, *slots))
    assert form["errors"] == {"base": "invalid_sensor"}


async def test_a_clamp_that_measures_nothing_is_told(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    fresh = RestApi(make_device("flm02a", start=int(time.time())))
    async with serve_rest(fresh) as port:
        with patch(
            "custom_components.flukso.devices.fluksometer_rest.flow.DEFAULT_PORT", port
        ):
            form = await submit(hass, await ask(hass), typed(fresh, 4))
        assert form["errors"] == {"base": "no_readings"}
        done = await submit(hass, form, typed(fresh, 4, kind="water"))
    assert done["type"] == "create_entry"


async def test_a_device_that_goes_away_meanwhile_is_told(
    hass: HomeAssistant, api: RestApi
) -> None:
    form = await ask(hass)
    api.trouble = "error"
    form = await submit(hass, form, typed(api, 1))
    assert form["errors"] == {"base": "cannot_connect"}


async def test_a_kind_that_is_none_is_refused(
    hass: HomeAssistant, api: RestApi
) -> None:
    form = await ask(hass)
    with pytest.raises(InvalidData):
        await submit(hass, form, typed(api, 1, kind="steam"))


async def test_where_nothing_answers_the_address_is_asked_for_again(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    with patch(
        "custom_components.flukso.devices.fluksometer_rest.flow.DEFAULT_PORT",
        free_port(),
    ):
        form = await ask(hass)
    assert form["step_id"] == "fluksometer"
    assert form["errors"] == {"base": "cannot_connect"}


@pytest.mark.parametrize("status", [200, 401, 404])
async def test_another_web_server_is_not_called_a_fluksometer(
    hass: HomeAssistant, socket_enabled: None, status: int
) -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>a router</html>")

    application = web.Application()
    application.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    try:
        with patch(
            "custom_components.flukso.devices.fluksometer_rest.flow.DEFAULT_PORT",
            runner.addresses[0][1],
        ):
            form = await ask(hass)
    finally:
        await runner.cleanup()
    assert form["step_id"] == "fluksometer"
    assert form["errors"] == {"base": "cannot_connect"}


async def test_a_broker_comes_first(
    hass: HomeAssistant,
    api: RestApi,
    broker: Mosquitto,
    flm02b_messages: list[Message],
) -> None:
    await publish(broker, flm02b_messages)
    done = await ask(hass, broker.port)
    assert done["type"] == "create_entry"
    assert done["data"]["device_id"] == FLM02B_ID


async def test_a_device_is_added_once(hass: HomeAssistant, api: RestApi) -> None:
    await submit(hass, await ask(hass), typed(api, 1, 2))
    again = await submit(hass, await ask(hass), typed(api, 2, 3))
    assert again["reason"] == "already_configured"


async def test_what_is_polled_is_not_added_over_a_broker_too(
    hass: HomeAssistant,
    socket_enabled: None,
    broker: Mosquitto,
    flm02b_messages: list[Message],
) -> None:
    await publish(broker, flm02b_messages)
    sensor = {"id": "ed8e896a568d94e6dd2e27ee8431d272", "name": "a", "kind": "water"}
    MockConfigEntry(
        domain=DOMAIN,
        unique_id="0123456789abcdef",
        data={"kind": "fluksometer_rest", "sensors": [sensor]},
    ).add_to_hass(hass)
    done = await ask(hass, broker.port)
    assert done["reason"] == "already_configured"


async def add(hass: HomeAssistant, api: RestApi) -> ConfigEntry:
    done = await submit(hass, await ask(hass), typed(api, 1, 2))
    return done["result"]


async def open_change(hass: HomeAssistant, entry: ConfigEntry) -> ConfigFlowResult:
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )


async def test_address_and_sensors_can_be_changed(
    hass: HomeAssistant, api: RestApi
) -> None:
    entry = await add(hass, api)
    before = entry.unique_id
    form = await open_change(hass, entry)
    schema = form["data_schema"]
    assert schema is not None
    shown = {
        marker.schema: marker.description["suggested_value"] for marker in schema.schema
    }
    assert shown == {key: entry.data[key] for key in ("host", "port", "sensors")}
    change = {
        "host": f"http://{HOST}/",
        "port": entry.data["port"],
        "sensors": typed(api, 1, 3),
    }
    done = await hass.config_entries.flow.async_configure(form["flow_id"], change)
    assert done["reason"] == "reconfigure_successful"
    assert [item["name"] for item in entry.data["sensors"]] == ["slot 1", "slot 3"]
    assert entry.data["host"] == HOST
    assert entry.unique_id == before


async def test_sensors_of_another_device_are_not_taken(
    hass: HomeAssistant, api: RestApi
) -> None:
    entry = await add(hass, api)
    form = await open_change(hass, entry)
    change = {"host": HOST, "port": entry.data["port"], "sensors": typed(api, 3)}
    form = await hass.config_entries.flow.async_configure(form["flow_id"], change)
    assert form["errors"] == {"base": "wrong_device"}


async def test_the_pace_is_an_option(hass: HomeAssistant, api: RestApi) -> None:
    entry = await add(hass, api)
    options = hass.config_entries.options
    form = await options.async_init(entry.entry_id)
    schema = form["data_schema"]
    assert schema is not None
    assert schema({}) == {"poll_interval": 10, "counter_interval": 60}
    for pace in (0, 61):
        with pytest.raises(InvalidData):
            await options.async_configure(form["flow_id"], {"poll_interval": pace})
    done = await options.async_configure(form["flow_id"], {"poll_interval": 60})
    assert done["type"] == "create_entry"
    assert entry.options == {"poll_interval": 60, "counter_interval": 60}
