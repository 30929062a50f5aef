"""Months are corrected and forgotten: peaks, mean, costs and statistics follow."""

from typing import Any

import pytest

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from ..devices.p1.feed import MeterFeed
from ..devices.p1.telegrams import THREE_PHASES, fixture
from ..homes import timestamp, until
from .feed import DemandFeed
from .grid import steady, stepped
from .p1 import MakeFeed, month_peaks, value
from .test_costs import PEAKS

SENT = timestamp("2024-11-19 16:21:26")
APRIL = timestamp("2026-04-01 00:00")
KILOWATT = 50 * 1.06


async def act(hass: HomeAssistant, action: str, **data: Any) -> dict[str, Any]:
    response = await hass.services.async_call(
        "flukso",
        action,
        {"demand_meter": "grid", **data},
        blocking=True,
        return_response=True,
    )
    assert response is not None
    return dict(response)


async def restart(hass: HomeAssistant, feed: MeterFeed) -> None:
    """Unload and load the entry, and let the meter tell its months again."""
    assert await hass.config_entries.async_unload(feed.entry.entry_id)
    await until(lambda: not feed.line.clients)
    assert await hass.config_entries.async_setup(feed.entry.entry_id)
    await until(lambda: feed.line.clients > 0)
    await feed.send()


@pytest.fixture
async def meter(hass: HomeAssistant, meter_at: MakeFeed) -> MeterFeed:
    """Return a meter that has told its months, at 50 EUR per kW."""
    feed = meter_at(fixture(THREE_PHASES))
    await feed.start(SENT)
    (subentry_id,) = feed.entry.subentries
    flow = await feed.entry.start_subentry_reconfigure_flow(hass, subentry_id)
    await hass.config_entries.subentries.async_configure(flow["flow_id"], {"price": 50})
    await hass.async_block_till_done()
    await feed.send()
    return feed


def mean_and_cost(hass: HomeAssistant) -> tuple[float, float]:
    return value(hass, "sensor.grid_rolling_peak"), value(hass, "sensor.grid_year_cost")


def of(*peaks: float) -> tuple[Any, Any]:
    mean = sum(peaks) / len(peaks)
    return pytest.approx(mean, abs=0.001), pytest.approx(mean * KILOWATT, abs=0.05)


async def test_a_month_is_corrected_until_what_was_measured_counts_again(
    hass: HomeAssistant, meter: MeterFeed
) -> None:
    before = await month_peaks(hass)
    assert len(before) == 14
    assert mean_and_cost(hass) == of(*PEAKS)

    response = await act(hass, "set_month_peak", month="2024-10", peak=5.2)
    corrected = (*PEAKS[:10], 5.2, PEAKS[11])
    assert response == {
        "month": "2024-10",
        "month_peak": 5.2,
        "source": "seed",
        "at_least": False,
        "marked_windows": 0,
        "rolling_peak": round(sum(corrected) / 12, 3),
    }
    for _ in range(2):
        assert mean_and_cost(hass) == of(*corrected)
        assert await month_peaks(hass) == before | {"2024-10": 5.2}
        await restart(hass, meter)

    response = await act(hass, "set_month_peak", month="2024-10")
    assert response["month_peak"] == 17.198
    assert mean_and_cost(hass) == of(*PEAKS)
    assert await month_peaks(hass) == before


async def test_a_forgotten_month_stays_forgotten(
    hass: HomeAssistant, meter: MeterFeed
) -> None:
    before = await month_peaks(hass)
    left = {month: peak for month, peak in before.items() if month != "2024-09"}
    for _ in range(2):
        response = await act(hass, "forget_month", month="2024-09")
        assert response["month_peak"] is None
        assert response["rolling_peak"] == round(sum((*PEAKS[:9], *PEAKS[10:])) / 11, 3)
        assert mean_and_cost(hass) == of(*PEAKS[:9], *PEAKS[10:])
        assert await month_peaks(hass) == left
        # The meter tells of it again.
        await restart(hass, meter)
        assert mean_and_cost(hass) == of(*PEAKS[:9], *PEAKS[10:])
        assert await month_peaks(hass) == left

    await act(hass, "set_month_peak", month="2024-09")
    assert await month_peaks(hass) == before


async def test_the_running_month_is_corrected_and_may_rise_again(
    hass: HomeAssistant, meter: MeterFeed
) -> None:
    await act(
        hass, "set_month_peak", month="2024-11", peak=3, time="2024-11-10 18:20:00"
    )
    # The register of the meter still shows 25.891 kW.
    await restart(hass, meter)
    assert value(hass, "sensor.grid_month_peak") == 3
    assert value(hass, "sensor.grid_target") == 3
    assert hass.states.is_state(
        "sensor.grid_month_peak_time", "2024-11-10T17:15:00+00:00"
    )
    await act(hass, "set_month_peak", month="2024-11")
    assert value(hass, "sensor.grid_month_peak") == 25.891


