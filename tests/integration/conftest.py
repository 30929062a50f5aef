"""Fixtures of the tests that run inside Home Assistant."""

import asyncio
from collections.abc import Callable, Generator
import threading
from typing import Any
from unittest.mock import PropertyMock, patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from homeassistant.core import HomeAssistant

from ..brokers import Message, Mosquitto, MosquittoFactory
from ..devices import FLM02B_ID, FLM03E_ID, retained_config
from .feed import Fed, Feed, MakeFeed


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration."""


@pytest.fixture(autouse=True)
async def enable_event_loop_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse what another thread asks of the event loop, as its debug mode does.

    The rest of that mode records a traceback of every future, which takes a sixth of
    the time; PYTHONASYNCIODEBUG=1 turns it on.
    """
    loop = asyncio.get_running_loop()
    if loop.get_debug():
        return
    owner = threading.get_ident()

    def of_its_thread[**P, R](schedule: Callable[P, R]) -> Callable[P, R]:
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if threading.get_ident() != owner:
                raise RuntimeError("Non-thread-safe operation invoked on an event loop")
            return schedule(*args, **kwargs)

        return call

    monkeypatch.setattr(loop, "call_soon", of_its_thread(loop.call_soon))
    monkeypatch.setattr(loop, "call_at", of_its_thread(loop.call_at))


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return snapshots that know Home Assistant's registries and states."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def mosquitto(socket_enabled: None, mosquitto: MosquittoFactory) -> MosquittoFactory:
    """Return what starts a Mosquitto that a test may connect to."""
    return mosquitto


@pytest.fixture
def flm02b_messages() -> list[Message]:
    """Return what an FLM02B leaves with its broker."""
    return retained_config("flm02b", FLM02B_ID)


@pytest.fixture
def flm03e_messages() -> list[Message]:
    """Return what an FLM03E leaves with its broker."""
    return retained_config("flm03e", FLM03E_ID)


@pytest.fixture
def make_feed(
    hass: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> MakeFeed:
    """Return what connects a device to a Home Assistant whose time is frozen."""

    def make[DeviceT: Fed](device: DeviceT, **options: Any) -> Feed[DeviceT]:
        return Feed(hass, broker, device, freezer, monkeypatch, options=options)

    return make


@pytest.fixture
def all_enabled() -> Generator[None]:
    """Enable also the entities that are off by default."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default",
        PropertyMock(return_value=True),
    ):
        yield
