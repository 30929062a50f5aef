"""Each tariff, from the form to what its windows and its costs come to."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from homeassistant.const import STATE_OFF, STATE_UNKNOWN
from homeassistant.core import HomeAssistant

from ..homes import epoch
from .feed import DemandFeed
from .grid import Loads, stepped

DAY = 86400
HOUR = 3600


def local(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def day_with(start: int, watts: dict[float, int], base: int = 500) -> Loads:
    """Return a little, and more for an hour from some hours after a moment on."""
    steps = {0: (base,)}
    for hour, load in watts.items():
        begin = start + int(hour * HOUR)
        steps[begin] = (load,)
        steps.setdefault(begin + HOUR, (base,))
    return stepped(dict(sorted(steps.items())))


async def live_in(hass: HomeAssistant, zone: str, country: str, currency: str) -> None:
    hass.config.country = country
    hass.config.currency = currency
    await hass.config.async_set_time_zone(zone)


async def look(feed: DemandFeed, moment: int) -> None:
    """Let time pass, the last minutes of it as a Fluksometer speaks."""
    await feed.draw(moment - 300)
    feed.grid.step = 10
    await feed.draw(moment - 10)
    await feed.draw(moment, chunk=10)
    feed.grid.step = 300


def chosen(feed: DemandFeed) -> list[tuple[int, float]]:
    """Return the windows that the month peak is the mean of."""
    windows = feed.state("month_peak").attributes["windows"]
    return [(epoch(window["window_start"]), window["demand"]) for window in windows]


async def test_norway_bills_the_mean_of_three_hours_on_different_days_in_steps(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await live_in(hass, "Europe/Oslo", "NO", "NOK")
    start = local("2026-03-10 00:00", "Europe/Oslo")
    # 18:00 and 19:00 of the first day, one hour of each of the next two.
    loads = day_with(start, {18: 6000, 19: 5000, 24 + 9: 4000, 48 + 12: 2000})
    rules = {"price_steps": "2: 125; 5: 200; 320"}
    await feed.connect_by_form(loads, start - 300, profile="norway", rules=rules)
    await feed.draw(start + DAY)

    # A day of hours, each told once.
    told = feed.told("window_closed")
    assert [epoch(event["window_start"]) for event in told] == [
        start + hour * HOUR for hour in range(24)
    ]
    assert {epoch(e["window_end"]) - epoch(e["window_start"]) for e in told} == {HOUR}
    assert feed.value("month_peak") == 6
    assert "windows" not in feed.state("month_peak").attributes
    assert feed.value("month_cost") == pytest.approx(320 * 1.25)

    await feed.draw(start + 2 * DAY)
    assert feed.value("month_peak") == 5
    assert feed.value("month_cost") == pytest.approx(320 * 1.25)
    await feed.draw(start + 3 * DAY)
    assert feed.value("month_peak") == 4
    assert chosen(feed) == [
        (start + 18 * HOUR, 6),
        (start + 33 * HOUR, 4),
        (start + 60 * HOUR, 2),
    ]
    assert feed.value("last_window_demand") == 0.5
    assert feed.value("month_cost") == pytest.approx(200 * 1.25)
    # 5 kW are another step.
    assert feed.value("extra_kw_cost") == pytest.approx(120 * 1.25)
    # A new day comes in the place of 2 kW, and the step ends at 5 kW of mean.
    assert feed.value("target") == pytest.approx(3 * 4.999 - 10)

    rows = await feed.statistics("flukso:grid_demand", start, start + DAY)
    assert [row["mean"] for row in rows] == [0.5] * 18 + [6, 5] + [0.5] * 4
    assert all(row["min"] == row["mean"] == row["max"] for row in rows)


async def test_sweden_counts_the_night_at_half(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await live_in(hass, "Europe/Stockholm", "SE", "SEK")
    start = local("2026-03-10 00:00", "Europe/Stockholm")
    loads = day_with(start, {18: 6000, 24 + 23: 8000, 48 + 12: 3000})
    await feed.connect_by_form(loads, start - 300, profile="sweden", price=80)
    await look(feed, start + DAY + 23 * HOUR + 300)
    assert feed.state("demand").attributes["weight"] == 0.5
    assert feed.value("month_peak") == (6 + 0.5) / 2
    # 0.5 kW of this day count for nothing beside it.
    assert feed.value("target") == (2 * 3.25 - 6) / 0.5

    await feed.draw(start + 3 * DAY)
    assert chosen(feed) == [
        (start + 18 * HOUR, 6),
        (start + 47 * HOUR, 8),
        (start + 60 * HOUR, 3),
    ]
    mean = (6 + 8 / 2 + 3) / 3
    assert feed.value("month_peak") == pytest.approx(mean, abs=0.001)
    assert feed.value("last_window_demand") == 0.5
    assert feed.value("month_cost") == pytest.approx(mean * 80 * 1.25, abs=0.01)
    assert feed.value("extra_kw_cost") == 100
    assert feed.state("month_cost").attributes["unit_of_measurement"] == "SEK"
    night = await feed.windows(start + 47 * HOUR, start + 49 * HOUR)
    assert [(window["demand"], window["weight"]) for window in night] == [
        (8, 0.5),
        (0.5, 0.5),
    ]


async def test_swedish_workdays_are_without_public_holidays(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await live_in(hass, "Europe/Stockholm", "SE", "SEK")
    # Epiphany, a Tuesday.
    start = local("2026-01-06 00:00", "Europe/Stockholm")
    loads = day_with(start, {10: 8000, 24 + 6: 7000, 24 + 10: 4000, 24 + 19: 9000})
    await feed.connect_by_form(loads, start - 300, profile="sweden_workdays", price=80)
    await look(feed, start + 10 * HOUR + 300)
    assert feed.state("target").state == STATE_UNKNOWN
    assert feed.state("demand").attributes["weight"] == 0
    await feed.draw(start + DAY)
    assert feed.state("month_peak").state == STATE_UNKNOWN
    assert feed.value("month_cost") == 0

    # From 7 to 19 alone.
    await feed.draw(start + 2 * DAY)
    assert feed.value("month_peak") == 4
    assert feed.value("month_cost") == 4 * 80 * 1.25


async def test_australia_bills_half_hours_of_weekday_evenings(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await live_in(hass, "Australia/Sydney", "AU", "AUD")
    # A Monday.
    start = local("2026-11-09 00:00", "Australia/Sydney")
    loads = day_with(start, {13.5: 10_000, 15: 4000, 20: 6000, 21: 9000})
    await feed.connect_by_form(loads, start - 300, profile="australia", price=0.4)
    await look(feed, start + 14 * HOUR + 300)
    assert feed.value("demand") > 0
    assert feed.state("available_power").state == STATE_UNKNOWN
    assert feed.state("target").state == STATE_UNKNOWN
    assert feed.state("peak_risk").state == STATE_OFF
    assert feed.state("peak_certain").state == STATE_OFF
    assert feed.told("target_exceeded") == []

    await feed.draw(start + 15 * HOUR + HOUR // 2)
    assert feed.value("month_peak") == 4
    await look(feed, start + 15 * HOUR + HOUR // 2 + 600)
    # 4 kW for ten minutes of a half hour that may come to 4 kW.
    assert feed.value("available_power") == pytest.approx(4000, abs=5)

    await feed.draw(start + DAY)
    assert feed.value("month_peak") == 6
    assert epoch(feed.state("month_peak_time").state) == start + 20 * HOUR
    assert feed.value("month_cost") == pytest.approx(6 * 0.4 * 30 * 1.1)
    assert len(feed.told("window_closed")) == 48
    rows = await feed.statistics("flukso:grid_demand", start, start + DAY)
    assert (rows[13]["mean"], rows[13]["max"]) == (5.25, 10)


@pytest.mark.parametrize(("rules", "above"), [({}, 2), ({"reference": 4}, 1)])
async def test_luxembourg_bills_the_energy_above_the_reference_power(
    hass: HomeAssistant, feed: DemandFeed, rules: dict[str, float], above: float
) -> None:
    await live_in(hass, "Europe/Luxembourg", "LU", "EUR")
    start = local("2026-03-10 00:00", "Europe/Luxembourg")
    loads = day_with(start, {18: 5000})
    await feed.connect_by_form(
        loads, start - 300, profile="luxembourg", price=0.1, rules=rules
    )
    assert feed.value("target") == 5 - above
    await feed.draw(start + DAY)
    assert feed.value("month_cost") == pytest.approx(above * 0.1 * 1.08, abs=0.001)
    # Nothing is free above it, whatever was drawn before.
    assert feed.value("target") == 5 - above
    assert feed.value("extra_kw_cost") == pytest.approx(0.25 * 0.1 * 1.08, abs=0.001)


async def test_germany_bills_the_highest_quarter_of_the_year(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await live_in(hass, "Europe/Berlin", "DE", "EUR")
    start = local("2026-01-31 12:00", "Europe/Berlin")
    loads = day_with(start, {6: 6000, 24: 4000})
    await feed.connect_by_form(loads, start - 300, profile="germany_rlm", price=100)
    await feed.draw(start + DAY + 2 * HOUR)

    assert feed.value("month_peak") == 4
    assert feed.value("rolling_peak") == 6
    assert feed.value("target") == 6
    assert feed.value("year_cost") == pytest.approx(6 * 100 * 1.19)
    assert feed.value("month_cost") == pytest.approx(
        6 * 100 * 1.19 * 28 / 365, abs=0.001
    )
    assert feed.value("month_peak_cost") == 0
    assert feed.value("extra_kw_cost") == pytest.approx(119)


async def test_a_tariff_of_ones_own_follows_all_its_rules(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    start = local("2026-05-13 00:00", "Europe/Brussels")
    # The 14th is Ascension day: a Thursday, and a public holiday in Belgium.
    loads = day_with(
        start,
        {7: 9000, 8: 4000, 10: 3500, 20: 9000, 24 + 10: 8000, 48 + 10: 2000},
    )
    rules = {
        "window": "30",
        "direction": "import",
        "top": 2,
        "different_days": True,
        "months": ["5", "6"],
        "days": "workdays",
        "first_hour": 8,
        "last_hour": 20,
        "rolling_months": 1,
        "price_per": "month",
    }
    await feed.connect_by_form(
        loads, start - 300, profile="custom", price=5, vat=0, floor=0, rules=rules
    )
    await feed.draw(start + 3 * DAY)

    assert feed.value("month_peak") == 3
    assert chosen(feed) == [(start + 8 * HOUR, 4), (start + 58 * HOUR, 2)]
    assert feed.value("month_cost") == 15
    # Of May and June, each billed by itself.
    assert feed.value("year_cost") == 30


async def test_the_night_is_from_late_until_early(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    start = local("2026-03-10 20:00", "Europe/Brussels")
    loads = day_with(start, {0: 9000, 3: 3000, 8: 4000, 11: 9000})
    rules = {"first_hour": 22, "last_hour": 6}
    await feed.connect_by_form(loads, start - 300, profile="custom", rules=rules)
    await feed.draw(start + 14 * HOUR)
    assert feed.value("month_peak") == 4


async def test_export_can_be_billed(hass: HomeAssistant, feed: DemandFeed) -> None:
    start = local("2026-06-10 12:00", "Europe/Brussels")
    loads = day_with(start, {0: -6000}, base=3000)
    await feed.connect_by_form(
        loads,
        start - 300,
        profile="custom",
        price=12,
        vat=0,
        floor=0,
        export_sensors=feed.clamps("pminus")[:1],
        rules={"direction": "export"},
    )
    await look(feed, start + 300)
    assert feed.value("demand") == 2
    projected = feed.state("projected_demand").attributes
    assert projected["as_now"] == pytest.approx(6, abs=0.001)
    await feed.draw(start + 2 * HOUR)
    assert feed.value("month_peak") == 6
    assert feed.value("last_window_demand") == 0
    assert feed.value("extra_kw_cost") == 1
