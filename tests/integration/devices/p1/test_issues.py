"""Repairs that a P1 meter asks for, and that go when it needs them no longer."""

from collections.abc import Awaitable, Callable

import pytest

from homeassistant.const import __version__
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueEntry

from ...homes import until
from .feed import MakeMeterFeed, MeterFeed
from .telegrams import THREE_PHASES, changed, fixture, read, sealed, without

PEAK = (b"1-0:1.6.0(241115084500W)", b"1-0:1.6.0(241031084500W)")
STAMP = read(fixture(THREE_PHASES)).timestamp or 0
REGISTERS = (b"1-0:1.4.0", b"1-0:1.6.0")


def issue(feed: MeterFeed, kind: str) -> IssueEntry | None:
    """Return the repair of a kind that the entry has."""
    registry = ir.async_get(feed.hass)
    return registry.async_get_issue("flukso", f"{kind}_{feed.entry.entry_id}")


def issues(feed: MeterFeed) -> list[str]:
    """Return the translation keys of all repairs there are."""
    found = ir.async_get(feed.hass).issues.values()
    return [str(item.translation_key) for item in found if item.active]


async def repeat(feed: MeterFeed, telegram: bytes, times: int, seconds: int) -> None:
    """Let the meter send a telegram every so many seconds."""
    for _ in range(times):
        await feed.tick(seconds)
        await feed.send(telegram)


async def test_missing_registers_are_reported_until_one_of_them_comes(
    make_p1_feed: MakeMeterFeed,
) -> None:
    telegram = fixture(THREE_PHASES)
    bare = without(telegram, *REGISTERS)
    feed = make_p1_feed(telegram)
    await feed.start(STAMP)
    await repeat(feed, bare, 7, 10)
    assert issues(feed) == []
    await repeat(feed, bare, 3, 1)
    await feed.tick(10)
    found = issue(feed, "no_demand_registers")
    assert found is not None
    assert found.translation_key == "no_demand_registers"
    assert found.translation_placeholders == {"name": feed.entry.title}
    assert found.severity is ir.IssueSeverity.WARNING
    assert found.is_fixable is False

    await feed.send(telegram)
    await feed.tick(10)
    assert issues(feed) == []


async def test_a_meter_with_old_software_is_reported_and_counted(
    make_p1_feed: MakeMeterFeed,
) -> None:
    telegram = sealed(fixture("be_fluvius_50213_mono_gas"))
    feed = make_p1_feed(telegram)
    await feed.start(read(telegram).timestamp or 0)
    await feed.run(80)
    assert issue(feed, "no_demand_registers") is not None


@pytest.mark.parametrize("name", ["nl_dsmr50_iskra_two_mbus", "nl_dsmr22_kamstrup_gas"])
async def test_meters_of_other_countries_owe_no_registers(
    make_p1_feed: MakeMeterFeed, name: str
) -> None:
    feed = make_p1_feed(fixture(name))
    await feed.start(read(feed.telegram).timestamp or STAMP)
    await feed.run(80)
    assert "no_demand_registers" not in issues(feed)


@pytest.mark.parametrize(
    "frozen",
    [
        pytest.param(changed(fixture(THREE_PHASES), PEAK), id="old"),
        pytest.param(without(fixture(THREE_PHASES), REGISTERS[1]), id="missing"),
    ],
)
async def test_a_month_peak_that_stands_still_is_another_text_of_the_same_repair(
    make_p1_feed: MakeMeterFeed, frozen: bytes
) -> None:
    feed = make_p1_feed(frozen)
    await feed.start(STAMP)
    await repeat(feed, frozen, 92, 10)
    await feed.tick(10)
    assert issue(feed, "no_demand_registers") is None
    await repeat(feed, frozen, 6, 10)
    await feed.tick(10)
    found = issue(feed, "no_demand_registers")
    assert found is not None
    assert found.translation_key == "month_peak_frozen"

    await feed.send(fixture(THREE_PHASES))
    await feed.tick(10)
    assert issue(feed, "no_demand_registers") is None


async def test_a_clock_that_is_off_is_reported_without_news_of_every_second(
    hass: HomeAssistant, make_p1_feed: MakeMeterFeed
) -> None:
    told: list[str] = []

    @callback
    def heard(event: Event[ir.EventIssueRegistryUpdatedData]) -> None:
        told.append(event.data["action"])

    hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, heard)
    feed = make_p1_feed(fixture(THREE_PHASES), counter_interval=10)
    await feed.start(STAMP - 64)
    await feed.send()
    await feed.tick(10)
    found = issue(feed, "clock_off")
    assert found is not None
    assert found.translation_placeholders == {
        "name": feed.entry.title,
        "seconds": "+60",
    }
    assert told == ["create"]

    # As time goes by, the same telegram is ahead by less and less.
    await feed.run(6)
    await feed.tick(4)
    await feed.tick(10)
    assert feed.hub.clock_offset == 53
    assert told == ["create"]
    await feed.send()
    await feed.tick(10)
    await feed.tick(10)
    assert feed.hub.clock_offset == 34
    assert told == ["create", "update"]
    await feed.send()
    await feed.tick(10)
    await feed.tick(10)
    assert issues(feed) == []
    assert told == ["create", "update", "remove"]


