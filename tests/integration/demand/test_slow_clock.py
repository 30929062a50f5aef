"""A Fluksometer whose clock is minutes behind measures like any other."""

import logging

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator import make_device

from ...brokers import Mosquitto, publish
from ..homes import timestamp
from .feed import DemandFeed

START = timestamp("2026-03-10 12:00")
BEHIND = 140


async def run(feed: DemandFeed, start: int, end: int) -> None:
    """Let the device publish the seconds of its clock as they pass on ours."""
    for second in range(start, end):
        feed.freezer.move_to(dt_util.utc_from_timestamp(second + BEHIND + 0.2))
        await feed.publish(feed.device.step(second))
        async_fire_time_changed(feed.hass)
    await feed.hass.async_block_till_done()


async def wait(feed: DemandFeed, start: int, end: int) -> None:
    """Let seconds of the device's clock pass; a P1 meter is read every ten."""
    for second in range(start, end):
        feed.freezer.move_to(dt_util.utc_from_timestamp(second + BEHIND))
        async_fire_time_changed(feed.hass)
        await feed.hass.async_block_till_done()


@pytest.mark.parametrize("model", ["FLM02A", "FLM02B"])
async def test_a_clock_that_is_behind_is_no_silence(
    *,
    hass: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    model: str,
) -> None:
    """What the broker kept of a moment ago has a stamp of minutes ago."""
    hass.config.country = "BE"
    device = make_device(model, start=START - 60, phases=3, tmpo=False)
    feed = DemandFeed(hass, broker, device, freezer, monkeypatch)
    for second in range(START - 60, START + 1):
        await publish(broker, device.step(second))
    caplog.set_level(logging.INFO, "custom_components.flukso")
    await feed.start(START + BEHIND)
    gone = {STATE_UNAVAILABLE, STATE_UNKNOWN}
    await wait(feed, START + 1, START + 10)
    assert feed.meter.source.alive
    await run(feed, START + 1, START + 62)
    assert feed.state("demand").state not in gone
    assert feed.state("projected_demand").state not in gone
    assert feed.value("demand") > 0
    await feed.reload()
    await wait(feed, START + 62, START + 70)
    await run(feed, START + 70, START + 130)
    assert feed.state("demand").state not in gone
    assert "fell silent" not in caplog.text
