"""A Fluksometer's entry finds the dongles on the broker of the Fluksometer."""

import logging

import pytest

from custom_components.flukso.core.p1.dongle import DONGLE_TOPICS
from custom_components.flukso.devices.fluksometer.dongles import MAX_METERS
from custom_components.flukso.transport.backoff import Backoff
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_INTEGRATION_DISCOVERY,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant

from ....brokers import Message, Mosquitto, MosquittoFactory, publish
from ...homes import until
from ...recorded import Recorded, entry_of, flm03e, set_up
from ..fluksometer.feed import Feed, MakeFeed
from .dongles import (
    OTHER_TOPIC,
    OWNER,
    TOPIC,
    USERS,
    discovered,
    dongle_entry,
    on_broker,
    send,
    value_of,
)
from .telegrams import NOON, THREE_PHASES, changed, fixture, read, simulated

TELEGRAM = fixture(THREE_PHASES)
METER = read(TELEGRAM).meter
IDENTITY = b"96.1.1(3030303030303030303030303030)"


def offers(hass: HomeAssistant) -> list[ConfigFlowResult]:
    """Return the meters that are offered."""
    return hass.config_entries.flow.async_progress_by_handler("flukso")


def looks(broker: Mosquitto) -> bool:
    """Tell whether the client that came last looks for dongles."""
    return DONGLE_TOPICS in next(reversed(broker.subscriptions().values()), [])


async def heard(
    feed: Feed[Recorded], *payloads: bytes, topic: str = TOPIC, retain: bool = False
) -> None:
    """Let a dongle publish; return when Home Assistant has received it."""
    await feed.publish([Message(topic, payload, retain) for payload in payloads])
    await feed.hass.async_block_till_done(wait_background_tasks=False)


@pytest.fixture
async def feed(make_feed: MakeFeed, broker: Mosquitto) -> Feed[Recorded]:
    """Return a Fluksometer that is being read."""
    feed = make_feed(flm03e())
    await feed.start(NOON)
    await until(lambda: looks(broker))
    return feed


async def test_a_dongle_is_offered_confirmed_and_read(
    hass: HomeAssistant, feed: Feed[Recorded], broker: Mosquitto
) -> None:
    await heard(feed, TELEGRAM)
    flow = await discovered(hass)
    assert flow["context"]["source"] == SOURCE_INTEGRATION_DISCOVERY
    assert flow["step_id"] == "confirm"
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    entry = result["result"]
    assert entry.data["kind"] == "p1_broker"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    await send(broker, TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")
    assert feed.hub.drops.totals == {}


async def test_a_retained_telegram_is_enough_to_offer_a_meter(
    hass: HomeAssistant, make_feed: MakeFeed, broker: Mosquitto
) -> None:
    await send(broker, TELEGRAM, retain=True)
    feed = make_feed(flm03e())
    await feed.start(NOON)
    assert (await discovered(hass))["context"]["unique_id"] == METER


async def test_a_guarded_broker_is_offered_with_its_credentials(
    hass: HomeAssistant, mosquitto: MosquittoFactory
) -> None:
    guarded = mosquitto(users=USERS)
    device = flm03e()
    await publish(guarded, device.retained(), **OWNER)
    entry = entry_of(device, guarded.port, **OWNER)
    assert await set_up(hass, entry) is ConfigEntryState.LOADED
    await until(lambda: looks(guarded))
    await send(guarded, TELEGRAM, **OWNER)
    flow = await discovered(hass)
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert result["result"].data == {
        **on_broker(guarded.port, **OWNER),
        "family": "belgium",
        "demand_offered": True,
    }


async def test_a_dongle_that_appears_an_hour_later_is_offered_then(
    hass: HomeAssistant, feed: Feed[Recorded], broker: Mosquitto
) -> None:
    await feed.tick(30)
    await until(lambda: not looks(broker))
    await heard(feed, TELEGRAM)
    await feed.tick(3000)
    assert offers(hass) == []
    assert not looks(broker)
    await feed.tick(600)
    await until(lambda: looks(broker))
    await heard(feed, TELEGRAM)
    assert (await discovered(hass))["context"]["unique_id"] == METER
    await feed.tick(30)
    await until(lambda: not looks(broker))


async def test_a_new_connection_looks_again(
    hass: HomeAssistant,
    feed: Feed[Recorded],
    broker: Mosquitto,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Backoff, "next", lambda _self: 0.0)
    hub = feed.hub
    await feed.tick(30)
    await until(lambda: not looks(broker))
    broker.stop()
    await until(lambda: not hub.link_up)
    broker.start()
    await until(lambda: bool(hub.link_up))
    await until(lambda: looks(broker))
    await heard(feed, TELEGRAM)
    assert (await discovered(hass))["context"]["unique_id"] == METER


async def test_two_dongles_are_offered_once_each(
    hass: HomeAssistant, feed: Feed[Recorded]
) -> None:
    later = changed(TELEGRAM, (b"1.7.0(09.258", b"1.7.0(01.000"))
    for _ in range(2):
        await heard(feed, TELEGRAM, later)
        await heard(feed, simulated("nl-5.0"), topic=OTHER_TOPIC)
        await until(lambda: len(offers(hass)) == 2)
        await feed.tick(3600)
    meters = {METER, read(simulated("nl-5.0")).meter}
    assert {flow["context"]["unique_id"] for flow in offers(hass)} == meters


async def test_an_ignored_dongle_is_not_offered_again(
    hass: HomeAssistant, feed: Feed[Recorded], broker: Mosquitto
) -> None:
    await heard(feed, TELEGRAM)
    await discovered(hass)
    await hass.config_entries.flow.async_init(
        "flukso",
        context={"source": SOURCE_IGNORE},
        data={"unique_id": METER, "title": "P1 meter"},
    )
    await feed.tick(3600)
    await until(lambda: looks(broker))
    await heard(feed, TELEGRAM)
    assert offers(hass) == []


async def test_noise_on_the_topics_of_dongles_is_neither_offered_nor_a_drop(
    hass: HomeAssistant,
    feed: Feed[Recorded],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "custom_components.flukso")
    caplog.clear()
    await heard(feed, b"", b"online", TELEGRAM[:900], bytes(9000))
    assert offers(hass) == []
    assert feed.hub.drops.totals == {}
    assert [r for r in caplog.records if "flukso" in r.name] == []


async def test_a_broker_full_of_meters_does_not_flood_the_home(
    hass: HomeAssistant, feed: Feed[Recorded]
) -> None:
    many = [
        changed(TELEGRAM, (IDENTITY, b"96.1.1(%028d)" % number))
        for number in range(MAX_METERS + 5)
    ]
    await heard(feed, *many)
    await until(lambda: len(offers(hass)) == MAX_METERS)
    await hass.async_block_till_done()
    assert len(offers(hass)) == MAX_METERS


async def test_a_fluksometer_that_moved_takes_its_dongle_along(
    hass: HomeAssistant, feed: Feed[Recorded], broker: Mosquitto
) -> None:
    entry = dongle_entry(hass, TELEGRAM, on_broker(1))
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await heard(feed, TELEGRAM)
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    assert entry.data["port"] == broker.port
    await send(broker, TELEGRAM)
    await until(lambda: value_of(hass, entry) == "9.258")


async def test_unloading_ends_the_search(
    hass: HomeAssistant, feed: Feed[Recorded]
) -> None:
    hub = feed.hub
    assert await hass.config_entries.async_unload(feed.entry.entry_id)
    await feed.tick(3600)
    hub.on_dongle.call(TOPIC, TELEGRAM)
    await hass.async_block_till_done()
    assert offers(hass) == []
