"""One connection, from CONNECT to its end."""

import asyncio
from collections.abc import Mapping
import gc
import logging
import socket
from unittest.mock import patch

from hypothesis import example, given, settings, strategies as st
import paho.mqtt.client
from paho.mqtt.enums import MQTTProtocolVersion
import pytest

from custom_components.flukso.transport.errors import (
    CannotConnect,
    InvalidAuth,
    LinkError,
    ProtocolRefused,
    SubscriptionRefused,
)
from custom_components.flukso.transport.mqtt import session as mqtt
from custom_components.flukso.transport.mqtt.loop import open_socket
from custom_components.flukso.transport.mqtt.session import (
    NO_TOPIC,
    BrokerAddress,
    Session,
    open_session,
)

from ...brokers import (
    CONNECT_ACCEPTED,
    CONNECT_REFUSED_VERSION,
    HOST,
    PINGREQ,
    Message,
    Mosquitto,
    MosquittoFactory,
    OldBroker,
    ScriptedBroker,
    free_port,
    publish,
    publish_packet,
    subscribe_answer,
)
from .support import Heard, address, until

USERS = {"flukso": "s3cret"}
TOPIC = "/sensor/0f/gauge"


def connect_refused(code: int) -> bytes:
    return bytes((0x20, 2, 0, code))


async def connected(
    broker: Mosquitto | ScriptedBroker, heard: Heard | None = None
) -> Session:
    on_message = (heard or Heard()).on_message
    session, _ = await open_session(address(broker), on_message, timeout=5)
    return session


async def test_what_is_published_arrives(broker: Mosquitto) -> None:
    heard = Heard()
    session = await connected(broker, heard)
    await session.subscribe([TOPIC])
    await publish(broker, [Message(TOPIC, b"1", retain=False)])
    await until(lambda: len(heard.messages) == 1)
    assert heard.messages == [(TOPIC, b"1", False)]
    session.close()


async def test_what_the_broker_kept_arrives_marked_as_retained(
    broker: Mosquitto,
) -> None:
    await publish(broker, [Message(TOPIC, b"1")])
    heard = Heard()
    session = await connected(broker, heard)
    await session.subscribe([TOPIC])
    await until(lambda: len(heard.messages) == 1)
    assert heard.messages == [(TOPIC, b"1", True)]
    session.close()


async def test_many_topics_are_all_subscribed_to(broker: Mosquitto) -> None:
    topics = [f"/sensor/{number:032x}/gauge" for number in range(100)]
    session = await connected(broker)
    await session.subscribe(topics)
    assert list(broker.subscriptions().values()) == [topics]
    session.close()


async def test_what_is_published_is_not_retained(broker: Mosquitto) -> None:
    heard = Heard()
    session = await connected(broker, heard)
    await session.subscribe([TOPIC])
    session.publish(TOPIC, b"1")
    await until(lambda: heard.messages == [(TOPIC, b"1", False)])
    await session.subscribe([TOPIC, "/end"])
    await publish(broker, [Message("/end", b"2", retain=False)])
    await until(lambda: heard.payloads == [b"1", b"2"])
    session.close()
    with pytest.raises(CannotConnect):
        session.publish(TOPIC, b"3")


async def test_an_unsubscribed_topic_stays_quiet(broker: Mosquitto) -> None:
    heard = Heard()
    session = await connected(broker, heard)
    await session.subscribe([TOPIC, "/end"])
    session.unsubscribe([TOPIC])
    await until(lambda: list(broker.subscriptions().values()) == [["/end"]])
    await publish(
        broker,
        [Message(TOPIC, b"1", retain=False), Message("/end", b"2", retain=False)],
    )
    await until(lambda: bool(heard.messages))
    assert heard.payloads == [b"2"]
    session.close()


async def test_closing_ends_the_session_and_its_socket(broker: Mosquitto) -> None:
    session = await connected(broker)
    session.close()
    assert session.closed.done()
    session.close()
    with pytest.raises(CannotConnect):
        await session.subscribe([TOPIC])
    session.subscribe_soon([TOPIC])


async def test_a_broker_that_stops_ends_the_session(broker: Mosquitto) -> None:
    session = await connected(broker)
    broker.stop()
    async with asyncio.timeout(5):
        await session.closed


@pytest.mark.parametrize(
    "host",
    ["no-such-host.invalid", "a" * 64 + ".invalid", "nul\0byte", "b\u00fccher..x"],
)
async def test_a_host_that_cannot_be_found_cannot_be_connected_to(host: str) -> None:
    with pytest.raises(CannotConnect):
        await open_session(BrokerAddress(host=host), Heard().on_message, timeout=5)


async def test_a_port_where_nobody_listens_cannot_be_connected_to() -> None:
    nobody = BrokerAddress(host=HOST, port=free_port())
    with pytest.raises(CannotConnect):
        await open_session(nobody, Heard().on_message, timeout=5)


