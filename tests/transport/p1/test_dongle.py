"""What a P1 dongle publishes, message by message."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from custom_components.flukso.transport.backoff import Backoff
from custom_components.flukso.transport.errors import CannotConnect, InvalidAuth
from custom_components.flukso.transport.mqtt import link as link_module
from custom_components.flukso.transport.p1.dongle import P1MqttLink
from custom_components.flukso.transport.state import LinkState

from ...brokers import Address, Message, Mosquitto, MosquittoFactory, publish
from ..mqtt.support import address, until

TOPIC = "/p1/253769484_A/telegram"
UP, DOWN, REFUSED = LinkState
OWNER = {"username": "flukso", "password": "s3cret"}


@dataclass(slots=True)
class Dongle:
    """A link to what a dongle publishes, and what came through it."""

    messages: list[bytes] = field(default_factory=list)
    states: list[LinkState] = field(default_factory=list)

    def link(self, broker: Address, **credentials: str) -> P1MqttLink:
        return P1MqttLink(
            address(broker, **credentials),
            TOPIC,
            on_bytes=self.messages.append,
            on_state=self.states.append,
        )


@asynccontextmanager
async def kept(link: P1MqttLink) -> AsyncGenerator[None]:
    """Open a link and keep it up until the end of the block."""
    await link.open()
    running = asyncio.create_task(link.run())
    try:
        yield
    finally:
        await link.close()
        await running


async def test_each_message_is_handed_over_as_it_came(broker: Mosquitto) -> None:
    heard = Dongle()
    async with kept(heard.link(broker)):
        assert heard.states == [UP]
        sent = [b"/one", b"", b"!two"]
        await publish(broker, [Message(TOPIC, each, retain=False) for each in sent])
        await until(lambda: heard.messages == sent)


async def test_a_retained_message_is_no_news(broker: Mosquitto) -> None:
    await publish(broker, [Message(TOPIC, b"old", retain=True)])
    heard = Dongle()
    async with kept(heard.link(broker)):
        await publish(broker, [Message(TOPIC, b"new", retain=True)])
        await until(lambda: heard.messages == [b"new"])


async def test_other_topics_are_not_subscribed_to(broker: Mosquitto) -> None:
    heard = Dongle()
    async with kept(heard.link(broker)):
        other = Message("/p1/253769484_B/telegram", b"other", retain=False)
        await publish(broker, [other, Message(TOPIC, b"own", retain=False)])
        await until(lambda: heard.messages == [b"own"])


async def test_others_are_heard_while_somebody_listens(broker: Mosquitto) -> None:
    heard, elsewhere = Dongle(), list[tuple[str, bytes]]()
    other = "/p1/253769484_B/telegram"
    link = heard.link(broker)
    async with kept(link):
        end = await link.listen("/p1/+/telegram", lambda *said: elsewhere.append(said))
        await until(
            lambda: any(len(topics) == 2 for topics in broker.subscriptions().values())
        )
        old = Message(other, b"old", retain=True)
        await publish(broker, [old, Message(other, b"other", retain=False)])
        await until(lambda: (other, b"other") in elsewhere)
        end()
        await publish(broker, [Message(other, b"late", retain=False)])
        await publish(broker, [Message(TOPIC, b"own", retain=False)])
        await until(lambda: b"own" in heard.messages)
    assert [payload for _, payload in elsewhere if payload != b"old"] == [b"other"]


async def test_a_broker_that_restarts_is_connected_to_again(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff, "next", lambda _self: 0.01)
    heard = Dongle()
    link = heard.link(broker)
    async with kept(link):
        broker.stop()
        await until(lambda: heard.states == [UP, DOWN])
        broker.start()
        await until(lambda: heard.states == [UP, DOWN, UP])
        assert link.connects == 2
        link.telegram_seen()
        await publish(broker, [Message(TOPIC, b"again", retain=False)])
        await until(lambda: heard.messages == [b"again"])


async def test_a_broker_that_is_not_there_cannot_be_connected_to(
    broker: Mosquitto,
) -> None:
    broker.stop()
    with pytest.raises(CannotConnect):
        await Dongle().link(broker).open()


async def test_credentials_are_used_and_their_refusal_is_told(
    mosquitto: MosquittoFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "STEADY_AFTER", 0.0)
    monkeypatch.setattr(Backoff, "next", lambda _self: 0.01)
    guarded = mosquitto(users={OWNER["username"]: OWNER["password"]})
    heard = Dongle()
    with pytest.raises(InvalidAuth):
        await heard.link(guarded, username="flukso", password="wrong").open()
    async with kept(heard.link(guarded, **OWNER)):
        guarded.stop()
        guarded.users = {OWNER["username"]: "changed"}
        guarded.start()
        await until(lambda: heard.states == [UP, DOWN, REFUSED])
