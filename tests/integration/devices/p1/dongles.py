"""Meters whose telegrams a P1 dongle publishes on a broker."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypedDict

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ....brokers import HOST, Address, Message, publish
from ...homes import until
from .feed import p1_entry

TOPIC = "/p1/253769484_A/telegram"
OTHER_TOPIC = "/p1/T210-D ESMR5.0/telegram"


class Login(TypedDict):
    """Who may come in."""

    username: str
    password: str


OWNER: Login = {"username": "flukso", "password": "s3cret"}
USERS = {OWNER["username"]: OWNER["password"]}


def on_broker(port: int, topic: str = TOPIC, **credentials: str) -> dict[str, Any]:
    """Return how an entry of its own connection stores the way to a dongle."""
    port_data = {"kind": "p1_broker", "host": HOST, "port": port, "topic": topic}
    return {**port_data, **credentials}


def on_home_assistant(topic: str = TOPIC) -> dict[str, Any]:
    """Return how an entry on Home Assistant's connection stores the way to a dongle."""
    return {"kind": "p1_mqtt", "topic": topic}


def dongle_entry(
    hass: HomeAssistant, telegram: bytes, port: Mapping[str, Any], **more: Any
) -> MockConfigEntry:
    """Add the entry of the meter that sends a telegram; it has no line."""
    entry = p1_entry(telegram, port, **more)
    entry.add_to_hass(hass)
    data = {key: value for key, value in entry.data.items() if key != "line"}
    hass.config_entries.async_update_entry(entry, data=data)
    return entry


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigEntryState:
    """Set an entry up; return what became of it."""
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry.state


async def set_up_mqtt(hass: HomeAssistant, broker: Address) -> MockConfigEntry:
    """Set up Home Assistant's own MQTT integration; return its entry once it listens."""
    entry = MockConfigEntry(
        domain="mqtt",
        data={"broker": HOST, "port": broker.port, "protocol": "5"},
        options={"birth_message": {}},
        version=2,
        minor_version=1,
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


async def send(
    broker: Address,
    *payloads: bytes,
    topic: str = TOPIC,
    retain: bool = False,
    username: str | None = None,
    password: str | None = None,
) -> None:
    """Publish as a dongle does."""
    messages = [Message(topic, payload, retain) for payload in payloads]
    await publish(broker, messages, username=username, password=password)


@asynccontextmanager
async def talking(
    broker: Address, *payloads: bytes, **how: Any
) -> AsyncGenerator[None]:
    """Let a dongle publish telegrams, over and over."""

    async def talk() -> None:
        while True:
            await send(broker, *payloads, **how)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(talk())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def value_of(
    hass: HomeAssistant, entry: ConfigEntry, key: str = "power_import"
) -> str | None:
    """Return what the entity with a key says; None when it has no state."""
    registry = er.async_get(hass)
    unique_id = f"{entry.unique_id}_{key}"
    entity_id = registry.async_get_entity_id("sensor", "flukso", unique_id)
    state = None if entity_id is None else hass.states.get(entity_id)
    return None if state is None else state.state


async def discovered(hass: HomeAssistant) -> ConfigFlowResult:
    """Wait for the one meter that is offered."""
    flows = hass.config_entries.flow
    await until(lambda: bool(flows.async_progress_by_handler("flukso")))
    (flow,) = flows.async_progress_by_handler("flukso")
    return flow
