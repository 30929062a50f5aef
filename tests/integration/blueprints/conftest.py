"""Fixtures of the tests of the blueprints, run by Home Assistant's automations."""

from collections.abc import AsyncGenerator
from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.const import ENTITY_MATCH_ALL
from homeassistant.core import HomeAssistant
from simulator import make_device

from ...brokers import Mosquitto
from ..homes import timestamp
from .house import AutomatedFeed

BLUEPRINTS = Path(__file__).resolve().parents[3] / "blueprints"


@pytest.fixture
async def feed(
    belgium: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AutomatedFeed:
    """Return a Belgian home with an FLM03E on three phases."""
    device = make_device("FLM03E", start=timestamp("2026-01-01 00:00"))
    return AutomatedFeed(belgium, broker, device, freezer, monkeypatch)


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
