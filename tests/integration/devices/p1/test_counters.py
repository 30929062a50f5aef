"""Impossible readings of counters reach neither states nor sums; replaced meters do."""

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from homeassistant.components.recorder import Recorder
from homeassistant.core import Event, HomeAssistant
from homeassistant.util import dt as dt_util

from .feed import MakeMeterFeed, MeterFeed

FOLDER = Path(__file__).parents[3] / "fixtures" / "counters"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
# 2023-11-24 00:09:26, the first telegram of the case.
BEGIN = 1_700_780_966
PERIOD = 300
PACE = 10


def telegrams(name: str) -> list[bytes]:
    """Return the telegrams of a case."""
    text = (FOLDER / f"{name}.txt").read_bytes().replace(b"\r\n", b"\n")
    parts = [part for part in text.split(b"/Ene5") if part.strip()]
    return [b"/Ene5" + part.replace(b"\n", b"\r\n") for part in parts]


class Recorded:
    """What a home shows and sums up while its meter sends."""

    def __init__(self, feed: MeterFeed) -> None:
        """Begin with the first statistics from BEGIN on."""
        self.feed = feed
        self.moment = BEGIN
        self.states: dict[str, list[float]] = {}
        self._compiled = BEGIN - BEGIN % PERIOD
        feed.hass.bus.async_listen("state_changed", self._on_state)

    def _on_state(self, event: Event) -> None:
        new = event.data["new_state"]
        try:
            value = float(new.state)
        except AttributeError, ValueError:
            return
        self.states.setdefault(event.data["entity_id"], []).append(value)

    def entity_id(self, key: str) -> str:
        (found,) = [
            entity.entity_id
            for entity in self.feed.entities()
            if entity.unique_id.endswith(f"_{key}")
        ]
        return found

    async def pass_to(self, moment: float) -> None:
        """Let time pass; the recorder sums up what is over."""
        self.moment = int(moment)
        await self.feed.pass_to(moment)
        while self._compiled + PERIOD + 10 <= moment:
            start = dt_util.utc_from_timestamp(self._compiled)
            await async_wait_recording_done(self.feed.hass)
            do_adhoc_statistics(self.feed.hass, start=start)
            await async_wait_recording_done(self.feed.hass)
            self._compiled += PERIOD

    async def run(
        self, seconds: int, told: Callable[[float], bytes], pace: int = PACE
    ) -> None:
        """Let the meter send for a while."""
        for _ in range(seconds // pace):
            await self.pass_to(self.moment + pace)
            await self.feed.send(told(self.moment))


@pytest.fixture
async def dutch(recorder_mock: Recorder, hass: HomeAssistant) -> None:
    """Let Home Assistant be in the Netherlands."""
    await hass.config.async_set_time_zone("Europe/Amsterdam")


async def started(make_p1_feed: MakeMeterFeed, first: bytes) -> Recorded:
    feed = make_p1_feed(first)
    await feed.start(BEGIN)
    recorded = Recorded(feed)
    await feed.send(first)
    return recorded


async def test_a_gas_reading_of_zero_reaches_neither_state_nor_sum(
    dutch: None, make_p1_feed: MakeMeterFeed
) -> None:
    first, zero, third = telegrams("gas_zero")
    home = await started(make_p1_feed, first)
    for seconds, telegram in ((60, first), (300, zero), (600, third)):
        await home.run(seconds, lambda _moment, telegram=telegram: telegram)
    assert home.states[home.entity_id("gas")][0] == 4321.987
    assert set(home.states[home.entity_id("gas")]) == {4321.987, 4322.017}
    doubted = home.feed.hub.readings.doubted
    assert {field.code: count for field, count in doubted.items()} == {"gas": 30}


async def test_an_import_of_zero_in_one_telegram_reaches_neither_states_nor_sums(
    dutch: None, make_p1_feed: MakeMeterFeed
) -> None:
    first, zero, third = telegrams("import_zero")
    home = await started(make_p1_feed, first)
    for seconds, telegram in ((60, first), (10, zero), (600, third)):
        await home.run(seconds, lambda _moment, telegram=telegram: telegram)
    for key in ("energy_import", "energy_import_normal"):
        assert len(set(home.states[home.entity_id(key)])) == 1, key
