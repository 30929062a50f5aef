"""Another tariff takes effect at once: no window is lost, and months are recounted."""

import json
from pathlib import Path
from typing import Any

import pytest

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from ..homes import epoch, timestamp
from .feed import DemandFeed
from .grid import WINDOW, Loads, steady, stepped

HOUR = 3600
DAY = 86400
# Of each month that is stored: these days, and so many seconds of each.
KNOWN_DAYS = (0, 4, 10)
KNOWN_TIME = 6 * HOUR
NOON = timestamp("2026-03-10 12:00")
HOURLY = {"profile": "custom", "rules": {"window": "60"}}
QUARTERLY = {"profile": "flanders", "rules": None}
# The quarters of two hours: 2 and 1.5 kW.
WATTS = (4000, 1000, 1000, 2000, 3000, 1000, 1000, 1000)
LOADS = stepped(
    {0: (0,), **{NOON + place * WINDOW: (watts,) for place, watts in enumerate(WATTS)}}
)


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Let stores use the disk."""
    return {}


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Return a folder of the test's own."""
    return hass_tmp_config_dir


async def measure(
    feed: DemandFeed, loads: Loads, start: int, *, step: int = 10, **settings: Any
) -> None:
    """Let one clamp of a demand meter measure."""
    clamp = feed.clamps("pplus")[:1]
    feed.choose(import_sensors=clamp, export_sensors=[], **settings)
    await feed.connect(loads, start, step=step)


def store(hass: HomeAssistant, month: str, demands: dict[int, float]) -> None:
    """Put the quarters of a month on the disk, kW by start."""
    folder = Path(hass.config.path(".storage", "flukso.demand", "grid-meter"))
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        [start, demand / 4, demand / 4, "counter", 1.0]
        for start, demand in demands.items()
    ]
    file = {"version": 1, "minor_version": 1, "data": {"windows": rows}}
    (folder / month).write_text(json.dumps(file))


async def month_peaks(feed: DemandFeed) -> dict[int, float | None]:
    rows = await feed.statistics(
        "flukso:grid_month_peak", timestamp("2020-01-01 00:00")
    )
    return {int(row["start"]): row["max"] for row in rows}


async def test_the_running_window_goes_on_and_the_month_is_recounted(
    feed: DemandFeed,
) -> None:
    await measure(feed, LOADS, NOON - 10)
    await feed.draw(NOON + HOUR + WINDOW + 290)
    await feed.draw(NOON + HOUR + WINDOW + 300, chunk=10)
    assert feed.value("demand") == pytest.approx(1 / 3, abs=0.001)
    assert feed.value("month_peak") == pytest.approx(4, abs=0.001)
    told = len(feed.told("window_closed"))

    await feed.reconfigure(**HOURLY)
    await feed.draw(NOON + HOUR + WINDOW + 310, chunk=10)
    assert feed.value("demand") == pytest.approx(
        (3 * WINDOW + 1 * 310) / HOUR, abs=0.001
    )
    assert feed.state("demand").attributes["coverage"] == 1
    assert epoch(feed.state("demand").attributes["window_start"]) == NOON + HOUR
    assert feed.value("projected_demand") == pytest.approx(1.5, abs=0.001)
    assert feed.value("month_peak") == pytest.approx(2, abs=0.001)
    assert feed.value("last_window_demand") == pytest.approx(2, abs=0.001)
    assert epoch(feed.state("month_peak_time").state) == NOON

    await feed.draw(NOON + 2 * HOUR)
    first, second = await feed.windows(NOON, NOON + 2 * HOUR)
    assert (first["demand"], first["coverage"]) == (pytest.approx(2, abs=0.001), 1)
    assert (second["demand"], second["coverage"]) == (pytest.approx(1.5, abs=0.001), 1)
    # Nothing that was told before is told again.
    assert [epoch(e["window_start"]) for e in feed.told("window_closed")[told:]] == [
        NOON + HOUR
    ]


async def test_there_and_back_is_as_if_nothing_was(feed: DemandFeed) -> None:
    await measure(feed, LOADS, NOON - 10)
    await feed.draw(NOON + HOUR + WINDOW + 300)
    await feed.reconfigure(**HOURLY)
    await feed.draw(NOON + HOUR + WINDOW + 600)
    await feed.reconfigure(**QUARTERLY)
    await feed.draw(NOON + HOUR + WINDOW + 610, chunk=10)
    assert feed.value("demand") == pytest.approx(610 / WINDOW, abs=0.001)
    assert feed.state("demand").attributes["coverage"] == 1
    assert feed.value("month_peak") == pytest.approx(4, abs=0.001)
    assert epoch(feed.state("month_peak_time").state) == NOON

    await feed.draw(NOON + 2 * HOUR)
    windows = await feed.windows(NOON, NOON + 2 * HOUR)
    assert [window["demand"] for window in windows] == pytest.approx(
        [watts / 1000 for watts in WATTS], abs=0.001
    )
    assert {window["coverage"] for window in windows} == {1}


