"""A connection that comes back, with everything that is wanted of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import override

from paho.mqtt.enums import MQTTProtocolVersion
import pytest

from custom_components.flukso.transport.backoff import Backoff
from custom_components.flukso.transport.errors import CannotConnect, InvalidAuth
from custom_components.flukso.transport.mqtt import link as link_module
from custom_components.flukso.transport.mqtt.link import MqttLink
from custom_components.flukso.transport.state import LinkState

from ...brokers import (
    CONNECT_ACCEPTED,
    CONNECT_REFUSED_VERSION,
    Message,
    Mosquitto,
    MosquittoFactory,
    OldBroker,
    ScriptedBroker,
    publish,
    subscribe_answer,
)
from .support import Heard, address, until

GAUGE = "/sensor/0f/gauge"
COUNTER = "/sensor/0f/counter"
CONFIG = "/device/0f/config/sensor"
FENCE = "$SYS/broker/connection/flukso-0f.flukso/state"
UP, DOWN, REFUSED = LinkState
SESSION = (CONNECT_ACCEPTED, subscribe_answer(1, 0))


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the delays between attempts, which pass a thousand times faster."""
    taken: list[float] = []

    class Impatient(Backoff):
        @override
        def next(self) -> float:
            taken.append(super().next())
            return taken[-1] / 1000

    monkeypatch.setattr(link_module, "Backoff", Impatient)
    return taken


@asynccontextmanager
async def kept(link: MqttLink) -> AsyncGenerator[None]:
    """Keep a link up until the end of the block."""
    running = asyncio.create_task(link.run())
    try:
        yield
    finally:
        link.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def subscribed(broker: Mosquitto) -> list[str]:
    """Return what the client that came last is subscribed to."""
    return next(reversed(broker.subscriptions().values()), [])


async def test_opening_delivers_all_that_is_retained_first(broker: Mosquitto) -> None:
    topics = [f"/device/{number}/config/sensor" for number in range(30)]
    await publish(broker, [Message(topic, b"{}") for topic in topics])
    heard = Heard()
    link = heard.link(broker, *topics, fence=FENCE)
    connected = [link.connected]
    await link.open()
    connected.append(link.connected)
    assert sorted(topic for topic, _, _ in heard.messages) == sorted(topics)
    assert heard.states == [UP]
    link.close()
    assert [*connected, link.connected] == [False, True, False]


async def test_all_that_is_wanted_is_subscribed_to_again_after_a_restart(
    broker: Mosquitto, delays: list[float]
) -> None:
    heard = Heard()
    link = heard.link(broker, CONFIG, fence=FENCE)
    link.want(GAUGE)
    await link.open()
    async with kept(link):
        link.want(COUNTER)
        await until(lambda: COUNTER in subscribed(broker))
        broker.stop()
        await until(lambda: heard.states == [UP, DOWN])
        broker.start()
        await until(lambda: heard.states == [UP, DOWN, UP])
        assert link.connects == 2
        assert subscribed(broker) == [CONFIG, FENCE, GAUGE, COUNTER]
        await publish(broker, [Message(COUNTER, b"1")])
        await until(lambda: heard.payloads == [b"1"])


async def test_a_link_opens_by_itself_once_the_broker_is_there(
    broker: Mosquitto, delays: list[float]
) -> None:
    broker.stop()
    heard = Heard()
    link = heard.link(broker)
    with pytest.raises(CannotConnect):
        await link.open()
    async with kept(link):
        await until(lambda: len(delays) > 2)
        assert heard.states == []
        broker.start()
        await until(lambda: heard.states == [UP])


async def test_the_delay_grows_while_nobody_answers(
    broker: Mosquitto, delays: list[float]
) -> None:
    broker.stop()
    async with kept(Heard().link(broker)):
        await until(lambda: len(delays) >= 8)
    assert delays[:8] == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_the_delay_grows_while_the_broker_hangs_up_at_once(
    delays: list[float],
) -> None:
    heard = Heard()
    async with (
        ScriptedBroker(SESSION).running() as fickle,
        kept(heard.link(fickle, CONFIG)),
    ):
        await until(lambda: len(delays) >= 5)
    assert delays[:5] == [1, 2, 4, 8, 16]
    assert heard.states[:4] == [UP, DOWN, UP, DOWN]


