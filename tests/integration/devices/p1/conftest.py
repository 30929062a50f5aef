"""Fixtures of the tests of P1 meters."""

from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant
from simulator.p1_server import TcpLine, listen

from ....transport.p1.ports import Adapter
from .feed import MakeMeterFeed, MeterFeed


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
def said(said: Callable[[], list[str]]) -> Callable[[], list[str]]:
    """Return what tells what was logged, without the name of the entry."""
    return lambda: [line.partition(": ")[2] for line in said()]


@pytest.fixture
def brief_search() -> Generator[None]:
    """Give up sooner on a port where no telegram comes."""
    with (
        patch("custom_components.flukso.devices.p1.search.SEARCH_TIMEOUT", 0.5),
        patch("custom_components.flukso.transport.p1.detect.SHORTEST_ROUND", 0.5),
    ):
        yield
