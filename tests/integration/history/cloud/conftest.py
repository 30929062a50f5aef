"""Fixtures of the tests of Flukso's cloud."""

from collections.abc import AsyncGenerator

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.flukso.transport.http import cloud as cloud_module
from homeassistant.core import HomeAssistant
from simulator import make_device

from ....brokers import Mosquitto
from ...homes import timestamp
from .feed import CloudFeed


@pytest.fixture(autouse=True)
def waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing wait while time is frozen."""
    monkeypatch.setattr(cloud_module, "PAUSE", 0)
    monkeypatch.setattr(cloud_module, "FIRST_WAIT", 0)


@pytest.fixture
async def feed(
    belgium: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[CloudFeed]:
    """Return a Belgian home with an FLM03E on three phases, and a cloud near by."""
    device = make_device("FLM03E", start=timestamp("2025-01-01 00:00"))
    feed = CloudFeed(belgium, broker, device, freezer, monkeypatch)
    async with feed.cloud.listen():
        yield feed