async def test_statistics_are_of_the_windows_that_are_billed(feed: DemandFeed) -> None:
    await measure(feed, LOADS, NOON - 10)
    await feed.draw(NOON + HOUR)

    async def hour() -> tuple[float | None, ...]:
        (row,) = await feed.statistics("flukso:grid_demand", NOON)
        return row["mean"], row["min"], row["max"]

    assert await hour() == pytest.approx((2, 1, 4), abs=0.001)
    await feed.reconfigure(**HOURLY)
    assert await hour() == pytest.approx((2, 2, 2), abs=0.001)
    assert list((await month_peaks(feed)).values()) == [pytest.approx(2, abs=0.001)]
    await feed.reconfigure(**QUARTERLY)
    assert await hour() == pytest.approx((2, 1, 4), abs=0.001)
    assert list((await month_peaks(feed)).values()) == [pytest.approx(4, abs=0.001)]


async def test_price_area_and_goal_leave_the_running_window_alone(
    feed: DemandFeed,
) -> None:
    await measure(feed, LOADS, NOON - 10)
    await feed.draw(NOON + WINDOW + 300)
    for change in ({"area": "west"}, {"price": 60}, {"goal": 5}, {"vat": 21}):
        await feed.reconfigure(**change)
    await feed.draw(NOON + WINDOW + 310, chunk=10)
    assert feed.value("demand") == pytest.approx(310 / WINDOW, abs=0.001)
    assert feed.state("demand").attributes["coverage"] == 1
    assert feed.value("goal") == 5
    assert feed.value("extra_kw_cost") == pytest.approx(60 * 1.21 / 12, abs=0.001)


@pytest.fixture
def thirteen_months(hass: HomeAssistant) -> dict[str, int]:
    """Store three nights of months; their starts.

    They are of 0.4 kW, a quarter of 6 kW, and an hour of 3 kW.
    """
    months = [f"2025-{number:02}" for number in range(2, 13)] + ["2026-01", "2026-02"]
    starts: dict[str, int] = {}
    for month in months:
        first = timestamp(f"{month}-01 00:00")
        nights = (first + day * DAY for day in KNOWN_DAYS)
        demands = {
            start: 0.4
            for night in nights
            for start in range(night, night + KNOWN_TIME, WINDOW)
        }
        demands[first + 10 * DAY] = 6.0
        demands |= dict.fromkeys(
            range(first + 4 * DAY, first + 4 * DAY + HOUR, WINDOW), 3.0
        )
        store(hass, month, demands)
        starts[month] = first
    return starts


async def test_all_months_are_recounted(
    hass: HomeAssistant, feed: DemandFeed, thirteen_months: dict[str, int]
) -> None:
    await measure(feed, steady(1000), NOON - 300, step=300)
    await feed.draw(NOON + HOUR)
    assert feed.value("rolling_peak") == pytest.approx((11 * 6 + 2.5) / 12, abs=0.001)
    peaks = await month_peaks(feed)
    assert [peaks[start] for start in thirteen_months.values()] == [6.0] * 13

    await feed.reconfigure(**HOURLY)
    assert feed.value("rolling_peak") == pytest.approx((11 * 3 + 2.5) / 12, abs=0.001)
    peaks = await month_peaks(feed)
    assert [peaks[start] for start in thirteen_months.values()] == [3.0] * 13
    starts = {start + 10 * DAY for start in thirteen_months.values()}
    hours = await feed.statistics("flukso:grid_demand", 0)
    found = [row for row in hours if row["start"] in starts]
    assert [(row["min"], row["max"]) for row in found] == [(1.8, 1.8)] * 13

    await feed.reconfigure(**QUARTERLY)
    assert feed.value("rolling_peak") == pytest.approx((11 * 6 + 2.5) / 12, abs=0.001)
    hours = await feed.statistics("flukso:grid_demand", 0)
    found = [row for row in hours if row["start"] in starts]
    assert [(row["min"], row["max"]) for row in found] == [(0.4, 6)] * 13


async def test_months_that_do_not_count_have_no_peak_any_more(
    hass: HomeAssistant, feed: DemandFeed, thirteen_months: dict[str, int]
) -> None:
    await measure(feed, steady(1000), NOON - 300, step=300)
    await feed.draw(NOON + HOUR)
    winter = {"months": ["11", "12", "1", "2"]}
    await feed.reconfigure(profile="custom", rules=winter)
    assert feed.state("month_peak").state == STATE_UNKNOWN
    assert (await month_peaks(feed)).keys() == {
        start
        for month, start in thirteen_months.items()
        if month[5:] in {"11", "12", "01", "02"}
    }
    await feed.reload()
    assert feed.state("rolling_peak").state != STATE_UNKNOWN
    await feed.reconfigure(**QUARTERLY)
    assert len(await month_peaks(feed)) == 14


