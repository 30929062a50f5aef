"""Fixtures of the tests of the demand meter inside Home Assistant."""

from collections.abc import AsyncGenerator
import logging
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from simulator import make_device
from simulator.p1_server import listen

from ...brokers import Mosquitto
from ..devices.p1.feed import MeterFeed
from .feed import DemandFeed, timestamp
from .p1 import MakeFeed, not_yet_offered


@pytest.fixture
def mock_recorder_before_hass(recorder_db_url: str) -> None:
    """Let the recorder choose its database before Home Assistant is made."""


@pytest.fixture
async def feed(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> DemandFeed:
    """Return a Belgian home with an FLM03E on three phases."""
    hass.config.country = "BE"
    await hass.config.async_set_time_zone("Europe/Brussels")
    device = make_device("FLM03E", start=timestamp("2026-01-01 00:00"))
    return DemandFeed(hass, broker, device, freezer, monkeypatch)


@pytest.fixture
async def meter_at(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    socket_enabled: None,
    freezer: FrozenDateTimeFactory,
) -> AsyncGenerator[MakeFeed]:
    """Return what connects a meter to a Belgian home."""
    hass.config.country = "BE"
    await hass.config.async_set_time_zone("Europe/Brussels")

    def make(telegram: bytes) -> MeterFeed:
        feed = MeterFeed(hass, line, freezer, telegram)
        feed.entry = not_yet_offered(feed.entry)
        return feed

    async with listen() as line:
        yield make


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return a folder that Home Assistant may read."""
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    return tmp_path


@pytest.fixture
def recorder_config() -> dict[str, Any]:
    """Return a recorder that keeps no states: imported statistics need none."""
    return {"commit_interval": 0, "include": {"domains": ["none"]}}


@pytest.fixture(autouse=True)
def quiet_database() -> None:
    """Keep every statement of the database out of the log."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
