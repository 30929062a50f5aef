"""Fixtures of the tests that miss something and get it back."""

from collections.abc import AsyncGenerator
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from simulator import make_device

from ....brokers import Mosquitto
from ...demand.feed import timestamp
from .feed import HealingFeed

RECORDED = {"commit_interval": 0, "include": {"entity_globs": ["sensor.*energy*"]}}


@pytest.fixture
def mock_recorder_before_hass(
    recorder_db_url: str, freezer: FrozenDateTimeFactory
) -> None:
    """Let the recorder choose its database before Home Assistant is made.

    Its timers wait for what comes after this moment.
    """
    freezer.move_to("2026-01-01 00:00:00+00:00")


@pytest.fixture
async def feed(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[HealingFeed]:
    """Return a Belgian home with an FLM03E on three phases that keeps its history."""
    hass.config.country = "BE"
    await hass.config.async_set_time_zone("Europe/Brussels")
    device = make_device("FLM03E", start=timestamp("2025-01-01 00:00"))
    feed = HealingFeed(hass, broker, device, freezer, monkeypatch)
    feed.choose()
    yield feed
    await feed.leave()


@pytest.fixture
def recorder_config() -> dict[str, Any]:
    """Return a recorder that keeps the counters."""
    return RECORDED


@pytest.fixture(autouse=True)
def quiet_database() -> None:
    """Keep every statement of the database out of the log."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
