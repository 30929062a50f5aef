"""A device on real brokers, read by a real client."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
import queue

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
import pytest

from simulator import Device, Message, make_device
from simulator.broker import EmbeddedBroker, free_port
from simulator.runner import run
from tests.brokers import Mosquitto

from .support import START, drive

_TIMEOUT = 20


class Reader:
    """A paho client that keeps what it receives."""

    def __init__(self, port: int, topics: tuple[str, ...]) -> None:
        self.received: queue.Queue[Message] = queue.Queue()
        self._ready: queue.Queue[None] = queue.Queue()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv311)
        self._client.on_message = lambda *args: self.received.put(
            Message(args[2].topic, args[2].payload, args[2].retain)
        )
        self._client.on_subscribe = lambda *_: self._ready.put(None)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe([(topic, 0) for topic in topics])
        self._ready.get(timeout=_TIMEOUT)

    def take(self, count: int) -> list[Message]:
        """Wait for so many messages."""
        return [self.received.get(timeout=_TIMEOUT) for _ in range(count)]

    def topics(self, count: int) -> dict[str, Message]:
        """Wait for messages on so many topics; return the last one of each."""
        found: dict[str, Message] = {}
        while len(found) < count:
            message = self.received.get(timeout=_TIMEOUT)
            found[message.topic] = message
        return found

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()
        # Its sockets are closed with the last reference to it, not by the collector.
        self._client.on_message = self._client.on_subscribe = None


@asynccontextmanager
async def reader(port: int, *topics: str) -> AsyncIterator[Reader]:
    """Subscribe for the length of the context."""
    client = await asyncio.to_thread(Reader, port, topics or ("/#",))
    try:
        yield client
    finally:
        await asyncio.to_thread(client.close)


@contextmanager
def mosquitto(folder: Path, users: dict[str, str] | None = None) -> Iterator[Mosquitto]:
    """Run a Mosquitto for the length of the context."""
    broker = Mosquitto(folder, users or {})
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def _expected(device: Device, seconds: int) -> list[tuple[str, bytes]]:
    """Return what a reader that is there from the start receives."""
    twin = make_device(device.model, start=device.start)
    messages = [*twin.retained()]
    messages += [m for _, m in drive(twin, device.start, device.start + seconds)]
    return [(message.topic, message.payload) for message in messages]


@pytest.mark.parametrize("model", ["FLM02A", "FLM02B", "FLM03E"])
async def test_everything_arrives_through_the_embedded_broker(model: str) -> None:
    device = make_device(model, start=START)
    expected = _expected(device, 30)
    async with EmbeddedBroker() as broker, reader(broker.port) as client:
        await run(device, "127.0.0.1", broker.port, speed=1000, duration=30)
        received = await asyncio.to_thread(client.take, len(expected))
    assert sorted((m.topic, m.payload) for m in received) == sorted(expected)
    assert not any(message.retain for message in received)


async def test_the_embedded_broker_keeps_what_is_retained() -> None:
    device = make_device("FLM02B", start=START)
    twin = make_device("FLM02B", start=START)
    last = {m.topic: m.payload for m in twin.retained()} | {
        m.topic: m.payload for _, m in drive(twin, START, START + 30) if m.retain
    }
    async with EmbeddedBroker() as broker:
        await run(device, "127.0.0.1", broker.port, speed=1000, duration=30)
        async with reader(broker.port) as client:
            received = await asyncio.to_thread(client.topics, len(last))
    assert {topic: message.payload for topic, message in received.items()} == last
    assert all(message.retain for message in received.values())


async def test_a_head_start_leaves_what_is_retained_and_nothing_else() -> None:
    device = make_device("FLM03E", start=START)
    twin = make_device("FLM03E", start=START)
    before = [message for _, message in drive(twin, START, START + 70)]
    kept = {m.topic: m.payload for m in (*twin.retained(), *before) if m.retain}
    now = [message for _, message in drive(twin, START + 70, START + 71)]
    async with EmbeddedBroker() as broker, reader(broker.port) as client:
        await run(device, "127.0.0.1", broker.port, head_start=70, duration=1)
        received = await asyncio.to_thread(client.take, len(kept) + len(now) + 1)
    told = {(message.topic, message.payload) for message in received}
    assert told == kept.items() | {
        (m.topic, m.payload) for m in (*twin.retained(), *now)
    }


async def test_the_embedded_broker_tells_the_state_of_the_bridge() -> None:
    device = make_device("FLM03E", start=START)
    state = device.bridge_state()
    async with EmbeddedBroker() as broker:
        await run(
            device, "127.0.0.1", broker.port, speed=1000, duration=1, hold=broker.hold
        )
        async with reader(broker.port, state.topic) as client:
            (received,) = await asyncio.to_thread(client.take, 1)
    assert received == state


async def test_the_embedded_broker_frees_its_port() -> None:
    port = free_port()
    for _ in range(2):
        async with EmbeddedBroker(port) as broker, reader(broker.port):
            assert broker.port == port


async def test_a_stopped_broker_holds_nothing() -> None:
    device = make_device("FLM03E", start=START)
    with pytest.raises(RuntimeError):
        await EmbeddedBroker().hold(device.bridge_state())


@pytest.mark.parametrize("model", ["FLM02B", "FLM03E"])
async def test_everything_arrives_through_mosquitto(model: str, tmp_path: Path) -> None:
    device = make_device(model, start=START)
    expected = _expected(device, 60)
    with mosquitto(tmp_path) as broker:
        async with reader(broker.port) as client:
            await run(device, "127.0.0.1", broker.port, speed=1000, duration=60)
            received = await asyncio.to_thread(client.take, len(expected))
    assert [(message.topic, message.payload) for message in received] == expected


async def test_a_password_lets_the_device_in(tmp_path: Path) -> None:
    device = make_device("FLM02A", start=START)
    with mosquitto(tmp_path, {"flukso": "secret"}) as broker:
        await run(
            device,
            "127.0.0.1",
            broker.port,
            username="flukso",
            password="secret",
            speed=1000,
            duration=1,
        )
        with pytest.raises(ConnectionError, match="(?i)authori"):
            await run(device, "127.0.0.1", broker.port, duration=1)


async def test_a_restarted_broker_is_told_everything_again(tmp_path: Path) -> None:
    device = make_device("FLM02B", start=START)
    topic = f"/device/{device.device_id}/config/sensor"
    with mosquitto(tmp_path) as broker:
        work = asyncio.create_task(run(device, "127.0.0.1", broker.port, speed=50))
        async with reader(broker.port, topic) as client:
            await asyncio.to_thread(client.take, 1)
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(broker.start)
        async with reader(broker.port, topic) as client:
            (again,) = await asyncio.to_thread(client.take, 1)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert again.payload == device.retained()[0].payload


async def test_a_missing_broker_is_an_os_error() -> None:
    device = make_device("FLM02A", start=START)
    with pytest.raises(OSError):
        await run(device, "127.0.0.1", free_port(), duration=1)
