"""Home Assistant is stopped and started at the turn of a P1 meter's month."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.flukso.const import DOMAIN
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator import make_meter
from simulator.p1_server import TcpLine, listen

from ..devices.p1.feed import MeterFeed
from ..homes import home_assistant, timestamp
from .p1 import value

MIDNIGHT = timestamp("2026-02-01 00:00")
QUARTER = 900
BEGIN = MIDNIGHT - QUARTER - 5
# Of the end of a quarter, s.
NEAR = 30


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Let stores use the disk."""
    return {}


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Return a folder of the test's own."""
    return str(tmp_path / "unused")


class Home:
    """A home whose Home Assistant is started and stopped, with one folder."""

    def __init__(
        self, folder: Path, line: TcpLine, freezer: FrozenDateTimeFactory
    ) -> None:
        """Prepare a home that has never run; its January peak was 1 W so far."""
        self.meter = make_meter("be-50217", start=BEGIN, peaks={"2026-01": 1})
        self._folder = folder
        self._line = line
        self._freezer = freezer
        self._first = self._telegram(BEGIN)

    @asynccontextmanager
    async def running(self, second: int) -> AsyncGenerator[MeterFeed]:
        """Start Home Assistant at a moment, stop it as a user does at the end."""
        async with home_assistant(self._folder) as hass:
            await hass.config.async_set_time_zone("Europe/Brussels")
            feed = MeterFeed(hass, self._line, self._freezer, self._first)
            feed.entry = with_demand_meter(feed.entry)
            await feed.start(second)
            yield feed
            await hass.async_stop()

    async def live(self, feed: MeterFeed, first: int, last: int) -> None:
        """Let the meter send from first to last.

        Every second around the end of a quarter and at both ends; else only every
        tenth arrives.
        """
        for second in range(first, last + 1):
            near = min(second % QUARTER, -second % QUARTER) <= NEAR
            if near or second % 10 == 0 or second in (first, last):
                self._freezer.move_to(dt_util.utc_from_timestamp(second))
                await feed.send(self._telegram(second))

    def _telegram(self, second: int) -> bytes:
        telegram = self.meter.telegram(second)
        assert telegram is not None
        return telegram


def with_demand_meter(known: MockConfigEntry) -> MockConfigEntry:
    """Return an entry with a demand meter whose id is known beforehand."""
    return MockConfigEntry(
        domain=DOMAIN,
        entry_id="p1-meter",
        title=known.title,
        unique_id=known.unique_id,
        data=known.data,
        subentries_data=[
            ConfigSubentryDataWithId(
                data={"name": "Grid", "floor": 2.5, "slug": "grid"},
                subentry_id="grid-meter",
                subentry_type="demand",
                title="Grid",
                unique_id=None,
            )
        ],
    )


@pytest.fixture
async def home(
    hass: HomeAssistant,
    tmp_path: Path,
    socket_enabled: None,
    freezer: FrozenDateTimeFactory,
) -> AsyncGenerator[Home]:
    folder = tmp_path / "home"
    folder.mkdir()
    async with listen() as line:
        yield Home(folder, line, freezer)


@pytest.mark.parametrize(
    ("stopped", "back", "accuracy"),
    [
        pytest.param(-2, -1, 0.0011, id="before"),
        pytest.param(2, 3, 0.0011, id="after"),
        # What was drawn around the turn is as coarse as the totals are.
        pytest.param(-2, 2, 0.005, id="across"),
    ],
)
async def test_no_window_is_lost_when_home_assistant_is_restarted_at_the_turn(
    home: Home, stopped: int, back: int, accuracy: float
) -> None:
    async with home.running(BEGIN) as feed:
        await home.live(feed, BEGIN + 1, MIDNIGHT + stopped)

    async with home.running(MIDNIGHT + back) as feed:
        await home.live(feed, MIDNIGHT + back, MIDNIGHT + QUARTER + 3)
        answer = await feed.hass.services.async_call(
            "flukso",
            "get_windows",
            {
                "demand_meter": "grid",
                "start": dt_util.utc_from_timestamp(MIDNIGHT - QUARTER).isoformat(),
            },
            blocking=True,
            return_response=True,
        )
        assert answer is not None
        windows: Any = answer["windows"]
        assert [window["at_least"] for window in windows] == [False, False]
        assert [window["demand"] for window in windows] == pytest.approx(
            [home.meter.windows[start] * 4 for start in (MIDNIGHT - QUARTER, MIDNIGHT)],
            abs=accuracy,
        )
        months = [max(2.5, peak.watts / 1000) for peak in home.meter.peaks[-12:]]
        assert value(feed.hass, "sensor.grid_rolling_peak") == pytest.approx(
            sum(months) / len(months), abs=0.0006
        )
