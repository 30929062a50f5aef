"""What is on the card of a quarter monitor becomes history."""

import asyncio

import pytest

from homeassistant.core import HomeAssistant

from ....brokers import HOST
from ...homes import device_of, timestamp, until
from .home import NOON, MonitorHome

DAY = 86400
FEBRUARY = timestamp("2026-02-10 00:00")
AUTUMN = timestamp("2025-10-26 00:00")


def sawtooth(start: int) -> int:
    """Return another power for each quarter, 1 to 4 kW."""
    return 1000 + start // 900 * 37 % 3000


def files_asked(home: MonitorHome) -> list[str]:
    """Return the quarters that were asked for."""
    return [path for path in home.server.asked if path.startswith("/meter/")]


async def test_the_card_is_read_at_set_up(home: MonitorHome) -> None:
    home.monitor.fill(FEBRUARY, FEBRUARY + DAY, sawtooth)
    home.monitor.fill(AUTUMN, AUTUMN + DAY + 3600, sawtooth)
    await home.start(NOON + 300)

    for start, count in ((FEBRUARY, 96), (AUTUMN, 100)):
        windows = await home.windows(start, start + count * 900)
        assert [window["energy"] for window in windows] == pytest.approx(
            [
                home.monitor.kilowatt_hours(begin)
                for begin in range(start, start + count * 900, 900)
            ],
            abs=0.0001,
        )
        assert {window["source"] for window in windows} == {"power"}
    highest = [
        max(sawtooth(begin) for begin in range(start, end, 900)) / 1000
        for start, end in (
            (FEBRUARY, FEBRUARY + DAY),
            (AUTUMN, AUTUMN + DAY + 3600),
        )
    ]
    assert home.demand("rolling_peak") == pytest.approx(sum(highest) / 2, abs=0.001)
    rows = await home.statistics("flukso:grid_month_peak", AUTUMN - 30 * DAY)
    assert [row["max"] for row in rows] == pytest.approx(highest[::-1])
    hours = await home.statistics("flukso:grid_demand", AUTUMN)
    assert len(hours) == 25 + 24


async def test_the_monitor_is_asked_politely(home: MonitorHome) -> None:
    home.monitor.fill(FEBRUARY, FEBRUARY + DAY, sawtooth)
    await home.start(NOON + 300)
    assert home.server.most_at_once == 1
    assert len(set(files_asked(home))) == 96
    # The peak of the month is nobody's business but the month's.
    assert len(files_asked(home)) == 96


async def test_what_is_known_is_not_asked_for_again(home: MonitorHome) -> None:
    home.monitor.fill(FEBRUARY, FEBRUARY + DAY, sawtooth)
    await home.start(NOON + 300)
    home.server.asked.clear()
    home.monitor.fill(FEBRUARY + DAY, FEBRUARY + DAY + 900, sawtooth)
    assert await home.hass.config_entries.async_reload(home.entry.entry_id)
    await home.card_read()

    assert files_asked(home) == ["/meter/2026/02/11/0000W.json"]
    assert home.server.asked.count("/historic/quarters") == 1


async def test_older_months_are_left_on_the_card(home: MonitorHome) -> None:
    """Thirteen months are what a year's mean and its oldest neighbour need."""
    first = timestamp("2025-03-01 00:00")
    home.monitor.fill(first - 1800, first + 1800, sawtooth)
    await home.start(NOON + 300)
    windows = await home.windows(first - DAY, first + DAY)
    assert [window["window_start"] for window in windows] == [
        "2025-02-28T23:00:00+00:00",
        "2025-02-28T23:15:00+00:00",
    ]


async def test_damaged_files_cost_their_quarters_alone(home: MonitorHome) -> None:
    home.monitor.fill(FEBRUARY, FEBRUARY + 3600, sawtooth)
    home.server.faults["/meter/2026/02/10/0015W"] = "cut_off"
    home.server.faults["/meter/2026/02/10/0030W"] = "failure"
    await home.start(NOON + 300)
    windows = await home.windows(FEBRUARY, FEBRUARY + DAY)
    assert len(windows) == 2
    assert device_of(home.entry).card.damaged == 2


