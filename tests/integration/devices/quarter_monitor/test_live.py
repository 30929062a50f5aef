"""From the answers of a quarter monitor to states, events, windows and statistics."""

import pytest

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ...homes import timestamp, until
from .home import NOON, MonitorHome


@pytest.mark.smoke
async def test_a_monitor_has_its_powers_and_a_demand_meter_with_all_sensors(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    await home.start(NOON + 300)
    assert home.value("power_import") == "2000.0"
    assert home.value("power_export") == "0.0"
    entities = er.async_entries_for_config_entry(
        er.async_get(hass), home.entry.entry_id
    )
    keys = {entity.unique_id.rpartition("_")[2] for entity in entities}
    assert {"import", "export", "demand", "peak", "risk", "goal", "window"} <= keys
    assert not [item for item in entities if "127.0.0.1" in item.unique_id]
    (monitor, grid) = sorted(
        dr.async_entries_for_config_entry(dr.async_get(hass), home.entry.entry_id),
        key=lambda device: device.entry_type is not None,
    )
    assert (monitor.name, monitor.model) == (
        "Quarter monitor",
        "Digital power meter monitor",
    )
    assert grid.via_device_id == monitor.id


@pytest.mark.smoke
async def test_the_running_quarter_is_followed_from_its_beginning(
    home: MonitorHome,
) -> None:
    await home.start(NOON + 300)
    assert home.demand("demand") == pytest.approx(2 / 3, abs=0.001)
    told = home.state("sensor.grid_projected_demand").attributes
    assert told["as_now"] == pytest.approx(2.0, abs=0.001)

    home.loads[NOON + 300] = 5000
    await home.live(NOON + 600)
    assert home.value("power_import") == "5000.0"
    assert home.demand("demand") == pytest.approx(7 / 3, abs=0.001)
    told = home.state("sensor.grid_projected_demand").attributes
    assert told["as_now"] == pytest.approx(4.0, abs=0.001)
    assert told["low"] <= home.demand("projected_demand") <= told["high"]


async def test_export_is_shown_and_lowers_no_import(home: MonitorHome) -> None:
    home.loads[NOON + 300] = -3000
    await home.start(NOON + 310)
    assert home.value("power_import") == "0.0"
    assert home.value("power_export") == "3000.0"
    assert home.demand("demand") == pytest.approx(2 / 3, abs=0.001)


@pytest.mark.smoke
async def test_a_quarter_that_ends_is_taken_from_the_card(home: MonitorHome) -> None:
    home.loads[NOON + 897] = 9000
    await home.start(NOON + 880)
    await home.live(NOON + 910)

    (window,) = await home.windows(NOON, NOON + 900)
    assert window["source"] == "power"
    assert window["coverage"] == 1
    assert window["energy"] == pytest.approx(
        home.monitor.kilowatt_hours(NOON), abs=0.0001
    )
    (event,) = home.told("window_closed")
    assert event["demand"] == pytest.approx(window["demand"])
    assert home.demand("month_peak") == pytest.approx(window["demand"], abs=0.001)
    (row,) = await home.statistics("flukso:grid_demand", NOON)
    assert row["max"] == pytest.approx(window["demand"], abs=0.001)


async def test_every_quarter_is_told_once(home: MonitorHome) -> None:
    home.loads[NOON + 900] = 3000
    home.loads[NOON + 1800] = 1000
    await home.start(NOON + 890)
    await home.live(NOON + 2720, step=15)

    assert [event["demand"] for event in home.told("window_closed")] == [2, 3, 1]
    assert [event["demand"] for event in home.told("new_month_peak")] == [2, 3]


async def test_a_card_that_is_slow_is_waited_for(home: MonitorHome) -> None:
    await home.start(NOON + 890)
    home.server.faults["/meter/"] = "missing"
    await home.live(NOON + 930)
    assert await home.windows(NOON, NOON + 900) == []
    home.server.faults.clear()
    await home.live(NOON + 940)
    (window,) = await home.windows(NOON, NOON + 900)
    assert window["coverage"] == 1


@pytest.mark.parametrize("fault", ["missing", "bad_request", "garbage", "failure"])
async def test_without_the_card_what_was_heard_last_counts_and_is_marked(
    home: MonitorHome, fault: str
) -> None:
    await home.start(NOON + 890)
    home.server.faults["/meter/"] = fault
    await home.live(NOON + 980)

    (window,) = await home.windows(NOON, NOON + 900)
    assert window["coverage"] == pytest.approx(179 / 180, abs=0.001)
    assert window["at_least"]
    assert window["demand"] == pytest.approx(2 * 179 / 180, abs=0.001)


async def test_the_peak_of_the_month_is_known_from_the_beginning(
    home: MonitorHome,
) -> None:
    peak = timestamp("2026-03-02 18:00")
    home.monitor.fill(peak, peak + 900, lambda _start: 6543)
    home.server.faults["/historic"] = "failure"
    await home.start(NOON + 300, card=False)
    month_peak = "sensor.grid_month_peak"
    await until(lambda: home.state(month_peak).state != STATE_UNKNOWN)

    assert home.demand("month_peak") == pytest.approx(6.543)
    state = home.state("sensor.grid_month_peak_time")
    assert state.state == "2026-03-02T17:00:00+00:00"


async def test_a_peak_that_is_not_on_the_card_is_a_seed(home: MonitorHome) -> None:
    peak = timestamp("2026-03-02 18:00")
    home.monitor.fill(peak, peak + 900, lambda _start: 6543)
    home.server.faults["/meter/"] = "missing"
    await home.start(NOON + 300)

    state = home.state("sensor.grid_month_peak")
    assert float(state.state) == pytest.approx(6.543)
    assert state.attributes["source"] == "seed"


async def test_a_peak_that_the_monitor_hardly_heard_does_not_count_in_full(
    home: MonitorHome,
) -> None:
    peak = timestamp("2026-03-02 18:00")
    home.monitor.fill(peak, peak + 900, lambda _start: 9000)
    powers = home.monitor.card[peak]["consumed_power_interval_avgs"]
    powers[:90] = [None] * 90
    await home.start(NOON + 300)

    state = home.state("sensor.grid_month_peak")
    assert float(state.state) == pytest.approx(4.5)
    assert state.attributes["at_least"]


async def test_before_the_first_telegram_nothing_is_known(home: MonitorHome) -> None:
    home.monitor.deaf = True
    await home.start(NOON + 10)
    assert home.state("sensor.quarter_monitor_power_import").state == "unavailable"
    assert home.state("sensor.grid_month_peak").state == STATE_UNKNOWN

    home.monitor.deaf = False
    await home.live(NOON + 30)
    assert home.value("power_import") == "2000.0"


async def test_the_month_turns_on_the_monitors_clock(home: MonitorHome) -> None:
    april = timestamp("2026-04-01 00:00")
    home.loads[april] = 1000
    home.monitor.now = april - 920
    await home.start(april - 910)
    await home.live(april + 920, step=10)

    assert home.demand("month_peak") == 1
    (event,) = home.told("month_closed")
    assert (event["month"], event["month_peak"]) == ("2026-03", 2)
    rows = await home.statistics(
        "flukso:grid_month_peak", timestamp("2026-03-01 00:00")
    )
    assert [row["max"] for row in rows] == [2, 1]


async def test_the_hour_that_october_repeats_has_eight_windows(
    home: MonitorHome,
) -> None:
    autumn = timestamp("2026-10-25 02:00")
    home.monitor.now = autumn - 10
    for place in range(9):
        home.loads[autumn + 900 * place] = 1000 * (place + 1)
    await home.start(autumn - 5)
    await home.live(autumn + 7210, step=15)

    windows = await home.windows(autumn, autumn + 7200)
    assert [window["demand"] for window in windows] == list(range(1, 9))
    assert not [window for window in windows if window["at_least"]]