async def test_after_a_steady_connection_the_first_attempt_is_soon(
    delays: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "STEADY_AFTER", 0.0)
    async with (
        ScriptedBroker(SESSION).running() as fickle,
        kept(Heard().link(fickle, CONFIG)),
    ):
        await until(lambda: len(delays) >= 3)
    assert delays[:3] == [1, 1, 1]


async def test_malformed_packets_lead_to_a_new_connection(delays: list[float]) -> None:
    truncated = bytes((0x30, 2, 0, 9))
    heard = Heard()
    async with (
        ScriptedBroker(SESSION, (truncated,), hangs_up=False).running() as mad,
        kept(heard.link(mad, CONFIG)),
    ):
        await until(lambda: mad.connections >= 3)
    assert heard.states[:4] == [UP, DOWN, UP, DOWN]


async def test_what_is_wanted_before_opening_is_subscribed_to(
    broker: Mosquitto,
) -> None:
    link = Heard().link(broker)
    link.want(GAUGE)
    link.want(COUNTER)
    link.want(GAUGE)
    link.unwant(COUNTER)
    await link.open()
    assert subscribed(broker) == [GAUGE]
    link.close()


async def test_what_is_wanted_at_once_goes_out_in_one_packet() -> None:
    topics = [f"/sensor/{number}/gauge" for number in range(30)]
    answers = (CONNECT_ACCEPTED, subscribe_answer(1, 0), subscribe_answer(2, 0), b"")
    async with ScriptedBroker(answers, hangs_up=False).running() as broker:
        link = Heard().link(broker, CONFIG)
        await link.open()
        for topic in topics:
            link.want(topic)
        await until(lambda: len(broker.kinds) == 3)
        link.close()
    assert broker.kinds == [0x10, 0x82, 0x82]


async def test_what_is_no_longer_wanted_is_unsubscribed(broker: Mosquitto) -> None:
    link = Heard().link(broker)
    link.want(GAUGE)
    await link.open()
    link.want(COUNTER)
    await until(lambda: subscribed(broker) == [GAUGE, COUNTER])
    link.unwant(GAUGE)
    link.unwant("/never/wanted")
    await until(lambda: subscribed(broker) == [COUNTER])
    link.close()


async def test_wanted_and_unwanted_in_one_turn_is_never_subscribed(
    broker: Mosquitto,
) -> None:
    link = Heard().link(broker)
    await link.open()
    link.want(GAUGE)
    link.unwant(GAUGE)
    link.want(COUNTER)
    await until(lambda: COUNTER in subscribed(broker))
    assert subscribed(broker) == [COUNTER]
    link.close()


async def test_unwanted_and_wanted_in_one_turn_stays_subscribed(
    broker: Mosquitto,
) -> None:
    heard = Heard()
    link = heard.link(broker)
    link.want(GAUGE)
    await link.open()
    link.unwant(GAUGE)
    link.want(GAUGE)
    link.want(COUNTER)
    await until(lambda: COUNTER in subscribed(broker))
    assert sorted(subscribed(broker)) == sorted((GAUGE, COUNTER))
    link.close()


async def test_minds_changed_while_opening_are_respected(broker: Mosquitto) -> None:
    """Retained configuration arrives amid the opening and changes what is wanted."""
    await publish(broker, [Message(CONFIG, b"{}")])

    def on_message(_topic: str, _payload: bytes, _retained: bool) -> None:
        link.unwant(GAUGE)
        link.want(COUNTER)

    link = MqttLink(
        address(broker),
        on_message=on_message,
        on_state=Heard().states.append,
        first_topics=(CONFIG,),
        fence_topic=FENCE,
    )
    link.want(GAUGE)
    await link.open()
    assert subscribed(broker) == [CONFIG, FENCE, COUNTER]
    link.close()


async def test_minds_changed_by_the_last_retained_value_are_respected(
    broker: Mosquitto,
) -> None:
    await publish(broker, [Message(GAUGE, b"1")])

    def on_message(_topic: str, _payload: bytes, _retained: bool) -> None:
        link.unwant(GAUGE)
        link.want(COUNTER)

    link = MqttLink(
        address(broker), on_message=on_message, on_state=Heard().states.append
    )
    link.want(GAUGE)
    await link.open()
    await until(lambda: subscribed(broker) == [COUNTER])
    link.close()


async def test_a_refused_fence_does_not_keep_a_link_down() -> None:
    answers = (CONNECT_ACCEPTED, subscribe_answer(1, 0), subscribe_answer(2, 0x80))
    heard = Heard()
    async with ScriptedBroker(answers, hangs_up=False).running() as strict:
        link = heard.link(strict, CONFIG, fence=FENCE)
        await link.open()
        assert heard.states == [UP]
        link.close()


