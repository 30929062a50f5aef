"""Impossible readings of counters reach neither states nor sums; new counters do."""

from collections.abc import Callable
import json
from typing import Any

import pytest

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from simulator import Device, make_device

from ....brokers import Message
from ...summed import Summed, rises
from .feed import Feed, MakeFeed

NOON = 1_768_478_400
FIRST = 723_400.0

DEVICE = make_device("FLM03E", start=NOON - 3600)
COUNTER = next(
    sensor.id
    for sensor in DEVICE.sensors.values()
    if sensor.config.get("subtype") == "pplus"
)
ENERGY = f"{COUNTER}_0_counter"

type Home = Summed[float, Feed[Device]]


@pytest.fixture
def recorder_config() -> dict[str, Any]:
    """Return a recorder that keeps states, to sum them up."""
    return {"commit_interval": 0}


@pytest.fixture
async def home(
    recorder_mock: Recorder, hass: HomeAssistant, make_feed: MakeFeed
) -> Home:
    """Return a home whose clamp has counted for a while."""
    feed = make_feed(DEVICE)
    await feed.start(NOON)

    async def send(reading: float) -> None:
        payload = json.dumps([fed.moment, reading, "Wh"]).encode()
        topic = f"/sensor/{COUNTER}/counter"
        await feed.publish([Message(topic, payload, retain=False)])

    fed: Home = Summed(feed, NOON, send)
    await send(FIRST)
    await fed.run(300, true)
    return fed


def drawn(moment: float) -> float:
    """Return what was counted so far, Wh: 3.6 kW all the time."""
    return moment - NOON


def true(moment: float) -> float:
    return FIRST + drawn(moment)


@pytest.mark.parametrize("seconds", [10, 300])
@pytest.mark.parametrize(
    "spoiled",
    [
        lambda _reading: 0.0,
        lambda reading: reading * 10,
        lambda reading: reading // 1000,
        lambda reading: reading - 100,
    ],
    ids=["zero", "a digit too many", "half missing", "older"],
)
async def test_an_impossible_reading_reaches_neither_states_nor_sums(
    home: Home, spoiled: Callable[[float], float], seconds: int
) -> None:
    await home.run(seconds, lambda moment: spoiled(true(moment)))
    await home.run(600, true)
    shown = home.shown(ENERGY)
    assert shown == sorted(shown)
    assert shown[0] == FIRST / 1000
    assert shown[-1] == pytest.approx(true(home.moment) / 1000, abs=0.1)
    counted = drawn(home.moment) / 1000
    sums = await home.sums(ENERGY)
    assert counted - 0.1 <= rises(sums) + sums[0] <= counted + 0.001


@pytest.mark.parametrize("begins_at", [0.0, 12_500.0, 9_000_000.0])
async def test_the_first_reading_of_a_new_counter_is_no_consumption(
    home: Home, begins_at: float
) -> None:
    begun = home.moment
    await home.run(1800, lambda moment: begins_at + moment - begun)
    reading = (begins_at + home.moment - begun) / 1000
    assert home.shown(ENERGY)[-1] == pytest.approx(reading, abs=0.1)
    counted = drawn(home.moment) / 1000
    sums = await home.sums(ENERGY)
    assert counted - 0.7 <= rises(sums) + sums[0] <= counted + 0.001
