"""Fixtures of the tests of the quarter monitor inside Home Assistant."""

from collections.abc import AsyncIterator
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.flukso.devices.quarter_monitor import (
    card_import as monitor_import,
)
from custom_components.flukso.transport.http import card as monitor_card
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from simulator.quarter_monitor import QuarterMonitor
from simulator.quarter_monitor_server import serve_monitor

from .home import NOON, Home


@pytest.fixture
def mock_recorder_before_hass(recorder_db_url: str) -> None:
    """Let the recorder choose its database before Home Assistant is made."""


@pytest.fixture
def recorder_config() -> dict[str, Any]:
    """Return a recorder that keeps no states: imported statistics need none."""
    return {"commit_interval": 0, "include": {"domains": ["none"]}}


@pytest.fixture(autouse=True)
def quiet_database() -> None:
    """Keep every statement of the database out of the log."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


@pytest.fixture
async def home(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    socket_enabled: None,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Home]:
    """Return a Belgian home with a monitor that was switched on at noon."""
    hass.config.country = "BE"
    await hass.config.async_set_time_zone("Europe/Brussels")
    # The pause spares a real ESP32.
    monkeypatch.setattr(monitor_card, "PAUSE", 0)
    monkeypatch.setattr(monitor_import, "FIRST_WAIT", 0)
    loads: dict[int, int] = {0: 2000}
    monitor = QuarterMonitor(
        lambda second: loads[max(begin for begin in loads if begin <= second)], NOON
    )
    async with serve_monitor(monitor) as server:
        yield Home(hass, server, freezer, loads)