async def test_a_month_that_was_never_known_comes_and_goes(
    hass: HomeAssistant, meter: MeterFeed
) -> None:
    before = await month_peaks(hass)
    await act(hass, "set_month_peak", month="2023-5", peak=4)
    assert await month_peaks(hass) == before | {"2023-05": 4}
    response = await act(hass, "set_month_peak", month="2023-05")
    assert response["month_peak"] is None
    assert await month_peaks(hass) == before


async def test_later_windows_count_beside_what_was_said(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    noon = timestamp("2026-03-10 12:00")
    feed.choose()
    loads = stepped({0: (6000, 0, 0), noon + 900: (4000, 0, 0), noon + 1800: (0, 0, 0)})
    await feed.connect(loads, noon - 10)
    await feed.draw(noon + 1200)
    await act(hass, "set_month_peak", month="2026-03", peak=3.5)
    assert (feed.value("month_peak"), feed.value("target")) == (3.5, 3.5)
    # The window that runs counts from its beginning.
    await feed.draw(noon + 1800)
    assert feed.value("month_peak") == pytest.approx(4, abs=0.001)
    (*_, peak) = feed.told("new_month_peak")
    assert (peak["demand"], peak["previous_peak"]) == (4, 3.5)


async def test_the_windows_of_a_forgotten_month_are_gone_and_others_are_not(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose()
    loads = stepped({0: (5000, 0, 0), APRIL: (3000, 0, 0)})
    await feed.connect(loads, APRIL - 2 * 3600 - 10)
    await feed.draw(APRIL + 3600)
    begin = APRIL - 86400
    march = await feed.statistics("flukso:grid_demand", begin, APRIL)
    april = await feed.statistics("flukso:grid_demand", APRIL)
    assert (len(march), len(april)) == (2, 1)
    assert feed.value("rolling_peak") == pytest.approx(4, abs=0.001)

    for _ in range(2):
        await act(hass, "forget_month", month="2026-03")
        assert await feed.statistics("flukso:grid_demand", begin) == april
        assert await feed.windows(begin, APRIL) == []
        assert len(await feed.windows(APRIL, APRIL + 3600)) == 4
        assert feed.value("rolling_peak") == pytest.approx(3, abs=0.001)
        await feed.reload()
        assert await feed.statistics("flukso:grid_demand", begin) == april
    assert list(await month_peaks(hass)) == ["2026-04"]

    # Its windows are gone: there is nothing to count again.
    response = await act(hass, "set_month_peak", month="2026-03")
    assert response["month_peak"] is None


async def test_a_month_with_windows_counts_again_as_it_was_measured(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    feed.choose()
    await feed.connect(stepped({0: (5000, 0, 0), APRIL: (3000, 0, 0)}), APRIL - 1810)
    await feed.draw(APRIL + 900)
    await act(hass, "set_month_peak", month="2026-03", peak=9)
    assert feed.value("rolling_peak") == pytest.approx(6, abs=0.001)
    await feed.reload()
    response = await act(hass, "set_month_peak", month="2026-03")
    assert response["month_peak"] == pytest.approx(5, abs=0.001)
    assert feed.value("rolling_peak") == pytest.approx(4, abs=0.001)


async def test_forgetting_the_running_month_keeps_the_running_window(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    noon = timestamp("2026-03-10 12:00")
    feed.choose()
    await feed.connect(steady(4000, 0, 0), noon - 10)
    await feed.draw(noon + 1200)
    await act(hass, "forget_month", month="2026-03")
    assert feed.state("month_peak").state == STATE_UNKNOWN
    assert feed.value("target") == 2.5
    await feed.draw(noon + 1800)
    assert feed.value("month_peak") == pytest.approx(4, abs=0.001)
    assert len(await feed.windows(noon, noon + 1800)) == 1


@pytest.mark.parametrize(
    ("action", "data", "key"),
    [
        ("forget_month", {"month": "March"}, "invalid_month"),
        ("forget_month", {"month": "2026-13"}, "invalid_month"),
        ("forget_month", {"month": "0001-01"}, "invalid_month"),
        ("set_month_peak", {"month": "1969-12", "peak": 1}, "invalid_month"),
        ("set_month_peak", {"month": "9999-12", "peak": 1}, "month_to_come"),
        ("set_month_peak", {"month": "2026-04", "peak": 1}, "month_to_come"),
        (
            "set_month_peak",
            {"month": "2026-03", "peak": 1, "time": "2026-04-01 00:00:00"},
            "time_outside_month",
        ),
        (
            "set_month_peak",
            {"month": "2026-02", "peak": 1, "time": "2026-01-31 23:59:59"},
            "time_outside_month",
        ),
        ("forget_month", {"demand_meter": "x", "month": "2026-03"}, "unknown"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    hass: HomeAssistant, feed: DemandFeed, action: str, data: dict[str, Any], key: str
) -> None:
    await feed.connect(steady(1000, 0, 0), timestamp("2026-03-10 12:00"))
    with pytest.raises(ServiceValidationError) as refused:
        await act(hass, action, **data)
    expected = "unknown_demand_meter" if key == "unknown" else key
    assert refused.value.translation_domain == "flukso"
    assert refused.value.translation_key == expected
    assert await month_peaks(hass) == {}
