"""Fixtures of the tests that run inside Home Assistant."""

from collections.abc import Generator
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
