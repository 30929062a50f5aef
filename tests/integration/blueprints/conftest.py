"""Fixtures of the tests of the blueprints, run by Home Assistant's automations."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from homeassistant.const import ENTITY_MATCH_ALL
from homeassistant.core import HomeAssistant

from ..demand.conftest import (
    feed,
    mock_recorder_before_hass,
    quiet_database,
    recorder_config,
)

__all__ = ["feed", "mock_recorder_before_hass", "quiet_database", "recorder_config"]

BLUEPRINTS = Path(__file__).resolve().parents[3] / "blueprints"


@pytest.fixture(autouse=True)
async def blueprints(hass: HomeAssistant, tmp_path: Path) -> AsyncGenerator[None]:
    """Let the configuration folder hold the blueprints of this repository."""
    (tmp_path / "blueprints").symlink_to(BLUEPRINTS)
    hass.config.config_dir = str(tmp_path)
    yield
    if "automation" in hass.config.components:
        # What they still wait for must not outlive the test.
        await hass.services.async_call(
            "automation", "turn_off", {"entity_id": ENTITY_MATCH_ALL}, blocking=True
        )
