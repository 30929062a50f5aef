"""What the peaks of a P1 meter cost, from its telegram to the cent."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir

from ..devices.p1.feed import MeterFeed
from ..devices.p1.telegrams import THREE_PHASES, changed, fixture
from ..homes import timestamp
from .p1 import MakeFeed, value

SENT = timestamp("2024-11-19 16:21:26")
# December 2023 to October 2024, and what November has come to.
PEAKS = (
    17.440,
    17.632,
    14.301,
    13.429,
    13.080,
    16.789,
    16.074,
    15.127,
    13.067,
    20.304,
    17.198,
    25.891,
)
MEAN = sum(PEAKS) / 12
# EUR per kW and year without VAT. No list of 2024 is known: that of 2025 is nearest.
IMEWO_2025 = 56.44 / 1.06
WEST_2025 = 60.35 / 1.06
PRICE_YEAR = "price_year"


def attributes(hass: HomeAssistant, key: str) -> dict[str, Any]:
    state = hass.states.get(f"sensor.grid_{key}")
    assert state is not None
    return dict(state.attributes)


def issue(hass: HomeAssistant, feed: MeterFeed) -> ir.IssueEntry | None:
    (subentry_id,) = feed.entry.subentries
    return ir.async_get(hass).async_get_issue("flukso", f"price_year_{subentry_id}")


def costs(hass: HomeAssistant) -> list[float]:
    return [
        round(value(hass, f"sensor.grid_{key}"), 2)
        for key in ("month_cost", "year_cost", "month_peak_cost", "extra_kw_cost")
    ]


def expected(price: float, vat: float, peaks: tuple[float, ...] = PEAKS) -> list[float]:
    """Return what the mean of the twelve months costs, in November of 2024."""
    mean = sum(peaks) / len(peaks)
    kilowatt = price * (1 + vat / 100)
    return [
        round(amount, 2)
        for amount in (
            mean * kilowatt * 30 / 365,
            mean * kilowatt,
            (peaks[-1] - 2.5) * kilowatt / 12,
            kilowatt / 12,
        )
    ]


async def submit(hass: HomeAssistant, feed: MeterFeed, **form: Any) -> None:
    """Change the demand meter as a user does, and let the meter speak again."""
    (subentry_id,) = feed.entry.subentries
    flow = await feed.entry.start_subentry_reconfigure_flow(hass, subentry_id)
    done = await hass.config_entries.subentries.async_configure(flow["flow_id"], form)
    assert done["type"] is FlowResultType.ABORT
    await hass.async_block_till_done()
    await feed.send()


@pytest.fixture
async def feed(hass: HomeAssistant, meter_at: MakeFeed) -> MeterFeed:
    """Return a home in Imewo whose meter has told its thirteen months."""
    feed = meter_at(fixture(THREE_PHASES))
    await feed.start(SENT)
    await feed.send()
    await submit(hass, feed, area="imewo")
    return feed


async def test_costs_follow_the_mean_of_twelve_months_and_not_the_month_peak(
    hass: HomeAssistant, feed: MeterFeed
) -> None:
    assert value(hass, "sensor.grid_month_peak") == 25.891
    assert value(hass, "sensor.grid_rolling_peak") == pytest.approx(MEAN, abs=0.001)
    assert costs(hass) == expected(IMEWO_2025, 6)
    assert costs(hass)[0] == 77.44

    for key in ("month_cost", "year_cost", "month_peak_cost", "extra_kw_cost"):
        assert attributes(hass, key)["unit_of_measurement"] == "EUR"
        assert attributes(hass, key)["device_class"] == "monetary"
        assert attributes(hass, key)["price_year"] == 2025
    assert attributes(hass, "month_cost")["billed_demand"] == round(MEAN, 3)
    # No import of a month's time is known, so that no cap can be told.
    assert attributes(hass, "month_cost")["capped"] is None


async def test_a_yearly_bill_goes_by_the_mean_of_the_monthly_means(
    hass: HomeAssistant, feed: MeterFeed
) -> None:
    # What is known before December 2023 counts in the means of those months.
    known = [12.195, 17.457, *PEAKS]
    days = [31, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30]
    means = []
    for last in range(2, 14):
        months = known[max(0, last - 11) : last + 1]
        means.append(sum(months) / len(months))
    weighted = [mean * count for mean, count in zip(means, days, strict=True)]
    told = attributes(hass, "year_cost")
    assert told["average_of_averages"] == pytest.approx(
        sum(weighted) / sum(days), abs=0.001
    )
    assert told["last_year_cost"] == pytest.approx(
        sum(weighted) / 365 * IMEWO_2025 * 1.06, abs=0.01
    )


async def test_a_business_pays_its_own_vat(
    hass: HomeAssistant, feed: MeterFeed
) -> None:
    await submit(hass, feed, area="imewo", vat=21)
    assert costs(hass) == expected(IMEWO_2025, 21)


async def test_another_area_has_another_price(
    hass: HomeAssistant, feed: MeterFeed
) -> None:
    await submit(hass, feed, area="west")
    assert costs(hass) == expected(WEST_2025, 6)


async def test_a_price_that_is_entered_counts_before_that_of_the_area(
    hass: HomeAssistant, feed: MeterFeed
) -> None:
    reported = issue(hass, feed)
    assert reported is not None
    assert reported.translation_key == PRICE_YEAR
    assert reported.translation_placeholders == {
        "name": "Grid",
        "year": "2024",
        "used": "2025",
    }

    await submit(hass, feed, area="imewo", price=50)
    assert costs(hass) == expected(50, 6)
    assert PRICE_YEAR not in attributes(hass, "month_cost")
    assert issue(hass, feed) is None

    await submit(hass, feed, area="imewo")
    assert costs(hass) == expected(IMEWO_2025, 6)
    assert issue(hass, feed) is not None
    assert await hass.config_entries.async_unload(feed.entry.entry_id)
    assert issue(hass, feed) is None


async def test_without_area_and_price_nothing_is_said_of_costs(
    hass: HomeAssistant, feed: MeterFeed
) -> None:
    await submit(hass, feed)
    for key in ("month_cost", "year_cost", "month_peak_cost", "extra_kw_cost"):
        state = hass.states.get(f"sensor.grid_{key}")
        assert state is not None
        assert state.state == "unknown"
        assert PRICE_YEAR not in state.attributes
    assert issue(hass, feed) is None


async def test_each_month_counts_as_the_minimum_at_least(
    hass: HomeAssistant, feed: MeterFeed
) -> None:
    await submit(hass, feed, area="imewo", floor=16)
    floored = tuple(max(16.0, peak) for peak in PEAKS)
    assert costs(hass)[:2] == expected(IMEWO_2025, 6, floored)[:2]


async def test_a_known_year_has_its_own_list_and_no_repair(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    telegram = changed(
        fixture(THREE_PHASES),
        (b"0-0:1.0.0(241119162126W)", b"0-0:1.0.0(261119162126W)"),
    )
    feed = meter_at(telegram)
    await feed.start(timestamp("2026-11-19 16:21:26"))
    await feed.send()
    await submit(hass, feed, area="imewo")
    assert issue(hass, feed) is None
    # Nothing of the last twelve months is known: nothing is billed.
    assert hass.states.is_state("sensor.grid_month_cost", "unknown")


async def test_the_list_changes_with_the_year_and_so_does_the_repair(
    hass: HomeAssistant, meter_at: MakeFeed
) -> None:
    midnight = timestamp("2027-01-01 00:00")
    telegram = fixture(THREE_PHASES)
    december = changed(
        telegram,
        (b"0-0:1.0.0(241119162126W)", b"0-0:1.0.0(261231235958W)"),
        (b"1-0:1.6.0(241115084500W)", b"1-0:1.6.0(261215084500W)"),
    )
    january = changed(
        telegram,
        (b"0-0:1.0.0(241119162126W)", b"0-0:1.0.0(270101000010W)"),
        (b"1-0:1.6.0(241115084500W)", b"1-0:1.6.0(261215084500W)"),
    )
    feed = meter_at(december)
    await feed.start(midnight - 2)
    await feed.send()
    await submit(hass, feed, area="imewo")
    assert costs(hass)[3] == round(54.2009816 * 1.06 / 12, 2)
    assert attributes(hass, "extra_kw_cost")["price_year"] == 2026
    assert issue(hass, feed) is None

    await feed.tick(12)
    await feed.send(january)
    await feed.tick(10)
    reported = issue(hass, feed)
    assert reported is not None
    assert reported.translation_placeholders == {
        "name": "Grid",
        "year": "2027",
        "used": "2026",
    }