@pytest.mark.parametrize("path", ["/historic/months", "/historic/days"])
async def test_a_list_that_is_never_told_is_counted(
    home: MonitorHome, path: str
) -> None:
    """The card is as read as it can be."""
    home.monitor.fill(FEBRUARY, FEBRUARY + 900, sawtooth)
    home.server.faults[path] = "failure"
    await home.start(NOON + 300)
    assert home.value("card_read") == "100.0"
    assert device_of(home.entry).card.damaged > 0


async def test_a_day_that_cannot_be_listed_costs_that_day(home: MonitorHome) -> None:
    home.monitor.fill(FEBRUARY, FEBRUARY + 900, sawtooth)
    home.server.faults["/historic/quarters"] = "garbage"
    await home.start(NOON + 300)
    assert await home.windows(FEBRUARY, FEBRUARY + DAY) == []
    assert device_of(home.entry).card.damaged == 1


async def test_a_card_that_cannot_be_read_is_tried_again(
    hass: HomeAssistant, home: MonitorHome
) -> None:
    home.monitor.fill(FEBRUARY, FEBRUARY + 3600, sawtooth)
    home.server.faults["/historic/days"] = "hang_up"
    await home.start(NOON + 300, card=False)
    await until(lambda: home.server.asked.count("/historic/days") > 1)
    assert home.value("card_read") == "unknown"

    home.server.faults.clear()
    await home.card_read()
    assert len(await home.windows(FEBRUARY, FEBRUARY + DAY)) == 4


async def test_an_import_that_was_cut_off_goes_on(home: MonitorHome) -> None:
    home.monitor.fill(FEBRUARY, FEBRUARY + 2 * DAY, sawtooth)
    home.server.faults["/meter/2026/02/10/1200"] = "slow"
    await home.start(NOON + 300, card=False)
    await until(lambda: "/meter/2026/02/10/1200W.json" in home.server.asked)
    assert home.value("card_read") == "50.0"
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)

    home.server.faults.clear()
    home.server.asked.clear()
    assert await home.set_up()
    await home.card_read()
    assert len(files_asked(home)) == 96
    windows = await home.windows(FEBRUARY, FEBRUARY + 2 * DAY)
    assert len(windows) == 2 * 96


async def test_what_the_monitor_measured_meanwhile_is_read_after_an_outage(
    home: MonitorHome,
) -> None:
    home.loads[NOON + 1000] = 6000
    await home.start(NOON + 300)
    home.server.faults["/"] = "hang_up"
    await home.live(NOON + 4600, step=300)
    home.server.faults.clear()
    await home.live(NOON + 4610)
    await until(lambda: device_of(home.entry).card.imported == 4)

    windows = await home.windows(NOON, NOON + 4500)
    assert [window["coverage"] for window in windows] == [1] * 5
    assert home.demand("month_peak") == 6


async def test_a_home_assistant_that_was_off_catches_up(home: MonitorHome) -> None:
    await home.start(NOON + 300)
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)
    home.loads[NOON + 1800] = 5000
    home.at(NOON + 3 * 3600 + 10)
    assert await home.set_up()
    await home.card_read()

    windows = await home.windows(NOON, NOON + 3 * 3600)
    assert len(windows) == 12
    assert not [window for window in windows if window["at_least"]]
    assert home.demand("month_peak") == 5


async def test_a_monitor_that_is_followed_is_asked_one_thing_at_a_time(
    home: MonitorHome,
) -> None:
    """Also while somebody imports what is older on its card."""
    first = timestamp("2024-03-01 00:00")
    home.monitor.fill(first, first + DAY, sawtooth)
    await home.start(NOON + 300)
    assert await home.windows(first, first + DAY) == []
    action = home.hass.services.async_call(
        "flukso",
        "import_windows",
        {"demand_meter": "grid", "host": HOST, "port": home.server.port},
        blocking=True,
        return_response=True,
    )
    answer, _ = await asyncio.gather(action, home.live(NOON + 400))
    assert answer is not None
    assert answer["added"] == 96
    assert len(await home.windows(first, first + DAY)) == 96
    assert home.server.most_at_once == 1
