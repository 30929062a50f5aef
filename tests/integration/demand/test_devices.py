"""Demand of simulated devices, second by second, against what their household draws."""

from typing import Any, NamedTuple

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from simulator import make_device

from ...brokers import Message, Mosquitto, publish
from ..homes import LATENCY, epoch, timestamp
from .feed import DemandFeed
from .grid import WINDOW

# After sunset: all that is measured is import.
START = timestamp("2026-03-10 20:59")
FIRST = timestamp("2026-03-10 21:00")
END = timestamp("2026-03-10 21:45")
CHUNK = 60
# The demand of a Wh in a window, kW.
WATT_HOUR = 0.004


class Case(NamedTuple):
    """A device, how exactly its counters count (Wh) and what its windows rest on."""

    model: str
    options: dict[str, Any]
    resolution: float
    source: str


CASES = {
    "flm03e-clamps": Case("FLM03E", {}, 0.003, "counter"),
    "flm03e-sum": Case("FLM03E", {"math": "p1+p2+p3"}, 0.001, "counter"),
    "flm02a-phase": Case("FLM02A", {"phases": 3}, 1, "counter"),
    "flm02a-clamps": Case("FLM02A", {}, 3, "counter"),
    "flm02b-p1": Case("FLM02B", {}, 1, "counter"),
}


async def live(feed: DemandFeed, *, away: range = range(0)) -> dict[int, float]:
    """Let the device publish every second; returns the true demand of each window.

    Home Assistant is off in the minutes that begin in `away`.
    """
    energy: dict[int, float] = {}
    for begin in range(START, END + CHUNK, CHUNK):
        truth = feed.device.true_energy(begin)
        energy[begin] = sum(truth[sensor] for sensor in feed.meter.imports)
        messages: list[Message] = []
        for second in range(begin, begin + CHUNK):
            messages += [Message(*item[:3]) for item in feed.device.step(second)]
        end = begin + CHUNK + LATENCY
        feed.freezer.move_to(dt_util.utc_from_timestamp(end))
        if begin in away:
            await feed.unload()
            await publish(feed.broker, messages)
            await feed.load()
        else:
            await feed.publish(messages)
        async_fire_time_changed(feed.hass)
    await feed.hass.async_block_till_done()
    return {
        start: (energy[start + WINDOW] - energy[start]) * WATT_HOUR
        for start in range(FIRST, END, WINDOW)
    }


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_windows_are_true_to_the_resolution_of_the_counters(
    hass: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    case: Case,
) -> None:
    device = make_device(case.model, start=START, seed=3, **case.options)
    feed = DemandFeed(hass, broker, device, freezer, monkeypatch)
    await feed.start(START)
    truth = await live(feed)

    windows = await feed.windows(FIRST, END)
    assert [epoch(window["window_start"]) for window in windows] == list(truth)
    for window, demand in zip(windows, truth.values(), strict=True):
        assert demand > 0.1
        assert window["demand"] == pytest.approx(
            demand, abs=case.resolution * WATT_HOUR + 0.0005
        )
        assert window["source"] == case.source
        assert not window["at_least"]


@pytest.mark.parametrize("model", ["FLM02A", "FLM02B"])
async def test_what_a_broker_repeats_after_a_restart_spoils_no_window(
    hass: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
) -> None:
    device = make_device(model, start=START, seed=3)
    feed = DemandFeed(hass, broker, device, freezer, monkeypatch)
    await feed.start(START)
    truth = await live(feed, away=range(FIRST + 1200, FIRST + 1320))

    windows = await feed.windows(FIRST, END)
    assert [epoch(window["window_start"]) for window in windows] == list(truth)
    for window, demand in zip(windows, truth.values(), strict=True):
        assert window["demand"] == pytest.approx(demand, abs=3 * WATT_HOUR + 0.0005)
