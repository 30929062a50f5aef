"""Fixtures of the tests of P1 meters."""

from collections.abc import AsyncGenerator, Callable, Generator
import logging
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, patch

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant
from simulator.p1_server import TcpLine, listen

from ....transport.p1.ports import Adapter
from .feed import MakeMeterFeed, MeterFeed

LOGGER = "custom_components.flukso"


@pytest.fixture
async def line(socket_enabled: None) -> AsyncGenerator[TcpLine]:
    """Return a TCP server that passes on what a meter sends."""
    async with listen() as tcp:
        yield tcp


@pytest.fixture
def adapter(tmp_path: Path) -> Generator[Adapter]:
    """Return a serial adapter that is plugged in."""
    plugged = Adapter(tmp_path)
    plugged.plug()
    yield plugged
    plugged.unplug()


@pytest.fixture
def make_p1_feed(
    hass: HomeAssistant, line: TcpLine, freezer: FrozenDateTimeFactory
) -> MakeMeterFeed:
    """Return what connects a meter to a Home Assistant whose time is frozen."""

    def make(telegram: bytes, *, key: str | None = None, **options: Any) -> MeterFeed:
        return MeterFeed(hass, line, freezer, telegram, key=key, options=options)

    return make


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return what tells what was logged since it was last asked."""
    caplog.set_level(logging.INFO, LOGGER)

    def tell() -> list[str]:
        lines = [
            record.getMessage().partition(": ")[2]
            for record in caplog.records
            if record.name.startswith(LOGGER) and record.levelno >= logging.INFO
        ]
        caplog.clear()
        return lines

    return tell


@pytest.fixture
def setup_entry() -> Generator[AsyncMock]:
    """Keep entries from being set up; the flow is all that runs."""
    with (
        patch("custom_components.flukso.async_setup_entry", return_value=True) as setup,
        patch("custom_components.flukso.async_unload_entry", return_value=True),
    ):
        yield setup


@pytest.fixture
def brief_search() -> Generator[None]:
    """Give up sooner on a port where no telegram comes."""
    with (
        patch("custom_components.flukso.devices.p1.search.SEARCH_TIMEOUT", 0.5),
        patch("custom_components.flukso.transport.p1.detect.SHORTEST_ROUND", 0.5),
    ):
        yield
