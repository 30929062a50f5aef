"""Setting entries up, and taking them down without a trace."""

import asyncio
from pathlib import Path

import pytest

from custom_components.flukso.const import DOMAIN
from custom_components.flukso.core.p1.dongle import DONGLE_TOPICS
from custom_components.flukso.devices.fluksometer import hub as hub_module
from custom_components.flukso.devices.fluksometer.hub import FluksometerHub
from custom_components.flukso.transport.errors import NoFluksometer
from custom_components.flukso.transport.mqtt.session import BrokerAddress
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations

from ....brokers import (
    CONNECT_REFUSED_VERSION,
    HOST,
    Address,
    Message,
    Mosquitto,
    MosquittoFactory,
    OldBroker,
    free_port,
    publish,
)
from ...homes import hub_of, until
from ...recorded import Recorded, entry_of, flm02b, flm03e, set_up
from .feed import Feed, MakeFeed

NOON = 1_768_478_400
OWNER = {"username": "flukso", "password": "s3cret"}
USERS = {OWNER["username"]: OWNER["password"]}


def state_of(hass: HomeAssistant, device: Recorded, slot: int) -> str | None:
    """Return what the gauge of a slot shows."""
    registry = er.async_get(hass)
    unique_id = device.key_of(slot, "gauge")
    entity_id = registry.async_get_entity_id("sensor", DOMAIN, unique_id)
    state = None if entity_id is None else hass.states.get(entity_id)
    return None if state is None else state.state