async def test_a_clock_that_is_behind_is_reported_with_a_minus(
    make_p1_feed: MakeMeterFeed,
) -> None:
    feed = make_p1_feed(fixture(THREE_PHASES))
    await feed.start(STAMP + 31)
    await feed.send()
    await feed.tick(10)
    found = issue(feed, "clock_off")
    assert found is not None
    assert found.translation_placeholders == {
        "name": feed.entry.title,
        "seconds": "-30",
    }


@pytest.mark.parametrize("offset", [-30, 30])
async def test_a_clock_may_be_off_by_half_a_minute(
    make_p1_feed: MakeMeterFeed, offset: int
) -> None:
    feed = make_p1_feed(fixture(THREE_PHASES))
    await feed.start(STAMP - offset)
    await feed.send()
    await feed.tick(10)
    assert feed.hub.clock_offset == offset
    assert issues(feed) == []


async def connect_again(feed: MeterFeed) -> None:
    """Let the port be opened anew, as it is after a silence anyway."""
    feed.line.hang_up()
    await until(lambda: not feed.line.clients)
    await feed.reconnect()


async def stays_silent(_feed: MeterFeed) -> None:
    """Let nothing come."""


async def is_unplugged(feed: MeterFeed) -> None:
    feed.line.hang_up()
    await until(lambda: not feed.hub.link_up)


async def is_noisy(feed: MeterFeed) -> None:
    await connect_again(feed)
    await feed.send(feed.telegram.replace(b"09.258", b"09.259"))


@pytest.mark.parametrize("happens", [stays_silent, is_unplugged, is_noisy])
async def test_an_hour_without_a_telegram_is_reported_until_the_next(
    make_p1_feed: MakeMeterFeed, happens: Callable[[MeterFeed], Awaitable[None]]
) -> None:
    feed = make_p1_feed(fixture(THREE_PHASES))
    await feed.start(STAMP)
    await feed.send()
    await feed.tick(10)
    for _ in range(6):
        assert issues(feed) == []
        await happens(feed)
        await feed.tick(600)
    assert issues(feed) == ["no_telegram"]
    found = issue(feed, "no_telegram")
    assert found is not None
    assert found.translation_placeholders == {"name": feed.entry.title}

    await connect_again(feed)
    await feed.send()
    assert issue(feed, "no_telegram") is None


async def test_a_meter_that_was_never_heard_is_reported_after_an_hour(
    make_p1_feed: MakeMeterFeed,
) -> None:
    feed = make_p1_feed(fixture(THREE_PHASES))
    await feed.start(STAMP)
    await feed.tick(3590)
    assert issues(feed) == []
    await feed.tick(10)
    assert issues(feed) == ["no_telegram"]

    await connect_again(feed)
    await feed.send()
    assert issue(feed, "no_telegram") is None


async def test_what_was_reported_goes_with_the_entry(
    hass: HomeAssistant, make_p1_feed: MakeMeterFeed
) -> None:
    bare = without(fixture(THREE_PHASES), *REGISTERS)
    feed = make_p1_feed(bare)
    await feed.start(STAMP - 200)
    await repeat(feed, bare, 12, 10)
    await feed.tick(10)
    assert sorted(issues(feed)) == ["clock_off", "no_demand_registers"]
    assert await hass.config_entries.async_unload(feed.entry.entry_id)
    assert issues(feed) == []

    before = feed.line.clients
    assert await hass.config_entries.async_setup(feed.entry.entry_id)
    await until(lambda: feed.line.clients > before)
    await feed.tick(3600)
    assert issues(feed) == ["no_telegram"]
    await hass.config_entries.async_remove(feed.entry.entry_id)
    assert issues(feed) == []


async def test_what_was_ignored_before_a_restart_stays_ignored(
    make_p1_feed: MakeMeterFeed,
) -> None:
    bare = without(fixture(THREE_PHASES), *REGISTERS)
    feed = make_p1_feed(bare)
    kind = "no_demand_registers"
    issue_id = f"{kind}_{feed.entry.entry_id}"
    ir.async_create_issue(
        feed.hass,
        "flukso",
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=kind,
    )
    ir.async_ignore_issue(feed.hass, "flukso", issue_id, True)
    await feed.start(STAMP)
    await repeat(feed, bare, 12, 10)
    await feed.tick(10)
    found = issue(feed, kind)
    assert found is not None
    assert found.translation_placeholders == {"name": feed.entry.title}
    assert found.dismissed_version == __version__
