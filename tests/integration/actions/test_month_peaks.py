"""The action that returns windows."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..demand.feed import DemandFeed
from ..demand.grid import WINDOW, steady
from ..homes import epoch, timestamp

NOON = timestamp("2026-03-10 12:00")


async def get_windows(hass: HomeAssistant, **data: Any) -> Any:
    return await hass.services.async_call(
        "flukso", "get_windows", data, blocking=True, return_response=True
    )


@pytest.mark.smoke
async def test_windows_of_a_period_are_returned_in_order(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(steady(1000, 0, 0), NOON - 10)
    await feed.draw(NOON + 2700)

    response = await get_windows(
        hass,
        demand_meter="grid",
        start="2026-03-10 12:00:00",
        end="2026-03-10 12:30:00",
    )
    assert response["windows"] == [
        {
            "window_start": f"2026-03-10T11:{minute:02}:00+00:00",
            "window_end": f"2026-03-10T11:{minute + 15}:00+00:00",
            "demand": 1,
            "energy": 0.25,
            "source": "counter",
            "coverage": 1,
            "at_least": False,
            "weight": 1,
        }
        for minute in (0, 15)
    ]


async def test_a_demand_meter_is_known_by_device_entity_subentry_and_slug(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(steady(1000, 0, 0), NOON - 10)
    await feed.draw(NOON + 900)
    subentry_id = feed.meter.subentry_id
    device = dr.async_get(hass).async_get_device_by_identifier(
        ("flukso", subentry_id), feed.entry.entry_id
    )
    assert device is not None

    for name in (device.id, feed.entity_id("month_peak"), subentry_id, "grid"):
        response = await get_windows(
            hass, demand_meter=name, start="2026-03-10 12:00:00"
        )
        assert len(response["windows"]) == 1


async def test_a_period_may_span_months_and_a_change_of_clocks(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(steady(1000, 0, 0), timestamp("2026-03-29 01:30"))
    await feed.draw(timestamp("2026-03-29 03:30"))
    await feed.miss(timestamp("2026-03-31 23:50"))
    await feed.draw(timestamp("2026-04-01 00:30"))

    response = await get_windows(
        hass,
        demand_meter="grid",
        start="2026-03-29 01:45:00",
        end="2026-04-01 00:15:00",
    )
    starts = [epoch(window["window_start"]) for window in response["windows"]]
    first, last = timestamp("2026-03-29 01:45"), timestamp("2026-04-01 00:00")
    assert starts == list(range(first, last + 1, WINDOW))
    assert response["windows"][-1]["at_least"] is False
    assert response["windows"][-2]["coverage"] == pytest.approx(590 / 900, abs=0.001)
    assert response["windows"][-3]["coverage"] == 0


async def test_a_period_without_windows_is_empty(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(steady(1000, 0, 0), NOON - 10)
    await feed.draw(NOON + 900)

    for start, end in (
        ("0001-01-01 00:00:00", "2020-02-01 00:00:00"),
        ("2030-01-01 00:00:00", "9999-12-31 23:59:59-10:00"),
    ):
        response = await get_windows(hass, demand_meter="grid", start=start, end=end)
        assert response["windows"] == []


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-10 12:00:00", "2026-03-10 12:00:00"),
        ("2026-03-10 13:00:00", "2026-03-10 12:00:00"),
    ],
)
async def test_a_period_that_is_none_is_refused(
    hass: HomeAssistant, feed: DemandFeed, start: str, end: str
) -> None:
    await feed.connect(steady(1000, 0, 0), NOON)

    with pytest.raises(ServiceValidationError) as refused:
        await get_windows(hass, demand_meter="grid", start=start, end=end)
    assert refused.value.translation_domain == "flukso"
    assert refused.value.translation_key == "invalid_period"


async def test_what_is_no_demand_meter_is_refused(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(steady(1000, 0, 0), NOON)
    hub = dr.async_get(hass).async_get_device_by_identifier(
        ("flukso", feed.device.device_id), feed.entry.entry_id
    )
    assert hub is not None
    entities = er.async_entries_for_config_entry(
        er.async_get(hass), feed.entry.entry_id
    )
    of_hub = next(item for item in entities if item.config_subentry_id is None)

    for name in ("nonsense", "", hub.id, of_hub.entity_id):
        with pytest.raises(ServiceValidationError) as refused:
            await get_windows(hass, demand_meter=name, start="2026-03-10 12:00:00")
        assert refused.value.translation_domain == "flukso"
        assert refused.value.translation_key == "unknown_demand_meter"
        assert refused.value.translation_placeholders == {"demand_meter": name}


async def test_a_demand_meter_of_an_unloaded_entry_is_refused(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(steady(1000, 0, 0), NOON)
    await hass.config_entries.async_unload(feed.entry.entry_id)

    with pytest.raises(ServiceValidationError) as refused:
        await get_windows(hass, demand_meter="grid", start="2026-03-10 12:00:00")
    assert refused.value.translation_key == "unknown_demand_meter"
