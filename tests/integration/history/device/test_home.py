"""Home Assistant really ends and starts, with its database and files on a disk."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from homeassistant.util import dt as dt_util
from simulator import make_device

from ....brokers import Mosquitto
from ...demand.grid import Grid, random_loads
from ...homes import home_assistant, timestamp
from .feed import HOUR, RECORDED, HealingFeed, Recorder, counted, entity_of, rows

NOON = timestamp("2026-03-10 12:00")
loads = random_loads(5, phases=1)


@pytest.fixture
def persistent_database() -> bool:
    """Let the database outlive Home Assistant."""
    return True


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile its statistics."""
    return True


@pytest.fixture
def enable_missing_statistics() -> bool:
    """Let the recorder catch up after a start."""
    return True


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Return a folder of the test's own."""
    return str(tmp_path / "unused")


class Home:
    """A home whose Home Assistant is started and stopped, with one folder."""

    def __init__(
        self,
        folder: Path,
        broker: Mosquitto,
        record: RecorderInstanceContextManager,
        freezer: FrozenDateTimeFactory,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Prepare a home that has never run."""
        self._folder = folder
        self._broker = broker
        self._record = record
        self._freezer = freezer
        self._monkeypatch = monkeypatch
        self._device = make_device("FLM03E", start=timestamp("2025-01-01 00:00"))
        self._before: tuple[Grid, Recorder] | None = None

    @asynccontextmanager
    async def running(self, second: int) -> AsyncGenerator[HealingFeed]:
        """Start Home Assistant at a moment, stop it as a user does at the end."""
        self._freezer.move_to(dt_util.utc_from_timestamp(second))
        async with (
            home_assistant(self._folder) as hass,
            self._record(hass, RECORDED),
        ):
            await hass.config.async_set_time_zone("Europe/Brussels")
            feed = HealingFeed(
                hass, self._broker, self._device, self._freezer, self._monkeypatch
            )
            feed.choose_one_clamp()
            if self._before is not None:
                grid, feed.known_recorder = self._before
                feed.known_recorder.live_alone(grid, second)
            await feed.connect(loads, second)
            if self._before is not None:
                feed.grid = self._before[0]
            self._before = feed.grid, feed.recorder
            yield feed
            await feed.leave()
            await hass.async_stop()


@pytest.fixture
def home(
    tmp_path: Path,
    broker: Mosquitto,
    async_test_recorder: RecorderInstanceContextManager,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder, broker, async_test_recorder, freezer, monkeypatch)


@pytest.mark.parametrize("away", [6 * HOUR, 12 * 24 * HOUR])
async def test_hours_and_windows_come_back_after_a_night(home: Home, away: int) -> None:
    leaving = NOON + 1000
    back = leaving + away
    async with home.running(NOON - 2 * HOUR) as feed:
        await feed.draw(leaving, chunk=60)
    async with home.running(back) as feed:
        end = back - back % HOUR + 2 * HOUR
        await feed.draw(end, chunk=60)
        await feed.tick(15)
        sensor = feed.grid.imports[0]
        found = await rows(feed, entity_of(feed, sensor))
        assert list(found) == list(range(NOON - 2 * HOUR, end, HOUR))
        for start in range(NOON + HOUR, back - back % HOUR, HOUR):
            assert found[start]["change"] == pytest.approx(
                counted(feed, sensor, start), abs=0.00001
            )
        total = sum(row["change"] or 0.0 for row in found.values())
        truth = sum(
            counted(feed, sensor, start) for start in range(NOON - HOUR, end, HOUR)
        )
        assert total - (found[NOON - 2 * HOUR]["change"] or 0.0) == pytest.approx(
            truth, abs=8 / 60
        )
        windows = await feed.windows(NOON, end - HOUR)
        for place, window in enumerate(windows):
            truth = feed.grid.demand(NOON + place * 900)
            assert window["demand"] == pytest.approx(truth, abs=0.001)
            assert window["coverage"] == 1
