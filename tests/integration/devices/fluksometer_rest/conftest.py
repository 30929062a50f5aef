"""Fixtures of the tests of an FLM02 that is read over HTTP."""

from collections.abc import AsyncGenerator, Callable
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from simulator import make_device
from simulator.rest import RestApi, serve_rest

from .home import NOON, RestHome

LOGGER = "custom_components.flukso"


@pytest.fixture
def mock_recorder_before_hass(recorder_db_url: str) -> None:
    """Let the recorder choose its database before Home Assistant is made."""


@pytest.fixture
def recorder_config() -> dict[str, Any]:
    """Return a recorder that keeps no states: imported statistics need none."""
    return {"commit_interval": 0, "include": {"domains": ["none"]}}


@pytest.fixture
async def home(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    socket_enabled: None,
    freezer: FrozenDateTimeFactory,
) -> AsyncGenerator[RestHome]:
    """Return a Belgian home with an FLM02A that was switched on before noon."""
    hass.config.country = "BE"
    await hass.config.async_set_time_zone("Europe/Brussels")
    api = RestApi(make_device("flm02a", start=NOON - 120, tmpo=False))
    async with serve_rest(api) as port:
        yield RestHome(hass, freezer, api, port)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return what tells what was logged since it was last asked."""
    caplog.set_level(logging.INFO, LOGGER)

    def tell() -> list[str]:
        lines = [
            record.getMessage()
            for record in caplog.records
            if record.name.startswith(LOGGER)
        ]
        caplog.clear()
        return lines

    return tell


@pytest.fixture(autouse=True)
def quiet_database() -> None:
    """Keep every statement of the database out of the log."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
