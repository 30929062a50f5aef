"""Fixtures of the tests of a demand meter on entities of other integrations."""

import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant

from ...demand.feed import timestamp
from .home import Home

NOON = timestamp("2026-03-10 12:00")


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
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> Home:
    """Return a Belgian home a little before noon."""
    hass.config.country = "BE"
    await hass.config.async_set_time_zone("Europe/Brussels")
    home = Home(hass, freezer)
    home.begin(NOON - 20)
    return home
