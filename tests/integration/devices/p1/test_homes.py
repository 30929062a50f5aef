"""Meters of many countries, from the bytes of their telegrams to windows at home."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ...demand.p1 import not_yet_offered
from .feed import MakeMeterFeed, MeterFeed
from .telegrams import changed, fixture

HOLLEY = fixture("hu_holley")
ESO = fixture("lt_eso_kilo_units")
ISKRA_SUMMER = fixture("be_iskra_ie5_summer")
ISKRA_WINTER = fixture("be_iskra_ie5_winter")
QUARTER = 900

# A country, a time zone and a telegram.
type MakeHome = Callable[[str, str, bytes], Awaitable[MeterFeed]]


@pytest.fixture
def at_home(
    recorder_mock: Recorder, hass: HomeAssistant, make_p1_feed: MakeMeterFeed
) -> MakeHome:
    """Return what connects a meter, added by the flow's rules, to a home somewhere."""

    async def make(country: str, zone: str, telegram: bytes) -> MeterFeed:
        hass.config.country = country
        await hass.config.async_set_time_zone(zone)
        feed = make_p1_feed(telegram)
        feed.entry = not_yet_offered(feed.entry)
        return feed

    return make


def said_at(feed: MeterFeed, moment: str) -> int:
    """Return a local time of the home as unix s."""
    zone = ZoneInfo(feed.hass.config.time_zone)
    return int(datetime.fromisoformat(moment).replace(tzinfo=zone).timestamp())


def repairs(feed: MeterFeed) -> list[str]:
    """Return what is to be mended."""
    found = ir.async_get(feed.hass).issues.values()
    return [issue.translation_key or "" for issue in found if issue.active]


async def draw(
    feed: MeterFeed, moment: str, total: float, watts: int, *changes: tuple[str, str]
) -> list[float]:
    """Let the meter count a power for a quarter and more; return its windows, kW.

    changes: what of its telegram follows the time and the counter, as formats.
    """
    start = said_at(feed, moment)
    zone = ZoneInfo(feed.hass.config.time_zone)
    await feed.start(start)
    for second in range(0, QUARTER + 20, 10):
        now = datetime.fromtimestamp(start + second, UTC).astimezone(zone)
        counted = total + watts * second / 3_600_000
        telegram = changed(
            feed.telegram,
            *(
                (old.encode(), new.format(now=now, counted=counted).encode())
                for old, new in changes
            ),
        )
        feed.freeze(start + second)
        await feed.send(telegram)
    await feed.tick(1)
    return [
        window["demand"]
        for window in await feed.windows(start, start + QUARTER)
        if not window["at_least"]
    ]


@pytest.mark.parametrize(
    ("country", "name"),
    [("HU", "normal tariff"), ("SI", "tariff 1"), ("NL", "low tariff")],
)
async def test_a_hungarian_meter_with_dutch_codes_is_named_by_its_home(
    at_home: MakeHome, country: str, name: str
) -> None:
    feed = await at_home(country, "Europe/Budapest", HOLLEY)
    await feed.start(said_at(feed, "2024-02-15 17:40:26"))
    await feed.send()
    assert feed.value_of("energy_import_tariff_1") == "1826.031"
    assert feed.value_of("energy_import_tariff_2") == "2018.886"
    assert feed.state_of("energy_import_low") is None
    state = feed.state_of("energy_import_tariff_1")
    assert state is not None
    assert state.attributes["friendly_name"].endswith(f"Energy import {name}")


async def test_counters_that_were_registered_by_other_names_stay_what_they_count(
    at_home: MakeHome,
) -> None:
    feed = await at_home("HU", "Europe/Budapest", HOLLEY)
    # As earlier versions stored it.
    data = {**feed.entry.data, "family": "netherlands"}
    feed.entry.add_to_hass(feed.hass)
    feed.hass.config_entries.async_update_entry(feed.entry, data=data)
    await feed.start(said_at(feed, "2024-02-15 17:40:26"))
    await feed.send()
    assert feed.value_of("energy_import_low") == "1826.031"
    assert feed.value_of("energy_import_normal") == "2018.886"
    state = feed.state_of("energy_import_low")
    assert state is not None
    assert state.attributes["friendly_name"].endswith("Energy import normal tariff")