async def reason_of(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return what a person reads about an entry that could not be set up."""
    texts = await async_get_translations(hass, "en", "exceptions", {DOMAIN})
    key = entry.error_reason_translation_key
    return texts[f"component.{DOMAIN}.exceptions.{key}.message"].removesuffix(".")


async def test_a_broker_that_is_down_is_tried_again(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    entry = entry_of(flm03e(), free_port())
    assert await set_up(hass, entry) is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "cannot_connect"
    assert entry.reason == await reason_of(hass, entry)


@pytest.mark.parametrize("others", [[], flm02b().retained()])
async def test_a_broker_without_the_device_is_tried_again(
    hass: HomeAssistant,
    broker: Mosquitto,
    monkeypatch: pytest.MonkeyPatch,
    others: list[Message],
) -> None:
    monkeypatch.setattr(hub_module, "CONFIG_TIMEOUT", 0.1)
    await publish(broker, others)
    entry = entry_of(flm03e(), broker.port)
    assert await set_up(hass, entry) is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "no_fluksometer"
    assert entry.reason == await reason_of(hass, entry)


async def test_a_hub_that_has_heard_nothing_knows_no_configuration(
    hass: HomeAssistant,
) -> None:
    hub = FluksometerHub(
        hass,
        BrokerAddress(host=HOST),
        flm03e().device_id,
        gauge_interval=10,
        counter_interval=60,
    )
    with pytest.raises(NoFluksometer):
        _ = hub.config


async def test_a_device_that_describes_itself_late_is_waited_for(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    device = flm03e()
    entry = entry_of(device, broker.port)
    setting_up = hass.async_create_task(set_up(hass, entry))
    await until(lambda: bool(broker.subscriptions()))
    await publish(broker, device.retained())
    assert await setting_up is ConfigEntryState.LOADED


async def test_a_guarded_broker_lets_its_owner_in(
    hass: HomeAssistant, mosquitto: MosquittoFactory
) -> None:
    guarded = mosquitto(users=USERS)
    device = flm03e()
    await publish(guarded, device.retained(), **OWNER)
    entry = entry_of(device, guarded.port, **OWNER)
    assert await set_up(hass, entry) is ConfigEntryState.LOADED


@pytest.mark.parametrize("credentials", [{}, OWNER | {"password": "wrong"}])
async def test_wrong_credentials_ask_for_new_ones(
    hass: HomeAssistant, mosquitto: MosquittoFactory, credentials: dict[str, str]
) -> None:
    guarded = mosquitto(users=USERS)
    entry = entry_of(flm03e(), guarded.port, **credentials)
    assert await set_up(hass, entry) is ConfigEntryState.SETUP_ERROR
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_credentials_changed_meanwhile_ask_for_new_ones(
    hass: HomeAssistant, mosquitto: MosquittoFactory
) -> None:
    guarded = mosquitto(users=USERS)
    device = flm03e()
    await publish(guarded, device.retained(), **OWNER)
    entry = entry_of(device, guarded.port, **OWNER)
    await set_up(hass, entry)
    await publish(guarded, [device.gauge(1, f'[{NOON}, 5, "W"]')], **OWNER)
    await until(lambda: state_of(hass, device, 1) == "5.0")
    guarded.stop()
    guarded.users = {OWNER["username"]: "changed"}
    guarded.start()
    flows = hass.config_entries.flow
    await until(lambda: bool(flows.async_progress_by_handler(DOMAIN)))
    (flow,) = flows.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert flow["context"]["entry_id"] == entry.entry_id
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, device, 1) == STATE_UNAVAILABLE


@pytest.mark.parametrize("refusal", [b"", CONNECT_REFUSED_VERSION])
async def test_a_broker_of_before_mqtt_311_is_read(
    hass: HomeAssistant, broker: Mosquitto, refusal: bytes
) -> None:
    device = flm02b()
    await publish(broker, device.retained())
    async with OldBroker(broker, refusal).running() as old:
        entry = entry_of(device, old.port)
        assert await set_up(hass, entry) is ConfigEntryState.LOADED
        await publish(broker, [device.gauge(1, f'[{NOON},157,"W"]')])
        await until(lambda: state_of(hass, device, 1) == "157.0")
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_two_fluksometers_on_one_broker_are_kept_apart(
    hass: HomeAssistant, broker: Mosquitto
) -> None:
    devices = (flm02b(), flm03e())
    for device in devices:
        await publish(broker, device.retained())
        entry = entry_of(device, broker.port)
        assert await set_up(hass, entry) is ConfigEntryState.LOADED
    await publish(broker, [device.gauge(1, f'[{NOON},5,"W"]') for device in devices])
    await until(lambda: all(state_of(hass, each, 1) == "5.0" for each in devices))
    hubs = [hub_of(entry) for entry in hass.config_entries.async_entries(DOMAIN)]
    assert [hub.drops.totals for hub in hubs] == [{}, {}]
    first, second = hass.config_entries.async_entries(DOMAIN)
    assert await hass.config_entries.async_unload(first.entry_id)
    await publish(broker, [devices[1].gauge(7, f'[{NOON}, 230, "V"]')])
    await until(lambda: state_of(hass, devices[1], 7) == "230.0")
    assert second.state is ConfigEntryState.LOADED


def open_sockets(broker: Address) -> int:
    """Return the number of connections from this process to a broker."""
    inodes = {
        target.removeprefix("socket:[").removesuffix("]")
        for descriptor in Path("/proc/self/fd").iterdir()
        if (target := _target(descriptor)).startswith("socket:[")
    }
    table = Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in table]
    return sum(
        int(row[2].partition(":")[2], 16) == broker.port and row[9] in inodes
        for row in rows
    )


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""


def tasks_of_ours() -> list[str]:
    return [
        task.get_name() for task in asyncio.all_tasks() if "flukso" in task.get_name()
    ]


@pytest.mark.smoke
async def test_unloading_leaves_no_task_no_socket_and_no_timer(
    make_feed: MakeFeed,
) -> None:
    feed = make_feed(flm03e())
    await feed.start(NOON)
    hub = feed.hub
    assert open_sockets(feed.broker) == 1
    assert tasks_of_ours()
    assert await feed.hass.config_entries.async_unload(feed.entry.entry_id)
    assert open_sockets(feed.broker) == 0
    assert tasks_of_ours() == []
    received = hub.messages
    await publish(feed.broker, [feed.device.gauge(1, f'[{NOON}, 5, "W"]')])
    for _ in range(3):
        await feed.tick(60)
    assert hub.messages == received
    assert all(not reading.users for reading in hub.readings)


async def test_reloading_again_and_again_keeps_one_connection(
    make_feed: MakeFeed,
) -> None:
    feed = make_feed(flm03e())
    await feed.start(NOON)
    for _ in range(3):
        assert await feed.hass.config_entries.async_reload(feed.entry.entry_id)
    assert open_sockets(feed.broker) == 1
    assert len(tasks_of_ours()) == 1


async def test_a_failed_attempt_leaves_no_socket(
    hass: HomeAssistant, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "CONFIG_TIMEOUT", 0.1)
    await set_up(hass, entry_of(flm03e(), broker.port))
    assert open_sockets(broker) == 0
    assert tasks_of_ours() == []


async def test_removing_an_entry_removes_all_that_it_registered(
    make_feed: MakeFeed,
) -> None:
    feed = make_feed(flm03e())
    await feed.start(NOON)
    registry = er.async_get(feed.hass)
    entry_id = feed.entry.entry_id
    assert await feed.hass.config_entries.async_remove(entry_id)
    assert er.async_entries_for_config_entry(registry, entry_id) == []
    assert open_sockets(feed.broker) == 0


def subscribed(broker: Mosquitto) -> set[str]:
    """Return what the client that came last is subscribed to."""
    return set(next(reversed(broker.subscriptions().values()), []))


def history(sensor_id: str) -> str:
    """Return what the recorded blocks of a sensor are subscribed to with."""
    blocks = "tmpo/+/+/+/gz"
    return f"/sensor/{sensor_id}/{blocks}"


def expected_topics(feed: Feed[Recorded]) -> set[str]:
    """Return the topics of the enabled entities, and what tells of the device."""
    device_id = feed.device.device_id
    names = ("config/sensor", "config/flx", "config/kube", "test/tap")
    topics = {f"/device/{device_id}/{name}" for name in names}
    topics.add(f"$SYS/broker/connection/flukso-{device_id[:6]}.flukso/state")
    topics.add(DONGLE_TOPICS)
    registry = er.async_get(feed.hass)
    for entity in er.async_entries_for_config_entry(registry, feed.entry.entry_id):
        sensor_id, _, stream = entity.unique_id.partition("_0_")
        if not entity.disabled and stream in ("gauge", "counter"):
            topics.add(f"/sensor/{sensor_id}/{stream}")
            if stream == "counter" and entity.domain == Platform.SENSOR:
                topics.add(history(sensor_id))
    return topics


async def test_only_what_is_shown_is_subscribed_to(
    make_feed: MakeFeed, broker: Mosquitto
) -> None:
    feed = make_feed(flm03e())
    await feed.start(NOON)
    topics = subscribed(broker)
    assert topics == expected_topics(feed)
    assert f"/sensor/{feed.device.id_of(3)}/gauge" not in topics
    await feed.tick(30)
    await until(lambda: DONGLE_TOPICS not in subscribed(broker))
    topics = {topic for topic in subscribed(broker) if not topic.endswith("/gz")}
    assert not any("#" in topic or "+" in topic for topic in topics)


async def test_enabling_an_entity_subscribes_and_disabling_it_does_not(
    make_feed: MakeFeed, broker: Mosquitto
) -> None:
    feed = make_feed(flm03e())
    await feed.start(NOON)
    registry = er.async_get(feed.hass)
    angle, voltage = (feed.find(feed.device.key_of(slot, "gauge")) for slot in (3, 7))
    assert angle is not None
    assert voltage is not None
    registry.async_update_entity(angle.entity_id, disabled_by=None)
    registry.async_update_entity(
        voltage.entity_id, disabled_by=er.RegistryEntryDisabler.USER
    )
    await feed.hass.async_block_till_done()
    # Home Assistant reloads half a minute after an entity was enabled.
    await feed.tick(31)
    await feed.fence()
    topics = subscribed(broker)
    assert topics == expected_topics(feed)
    assert f"/sensor/{feed.device.id_of(3)}/gauge" in topics
    assert f"/sensor/{feed.device.id_of(7)}/gauge" not in topics


async def test_disabling_an_entity_unsubscribes_at_once(
    make_feed: MakeFeed, broker: Mosquitto
) -> None:
    feed = make_feed(flm03e())
    await feed.start(NOON)
    voltage = feed.find(feed.device.key_of(7, "gauge"))
    assert voltage is not None
    er.async_get(feed.hass).async_update_entity(
        voltage.entity_id, disabled_by=er.RegistryEntryDisabler.USER
    )
    await feed.hass.async_block_till_done()
    await feed.fence()
    assert f"/sensor/{feed.device.id_of(7)}/gauge" not in subscribed(broker)


async def test_a_counter_that_rests_listens_to_its_gauge_even_when_that_is_disabled(
    make_feed: MakeFeed, broker: Mosquitto
) -> None:
    feed = make_feed(flm02b())
    await feed.start(NOON)
    gas_flow = feed.find(feed.device.key_of(8, "gauge"))
    assert gas_flow is not None
    assert gas_flow.disabled
    assert f"/sensor/{feed.device.id_of(8)}/gauge" in subscribed(broker)


async def test_a_change_of_type_keeps_what_else_needs_the_topic(
    make_feed: MakeFeed, broker: Mosquitto
) -> None:
    device = flm03e()
    device.sensor["39"]["enable"] = 1
    feed = make_feed(device)
    await feed.start(NOON)
    before = subscribed(broker)
    device.sensor["39"]["type"] = "gas"
    await feed.publish(device.retained())
    await feed.hass.async_block_till_done()
    await feed.fence()
    assert subscribed(broker) == before


async def test_a_removed_sensor_is_unsubscribed(
    make_feed: MakeFeed, broker: Mosquitto
) -> None:
    feed = make_feed(flm03e())
    await feed.start(NOON)
    feed.device.sensor["38"]["enable"] = 0
    await feed.publish(feed.device.retained())
    await feed.hass.async_block_till_done()
    await feed.fence()
    assert subscribed(broker) == expected_topics(feed)