async def test_the_next_address_of_a_host_is_tried(broker: Mosquitto) -> None:
    dead = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (HOST, free_port()))
    alive = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (HOST, broker.port))
    loop = asyncio.get_running_loop()
    with patch.object(loop, "getaddrinfo", return_value=[dead, alive]):
        session = await connected(broker)
    session.close()


async def test_a_failed_attempt_leaves_nothing_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    nobody = BrokerAddress(host=HOST, port=free_port())
    with pytest.raises(CannotConnect):
        await open_session(nobody, Heard().on_message, timeout=5)
    gc.collect()
    assert not caplog.records


@pytest.mark.parametrize("code", [4, 5])
async def test_refused_credentials_are_told_apart(code: int) -> None:
    async with ScriptedBroker((connect_refused(code),)).running() as broker:
        with pytest.raises(InvalidAuth):
            await connected(broker)
        assert broker.connections == 1


@pytest.mark.parametrize("code", [2, 3, 6, 255])
async def test_another_refusal_is_no_connection(code: int) -> None:
    async with ScriptedBroker((connect_refused(code),)).running() as broker:
        with pytest.raises(CannotConnect):
            await connected(broker)


@pytest.mark.parametrize(
    ("credentials", "accepted"),
    [
        ({"username": "flukso", "password": "s3cret"}, True),
        ({"username": "flukso", "password": "wrong"}, False),
        ({"username": "flukso"}, False),
        ({}, False),
    ],
)
async def test_a_password_opens_a_guarded_broker(
    mosquitto: MosquittoFactory, credentials: Mapping[str, str], accepted: bool
) -> None:
    guarded = address(mosquitto(users=USERS), **credentials)
    attempt = open_session(guarded, Heard().on_message, timeout=5)
    results = await asyncio.gather(attempt, return_exceptions=True)
    assert [isinstance(result, InvalidAuth) for result in results] == [not accepted]


def test_a_password_is_not_shown() -> None:
    shown = repr(BrokerAddress(host=HOST, username="flukso", password="s3cret"))
    assert "s3cret" not in shown


@pytest.mark.parametrize("refusal", [b"", CONNECT_REFUSED_VERSION])
async def test_an_old_broker_is_spoken_to_in_its_version(
    broker: Mosquitto, refusal: bytes
) -> None:
    async with OldBroker(broker, refusal).running() as old:
        heard = Heard()
        session, protocol = await open_session(
            address(old), heard.on_message, timeout=5
        )
        assert protocol is MQTTProtocolVersion.MQTTv31
        assert old.protocols == ["MQTT", "MQIsdp"]
        await session.subscribe([TOPIC])
        await publish(broker, [Message(TOPIC, b"1")])
        await until(lambda: heard.payloads == [b"1"])
        session.close()


async def test_a_broker_that_hangs_up_on_every_version_cannot_be_connected_to() -> None:
    async with ScriptedBroker(()).running() as broker:
        with pytest.raises(ProtocolRefused):
            await connected(broker)
        assert broker.connections == 2


async def test_a_silent_broker_is_given_up_in_time() -> None:
    async with ScriptedBroker((b"",), hangs_up=False).running() as broker:
        with pytest.raises(CannotConnect, match="in time"):
            await open_session(address(broker), Heard().on_message, timeout=0.05)


async def test_a_cancelled_attempt_closes_its_connection() -> None:
    async with ScriptedBroker((b"",), hangs_up=False).running() as broker:
        attempt = asyncio.ensure_future(connected(broker))
        await until(lambda: broker.connections == 1)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt


async def test_a_connection_attempt_that_is_cancelled_closes_its_socket() -> None:
    loop = asyncio.get_running_loop()
    sockets: list[socket.socket] = []

    async def never(sock: socket.socket, _address: object) -> None:
        sockets.append(sock)
        await asyncio.Event().wait()

    with patch.object(loop, "sock_connect", never):
        attempt = asyncio.ensure_future(open_socket(HOST, 1))
        await until(lambda: bool(sockets))
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
    assert sockets[0].fileno() == -1


async def test_without_a_version_to_try_there_is_no_connection() -> None:
    nobody = BrokerAddress(host=HOST)
    with pytest.raises(CannotConnect):
        await open_session(nobody, Heard().on_message, timeout=5, protocols=())


async def test_a_refused_subscription_is_told() -> None:
    answers = (CONNECT_ACCEPTED, subscribe_answer(1, 0, 0x80))
    async with ScriptedBroker(answers, hangs_up=False).running() as broker:
        session = await connected(broker)
        with pytest.raises(SubscriptionRefused):
            await session.subscribe([TOPIC, "/other"])
        assert not session.closed.done()
        session.close()


async def test_a_later_subscription_that_is_refused_ends_the_session() -> None:
    answers = (CONNECT_ACCEPTED, subscribe_answer(1, 0x80))
    async with ScriptedBroker(answers, hangs_up=False).running() as broker:
        session = await connected(broker)
        session.subscribe_soon([TOPIC])
        async with asyncio.timeout(5):
            await session.closed


