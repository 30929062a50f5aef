"""The form of a demand meter: what it refuses, and what it makes of a tariff."""

from typing import Any

import pytest

from homeassistant.config_entries import SOURCE_USER, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from ..homes import timestamp
from .feed import DemandFeed
from .grid import steady

NOON = timestamp("2026-03-10 12:00")


async def submit(
    hass: HomeAssistant, feed: DemandFeed, **form: Any
) -> SubentryFlowResult:
    """Fill in the form of another demand meter."""
    asked = await hass.config_entries.subentries.async_init(
        (feed.entry.entry_id, "demand"), context={"source": SOURCE_USER}
    )
    result = await hass.config_entries.subentries.async_configure(
        asked["flow_id"], {"name": "Other", **form}
    )
    await hass.async_block_till_done()
    return result


@pytest.fixture
async def home(feed: DemandFeed) -> DemandFeed:
    """Return a home with a demand meter that drew 3 kW in a quarter of an hour."""
    clamp = feed.clamps("pplus")[:1]
    feed.choose(import_sensors=clamp, export_sensors=[])
    await feed.connect(steady(3000), NOON - 300, step=300)
    await feed.draw(NOON + 1800)
    return feed


async def test_an_area_alone_is_enough_in_a_belgian_home(feed: DemandFeed) -> None:
    await feed.connect_by_form(steady(3000), NOON - 300, area="imewo")
    await feed.draw(NOON + 1800)
    assert feed.value("target") == 3
    assert feed.value("month_cost") == pytest.approx(
        3 * 54.2009816 * 1.06 * 31 / 365, abs=0.001
    )
    assert feed.state("month_cost").attributes["price_year"] == 2026


@pytest.mark.parametrize(
    "steps", ["5: 100; 2: 200", "2: 100; 2: 200", "cheap", "-1: 5; 7", ";", "2: nan; 3"]
)
async def test_steps_that_do_not_rise_are_refused(
    hass: HomeAssistant, home: DemandFeed, steps: str
) -> None:
    result = await submit(hass, home, profile="norway", rules={"price_steps": steps})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "invalid_steps"}
    assert len(home.entry.subentries) == 1


@pytest.mark.parametrize("profile", ["norway", "custom"])
@pytest.mark.parametrize("steps", ["", "  ", "2,5: 100; 200"])
async def test_steps_may_be_left_out(
    hass: HomeAssistant, home: DemandFeed, profile: str, steps: str
) -> None:
    rules = {"price_steps": steps, "months": []}
    result = await submit(hass, home, profile=profile, price=7, rules=rules)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    *_, other = home.entry.subentries.values()
    assert other.data.get("rules", {}) == (
        {"price_steps": steps} if steps.strip() else {}
    )
    assert len(home.meters) == 2


async def test_rules_of_ones_own_tariff_are_not_those_of_others(
    home: DemandFeed,
) -> None:
    rules = {
        "window": "60",
        "top": 3,
        "months": ["7"],
        "price_per": "day",
        "price_steps": "100",
        "reference": 1,
        "rolling_months": 1,
    }
    await home.reconfigure(profile="flanders", price=50, rules=rules)
    assert home.value("month_peak") == 3
    assert home.value("extra_kw_cost") == pytest.approx(50 * 1.06 / 12, abs=0.001)
    assert home.value("month_cost") == pytest.approx(
        3 * 50 * 1.06 * 31 / 365, abs=0.001
    )


async def test_the_minimum_may_be_of_the_mean(home: DemandFeed) -> None:
    """4 kW as the minimum of each month, and 4 kW that the mean has to reach."""
    await home.reconfigure(profile="custom", price=12, vat=0, floor=4)
    assert home.value("year_cost") == 48
    assert home.value("target") == 4
    seeded = {"demand_meter": "grid", "month": "2026-02", "peak": 1.0}
    await home.hass.services.async_call(
        "flukso", "set_month_peak", seeded, blocking=True, return_response=True
    )
    await home.reconfigure(rules={"floor_scope": "mean"})
    assert home.value("year_cost") == 48
    # (1 + 7) / 2 = 4.
    assert home.value("target") == 7
    await home.reconfigure(profile="flanders", price=12)
    assert home.value("target") == 4


async def test_vat_and_minimum_follow_the_tariff_until_they_are_chosen(
    home: DemandFeed,
) -> None:
    def settings() -> tuple[float, float]:
        data = home.entry.subentries["grid-meter"].data
        return data["vat"], data["floor"]

    await home.reconfigure(profile="norway")
    assert settings() == (25, 0)
    await home.reconfigure(profile="flanders", vat=None, floor=None)
    assert settings() == (6, 2.5)
    await home.reconfigure(vat=21, floor=4)
    await home.reconfigure(profile="sweden")
    assert settings() == (21, 4)


async def test_a_currency_is_the_homes(hass: HomeAssistant, home: DemandFeed) -> None:
    await home.reconfigure(price=50)
    hass.config.currency = "CHF"
    await home.draw(NOON + 2700)
    assert home.state("year_cost").attributes["unit_of_measurement"] == "CHF"
    form = await home.entry.start_subentry_reconfigure_flow(hass, "grid-meter")
    assert form["data_schema"] is not None
    selector = form["data_schema"].schema["price"]
    assert selector.config["unit_of_measurement"] == "CHF"


async def test_what_was_chosen_is_shown_again(
    hass: HomeAssistant, home: DemandFeed
) -> None:
    rules = {"window": "30", "first_hour": 7, "months": ["1", "2"]}
    await home.reconfigure(profile="custom", price=9, rules=rules)
    form = await home.entry.start_subentry_reconfigure_flow(hass, "grid-meter")
    assert form["data_schema"] is not None
    shown = {str(field): field for field in form["data_schema"].schema}
    assert shown["price"].description == {"suggested_value": 9}
    section = form["data_schema"].schema["rules"]
    inside = {
        str(field): (field.description or {}).get("suggested_value")
        for field in section.schema.schema
    }
    assert {key: inside[key] for key in rules} == rules
