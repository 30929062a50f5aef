"""Fixtures of the tests of the quarter monitor inside Home Assistant."""

from collections.abc import AsyncIterator

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.flukso.devices.quarter_monitor import (
    card_import as monitor_import,
)
from custom_components.flukso.transport.http import card as monitor_card
from homeassistant.core import HomeAssistant
from simulator.quarter_monitor import QuarterMonitor
from simulator.quarter_monitor_server import serve_monitor

from .home import NOON, MonitorHome


@pytest.fixture
async def home(
    belgium: HomeAssistant,
    socket_enabled: None,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[MonitorHome]:
    """Return a Belgian home with a monitor that was switched on at noon."""
    # The pause spares a real ESP32.
    monkeypatch.setattr(monitor_card, "PAUSE", 0)
    monkeypatch.setattr(monitor_import, "FIRST_WAIT", 0)
    loads: dict[int, int] = {0: 2000}
    monitor = QuarterMonitor(
        lambda second: loads[max(begin for begin in loads if begin <= second)], NOON
    )
    async with serve_monitor(monitor) as server:
        yield MonitorHome(belgium, server, freezer, loads)