async def test_a_lithuanian_meter_is_in_eastern_european_time(
    at_home: MakeHome,
) -> None:
    feed = await at_home("LT", "Europe/Vilnius", ESO)
    demands = await draw(
        feed,
        "2026-01-15 13:00",
        9548.086,
        2000,
        ("(260115130000W)", "({now:%y%m%d%H%M%S}W)"),
        ("1.8.0(00009548.086", "1.8.0({counted:012.3f}"),
    )
    assert demands == [pytest.approx(2.0, abs=0.004)]
    assert feed.value_of("voltage_l1") == "242.0"
    assert feed.value_of("current_l1") == "5.0"
    assert feed.hub.clock_offset == 0
    assert repairs(feed) == []


@pytest.mark.parametrize(
    ("telegram", "moment", "sent"),
    [
        (ISKRA_SUMMER, "2026-06-10 12:00", "(260610120000)"),
        (ISKRA_WINTER, "2026-01-15 12:00", "(260115120000)"),
    ],
)
async def test_the_walloon_iskra_is_measured_on_its_own_clock(
    at_home: MakeHome, telegram: bytes, moment: str, sent: str
) -> None:
    feed = await at_home("BE", "Europe/Brussels", telegram)
    counted = "000100.000" if telegram is ISKRA_SUMMER else "000016.854"
    demands = await draw(
        feed,
        moment,
        float(counted),
        3000,
        (sent, "({now:%y%m%d%H%M%S})"),
        (f"1.8.1({counted}", "1.8.1({counted:010.3f}"),
    )
    assert demands == [pytest.approx(3.0, abs=0.004)]
    assert float(feed.value_of("energy_import_normal") or 0) > float(counted)
    assert feed.value_of("energy_import_low") == "40.107"
    assert feed.value_of("tariff") == "normal"
    assert feed.hub.clock_offset == 0
    assert repairs(feed) == []
    assert "e-MUCS" in {device.model for device in feed.devices()}


async def test_an_entry_of_what_was_called_irish_starts(at_home: MakeHome) -> None:
    feed = await at_home("BE", "Europe/Brussels", ISKRA_WINTER)
    data = {**feed.entry.data, "family": "ireland"}
    feed.entry.add_to_hass(feed.hass)
    feed.hass.config_entries.async_update_entry(feed.entry, data=data)
    await feed.start(said_at(feed, "2026-01-15 12:00"))
    await feed.send()
    assert feed.value_of("energy_import_tariff_1") == "16.854"
    state = feed.state_of("energy_import_tariff_1")
    assert state is not None
    assert state.attributes["friendly_name"].endswith("Energy import normal tariff")
    assert feed.value_of("tariff") == "normal"


async def test_the_doubled_hour_of_a_clock_without_letter_is_no_fault(
    at_home: MakeHome,
) -> None:
    feed = await at_home("BE", "Europe/Brussels", ISKRA_SUMMER)
    first = int(datetime(2026, 10, 25, 0, 59, 50, tzinfo=UTC).timestamp())
    await feed.start(first)
    zone = ZoneInfo("Europe/Brussels")
    for second in range(0, 40, 10):
        now = datetime.fromtimestamp(first + second, UTC).astimezone(zone)
        stamp = f"({now:%y%m%d%H%M%S})".encode()
        feed.freeze(first + second)
        await feed.send(changed(ISKRA_SUMMER, (b"(260610120000)", stamp)))
        telegram = feed.hub.telegram
        assert telegram is not None
        assert telegram.timestamp == first + second
    assert now.utcoffset() == timedelta(hours=1)
