"""Fixtures of the tests that miss something and get it back."""

from collections.abc import AsyncGenerator
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant

from ....brokers import Mosquitto
from .feed import LONG_BEFORE, RECORDED, HealingFeed, healing_home


@pytest.fixture
def mock_recorder_before_hass(
    recorder_db_url: str, freezer: FrozenDateTimeFactory
) -> None:
    """Let the timers of the recorder wait for what comes after this moment."""
    freezer.move_to(LONG_BEFORE)


@pytest.fixture
def recorder_config() -> dict[str, Any]:
    """Return a recorder that keeps the counters."""
    return RECORDED


@pytest.fixture
async def feed(
    belgium: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[HealingFeed]:
    """Return a Belgian home with an FLM03E on three phases that keeps its history."""
    async with healing_home(belgium, broker, freezer, monkeypatch) as feed:
        yield feed
