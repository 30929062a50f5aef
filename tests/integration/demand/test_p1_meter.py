"""The demand of a P1 meter: its own ramp, its own windows, its own month peaks."""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from typing import Any, cast

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.flukso.const import DOMAIN
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from simulator import make_meter
from simulator.p1_server import listen

from ..p1.feed import MeterFeed
from ..p1.telegrams import THREE_PHASES, fixture
from .feed import timestamp

# Of the telegram: it is 386 s into its quarter, and 9.258 kW are drawn.
SENT = timestamp("2024-11-19 16:21:26")

# As the telegram's 98.1.0 tells them, and its 1.6.0 for the running month.
MONTH_PEAKS = {
    "2023-10": 12.195,
    "2023-11": 17.457,
    "2023-12": 17.440,
    "2024-01": 17.632,
    "2024-02": 14.301,
    "2024-03": 13.429,
    "2024-04": 13.080,
    "2024-05": 16.789,
    "2024-06": 16.074,
    "2024-07": 15.127,
    "2024-08": 13.067,
    "2024-09": 20.304,
    "2024-10": 17.198,
    "2024-11": 25.891,
}

type MakeFeed = Callable[[bytes], MeterFeed]


@pytest.fixture
async def meter_at(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    socket_enabled: None,
    freezer: FrozenDateTimeFactory,
) -> AsyncGenerator[MakeFeed]:
    """Return what connects a meter to a Belgian home."""
    hass.config.country = "BE"
    await hass.config.async_set_time_zone("Europe/Brussels")

    def make(telegram: bytes) -> MeterFeed:
        feed = MeterFeed(hass, line, freezer, telegram)
        known = feed.entry
        # As a flow leaves it: nobody has been offered a demand meter.
        data = {key: known.data[key] for key in known.data.keys() - {"demand_offered"}}
        feed.entry = MockConfigEntry(
            domain=DOMAIN, title=known.title, unique_id=known.unique_id, data=data
        )
        return feed

    async with listen() as line:
        yield make


def value(hass: HomeAssistant, entity_id: str) -> float:
    state = hass.states.get(entity_id)
    assert state is not None
    return float(state.state)


async def rows(
    hass: HomeAssistant, statistic_id: str, start: str
) -> list[tuple[datetime, float]]:
    await async_wait_recording_done(hass)
    found = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        hass,
        dt_util.utc_from_timestamp(timestamp(start)),
        None,
        {statistic_id},
        "hour",
        None,
        {"max"},
    )
    return [
        (dt_util.as_local(dt_util.utc_from_timestamp(row["start"])), row["max"] or 0)
        for row in found.get(statistic_id, [])
    ]


async def test_the_ramp_of_the_meter_is_carried_to_the_end_of_its_quarter(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    feed = meter_at(fixture(THREE_PHASES))
    await feed.start(SENT)
    await feed.send()
    await feed.tick(0)
    await feed.tick(10)

    assert value(hass, "sensor.grid_demand") == 4.065
    assert value(hass, "sensor.grid_projected_demand") == pytest.approx(9.352, abs=1e-3)
    assert value(hass, "sensor.grid_month_peak") == 25.891
    peak_time = hass.states.get("sensor.grid_month_peak_time")
    assert peak_time is not None
    assert peak_time.state == "2024-11-15T07:30:00+00:00"
    assert value(hass, "sensor.grid_target") == 25.891


async def test_the_first_telegram_fills_in_the_months_before(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    feed = meter_at(fixture(THREE_PHASES))
    await feed.start(SENT)
    await feed.send()

    found = await rows(hass, "flukso:grid_month_peak", "2023-01-01 00:00")
    assert {start.strftime("%Y-%m"): peak for start, peak in found} == MONTH_PEAKS
    assert {(start.day, start.hour) for start, _ in found} == {(1, 0)}


async def test_windows_are_those_of_the_meter(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    start = timestamp("2026-03-10 12:00") - 5
    meter = make_meter("be-50217", start=start, seed=3)
    first = meter.telegram(start)
    assert first is not None
    feed = meter_at(first)
    await feed.start(start)
    await feed.send(first)
    for second in range(start + 1, start + 2 * 900 + 10):
        telegram = meter.telegram(second)
        assert telegram is not None
        feed.freezer.move_to(dt_util.utc_from_timestamp(second))
        await feed.send(telegram)

    answer = await hass.services.async_call(
        "flukso",
        "get_windows",
        {
            "demand_meter": "grid",
            "start": dt_util.utc_from_timestamp(start + 5).isoformat(),
            "end": dt_util.utc_from_timestamp(start + 1805).isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    windows = cast("dict[str, list[dict[str, Any]]]", answer)["windows"]
    assert [window["source"] for window in windows] == ["meter", "meter"]
    assert [window["demand"] for window in windows] == [
        pytest.approx(meter.windows[start + 5 + offset] * 4, abs=0.001)
        for offset in (0, 900)
    ]


async def test_the_demand_meter_asks_for_no_sensors(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    feed = meter_at(fixture(THREE_PHASES))
    await feed.start(SENT)
    (subentry_id,) = feed.entry.subentries

    flows = hass.config_entries.subentries
    form = await flows.async_init(
        (feed.entry.entry_id, "demand"),
        context={"source": SOURCE_RECONFIGURE, "subentry_id": subentry_id},
    )
    schema = form["data_schema"]
    assert schema is not None
    asked = {str(field) for field in schema.schema}
    assert asked & {"name", "area", "floor"}
    assert not asked & {"import_sensors", "export_sensors"}
    done = await flows.async_configure(form["flow_id"], {"area": "west", "floor": 4})
    await hass.async_block_till_done()

    assert done["type"] is FlowResultType.ABORT
    assert done["reason"] == "reconfigure_successful"
    assert feed.entry.subentries[subentry_id].data["floor"] == 4
    await feed.send()
    assert value(hass, "sensor.grid_target") == 25.891
