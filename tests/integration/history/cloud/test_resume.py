"""What cuts an import short costs nothing: the same action goes on from there."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    async_get_persistent_notifications,
)
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from homeassistant.components import persistent_notification
from homeassistant.components.persistent_notification import Notification, UpdateType
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
from simulator import make_device

from ....brokers import Mosquitto
from ...demand.grid import random_loads
from ...homes import epoch, home_assistant, timestamp
from .feed import CloudFeed
from .test_blocks import EDGE, END, assert_true
from .test_notice import ID

# Two slices, the older of them six hours.
START = (EDGE - 6 * 3600) // 900 * 900 + 900
LAST = END - 900
with_export = random_loads(7, lowest=-3000)


def once_begun(hass: HomeAssistant, act: Callable[[], object]) -> None:
    """Do something as soon as the first slice has been imported."""

    @callback
    def look(_change: UpdateType, found: Mapping[str, Notification]) -> None:
        if ID in found and not found[ID]["message"].startswith("0 %"):
            undo()
            act()

    undo = persistent_notification.async_register_callback(hass, look)


async def interrupted(feed: CloudFeed, act: Callable[[], object]) -> str:
    """Import until something else cuts it short; return what was shown then."""
    once_begun(feed.hass, act)
    # As an automation does.
    running = feed.hass.async_create_task(feed.backfill(START, LAST))
    with pytest.raises(ServiceValidationError) as raised:
        await running
    assert raised.value.translation_key == "backfill_interrupted"
    return async_get_persistent_notifications(feed.hass)[ID]["message"]


async def assert_it_goes_on(feed: CloudFeed) -> None:
    """Run the action again: it asks for no more than what is missing."""
    first = await feed.windows(START, LAST)
    oldest = epoch(first[0]["window_start"])
    assert EDGE <= oldest < EDGE + 1800
    assert_true(feed, first, oldest)
    feed.cloud.asked.clear()
    response = await feed.backfill(START, LAST)
    assert response["missing"] == 0
    assert response["added"] == len(range(START, LAST, 900)) - len(first)
    asked = feed.blocks_asked
    assert asked
    assert not {key for key in asked if key.begin > oldest + 900}
    assert_true(feed, await feed.windows(START, LAST), START)


async def test_it_goes_on_after_a_reload(hass: HomeAssistant, feed: CloudFeed) -> None:
    feed.record(with_export, START - 60, END)
    await feed.install(END + 600)
    shown = await interrupted(
        feed,
        lambda: hass.config_entries.async_schedule_reload(feed.entry.entry_id),
    )
    assert "The demand meter was reloaded" in shown
    assert "Run the same action again" in shown
    await hass.async_block_till_done()
    await assert_it_goes_on(feed)


async def test_an_action_that_is_cancelled_says_so_and_goes_on(
    hass: HomeAssistant, feed: CloudFeed
) -> None:
    feed.record(with_export, START - 60, END)
    await feed.install(END + 600)
    running = asyncio.create_task(feed.backfill(START, LAST))
    once_begun(hass, running.cancel)
    with pytest.raises(asyncio.CancelledError):
        await running
    shown = async_get_persistent_notifications(hass)[ID]["message"]
    assert shown.startswith("The action was ended before its time. The time from")
    await assert_it_goes_on(feed)


async def test_a_reload_does_not_wait_for_a_slow_cloud(
    hass: HomeAssistant, feed: CloudFeed
) -> None:
    feed.record(with_export, START - 60, END)
    await feed.install(END + 600)

    def reload() -> None:
        # Nobody waits that long.
        feed.cloud.slow = 3600.0
        hass.config_entries.async_schedule_reload(feed.entry.entry_id)

    await interrupted(feed, reload)
    await hass.async_block_till_done()
    feed.cloud.slow = 0.0
    await assert_it_goes_on(feed)


class Home:
    """A home on a disk, whose Home Assistant is started and stopped."""

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
        self._before: CloudFeed | None = None

    @asynccontextmanager
    async def running(self, second: int) -> AsyncGenerator[CloudFeed]:
        """Start Home Assistant at a moment; it has stopped at the end."""
        self._freezer.move_to(dt_util.utc_from_timestamp(second))
        async with (
            home_assistant(self._folder) as hass,
            self._record(hass, {"commit_interval": 0}),
        ):
            await hass.config.async_set_time_zone("Europe/Brussels")
            feed = CloudFeed(
                hass, self._broker, self._device, self._freezer, self._monkeypatch
            )
            if self._before is None:
                feed.record(with_export, START - 60, END)
            else:
                feed.remember(self._before)
            self._before = feed
            async with feed.cloud.listen():
                await feed.install(second)
                yield feed
                await hass.async_stop()


@pytest.fixture
def persistent_database() -> bool:
    """Let the database outlive Home Assistant."""
    return True


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Return a folder of the test's own."""
    return str(tmp_path / "unused")


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


@pytest.mark.parametrize("by", ["automation", "browser"])
async def test_it_goes_on_after_the_end_of_home_assistant(home: Home, by: str) -> None:
    async with home.running(END + 600) as feed:
        hass, stops = feed.hass, list[asyncio.Task[None]]()

        def stop() -> None:
            stops.append(asyncio.create_task(hass.async_stop()))

        if by == "automation":
            assert "or Home Assistant stops." in await interrupted(feed, stop)
        else:
            once_begun(hass, stop)
            running = hass.async_create_background_task(
                feed.backfill(START, LAST), "websocket"
            )
            with pytest.raises(asyncio.CancelledError):
                await running
        await asyncio.gather(*stops)
    async with home.running(END + 1200) as feed:
        # What was shown went with the Home Assistant that showed it.
        assert not async_get_persistent_notifications(feed.hass)
        await assert_it_goes_on(feed)
