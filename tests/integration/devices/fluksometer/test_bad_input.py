"""Whatever a stranger on the network publishes: nothing breaks, nothing is lost."""

from collections.abc import Callable, Generator, Iterable
import json
import logging
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from hypothesis import HealthCheck, example, given, settings, strategies as st
import pytest

from custom_components.flukso.transport.mqtt.link import MqttLink
from custom_components.flukso.transport.mqtt.session import (
    BrokerAddress,
    MessageCallback,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from simulator import make_device

from ....brokers import (
    CONNECT_ACCEPTED,
    Message,
    ScriptedBroker,
    publish_packet,
    subscribe_answer,
)
from ...homes import hub_of, until
from ...recorded import Recorded, entry_of, flm02b, flm03e, set_up
from .feed import Feed, MakeFeed

NOON = 1_768_478_400


class OpenLink(MqttLink):
    """A link whose receiver can be called without a broker in between."""

    def __init__(
        self, broker: BrokerAddress, *, on_message: MessageCallback, **rest: Any
    ) -> None:
        super().__init__(broker, on_message=on_message, **rest)
        self.deliver = on_message


@pytest.fixture(autouse=True)
def open_link() -> Generator[None]:
    """Let messages be handed over as the connection does."""
    with patch("custom_components.flukso.devices.fluksometer.hub.MqttLink", OpenLink):
        yield


@pytest.fixture
async def feed(make_feed: MakeFeed) -> Feed[Recorded]:
    """Return an FLM03E whose sensors have all been heard."""
    started = make_feed(flm03e())
    await started.start(NOON)
    device = started.device
    await started.publish(
        [
            device.gauge(1, f'[{NOON}, 100, "W"]'),
            device.counter(1, f'[{NOON}, 1000, "Wh"]'),
            device.gauge(40, f'[{NOON},21,"°C"]'),
            device.gauge(45, f'[{NOON},0,""]'),
            device.counter(46, f'[{NOON},7,""]'),
        ]
    )
    return started


def deliver_to(feed: Feed[Any]) -> MessageCallback:
    link = feed.hub.link
    assert isinstance(link, OpenLink)
    return link.deliver


def shown(hass: HomeAssistant) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return all states and attributes."""
    return {
        state.entity_id: (state.state, dict(state.attributes))
        for state in hass.states.async_all()
    }


def dropped(feed: Feed[Any]) -> int:
    return sum(feed.hub.drops.totals.values())


DEVICE = flm03e()
DEVICE_TOPICS = [
    f"/device/{DEVICE.device_id}/{name}"
    for name in ("config/sensor", "config/flx", "config/kube", "test/tap")
]
READING_TOPICS = [
    f"/sensor/{DEVICE.id_of(slot)}/{stream}"
    for slot in (1, 2, 3, 7, 9, 37, 38, 40, 45, 46, 47)
    for stream in ("gauge", "counter")
    if not (stream == "counter" and slot in (7, 9, 40, 45))
    and not (stream == "gauge" and slot in (46, 47))
]
OTHER_TOPICS = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            "",
            "/",
            "#",
            "$SYS/broker/uptime",
            f"/device/{DEVICE.device_id}/config/sensors",
            f"/device/{DEVICE.device_id.upper()}/config/sensor",
            f"/device/{flm02b().device_id}/config/sensor",
            f"/device/{DEVICE.device_id}/config/sensor/",
            f"/sensor/{DEVICE.id_of(1)}/gauges",
            f"/sensor/{DEVICE.id_of(1)}/gauge/",
            f"/sensor/{DEVICE.id_of(7)}/counter",
            f"/sensor/{DEVICE.id_of(12)}/gauge",
            f"/sensor/{'0' * 32}/gauge",
        ]
    ),
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=8,
)
STAMPS = st.sampled_from([NOON, NOON - 86_400, NOON + 3600, 0, -1, 1 << 40, 1e300])
LITERALS = st.sampled_from(
    ["5", "-1.150", "1e999", "NaN", "-inf", "9" * 400, "0x10", "true", "null", "", "-0"]
)
UNITS = st.sampled_from(["W", "Wh", "°C", "", "L/s", "parsec", "\u0000", "W" * 99, '"'])
READING_LIKE = st.builds('[{}, {}, "{}"]'.format, STAMPS, LITERALS, UNITS).map(
    str.encode
)
ANYTHING = st.one_of(
    st.binary(max_size=300), JSON.map(json.dumps).map(str.encode), READING_LIKE
)
# None of these can be a reading, a configuration or a test report.
NONSENSE = st.one_of(
    st.binary(max_size=200).map(lambda tail: b"\xff" + tail),
    st.sampled_from(
        [
            b"",
            b"{",
            b"null",
            b"[]",
            b"[[]]",
            b'["5"]',
            b"x" * 100_000,
            b"[" * 50_000,
            b'{"1":' * 30_000,
            b'{"a":{"b":NaN}, 5}',
        ]
    ),
)


def fuzz(examples: int) -> Callable[..., Any]:
    """Return settings for a property inside a Home Assistant that goes on living."""
    return settings(
        max_examples=examples,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


async def test_nothing_raises_whatever_arrives_where(feed: Feed[Recorded]) -> None:
    deliver, hub = deliver_to(feed), feed.hub
    config, topics = hub.config, {reading.channel.topic for reading in hub.readings}
    own = st.sampled_from(READING_TOPICS + DEVICE_TOPICS[3:])

    @fuzz(800)
    @given(topic=own | OTHER_TOPICS, payload=ANYTHING, retained=st.booleans())
    @example(
        topic=READING_TOPICS[0], payload=b'[1768478400, 1e308, "W"]', retained=True
    )
    def nothing_raises(topic: str, payload: bytes, retained: bool) -> None:
        before = hub.messages
        deliver(topic, payload, retained)
        assert hub.messages == before + 1

    nothing_raises()
    await feed.tick(60)
    assert hub.config is config
    assert {reading.channel.topic for reading in hub.readings} == topics


async def test_nonsense_is_counted_and_changes_nothing(feed: Feed[Recorded]) -> None:
    deliver, hub = deliver_to(feed), feed.hub
    config, states = hub.config, shown(feed.hass)
    bridge = f"$SYS/broker/connection/{hub.hostname}.flukso/state"
    own = st.sampled_from([*READING_TOPICS, *DEVICE_TOPICS[:3]])

    @fuzz(500)
    @given(topic=own, payload=NONSENSE)
    @example(topic=DEVICE_TOPICS[0], payload=b"{}")
    @example(topic=bridge, payload=b"maybe")
    @example(topic=DEVICE_TOPICS[3], payload=b"x" * 20_000)
    def nonsense_is_counted(topic: str, payload: bytes) -> None:
        before = dropped(feed)
        deliver(topic, payload, False)
        assert dropped(feed) == before + 1

    nonsense_is_counted()
    await feed.tick()
    assert hub.config is config
    assert shown(feed.hass) == states


async def test_what_is_not_ours_is_counted_as_such(feed: Feed[Recorded]) -> None:
    deliver, hub = deliver_to(feed), feed.hub
    states = shown(feed.hass)

    @fuzz(300)
    @given(topic=OTHER_TOPICS, payload=ANYTHING)
    def not_ours(topic: str, payload: bytes) -> None:
        before = hub.drops.totals.get("topic", 0)
        deliver(topic, payload, False)
        assert hub.drops.totals["topic"] == before + 1

    not_ours()
    await feed.tick()
    assert shown(feed.hass) == states


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (f'[{NOON}, {"9" * 400}, "W"]', "too_large"),
        (f"[{NOON}, 5", "malformed"),
        (f'[{NOON}, true, "W"]', "malformed"),
        (f'[{NOON}, nan, "W"]', "not_finite"),
        (f'[{NOON}, 1e999, "W"]', "not_finite"),
        ('[5, 5, "W"]', "timestamp"),
        (f'[{NOON + 90_000}, 5, "W"]', "timestamp"),
        (f'[{NOON}, 5, "parsec"]', "unit"),
        (f'[{NOON}, -5, "W"]', "out_of_range"),
        (f'[{NOON}, 5000000, "W"]', "out_of_range"),
    ],
)
async def test_each_reason_is_told_apart(
    feed: Feed[Recorded], payload: str, reason: str
) -> None:
    await feed.publish([feed.device.gauge(1, payload)])
    assert feed.hub.drops.totals == {reason: 1}


async def test_a_huge_message_does_not_hide_the_next(feed: Feed[Recorded]) -> None:
    huge = feed.device.gauge(7, "[" + "1" * 3_000_000)
    good = feed.device.gauge(7, f'[{NOON}, 231, "V"]')
    await feed.publish([huge, good])
    assert feed.hub.drops.totals == {"too_large": 1}
    assert feed.value_of(feed.device.key_of(7, "gauge")) == "231.0"


async def test_a_reason_is_logged_once_an_hour(
    feed: Feed[Recorded],
    caplog: pytest.LogCaptureFixture,
    freezer: FrozenDateTimeFactory,
) -> None:
    deliver = deliver_to(feed)

    def said(times: int) -> list[str]:
        caplog.clear()
        for _ in range(times):
            deliver(READING_TOPICS[0], b"nonsense", False)
            deliver(READING_TOPICS[0], b"nonsense" * 100, False)
        return [
            record.getMessage()
            for record in caplog.records
            if record.levelno >= logging.WARNING
        ]

    assert len(said(50)) == 2
    freezer.tick(3599)
    assert said(50) == []
    freezer.tick(1)
    assert len(said(50)) == 2
    assert dropped(feed) == 300


async def test_what_is_logged_of_a_drop_quotes_nothing(
    feed: Feed[Recorded], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    deliver = deliver_to(feed)
    deliver(READING_TOPICS[0], b'[1, 2, "secret-unit"]', False)
    deliver("/secret/topic", b"secret payload", False)
    deliver(DEVICE_TOPICS[2], b'{"main":{"key":"secret', False)
    assert len(caplog.records) == 3
    assert "secret" not in caplog.text
    assert DEVICE.id_of(1) not in caplog.text


async def states_after(feed: Feed[Any], faults: Iterable[str]) -> dict[str, Any]:
    """Return what is shown of a simulated device after a minute."""
    feed.entry = entry_of(feed.device, feed.broker.port)
    await feed.start(NOON)
    for fault in faults:
        feed.device.faults.start(fault)
    await feed.run(NOON, NOON + 62)
    states = shown(feed.hass)
    assert await feed.hass.config_entries.async_remove(feed.entry.entry_id)
    return states


@pytest.mark.parametrize("model", ["FLM02B", "FLM03E"])
async def test_garbage_among_the_readings_changes_none_of_them(
    make_feed: MakeFeed, model: str
) -> None:
    clean = await states_after(make_feed(make_device(model, start=NOON - 10)), [])
    feed = make_feed(make_device(model, start=NOON - 10))
    assert await states_after(feed, ["garbage"]) == clean


async def test_a_broker_gone_mad_is_left_and_connected_to_anew(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    device = flm02b()
    kept = b"".join(
        publish_packet(message.topic.encode(), message.payload)
        for message in device.retained()
    )
    truncated = bytes((0x30, 2, 0, 9))
    answers = (
        CONNECT_ACCEPTED,
        kept + subscribe_answer(1, 0, 0, 0, 0),
        subscribe_answer(2, 0),
        subscribe_answer(3, *[0] * 40),
    )
    mad = ScriptedBroker(answers, (truncated,), hangs_up=False)
    async with mad.running():
        entry = entry_of(device, mad.port)
        assert await set_up(hass, entry) is ConfigEntryState.LOADED
        hub = hub_of(entry)
        await until(lambda: not hub.link_up)
        await until(lambda: hub.link_up)
        assert mad.connections == 2
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_registered_entities_survive_a_storm_of_configurations(
    feed: Feed[Recorded],
) -> None:
    registry = er.async_get(feed.hass)
    before = er.async_entries_for_config_entry(registry, feed.entry.entry_id)
    storm = [
        Message(topic, payload)
        for topic in DEVICE_TOPICS[:3]
        for payload in (b"", b"{}", b"[]", b'{"1":1}', b"\xff", b"{" * 70_000)
    ]
    await feed.publish([message for message in storm if message.payload != b"{}"])
    await feed.publish([Message(DEVICE_TOPICS[0], b"{}")])
    await feed.hass.async_block_till_done()
    assert er.async_entries_for_config_entry(registry, feed.entry.entry_id) == before
