"""What a device says about its own condition."""

import pytest

from custom_components.flukso.const import DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ....brokers import HOST, Message, Mosquitto, MosquittoFactory, publish
from ...homes import until
from ...recorded import Recorded, entry_of, flm03e, set_up

REPORT = """1..3
# date: Mon, 29 Jan 2018 14:12:25 +0000
# serial: FL99000270
# firmware: 382
ok 1 - flxd daemon running
{second} 2 - sensor board communication
{third} 3 - ping flukso.net
"""
HOSTNAME = "flukso-1dd34c"


def report(device: Recorded, second: str = "ok", third: str = "ok") -> Message:
    text = REPORT.format(second=second, third=third)
    return Message(f"/device/{device.device_id}/test/tap", text.encode())


def entity_id(hass: HomeAssistant, device: Recorded, platform: str, key: str) -> str:
    """Return the id of an entity about the device itself; empty without one."""
    unique_id = f"{device.device_id}_{key}"
    registry = er.async_get(hass)
    return registry.async_get_entity_id(platform, DOMAIN, unique_id) or ""


def condition(hass: HomeAssistant, device: Recorded, key: str) -> State | None:
    found = entity_id(hass, device, Platform.BINARY_SENSOR, key)
    return hass.states.get(found) if found else None


def is_said(hass: HomeAssistant, device: Recorded, key: str, said: str) -> bool:
    state = condition(hass, device, key)
    return state is not None and state.state == said


@pytest.fixture
async def device(hass: HomeAssistant, broker: Mosquitto) -> Recorded:
    """Return an FLM03E that is connected and has not reported a test of itself."""
    connected = flm03e()
    await publish(broker, connected.retained())
    entry = entry_of(connected, broker.port)
    assert await set_up(hass, entry) is ConfigEntryState.LOADED
    return connected


@pytest.mark.parametrize(
    ("second", "third", "said", "failed"),
    [
        ("ok", "ok", STATE_OFF, []),
        ("not ok", "ok", STATE_ON, ["sensor board communication"]),
        (
            "not ok",
            "not ok",
            STATE_ON,
            ["sensor board communication", "ping flukso.net"],
        ),
    ],
)
async def test_the_self_test_is_a_problem_that_names_what_failed(
    *,
    hass: HomeAssistant,
    broker: Mosquitto,
    device: Recorded,
    second: str,
    third: str,
    said: str,
    failed: list[str],
) -> None:
    await publish(broker, [report(device, second, third)])
    await until(lambda: is_said(hass, device, "self_test", said))
    state = condition(hass, device, "self_test")
    assert state is not None
    assert state.attributes["failed"] == failed


async def test_what_a_device_tells_of_itself_first_after_setup_is_shown_then(
    hass: HomeAssistant, broker: Mosquitto, device: Recorded
) -> None:
    assert condition(hass, device, "self_test") is None
    await publish(broker, [report(device)])
    await until(lambda: is_said(hass, device, "self_test", STATE_OFF))
    firmware = hass.states.get(entity_id(hass, device, Platform.SENSOR, "firmware"))
    assert firmware is not None
    assert firmware.state == "382"


async def test_the_self_test_tells_firmware_and_serial_number(
    hass: HomeAssistant, broker: Mosquitto, device: Recorded
) -> None:
    await publish(broker, [report(device)])
    await until(lambda: is_said(hass, device, "self_test", STATE_OFF))
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    hub = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, device.device_id), entry.entry_id
    )
    assert hub is not None
    assert (hub.sw_version, hub.serial_number) == ("382", "FL99000270")


async def test_the_cloud_link_is_what_the_broker_says_of_its_bridge(
    hass: HomeAssistant, mosquitto: MosquittoFactory
) -> None:
    """Only a broker itself can publish this: a real one with a real bridge."""
    cloud = mosquitto()
    bridge = (
        "connection flukso",
        f"address {HOST}:{cloud.port}",
        f"remote_clientid {HOSTNAME}.flukso",
        "topic /never out 0",
        "notifications_local_only true",
        "restart_timeout 1",
    )
    broker = mosquitto(extra=bridge)
    device = flm03e()
    await publish(broker, device.retained())
    entry = entry_of(device, broker.port)
    assert await set_up(hass, entry) is ConfigEntryState.LOADED
    await until(lambda: is_said(hass, device, "cloud_link", STATE_ON))
    cloud.stop()
    await until(lambda: is_said(hass, device, "cloud_link", STATE_OFF))
    broker.stop()
    await until(lambda: is_said(hass, device, "cloud_link", STATE_UNAVAILABLE))
