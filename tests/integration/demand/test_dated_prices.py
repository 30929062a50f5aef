"""Prices that change with the months, from the form to the bill of each."""

from typing import Any

import pytest

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir

from ..devices.p1.feed import MeterFeed
from ..devices.p1.telegrams import THREE_PHASES, fixture
from ..homes import timestamp
from .p1 import MakeFeed, value

SENT = timestamp("2024-11-19 16:21:26")
# Month peaks from October 2023, and what November 2024 has come to.
PEAKS = (
    *(12.195, 17.457, 17.440, 17.632, 14.301, 13.429, 13.080),
    *(16.789, 16.074, 15.127, 13.067, 20.304, 17.198, 25.891),
)
# What December 2023 to November 2024 are billed by.
MEANS = tuple(
    sum(PEAKS[max(0, last - 11) : last + 1]) / len(PEAKS[max(0, last - 11) : last + 1])
    for last in range(2, 14)
)
DAYS = (31, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30)
IMEWO_2025 = 56.44 / 1.06


def year_cost(hass: HomeAssistant, attribute: str) -> object:
    """Return an attribute of the year cost."""
    state = hass.states.get("sensor.grid_year_cost")
    assert state is not None
    return state.attributes.get(attribute)


def last_year(*prices: float, vat: float = 6) -> float:
    """Return what the twelve months come to at these prices."""
    months = zip(MEANS, DAYS, prices, strict=True)
    return sum(mean * days / 365 * price for mean, days, price in months) * (
        1 + vat / 100
    )


def is_reported(hass: HomeAssistant, feed: MeterFeed) -> bool:
    """Tell whether a repair says that prices of another year are used."""
    (subentry_id,) = feed.entry.subentries
    issue_id = f"price_year_{subentry_id}"
    return ir.async_get(hass).async_get_issue("flukso", issue_id) is not None


async def fill_in(
    hass: HomeAssistant, feed: MeterFeed, **form: Any
) -> SubentryFlowResult:
    """Change the demand meter as a user does, and let the meter speak again."""
    (subentry_id,) = feed.entry.subentries
    flow = await feed.entry.start_subentry_reconfigure_flow(hass, subentry_id)
    done = await hass.config_entries.subentries.async_configure(flow["flow_id"], form)
    await hass.async_block_till_done()
    await feed.send()
    return done


async def submit(hass: HomeAssistant, feed: MeterFeed, **form: Any) -> None:
    """Change the demand meter; nothing is refused."""
    done = await fill_in(hass, feed, **form)
    assert done["type"] is FlowResultType.ABORT


@pytest.fixture
async def feed(hass: HomeAssistant, meter_at: MakeFeed) -> MeterFeed:
    """Return a home whose meter has told its thirteen months."""
    feed = meter_at(fixture(THREE_PHASES))
    await feed.start(SENT)
    await feed.send()
    return feed


async def test_each_month_is_billed_at_the_price_of_its_time(
    hass: HomeAssistant, feed: MeterFeed
) -> None:
    rows = [
        {"from": "2024-09-01", "price": 60},
        {"from": "2024-03-01", "until": "2024-04-30", "price": 50},
    ]
    await submit(hass, feed, area="imewo", price=40, dated_prices=rows)
    prices = (40, 40, 40, 50, 50, 40, 40, 40, 40, 60, 60, 60)
    assert year_cost(hass, "last_year_cost") == pytest.approx(
        last_year(*prices), abs=0.01
    )
    # What counts now: of November 2024.
    assert value(hass, "sensor.grid_extra_kw_cost") == pytest.approx(60 * 1.06 / 12)
    assert value(hass, "sensor.grid_year_cost") == pytest.approx(
        MEANS[-1] * 60 * 1.06, abs=0.01
    )
    assert value(hass, "sensor.grid_month_cost") == pytest.approx(
        MEANS[-1] * 60 * 1.06 * 30 / 365, abs=0.01
    )


async def test_a_price_of_some_months_leaves_the_list_to_the_others(
    hass: HomeAssistant, feed: MeterFeed
) -> None:
    """With it goes the repair about the list's year, and comes again."""
    rows = [{"from": "2024-11-01", "price": 60}]
    await submit(hass, feed, area="imewo", dated_prices=rows)
    assert year_cost(hass, "last_year_cost") == pytest.approx(
        last_year(*[IMEWO_2025] * 11, 60), abs=0.01
    )
    assert year_cost(hass, "price_year") is None
    assert not is_reported(hass, feed)

    rows = [{"from": "2024-01-01", "until": "2024-10-31", "price": 60}]
    await submit(hass, feed, area="imewo", dated_prices=rows)
    assert year_cost(hass, "last_year_cost") == pytest.approx(
        last_year(IMEWO_2025, *[60] * 10, IMEWO_2025), abs=0.01
    )
    assert year_cost(hass, "price_year") == 2025
    assert is_reported(hass, feed)


