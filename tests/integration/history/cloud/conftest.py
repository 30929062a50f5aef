"""Fixtures of the tests of Flukso's cloud."""

from collections.abc import AsyncGenerator
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.flukso.transport.http import cloud as cloud_module
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from simulator import make_device

from ....brokers import Mosquitto
from ...demand.feed import timestamp
from .feed import CloudFeed


@pytest.fixture
def mock_recorder_before_hass(recorder_db_url: str) -> None:
    """Let the recorder choose its database before Home Assistant is made."""


@pytest.fixture(autouse=True)
def waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing wait while time is frozen."""
    monkeypatch.setattr(cloud_module, "PAUSE", 0)
    monkeypatch.setattr(cloud_module, "FIRST_WAIT", 0)


@pytest.fixture
async def feed(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[CloudFeed]:
    """Return a Belgian home with an FLM03E on three phases, and a cloud near by."""
    hass.config.country = "BE"
    await hass.config.async_set_time_zone("Europe/Brussels")
    device = make_device("FLM03E", start=timestamp("2025-01-01 00:00"))
    feed = CloudFeed(hass, broker, device, freezer, monkeypatch)
    async with feed.cloud.listen():
        yield feed


@pytest.fixture
def recorder_config() -> dict[str, Any]:
    """Return a recorder that keeps no states: imported statistics need none."""
    return {"commit_interval": 0, "include": {"domains": ["none"]}}


@pytest.fixture(autouse=True)
def quiet_database() -> None:
    """Keep every statement of the database out of the log."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
