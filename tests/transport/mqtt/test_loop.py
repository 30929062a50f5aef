"""Packets come out whole, however the network chops the stream."""

import asyncio
from collections.abc import Sequence
import socket
from types import TracebackType
from typing import Self

from hypothesis import example, given, settings, strategies as st
from paho.mqtt.enums import MQTTProtocolVersion
import pytest

from custom_components.flukso.transport.mqtt.loop import (
    NO_LOCK,
    BufferedSocket,
    LoopClient,
)
from custom_components.flukso.transport.mqtt.session import open_session

from ...brokers import CONNECT_ACCEPTED, ScriptedBroker, publish_packet
from .support import Heard, address

TOPIC = "/sensor/0f/gauge"


def chopped(stream: bytes, cuts: Sequence[int]) -> tuple[bytes, ...]:
    """Cut a stream at places, which may be anywhere."""
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return tuple(
        stream[begin:end]
        for begin, end in zip(places, places[1:], strict=False)
        if begin < end
    )


async def received(payloads: list[bytes], cuts: list[int]) -> list[bytes]:
    """Return what arrives when a broker sends payloads in pieces and hangs up."""
    stream = b"".join(publish_packet(TOPIC.encode(), payload) for payload in payloads)
    scripted = ScriptedBroker((CONNECT_ACCEPTED,), pieces=chopped(stream, cuts))
    heard = Heard()
    async with scripted.running():
        session, _ = await open_session(address(scripted), heard.on_message, timeout=5)
        await session.closed
    return heard.payloads


@settings(max_examples=60)
@given(
    payloads=st.lists(st.binary(max_size=200), min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 2000), max_size=12),
)
@example(payloads=[b"x" * 200], cuts=list(range(230)))
@example(payloads=[b"x" * 70_000, b"y"], cuts=[1, 2, 3, 40_000])
@example(payloads=[b""], cuts=[])
def test_all_messages_arrive_whole_and_in_order(
    payloads: list[bytes], cuts: list[int]
) -> None:
    assert asyncio.run(received(payloads, cuts)) == payloads


class Pair:
    """Two ends of a connection inside the kernel."""

    def __enter__(self) -> Self:
        self.far, near = socket.socketpair()
        near.setblocking(False)
        self.near = BufferedSocket(near)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.far.close()
        self.near.close()


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=50), max_size=8),
    sizes=st.lists(st.integers(1, 20), min_size=1, max_size=10),
)
def test_reading_ahead_loses_and_adds_nothing(
    chunks: list[bytes], sizes: list[int]
) -> None:
    taken = b""
    with Pair() as pair:
        for chunk in chunks:
            pair.far.send(chunk)
            for size in sizes:
                if pair.near.pending:
                    taken += pair.near.recv(size)
            if not pair.near.pending:
                taken += pair.near.recv(1)
        pair.far.close()
        while rest := pair.near.recv(7):
            taken += rest
    assert taken == b"".join(chunks)


def test_an_empty_socket_says_that_it_would_block() -> None:
    with Pair() as pair, pytest.raises(BlockingIOError):
        pair.near.recv(1)


def test_nothing_is_pending_once_all_has_been_taken() -> None:
    with Pair() as pair:
        pair.far.send(b"ab")
        assert pair.near.recv(1) == b"a"
        assert pair.near.pending
        assert pair.near.recv(9) == b"b"
        assert not pair.near.pending


def test_what_is_sent_arrives() -> None:
    with Pair() as pair:
        pair.near.setblocking(True)
        assert pair.near.send(b"hello") == 5
        assert pair.far.recv(9) == b"hello"


def test_a_client_without_a_socket_does_not_open_one_by_itself() -> None:
    client = LoopClient("flukso-test", MQTTProtocolVersion.MQTTv311)
    client.connect_async("127.0.0.1", 1)
    with pytest.raises(ConnectionError):
        client.reconnect()


def test_the_stand_in_for_locks_never_waits() -> None:
    with NO_LOCK, NO_LOCK:
        assert NO_LOCK.acquire()
        NO_LOCK.release()
        assert NO_LOCK.acquire(blocking=False)