async def test_another_vat_counts_from_its_month(
    hass: HomeAssistant, feed: MeterFeed
) -> None:
    rows = [{"from": "2024-11-01", "vat": 21}]
    await submit(hass, feed, price=50, dated_prices=rows)
    assert value(hass, "sensor.grid_year_cost") == pytest.approx(
        MEANS[-1] * 50 * 1.21, abs=0.01
    )
    before = last_year(*[50] * 11, 0, vat=6)
    assert year_cost(hass, "last_year_cost") == pytest.approx(
        before + last_year(*[0] * 11, 50, vat=21), abs=0.01
    )


async def test_steps_change_too(hass: HomeAssistant, feed: MeterFeed) -> None:
    """Of November's 25.891 kW alone: the Norwegian tariff has no mean of months."""
    rows = [{"from": "2024-11-01", "price_steps": "20: 300; 400"}]
    rules = {"price_steps": "20: 100; 200", "rolling_months": 1}
    await submit(hass, feed, profile="custom", vat=0, dated_prices=rows, rules=rules)
    assert value(hass, "sensor.grid_month_cost") == 400
    # Ten months below 20 kW, one above (September: 20.304), and this one.
    assert year_cost(hass, "last_year_cost") == 10 * 100 + 200 + 400


async def test_a_month_of_which_there_is_no_price_leaves_the_year_untold(
    hass: HomeAssistant, feed: MeterFeed
) -> None:
    rows = [{"from": "2024-02-01", "price": 50}]
    await submit(hass, feed, dated_prices=rows)
    assert year_cost(hass, "last_year_cost") is None
    assert value(hass, "sensor.grid_year_cost") == pytest.approx(
        MEANS[-1] * 50 * 1.06, abs=0.01
    )


async def test_dates_are_kept_in_order_and_shown_again(
    hass: HomeAssistant, feed: MeterFeed
) -> None:
    rows = [
        {"from": "2025-01-01", "price": 60, "price_steps": " "},
        {"from": "2024-01-01", "until": "2024-12-31", "price": 50},
    ]
    ordered = [rows[1], {"from": "2025-01-01", "price": 60}]
    await submit(hass, feed, dated_prices=rows)
    (subentry_id,) = feed.entry.subentries
    assert feed.entry.subentries[subentry_id].data["dated_prices"] == ordered
    form = await feed.entry.start_subentry_reconfigure_flow(hass, subentry_id)
    assert form["data_schema"] is not None
    shown = {str(field): field for field in form["data_schema"].schema}
    assert shown["dated_prices"].description == {"suggested_value": ordered}

    await submit(hass, feed, dated_prices=[])
    assert "dated_prices" not in feed.entry.subentries[subentry_id].data


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([{"from": "2024-01-02", "price": 50}], "dated_price_months"),
        (
            [{"from": "2024-01-01", "until": "2024-06-29", "price": 5}],
            "dated_price_months",
        ),
        (
            [{"from": "2024-06-01", "until": "2024-05-31", "price": 5}],
            "dated_price_months",
        ),
        ([{"from": "2024-01-01"}], "dated_price_empty"),
        ([{"from": "2024-01-01", "price_steps": "2: 1; 5"}], "dated_price_empty"),
        ([{"from": "2024-01-01", "price_steps": "5: 1; 2: 3"}], "invalid_steps"),
        (
            [{"from": "2024-01-01", "price": 1}, {"from": "2024-01-01", "vat": 2}],
            "dated_price_twice",
        ),
    ],
)
async def test_what_cannot_be_billed_is_refused_and_can_be_corrected(
    hass: HomeAssistant, feed: MeterFeed, rows: list[dict[str, Any]], error: str
) -> None:
    (subentry_id,) = feed.entry.subentries
    before = dict(feed.entry.subentries[subentry_id].data)
    refused = await fill_in(hass, feed, area="imewo", dated_prices=rows)
    assert refused["type"] is FlowResultType.FORM
    assert refused["errors"] == {"dated_prices": error}
    assert feed.entry.subentries[subentry_id].data == before
    done = await hass.config_entries.subentries.async_configure(
        refused["flow_id"],
        {"area": "imewo", "dated_prices": [{"from": "2024-02-01", "price": 5}]},
    )
    assert done["type"] is FlowResultType.ABORT


@pytest.mark.parametrize("until", ["2024-02-29", "9999-12-31"])
async def test_a_price_may_end_in_a_leap_day_or_never(
    hass: HomeAssistant, feed: MeterFeed, until: str
) -> None:
    row = {"from": "2024-02-01", "until": until, "price": 50}
    await submit(hass, feed, area="imewo", dated_prices=[row])
    (subentry_id,) = feed.entry.subentries
    assert feed.entry.subentries[subentry_id].data["dated_prices"] == [row]


async def test_a_new_price_begins_with_this_month_unless_said_otherwise(
    hass: HomeAssistant, feed: MeterFeed
) -> None:
    (subentry_id,) = feed.entry.subentries
    form = await feed.entry.start_subentry_reconfigure_flow(hass, subentry_id)
    assert form["data_schema"] is not None
    field = form["data_schema"].schema["dated_prices"].config["fields"]["from"]
    assert field["default"] == "2024-11-01"
