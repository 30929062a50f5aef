"""History from before Home Assistant was there is imported on request."""

from collections.abc import Mapping
import json
from typing import Any

import pytest

from custom_components.flukso.const import DOMAIN
from homeassistant.components import persistent_notification
from homeassistant.components.persistent_notification import Notification, UpdateType
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ...demand.grid import Grid, random_loads
from ...homes import timestamp
from .feed import HOUR, HealingFeed, Recorder, backfill, counted, entity_of, rows

NOON = timestamp("2026-03-10 12:00")
# So many that an import of them is told of on its way.
DAYS = 14
loads = random_loads(5, phases=1)


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile its statistics."""
    return True


async def moved_in(feed: HealingFeed, since: int) -> None:
    """Set Home Assistant up at noon, beside a device that was there long before."""
    feed.choose_one_clamp()
    grid = Grid(tuple(feed.clamps("pplus")[:1]), (), loads, since)
    feed.known_recorder = Recorder(feed.device, since)
    feed.known_recorder.live_alone(grid, NOON)
    await feed.connect(loads, NOON)
    feed.grid = grid
    await feed.draw(NOON + 2 * HOUR, chunk=60)
    await feed.tick(15)


async def test_windows_and_peaks_from_before_are_imported(feed: HealingFeed) -> None:
    since = NOON - 13 * 86400
    await moved_in(feed, since)
    answer = await backfill(feed, since)
    start = since - since % 900 + 900
    windows = await feed.windows(start, NOON)
    assert len(windows) == (NOON - start) // 900
    for place, window in enumerate(windows):
        truth = feed.grid.demand(start + place * 900)
        assert window["demand"] == pytest.approx(truth, abs=0.001)
        assert window["coverage"] == 1
    assert answer["added"] >= len(windows)
    assert answer["missing"] <= 1
    again = await backfill(feed, start, NOON)
    assert (again["added"], again["missing"]) == (0, 0)
    assert len(feed.recorder.requests) == 1


def asked_since(feed: HealingFeed) -> int:
    """Return up to when the device was told last that everything is known."""
    held = json.loads(feed.recorder.requests[-1])
    return min(int(entry["bid"]) + (1 << int(entry["lvl"])) for entry in held)


async def test_the_device_is_asked_for_what_is_missing_alone(feed: HealingFeed) -> None:
    since = NOON - 3 * 86400
    await moved_in(feed, since)
    await backfill(feed, since + 900, NOON - 86400)
    answer = await backfill(feed, since + 900, NOON - 900)
    assert answer["missing"] == 0
    assert answer["added"] == 86400 // 900 - 1
    assert NOON - 86400 - 2 * HOUR <= asked_since(feed) <= NOON - 86400


async def test_it_goes_on_after_a_reload_in_the_middle(feed: HealingFeed) -> None:
    since = NOON - DAYS * 86400
    await moved_in(feed, since)

    @callback
    def leave(_change: UpdateType, found: Mapping[str, Notification]) -> None:
        if any(" % " in one["message"] for one in found.values()) and not any(
            one["message"].startswith("0 %") for one in found.values()
        ):
            undo()
            feed.hass.config_entries.async_schedule_reload(feed.entry.entry_id)

    undo = persistent_notification.async_register_callback(feed.hass, leave)
    with pytest.raises(HomeAssistantError) as raised:
        await backfill(feed, since + 900, NOON - 900)
    assert raised.value.translation_key == "backfill_interrupted"
    await feed.hass.async_block_till_done()
    known = len(await feed.windows(since + 900, NOON - 900))
    assert 0 < known < (DAYS - 1) * 96
    answer = await backfill(feed, since + 900, NOON - 900)
    assert (answer["added"], answer["missing"]) == (DAYS * 96 - 2 - known, 0)
    windows = await feed.windows(since + 900, NOON - 900)
    for place, window in enumerate(windows):
        truth = feed.grid.demand(since + (place + 1) * 900)
        assert window["demand"] == pytest.approx(truth, abs=0.001)


@pytest.mark.smoke
async def test_a_device_that_recorded_nothing_then_says_so(feed: HealingFeed) -> None:
    await moved_in(feed, NOON - HOUR)
    with pytest.raises(HomeAssistantError) as raised:
        await backfill(feed, NOON - 9 * HOUR, NOON - 8 * HOUR)
    assert raised.value.translation_key == "backfill_no_values"


async def test_hours_of_energy_from_before_lead_up_to_the_first_that_is_known(
    feed: HealingFeed,
) -> None:
    since = NOON - 20 * HOUR
    await moved_in(feed, since)
    sensor = feed.grid.imports[0]
    entity_id = entity_of(feed, sensor)
    known = await rows(feed, entity_id, since=since)
    assert list(known) == [NOON, NOON + HOUR]
    await backfill(feed, since)
    found = await rows(feed, entity_id, since=since)
    assert list(found) == list(range(since, NOON + 2 * HOUR, HOUR))
    # Also the first of all, whose sum counts as consumed where nothing is before it.
    for start in range(since, NOON, HOUR):
        if start == since:
            assert 0 < (found[start]["change"] or 0) < 10
            continue
        assert found[start]["change"] == pytest.approx(
            counted(feed, sensor, start), abs=0.00001
        )
    assert {start: found[start]["sum"] for start in known} == {
        start: row["sum"] for start, row in known.items()
    }


async def test_a_device_that_does_not_answer_is_an_error(feed: HealingFeed) -> None:
    await moved_in(feed, NOON - HOUR)
    feed.recorder.answers = False
    with pytest.raises(HomeAssistantError) as raised:
        await backfill(feed, NOON - HOUR)
    assert raised.value.translation_key == "backfill_no_answer"
    assert len(feed.recorder.requests) == 1


async def test_a_device_that_is_away_is_an_error(
    feed: HealingFeed, broker: Any
) -> None:
    await moved_in(feed, NOON - HOUR)
    broker.stop()
    hub = feed.hub
    await feed.until(lambda: not hub.link_up)
    with pytest.raises(HomeAssistantError) as raised:
        await feed.hass.services.async_call(
            DOMAIN,
            "backfill",
            {
                "demand_meter": feed.meter.slug,
                "source": "device",
                "start": dt_util.utc_from_timestamp(NOON - HOUR).isoformat(),
            },
            blocking=True,
            return_response=True,
        )
    assert raised.value.translation_key == "cannot_connect"
