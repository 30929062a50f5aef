"""Every model tells what was missed, as its simulation does."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.flukso.const import DOMAIN
from homeassistant.components.recorder import Recorder
from homeassistant.util import dt as dt_util
from simulator import Device, make_device
from simulator.publisher import Publisher

from ....brokers import HOST, publish
from ...devices.fluksometer.feed import Feed, MakeFeed
from ...homes import LATENCY, device_of, timestamp, until as happened

NOON = timestamp("2026-03-10 12:00")
CHUNK = 60
# An FLM02 reads a digital meter every 10 s.
TELEGRAM = 10


async def run(feed: Feed, start: int, end: int) -> None:
    """Let the device publish, a minute at once."""
    healer: Any = device_of(feed.entry).healer
    for begin in range(start, end, CHUNK):
        seconds = range(begin, min(end, begin + CHUNK))
        messages = [sent for second in seconds for sent in feed.device.step(second)]
        feed.freezer.move_to(dt_util.utc_from_timestamp(seconds.stop + LATENCY))
        await feed.publish(messages)
        async_fire_time_changed(feed.hass)
        await feed.hass.async_block_till_done()
        await happened(lambda: not healer.busy)


def drawn(device: Device, sensors: Sequence[str], starts: range) -> list[float]:
    """Return the true import of windows, kW; a net counter may fall in between."""

    def energy(moment: int) -> float:
        truth = device.true_energy(moment)
        return sum(truth[sensor] for sensor in sensors)

    found = []
    for start in starts:
        counters = [energy(moment) for moment in range(start, start + 901, TELEGRAM)]
        found.append(sum(max(0.0, b - a) for a, b in pairwise(counters)) * 4 / 1000)
    return found


@pytest.mark.parametrize(
    ("model", "tolerance", "options"),
    [
        ("FLM03E", 0.003, {"math": "p1+p2+p3"}),
        ("FLM03E", 0.003, {"math": "p1+p2+p3", "tmpo_decimation": 8}),
        ("FLM02B", 0.008, {}),
        ("FLM02A", 0.008, {"phases": 3}),
    ],
)
async def test_windows_of_an_outage_are_those_of_the_house(
    recorder_mock: Recorder,
    make_feed: MakeFeed,
    model: str,
    tolerance: float,
    options: Any,
) -> None:
    device = make_device(model, start=NOON - 60, waveforms=False, **options)
    feed = make_feed(device)
    hass, broker, freezer = feed.hass, feed.broker, feed.freezer
    hass.config.country = "BE"
    await hass.config.async_set_time_zone("Europe/Brussels")
    back = NOON + 3600 + 700
    async with Publisher(
        HOST, broker.port, None, None, topics=device.subscriptions, hear=device.hear
    ):
        await feed.start(NOON - 60)
        await run(feed, NOON - 59, NOON + 1000)
        assert await hass.config_entries.async_unload(feed.entry.entry_id)
        for second in range(NOON + 1000, back):
            device.step(second)
        freezer.move_to(dt_util.utc_from_timestamp(back))
        await publish(broker, device.retained())
        assert await hass.config_entries.async_setup(feed.entry.entry_id)
        await run(feed, back, NOON + 2 * 3600 + 600)
    (meter,) = feed.meters.values()
    response: Any = await hass.services.async_call(
        DOMAIN,
        "get_windows",
        {
            "demand_meter": meter.slug,
            "start": dt_util.utc_from_timestamp(NOON).isoformat(),
            "end": dt_util.utc_from_timestamp(NOON + 6300).isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    windows = response["windows"]
    truth = drawn(device, meter.imports, range(NOON, NOON + 6300, 900))
    assert [window["demand"] for window in windows] == pytest.approx(
        truth, abs=tolerance
    )
    assert [window["coverage"] for window in windows] == [1] * 7