async def test_hanging_up_amid_a_subscription_is_told() -> None:
    async with ScriptedBroker((CONNECT_ACCEPTED, b"")).running() as broker:
        session = await connected(broker)
        with pytest.raises(CannotConnect):
            await session.subscribe([TOPIC])


async def test_answers_nobody_asked_for_change_nothing() -> None:
    heard = Heard()
    stray = (
        CONNECT_ACCEPTED
        + subscribe_answer(77, 0)
        + publish_packet(TOPIC.encode(), b"1")
    )
    async with ScriptedBroker(
        (CONNECT_ACCEPTED,), pieces=(stray,), hangs_up=False
    ).running() as broker:
        session = await connected(broker, heard)
        await until(lambda: heard.payloads == [b"1"])
        assert not session.closed.done()
        session.close()


async def test_a_topic_that_is_no_text_is_delivered_as_none_of_ours() -> None:
    heard = Heard()
    packets = publish_packet(b"\xff\xfe", b"1") + publish_packet(TOPIC.encode(), b"2")
    async with ScriptedBroker((CONNECT_ACCEPTED,), pieces=(packets,)).running() as (
        broker
    ):
        session = await connected(broker, heard)
        await session.closed
    assert heard.messages == [(NO_TOPIC, b"1", False), (TOPIC, b"2", False)]


@pytest.mark.parametrize("qos", [1, 2])
async def test_a_message_of_a_higher_quality_of_service_does_no_harm(qos: int) -> None:
    heard = Heard()
    packets = publish_packet(TOPIC.encode(), b"1", qos=qos) + publish_packet(
        TOPIC.encode(), b"2"
    )
    async with ScriptedBroker(
        (CONNECT_ACCEPTED,), pieces=(packets,), hangs_up=False
    ).running() as broker:
        session = await connected(broker, heard)
        await until(lambda: b"2" in heard.payloads)
        assert not session.closed.done()
        session.close()


@settings(max_examples=300)
@given(garbage=st.binary(min_size=2, max_size=60))
@example(garbage=subscribe_answer(1, 5))
@example(garbage=subscribe_answer(1))
@example(garbage=bytes((0x90, 1, 0)))
@example(garbage=bytes((0x30, 2, 0, 9)))
@example(garbage=bytes((0x30, 2, 0, 0)))
@example(garbage=bytes((0x36, 4, 0, 1, 97, 0)))
@example(garbage=bytes((0x62, 1, 0)))
@example(garbage=bytes((0x40, 0)))
@example(garbage=bytes((0x00, 0x80, 0x80, 0x80, 0x80, 1)))
@example(garbage=bytes((0x20, 2, 0, 5)))
@example(garbage=bytes((0xE0, 0)))
@example(garbage=bytes((0xF0, 0)))
def test_no_bytes_of_a_broker_raise_out_of_the_event_loop(garbage: bytes) -> None:
    """The end of the stream ends the session; nothing else is left of it."""
    complaints: list[dict[str, object]] = []

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: complaints.append(context)
        )
        async with ScriptedBroker((CONNECT_ACCEPTED,), (garbage,)).running() as broker:
            session = await connected(broker)
            await session.closed

    asyncio.run(scenario())
    assert not complaints


@settings(max_examples=100)
@given(answer=st.binary(max_size=40))
def test_no_answer_to_a_connection_raises_anything_but_our_errors(
    answer: bytes,
) -> None:
    complaints: list[dict[str, object]] = []

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: complaints.append(context)
        )
        async with ScriptedBroker((answer,)).running() as broker:
            attempt = connected(broker)
            (result,) = await asyncio.gather(attempt, return_exceptions=True)
            assert isinstance(result, (LinkError, Session))

    asyncio.run(scenario())
    assert not complaints


async def test_a_broker_that_no_longer_answers_pings_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mqtt, "HOUSEKEEPING_INTERVAL", 0.001)
    now = 1000.0
    monkeypatch.setattr(paho.mqtt.client, "time_func", lambda: now)
    async with ScriptedBroker((CONNECT_ACCEPTED, b""), hangs_up=False).running() as (
        broker
    ):
        session = await connected(broker)
        now += 61
        await until(lambda: PINGREQ[0] in broker.kinds)
        assert not session.closed.done()
        now += 61
        async with asyncio.timeout(5):
            await session.closed


async def test_a_fault_of_the_receiver_ends_the_session_and_is_reported(
    broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    def faulty(_topic: str, _payload: bytes, _retained: bool) -> None:
        raise ZeroDivisionError

    session, _ = await open_session(address(broker), faulty, timeout=5)
    await session.subscribe([TOPIC])
    with caplog.at_level(logging.ERROR, logger="asyncio"):
        await publish(broker, [Message(TOPIC, b"1")])
        await until(session.closed.done)
    assert "ZeroDivisionError" in caplog.text
