"""Impossible readings of counters reach neither states nor sums; replaced meters do."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant

from ...summed import Summed, rises
from .feed import MakeMeterFeed, MeterFeed
from .telegrams import changed, sealed
from .test_exchange import fix

FOLDER = Path(__file__).parents[3] / "fixtures" / "counters"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
# 2023-11-24 00:09:26, the first telegram of the case.
BEGIN = 1_700_780_966
PERIOD = 300
IDENTITY = b"4530303939303030303030303030313233"
OTHER_IDENTITY = b"4530303939303030303030303030313234"


def telegrams(name: str) -> list[bytes]:
    """Return the telegrams of a case."""
    text = (FOLDER / f"{name}.txt").read_bytes().replace(b"\r\n", b"\n")
    parts = [part for part in text.split(b"/Ene5") if part.strip()]
    return [b"/Ene5" + part.replace(b"\n", b"\r\n") for part in parts]


def of(moment: float, gas: float, energy: float = 5686.921) -> bytes:
    """Return a telegram of a moment."""
    base = telegrams("gas_zero")[0]
    now = datetime.fromtimestamp(moment, AMSTERDAM)
    read = now.replace(minute=now.minute - now.minute % 5, second=0)
    changes = {
        b"231124000926W": now.strftime("%y%m%d%H%M%SW").encode(),
        b"231124000900W)(04321.987": f"{read:%y%m%d%H%M%SW})({gas:09.3f}".encode(),
        b"005686.921": f"{energy:010.3f}".encode(),
    }
    for old, new in changes.items():
        assert base.count(old) == 1
        base = base.replace(old, new)
    return sealed(base)


@pytest.fixture
def recorder_config() -> dict[str, Any]:
    """Return a recorder that keeps states, to sum them up."""
    return {"commit_interval": 0}


@pytest.fixture
async def dutch(recorder_mock: Recorder, hass: HomeAssistant) -> None:
    """Let Home Assistant be in the Netherlands."""
    await hass.config.async_set_time_zone("Europe/Amsterdam")


async def started(
    make_p1_feed: MakeMeterFeed, first: bytes
) -> Summed[bytes, MeterFeed]:
    feed = make_p1_feed(first)
    await feed.start(BEGIN)
    home = Summed(feed, BEGIN, feed.send)
    await feed.send(first)
    return home


def repeated(telegram: bytes) -> Callable[[float], bytes]:
    """Return what sends one telegram at any moment."""
    return lambda _moment: telegram


async def test_a_gas_reading_of_zero_reaches_neither_state_nor_sum(
    dutch: None, make_p1_feed: MakeMeterFeed
) -> None:
    first, zero, third = telegrams("gas_zero")
    home = await started(make_p1_feed, first)
    for seconds, telegram in ((60, first), (300, zero), (600, third)):
        await home.run(seconds, repeated(telegram))
    assert home.states[home.entity_id("gas")][0] == 4321.987
    assert set(home.states[home.entity_id("gas")]) == {4321.987, 4322.017}
    assert rises(await home.sums("gas")) == pytest.approx(0.03)
    doubted = home.feed.hub.readings.doubted
    assert {field.code: count for field, count in doubted.items()} == {"gas": 30}


async def test_an_import_of_zero_in_one_telegram_reaches_neither_states_nor_sums(
    dutch: None, make_p1_feed: MakeMeterFeed
) -> None:
    first, zero, third = telegrams("import_zero")
    home = await started(make_p1_feed, first)
    for seconds, telegram in ((60, first), (10, zero), (600, third)):
        await home.run(seconds, repeated(telegram))
    for key in ("energy_import", "energy_import_normal"):
        assert len(set(home.states[home.entity_id(key)])) == 1, key
        assert rises(await home.sums(key)) == 0


@pytest.mark.parametrize("begins_at", [0.0, 12.5, 4000.0, 9876.0])
async def test_the_first_reading_of_a_replaced_meter_is_no_consumption(
    dutch: None, make_p1_feed: MakeMeterFeed, begins_at: float
) -> None:
    """Gas is drawn all the time, 0.01 m³ in five minutes."""

    def gas(moment: float) -> float:
        return round((moment - BEGIN) // PERIOD * 0.01, 3)

    home = await started(make_p1_feed, of(BEGIN, 4321.0))
    await home.run(1200, lambda moment: of(moment, 4321.0 + gas(moment)))
    await home.run(1800, lambda moment: of(moment, begins_at + gas(moment) - 0.03))
    shown = home.states[home.entity_id("gas")]
    assert shown[-1] == pytest.approx(begins_at + gas(home.moment) - 0.03, abs=0.011)
    assert rises(await home.sums("gas")) <= gas(home.moment) + 0.001
    assert rises(await home.sums("gas")) >= gas(home.moment) - 0.06
    state = home.feed.hass.states.get(home.entity_id("gas"))
    assert state is not None
    assert state.attributes["state_class"] == "total_increasing"


@pytest.mark.parametrize("begins_at", [0.0, 12.5, 9000.0])
async def test_the_total_of_a_replaced_meter_is_no_consumption(
    dutch: None, make_p1_feed: MakeMeterFeed, begins_at: float
) -> None:
    """3.6 kW are drawn all the time; the meter has the id of the one before."""

    def energy(moment: float) -> float:
        return (moment - BEGIN) / 1000

    home = await started(make_p1_feed, of(BEGIN, 4321.0))
    await home.run(600, lambda moment: of(moment, 4321.0, 5686.921 + energy(moment)))
    await home.run(1800, lambda moment: of(moment, 4321.0, begins_at + energy(moment)))
    shown = home.states[home.entity_id("energy_import_low")]
    assert shown[-1] == pytest.approx(begins_at + energy(home.moment), abs=0.1)
    sums = await home.sums("energy_import_low")
    assert energy(home.moment) - 0.7 <= rises(sums) <= energy(home.moment) + 0.001


async def test_a_digit_too_many_reaches_neither_states_nor_sums(
    dutch: None, make_p1_feed: MakeMeterFeed
) -> None:
    home = await started(make_p1_feed, of(BEGIN, 4321.0))
    await home.run(60, lambda moment: of(moment, 4321.0))
    await home.run(120, lambda moment: of(moment, 4321.0, 56869.219))
    await home.run(600, lambda moment: of(moment, 4321.0, 5686.931))
    shown = home.states[home.entity_id("energy_import_low")]
    assert set(shown) == {5686.921, 5686.931}
    assert rises(await home.sums("energy_import_low")) == pytest.approx(0.01)


async def test_the_first_reading_of_a_meter_that_was_taken_over_is_no_consumption(
    dutch: None, make_p1_feed: MakeMeterFeed
) -> None:
    """It may be told as if it had been counted: it is 1.5 kWh more."""
    home = await started(make_p1_feed, of(BEGIN, 4321.0))
    feed = home.feed
    await home.run(600, lambda moment: of(moment, 4321.0))
    old = feed.entry.unique_id

    def other(moment: float) -> bytes:
        told = of(moment, 4321.0, 5688.421 + (moment - BEGIN) // 10 / 1000)
        return changed(told, (IDENTITY, OTHER_IDENTITY))

    await home.run(120, other)
    await fix(feed)
    assert feed.entry.unique_id != old
    begun = home.moment
    await home.run(900, other)
    shown = home.states[home.entity_id("energy_import_low")]
    assert shown[-1] > 5688.421
    drawn = (home.moment - begun) / 10_000
    assert drawn - 0.01 <= rises(await home.sums("energy_import_low")) <= drawn + 0.01
