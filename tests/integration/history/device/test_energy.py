"""Hourly energy statistics that were missed equal what the device counted."""

import pytest

from homeassistant.components.recorder.statistics import StatisticsRow, get_metadata
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance

from ....brokers import Mosquitto, publish
from ...demand.grid import random_loads
from ...homes import timestamp, until
from .feed import HOUR, HealingFeed, counted, entity_of, rows

NOON = timestamp("2026-03-10 12:00")
DAY = timestamp("2026-03-10 00:00")
loads = random_loads(5, phases=1)


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile its statistics."""
    return True


async def before_and_after(
    feed: HealingFeed, away: int, back: int, end: int
) -> tuple[dict[int, StatisticsRow], dict[int, StatisticsRow]]:
    """Miss a while; return the rows that were there, and those that are at the end."""
    feed.choose_one_clamp()
    await feed.connect(loads, NOON - 2 * HOUR)
    await feed.draw(away, chunk=60)
    entity_id = entity_of(feed, feed.grid.imports[0])
    known = await rows(feed, entity_id)
    await feed.unload()
    await feed.wait(back)
    await feed.load()
    await feed.draw(end, chunk=60)
    await feed.tick(15)
    return known, await rows(feed, entity_id)


async def test_missing_hours_are_filled_and_the_others_stay(feed: HealingFeed) -> None:
    known, found = await before_and_after(
        feed, NOON + 1000, NOON + 4 * HOUR + 1000, NOON + 6 * HOUR
    )
    sensor = feed.grid.imports[0]
    assert list(found) == list(range(NOON - 2 * HOUR, NOON + 6 * HOUR, HOUR))
    assert {start: found[start] for start in known} == known
    for start in range(NOON + HOUR, NOON + 4 * HOUR, HOUR):
        assert found[start]["change"] == pytest.approx(
            counted(feed, sensor, start), abs=0.00001
        )
    # In the hours of the leaving and the return the entity was a minute late once.
    for start in (NOON, NOON + 4 * HOUR):
        assert found[start]["change"] == pytest.approx(
            counted(feed, sensor, start), abs=4 / 60
        )


async def test_a_statistic_in_another_unit_keeps_it(feed: HealingFeed) -> None:
    feed.choose_one_clamp()
    await feed.connect(loads, NOON)
    sensor = feed.grid.imports[0]
    entity_id = entity_of(feed, sensor)
    er.async_get(feed.hass).async_update_entity_options(
        entity_id, "sensor", {"unit_of_measurement": "MWh"}
    )
    await feed.draw(NOON + 1000, chunk=60)
    await feed.unload()
    await feed.wait(NOON + 3 * HOUR + 1000)
    await feed.load()
    await feed.draw(NOON + 5 * HOUR, chunk=60)
    await feed.tick(15)
    found = await rows(feed, entity_id)
    for start in range(NOON + HOUR, NOON + 3 * HOUR, HOUR):
        assert found[start]["change"] == pytest.approx(
            counted(feed, sensor, start), abs=0.001
        )
    known = await get_instance(feed.hass).async_add_executor_job(
        lambda: get_metadata(feed.hass, statistic_ids={entity_id})
    )
    assert known[entity_id][1] == {
        "has_mean": False,
        "has_sum": True,
        "mean_type": 0,
        "name": None,
        "source": "recorder",
        "statistic_id": entity_id,
        "unit_class": "energy",
        "unit_of_measurement": "MWh",
    }


async def test_a_lost_connection_is_healed_like_an_end_of_home_assistant(
    feed: HealingFeed, broker: Mosquitto
) -> None:
    feed.choose_one_clamp()
    await feed.connect(loads, NOON)
    sensor = feed.grid.imports[0]
    entity_id = entity_of(feed, sensor)
    await feed.draw(NOON + 1000, chunk=60)
    broker.stop()
    hub = feed.hub
    await until(lambda: not hub.link_up)
    await feed.wait(NOON + 3 * HOUR + 1000)
    broker.start()
    await feed.leave()
    await feed.listen()
    await publish(broker, feed.device.retained())
    feed.freezer.tick(61)
    await until(lambda: hub.link_up)
    await feed.draw(NOON + 5 * HOUR, chunk=60)
    await feed.tick(15)
    found = await rows(feed, entity_id)
    for start in range(NOON + HOUR, NOON + 3 * HOUR, HOUR):
        assert found[start]["change"] == pytest.approx(
            counted(feed, sensor, start), abs=0.00001
        )
    windows = await feed.windows(NOON, NOON + 5 * HOUR)
    assert [window["coverage"] for window in windows[1:]] == [1] * 19
    assert len(feed.recorder.requests) == 1