async def test_the_public_holidays_of_another_country_make_other_peaks(
    hass: HomeAssistant, feed: DemandFeed, thirteen_months: dict[str, int]
) -> None:
    """The 6 kW of November were on the 11th: a holiday in Belgium alone."""
    november = thirteen_months["2025-11"]
    await measure(feed, steady(1000), NOON - 300, step=300)
    await feed.draw(NOON + HOUR)
    await feed.reconfigure(profile="custom", rules={"days": "workdays"})
    assert (await month_peaks(feed))[november] == 3.0
    hass.config.country = "NL"
    await feed.reload()
    assert (await month_peaks(feed))[november] == 6.0
    hass.config.country = "BE"
    await feed.reload()
    assert (await month_peaks(feed))[november] == 3.0


async def test_a_home_that_moves_to_another_zone_has_the_months_of_that_zone(
    hass: HomeAssistant, feed: DemandFeed, thirteen_months: dict[str, int]
) -> None:
    """In Lisbon a month begins an hour later: that hour was of the month before."""
    midnight = thirteen_months["2026-01"]
    store(
        hass,
        "2026-01",
        {midnight: 7.0, midnight + HOUR - WINDOW: 8.0, midnight + HOUR: 5.0},
    )
    await measure(feed, steady(1000), NOON - 300, step=300, profile="custom")
    await feed.draw(NOON + HOUR)
    assert (await month_peaks(feed))[midnight] == 8.0

    for zone, moved in (("Europe/Lisbon", HOUR), ("Europe/Brussels", 0)):
        await hass.config.async_set_time_zone(zone)
        await feed.reload()
        await feed.reload()
        peaks = await month_peaks(feed)
        assert peaks[midnight + moved] == (5.0 if moved else 8.0)
        assert peaks[thirteen_months["2025-12"] + moved] == (8.0 if moved else 6.0)
        found = await feed.windows(thirteen_months["2025-02"], NOON - DAY)
        starts = [window["window_start"] for window in found]
        # Of January 2026 three quarters were stored.
        of_a_month = len(KNOWN_DAYS) * KNOWN_TIME // WINDOW
        assert len(starts) == len(set(starts)) == 12 * of_a_month + 3


async def test_a_month_can_be_capped_from_its_first_day(
    hass: HomeAssistant, feed: DemandFeed, thirteen_months: dict[str, int]
) -> None:
    """With so little import the kWh price of the maximum tariff is reached."""
    start = timestamp("2026-03-01 06:00")
    store(
        hass,
        "2026-03",
        dict.fromkeys(range(timestamp("2026-03-01 00:00"), start, WINDOW), 0.02),
    )
    february = range(thirteen_months["2026-02"], timestamp("2026-03-01 00:00"), WINDOW)
    january = range(thirteen_months["2026-01"], thirteen_months["2026-02"], WINDOW)
    store(hass, "2026-02", dict.fromkeys(february, 0.02) | {february[100]: 6.0})
    store(hass, "2026-01", dict.fromkeys(january, 0.02))
    await measure(feed, steady(20), start - 300, step=300, area="imewo")
    await feed.draw(start)

    # 31 days until now, a quarter of them at 6 kW.
    energy = 31 * 24 * 0.02 + (6 - 0.02) / 4
    rate, most = 0.0554236 / 1.06, 0.3276168
    capacity = feed.value("rolling_peak") * 54.2009816 * 31 / 365
    least = 2.5 * 54.2009816 * 31 / 365 - energy * rate
    assert least > energy * (most - rate)
    assert least < capacity
    assert feed.value("month_cost") == pytest.approx(least * 1.06, abs=0.01)
    assert feed.state("month_cost").attributes["capped"] is True
    assert feed.value("extra_kw_cost") == 0


async def test_what_was_measured_is_not_counted_as_the_other_direction(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await measure(feed, LOADS, NOON - 10)
    await feed.draw(NOON + WINDOW)
    flow = await feed.entry.start_subentry_reconfigure_flow(hass, "grid-meter")
    form = {"profile": "custom", "rules": {"direction": "export"}}
    result = await hass.config_entries.subentries.async_configure(
        flow["flow_id"], {"import_sensors": list(feed.meter.imports), **form}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "other_direction"}
    assert feed.value("month_peak") == pytest.approx(4, abs=0.001)
