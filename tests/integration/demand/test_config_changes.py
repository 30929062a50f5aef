"""A demand meter follows what becomes of its sensors, without a reload."""

import json

import pytest

from homeassistant.const import STATE_UNAVAILABLE

from ...brokers import Message
from ..homes import timestamp
from .feed import DemandFeed
from .grid import random_loads, steady

NOON = timestamp("2026-03-10 12:00")


def with_port(feed: DemandFeed, *, slots: list[int], enable: int) -> Message:
    """Return the configuration in which some sensors are on or off."""
    (config,) = (
        message
        for message in feed.device.retained()
        if message.topic.endswith("config/sensor")
    )
    sections = json.loads(config.payload)
    for slot in slots:
        sections[str(slot)]["enable"] = enable
    return Message(config.topic, json.dumps(sections).encode())


@pytest.mark.parametrize("slot", [25, 26])
async def test_running_values_need_every_sensor_that_is_netted(
    feed: DemandFeed, slot: int
) -> None:
    feed.choose()
    await feed.connect(random_loads(9), NOON - 10)
    await feed.draw(NOON + 300, chunk=10)
    await feed.arrive([with_port(feed, slots=[slot], enable=0)])
    await feed.draw(NOON + 320, chunk=10)
    assert feed.state("demand").state == STATE_UNAVAILABLE

    await feed.arrive([with_port(feed, slots=[slot], enable=1)])
    await feed.draw(NOON + 360, chunk=10)
    assert feed.state("demand").state != STATE_UNAVAILABLE
    await feed.draw(NOON + 1800)
    first, second = await feed.windows(NOON, NOON + 1800)
    assert first["demand"] == pytest.approx(feed.grid.demand(NOON), abs=0.0006)
    assert second["demand"] == pytest.approx(feed.grid.demand(NOON + 900), abs=0.0006)


async def test_an_export_that_is_not_netted_may_be_gone(feed: DemandFeed) -> None:
    feed.choose(
        import_sensors=feed.clamps("pplus")[:1],
        export_sensors=feed.clamps("pminus")[:1],
    )
    await feed.connect(steady(2000), NOON - 10)
    await feed.draw(NOON + 300, chunk=10)
    await feed.arrive([with_port(feed, slots=[2], enable=0)])
    await feed.draw(NOON + 350, chunk=10)

    assert feed.value("demand") == pytest.approx(2 * 350 / 900, abs=0.001)
