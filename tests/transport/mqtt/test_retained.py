"""What a broker has retained."""

import asyncio
from collections.abc import Callable

import pytest

from custom_components.flukso.transport.errors import CannotConnect, InvalidAuth
from custom_components.flukso.transport.mqtt import retained as discover
from custom_components.flukso.transport.mqtt.retained import collect_retained

from ...brokers import (
    CONNECT_ACCEPTED,
    Message,
    Mosquitto,
    MosquittoFactory,
    ScriptedBroker,
    publish,
    publish_packet,
    subscribe_answer,
)
from .support import address, until

TOPICS = ("/device/+/config/sensor", "/device/+/config/flx")
CONFIG = "/device/0f/config/sensor"
SESSION = (CONNECT_ACCEPTED, subscribe_answer(1, 0, 0))


class Collected:
    """Messages, of which only some are what we look for."""

    def __init__(self, wanted: Callable[[str], bool] = lambda _topic: True) -> None:
        self.messages: dict[str, bytes] = {}
        self._wanted = wanted

    def take(self, topic: str, payload: bytes) -> bool:
        self.messages[topic] = payload
        return self._wanted(topic)


async def test_all_that_is_retained_is_collected(broker: Mosquitto) -> None:
    kept = {f"/device/{number}/config/sensor": b"{}" for number in range(60)}
    await publish(broker, [Message(*item) for item in kept.items()])
    await publish(broker, [Message("/device/1/config/kube", b"not asked for")])
    collected = Collected()
    await collect_retained(
        address(broker), TOPICS, collected.take, timeout=5, quiet=0.1
    )
    assert collected.messages == kept


async def test_finding_nothing_is_no_error(broker: Mosquitto) -> None:
    collected = Collected()
    await collect_retained(address(broker), TOPICS, collected.take, timeout=0.1)
    assert collected.messages == {}


async def test_what_comes_late_is_waited_for(broker: Mosquitto) -> None:
    collected = Collected(lambda topic: topic == CONFIG)
    search = asyncio.create_task(
        collect_retained(address(broker), TOPICS, collected.take, timeout=5, quiet=0.01)
    )
    await until(lambda: bool(broker.subscriptions()))
    await publish(broker, [Message("/device/0e/config/flx", b"not it")])
    await until(lambda: len(collected.messages) == 1)
    assert not search.done()
    await publish(broker, [Message(CONFIG, b"{}")])
    await search
    assert CONFIG in collected.messages


async def test_an_endless_stream_is_cut_off(broker: Mosquitto) -> None:
    """Something that publishes all the time never leaves a quiet moment."""

    async def flood() -> None:
        while True:
            await publish(broker, [Message(CONFIG, b"{}", retain=False)])

    flooding = asyncio.create_task(flood())
    await collect_retained(
        address(broker), TOPICS, Collected().take, timeout=0.3, quiet=5
    )
    flooding.cancel()
    await asyncio.gather(flooding, return_exceptions=True)


async def test_a_connection_that_ends_before_anything_came_is_told() -> None:
    async with ScriptedBroker(SESSION).running() as fickle:
        with pytest.raises(CannotConnect, match="ended"):
            await collect_retained(address(fickle), TOPICS, Collected().take, timeout=5)


async def test_what_was_found_before_the_connection_ended_counts() -> None:
    found = publish_packet(CONFIG.encode(), b"{}")
    collected = Collected()
    async with ScriptedBroker(SESSION, (found,)).running() as fickle:
        await collect_retained(address(fickle), TOPICS, collected.take, timeout=5)
    assert collected.messages == {CONFIG: b"{}"}


async def test_a_subscription_that_is_never_confirmed_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(discover, "CONNECT_TIMEOUT", 0.05)
    async with ScriptedBroker((CONNECT_ACCEPTED,), hangs_up=False).running() as mute:
        with pytest.raises(CannotConnect, match="not confirmed"):
            await collect_retained(address(mute), TOPICS, Collected().take, timeout=5)


async def test_a_guarded_broker_asks_for_credentials(
    mosquitto: MosquittoFactory,
) -> None:
    guarded = mosquitto(users={"flukso": "s3cret"})
    with pytest.raises(InvalidAuth):
        await collect_retained(address(guarded), TOPICS, Collected().take, timeout=5)
