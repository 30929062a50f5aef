"""A demand meter is added where it is obvious what the grid is, and only once."""

from typing import NamedTuple

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from simulator import Device, make_device

from ...brokers import Mosquitto, MosquittoFactory
from ..homes import timestamp
from .feed import DemandFeed
from .grid import steady

START = timestamp("2026-03-10 12:00")
KEYS = {
    "available_power",
    "extra_kw_cost",
    "goal_scope",
    "month_cost",
    "month_peak_cost",
    "year_cost",
    "demand",
    "goal",
    "last_window_demand",
    "month_peak",
    "month_peak_time",
    "rolling_peak",
    "peak_certain",
    "peak_risk",
    "projected_demand",
    "target",
    "window",
}


class Case(NamedTuple):
    """A device, and the slots of the sensors that measure the grid."""

    device: Device
    imports: list[int]
    exports: list[int]


CASES = {
    "three-clamps": Case(make_device("FLM03E", start=START), [1, 13, 25], [2, 14, 26]),
    "sum-on-port-1": Case(
        make_device("FLM03E", start=START, math="p1+p2+p3"), [1], [2]
    ),
    "flm02a": Case(make_device("FLM02A", start=START, phases=3), [1], []),
    "p1-of-flm02b": Case(make_device("FLM02B", start=START), [7], []),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_the_obvious_grid_is_measured(
    hass: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    case: Case,
) -> None:
    hass.config.country = "BE"
    device, imports, exports = case
    feed = DemandFeed(hass, broker, device, freezer, monkeypatch)
    await feed.start(START)

    (subentry,) = feed.entry.subentries.values()
    assert subentry.subentry_type == "demand"
    assert subentry.title == "Grid"
    assert dict(subentry.data) == {
        "name": "Grid",
        "import_sensors": [device.sensors[slot].id for slot in imports],
        "export_sensors": [device.sensors[slot].id for slot in exports],
        "profile": "flanders",
        "vat": 6,
        "floor": 2.5,
        "slug": "grid",
    }
    service = dr.async_get(hass).async_get_device_by_identifier(
        ("flukso", subentry.subentry_id), feed.entry.entry_id
    )
    assert service is not None
    assert service.entry_type is dr.DeviceEntryType.SERVICE
    assert service.config_subentry_id == subentry.subentry_id
    entities = er.async_entries_for_device(er.async_get(hass), service.id)
    assert {entity.unique_id for entity in entities} == {
        f"{subentry.subentry_id}_{key}" for key in KEYS
    }
    assert {entity.config_subentry_id for entity in entities} == {subentry.subentry_id}


async def test_no_demand_meter_where_the_grid_is_not_obvious(
    hass: HomeAssistant,
    broker: Mosquitto,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    device = make_device("FLM03E", start=START, math="p2+p1")
    feed = DemandFeed(hass, broker, device, freezer, monkeypatch)
    await feed.start(START)

    assert not feed.entry.subentries


async def test_a_demand_meter_that_was_removed_does_not_come_back(
    hass: HomeAssistant, feed: DemandFeed
) -> None:
    await feed.connect(steady(1000, 0, 0), START)
    hass.config_entries.async_remove_subentry(feed.entry, feed.meter.subentry_id)
    await hass.async_block_till_done()
    await feed.reload()

    assert not feed.entry.subentries
    assert not feed.meters


async def test_demand_meters_of_two_devices_are_told_apart(
    hass: HomeAssistant,
    mosquitto: MosquittoFactory,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feeds = [
        DemandFeed(
            hass,
            mosquitto(),
            make_device("FLM03E", start=START, seed=seed),
            freezer,
            monkeypatch,
        )
        for seed in (1, 2)
    ]
    for feed in feeds:
        await feed.start(START)

    assert [feed.meter.slug for feed in feeds] == ["grid", "grid_2"]
    assert len({feed.meter.subentry_id for feed in feeds}) == 2
    assert feeds[0].entity_id("demand") != feeds[1].entity_id("demand")


async def test_demand_meters_of_several_devices_have_names_of_their_own(
    hass: HomeAssistant,
    mosquitto: MosquittoFactory,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feeds: list[DemandFeed] = []
    for seed in (1, 2, 3):
        device = make_device("FLM03E", start=START, seed=seed)
        feed = DemandFeed(hass, mosquitto(), device, freezer, monkeypatch)
        await feed.start(START)
        feeds.append(feed)

    assert [(feed.meter.name, feed.meter.slug) for feed in feeds] == [
        ("Grid", "grid"),
        ("Grid 2", "grid_2"),
        ("Grid 3", "grid_3"),
    ]
    assert [feed.entity_id("month_peak") for feed in feeds] == [
        "sensor.grid_month_peak",
        "sensor.grid_2_month_peak",
        "sensor.grid_3_month_peak",
    ]
