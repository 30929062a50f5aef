"""A quarter monitor that is down, deaf, or not itself."""

import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.flukso.diagnostics import async_get_config_entry_diagnostics
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import json_dumps

from ....brokers import HOST
from .home import NOON, MonitorHome

LIVE = ("sensor.quarter_monitor_power_import", "sensor.grid_demand")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the log says of the monitor, debugging aside."""
    return [
        f"{record.levelname}: {record.getMessage()}"
        for record in caplog.records
        if "quarter_monitor" in record.name and record.levelname != "DEBUG"
    ]


@pytest.mark.parametrize("fault", ["hang_up", "missing", "garbage", "nan"])
async def test_a_monitor_that_is_down_is_unavailable_until_it_returns(
    home: MonitorHome,
    fault: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await home.start(NOON + 300)
    home.server.faults["/current"] = fault
    await home.live(NOON + 330)
    assert home.state(LIVE[0]).state == "2000.0"
    await home.live(NOON + 400)
    assert [home.state(name).state for name in LIVE] == [STATE_UNAVAILABLE] * 2

    home.server.faults.clear()
    await home.live(NOON + 410)
    assert home.state(LIVE[0]).state == "2000.0"
    assert home.demand("demand") == pytest.approx(2 * 410 / 900, abs=0.001)
    assert lines(caplog) == [
        "WARNING: Quarter monitor: no new measurement for 30 s",
        "INFO: Quarter monitor: it measures again",
    ]


async def test_a_monitor_that_hears_no_meter_is_unavailable(home: MonitorHome) -> None:
    await home.start(NOON + 300)
    home.monitor.deaf = True
    await home.live(NOON + 340)
    assert [home.state(name).state for name in LIVE] == [STATE_UNAVAILABLE] * 2
    home.monitor.deaf = False
    await home.live(NOON + 360)
    assert home.state(LIVE[0]).state == "2000.0"
    await home.live(NOON + 910)

    (window,) = await home.windows(NOON, NOON + 900)
    assert window["coverage"] == pytest.approx(1 - 40 / 900, abs=0.001)
    assert window["at_least"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("hang_up", "cannot_connect"), ("web_page", "no_quarter_monitor")],
)
async def test_set_up_is_tried_again_while_nobody_answers(
    home: MonitorHome, fault: str, reason: str
) -> None:
    home.server.faults["/"] = fault
    home.at(NOON + 300)
    assert not await home.set_up()
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    assert home.entry.error_reason_translation_key == reason
    home.server.faults.clear()
    assert await home.hass.config_entries.async_reload(home.entry.entry_id)


async def test_a_clock_that_is_far_ahead_closes_nothing(home: MonitorHome) -> None:
    await home.start(NOON + 300)
    home.monitor.live(NOON + 3650)
    home.at(NOON + 305)
    await home.ask()
    assert home.hub.refused > 0
    assert await home.windows(NOON, NOON + 3600) == []


async def test_a_peak_that_cannot_be_read_changes_nothing_else(
    home: MonitorHome,
) -> None:
    home.server.faults["/current/month"] = "garbage"
    await home.start(NOON + 890)
    await home.live(NOON + 920)
    assert home.demand("month_peak") == 2


async def test_nothing_is_asked_after_the_entry_is_unloaded(home: MonitorHome) -> None:
    await home.start(NOON + 300)
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)
    home.server.asked.clear()
    home.at(NOON + 400)
    await home.hass.async_block_till_done()
    assert home.server.asked == []


async def test_the_condition_is_told_without_the_address(
    hass: HomeAssistant, home: MonitorHome, snapshot: SnapshotAssertion
) -> None:
    home.monitor.fill(NOON - 1800, NOON, lambda _start: 3000)
    await home.start(NOON + 300)
    told = await async_get_config_entry_diagnostics(hass, home.entry)
    text = json_dumps(told)
    assert HOST not in text
    assert str(home.server.port) not in text
    assert told == snapshot
