"""Fixtures of the tests that run inside Home Assistant."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
import logging
from pathlib import Path
import threading
from typing import Any
from unittest.mock import AsyncMock, PropertyMock, patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component import common
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from simulator import make_device
from simulator.p1_server import listen

from ..brokers import Message, Mosquitto, MosquittoFactory
from ..devices import FLM02B_ID, FLM03E_ID, retained_config
from .demand.feed import DemandFeed
from .demand.p1 import MakeFeed as MakeMeterFeed, not_yet_offered
from .devices.fluksometer.feed import Fed, Feed, MakeFeed
from .devices.p1.feed import MeterFeed
from .frozen import quick_frozen_time
from .homes import make_belgian, timestamp

LOGGER = "custom_components.flukso"


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration."""


@pytest.fixture(autouse=True)
async def enable_event_loop_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse what another thread asks of the event loop, as its debug mode does.

    The rest of that mode records a traceback of every future, which takes a sixth of
    the time; PYTHONASYNCIODEBUG=1 turns it on.
    """
    loop = asyncio.get_running_loop()
    if loop.get_debug():
        return
    owner = threading.get_ident()

    def of_its_thread[**P, R](schedule: Callable[P, R]) -> Callable[P, R]:
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if threading.get_ident() != owner:
                raise RuntimeError("Non-thread-safe operation invoked on an event loop")
            return schedule(*args, **kwargs)

        return call

    monkeypatch.setattr(loop, "call_soon", of_its_thread(loop.call_soon))
    monkeypatch.setattr(loop, "call_at", of_its_thread(loop.call_at))


class PlainPatch:
    """What patches, but tells timers that are due the time by a function, not a mock."""

    object = staticmethod(patch.object)

    def __call__(self, target: str, *new: Any, **made: Any) -> Any:
        """Patch as unittest.mock does."""
        if target.startswith("homeassistant.helpers.event.time_tracker_"):
            time = made["return_value"]
            return patch(target, lambda: time)
        return patch(target, *new, **made)


@pytest.fixture(scope="session", autouse=True)
def quick_clock() -> Generator[None]:
    """Let time that is frozen be told quickly."""
    with quick_frozen_time():
        yield


@pytest.fixture(autouse=True)
def plain_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time pass without a mock for each timer that is due."""
    monkeypatch.setattr(common, "patch", PlainPatch())


@pytest.fixture(autouse=True)
def quiet_database() -> None:
    """Keep every statement of the database, and each event, out of the log."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
    for name in ("core", "setup", "loader", "helpers.storage", "components.recorder"):
        logging.getLogger(f"homeassistant.{name}").setLevel(logging.WARNING)


@pytest.fixture
def mock_recorder_before_hass(recorder_db_url: str) -> None:
    """Let a recorder choose its database before Home Assistant is made."""


@pytest.fixture
def recorder_config() -> dict[str, Any]:
    """Return a recorder that keeps no states: imported statistics need none."""
    return {"commit_interval": 0, "include": {"domains": ["none"]}}


@pytest.fixture
async def belgium(recorder_mock: Recorder, hass: HomeAssistant) -> HomeAssistant:
    """Return the Home Assistant of a Belgian home with a recorder."""
    await make_belgian(hass)
    return hass


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return snapshots that know Home Assistant's registries and states."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def mosquitto(socket_enabled: None, mosquitto: MosquittoFactory) -> MosquittoFactory:
    """Return what starts a Mosquitto that a test may connect to."""
    return mosquitto


@pytest.fixture
def flm02b_messages() -> list[Message]:
    """Return what an FLM02B leaves with its broker."""
    return retained_config("flm02b", FLM02B_ID)


@pytest.fixture
def flm03e_messages() -> list[Message]:
    """Return what an FLM03E leaves with its broker."""
    return retained_config("flm03e", FLM03E_ID)


@pytest.fixture
def make_feed(
    hass: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> MakeFeed:
    """Return what connects a device to a Home Assistant whose time is frozen."""

    def make[DeviceT: Fed](device: DeviceT, **options: Any) -> Feed[DeviceT]:
        return Feed(hass, broker, device, freezer, monkeypatch, options=options)

    return make


@pytest.fixture
async def feed(
    belgium: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> DemandFeed:
    """Return a Belgian home with an FLM03E on three phases."""
    device = make_device("FLM03E", start=timestamp("2026-01-01 00:00"))
    return DemandFeed(belgium, broker, device, freezer, monkeypatch)


@pytest.fixture
async def meter_at(
    belgium: HomeAssistant, socket_enabled: None, freezer: FrozenDateTimeFactory
) -> AsyncGenerator[MakeMeterFeed]:
    """Return what connects a P1 meter to a Belgian home."""

    def make(telegram: bytes) -> MeterFeed:
        feed = MeterFeed(belgium, line, freezer, telegram)
        feed.entry = not_yet_offered(feed.entry)
        return feed

    async with listen() as line:
        yield make


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return a folder that Home Assistant may read."""
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    return tmp_path


@pytest.fixture
def all_enabled() -> Generator[None]:
    """Enable also the entities that are off by default."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default",
        PropertyMock(return_value=True),
    ):
        yield


@pytest.fixture
def setup_entry() -> Generator[AsyncMock]:
    """Keep entries from being set up; the flow is all that runs."""
    with (
        patch("custom_components.flukso.async_setup_entry", return_value=True) as setup,
        patch("custom_components.flukso.async_unload_entry", return_value=True),
    ):
        yield setup


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return what tells what was logged since it was last asked."""
    caplog.set_level(logging.INFO, LOGGER)

    def tell() -> list[str]:
        lines = [
            record.getMessage()
            for record in caplog.records
            if record.name.startswith(LOGGER) and record.levelno >= logging.INFO
        ]
        caplog.clear()
        return lines

    return tell