async def test_a_refused_topic_is_no_connection() -> None:
    answers = (CONNECT_ACCEPTED, subscribe_answer(1, 0x80))
    heard = Heard()
    async with ScriptedBroker(answers, hangs_up=False).running() as strict:
        with pytest.raises(CannotConnect):
            await heard.link(strict, CONFIG).open()
    assert heard.states == []


async def test_a_subscription_that_is_never_confirmed_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link_module, "CONNECT_TIMEOUT", 0.05)
    async with ScriptedBroker((CONNECT_ACCEPTED,), hangs_up=False).running() as mute:
        with pytest.raises(CannotConnect, match="not confirmed"):
            await Heard().link(mute, CONFIG).open()


@pytest.mark.parametrize("refusal", [b"", CONNECT_REFUSED_VERSION])
async def test_the_version_that_worked_is_tried_first_next_time(
    broker: Mosquitto, delays: list[float], refusal: bytes
) -> None:
    heard = Heard()
    async with OldBroker(broker, refusal).running() as old:
        link = heard.link(old, CONFIG)
        await link.open()
        assert link.protocol is MQTTProtocolVersion.MQTTv31
        async with kept(link):
            broker.stop()
            await until(lambda: heard.states == [UP, DOWN])
            broker.start()
            await until(lambda: heard.states == [UP, DOWN, UP])
            assert old.protocols[:3] == ["MQTT", "MQIsdp", "MQIsdp"]


async def test_a_changed_password_ends_the_attempts(
    mosquitto: MosquittoFactory, delays: list[float]
) -> None:
    guarded = mosquitto(users={"flukso": "old"})
    heard = Heard()
    link = MqttLink(
        address(guarded, username="flukso", password="old"),
        on_message=heard.on_message,
        on_state=heard.states.append,
    )
    running = asyncio.create_task(link.run())
    await until(lambda: heard.states == [UP])
    guarded.stop()
    await until(lambda: heard.states == [UP, DOWN])
    guarded.users = {"flukso": "new"}
    guarded.start()
    async with asyncio.timeout(5):
        await running
    assert heard.states == [UP, DOWN, REFUSED]
    with pytest.raises(InvalidAuth):
        await link.open()


async def test_closing_ends_the_running_without_a_word(broker: Mosquitto) -> None:
    heard = Heard()
    link = heard.link(broker, CONFIG)
    running = asyncio.create_task(link.run())
    await until(lambda: heard.states == [UP])
    link.want(GAUGE)
    link.close()
    async with asyncio.timeout(5):
        await running
    link.want(COUNTER)
    link.unwant(COUNTER)
    assert heard.states == [UP]
    assert subscribed(broker) == [CONFIG]


async def test_closing_amid_the_opening_leaves_no_connection(
    broker: Mosquitto,
) -> None:
    await publish(broker, [Message(CONFIG, b"{}")])
    states: list[LinkState] = []
    link = MqttLink(
        address(broker),
        on_message=lambda _topic, _payload, _retained: link.close(),
        on_state=states.append,
        first_topics=(CONFIG,),
        fence_topic=FENCE,
    )
    with pytest.raises(CannotConnect):
        await link.open()
    assert not link.connected
    assert states == []


async def test_wanting_on_a_connection_that_just_broke_waits_for_the_next(
    broker: Mosquitto, delays: list[float]
) -> None:
    def on_state(state: LinkState) -> None:
        states.append(state)

    states: list[LinkState] = []
    link = MqttLink(address(broker), on_message=Heard().on_message, on_state=on_state)
    await link.open()
    broker.stop()
    link.want(GAUGE)
    async with kept(link):
        await until(lambda: states == [UP, DOWN])
        broker.start()
        await until(lambda: states == [UP, DOWN, UP])
        assert subscribed(broker) == [GAUGE]


async def test_what_was_just_wanted_hears_the_answer_to_what_is_published(
    broker: Mosquitto,
) -> None:
    heard = Heard()
    link = heard.link(broker)
    with pytest.raises(CannotConnect):
        link.publish(GAUGE, b"1")
    await link.open()
    link.want(GAUGE)
    link.publish(GAUGE, b"2")
    await until(lambda: heard.messages == [(GAUGE, b"2", False)])
    link.close()
    with pytest.raises(CannotConnect):
        link.publish(GAUGE, b"3")
