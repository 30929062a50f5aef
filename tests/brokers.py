"""Brokers as users have them, and a way to publish to them.

Needs no Home Assistant. Everything listens on the loopback interface only.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
import os
from pathlib import Path
import shutil
import socket
import subprocess
import time
from typing import NamedTuple, Protocol

import pytest

HOST = "127.0.0.1"
# Long enough for a machine that does much else.
START_TIMEOUT = 60.0
ANSWER_TIMEOUT = 60.0
SEARCH_PATH = os.pathsep.join(
    (os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")
)

CONNECT_ACCEPTED = bytes((0x20, 2, 0, 0))
CONNECT_REFUSED_VERSION = bytes((0x20, 2, 0, 1))
PINGREQ = bytes((0xC0, 0))
DISCONNECT = bytes((0xE0, 0))
CONNACK = 0x20
PINGRESP = 0xD0


type Serve = Callable[
    [asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]
]


class Message(NamedTuple):
    """What a device publishes."""

    topic: str
    payload: bytes
    retain: bool = True


class Publishable(Protocol):
    """Anything with a topic, a payload and a retain flag."""

    @property
    def topic(self) -> str:
        """Where to."""

    @property
    def payload(self) -> bytes:
        """What."""

    @property
    def retain(self) -> bool:
        """Whether the broker keeps it."""


class MosquittoFactory(Protocol):
    """What starts a Mosquitto."""

    def __call__(
        self, *, users: Mapping[str, str] | None = None, extra: tuple[str, ...] = ()
    ) -> Mosquitto:
        """Start one, with users and extra lines as a Mosquitto has them."""


class Address(Protocol):
    """Anything that says where a broker listens."""

    @property
    def port(self) -> int:
        """The TCP port on the loopback interface."""


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


def need_program(name: str) -> str:
    """Return the path of a program; skip the test without it, fail in CI."""
    if (path := shutil.which(name, path=SEARCH_PATH)) is not None:
        return path
    reason = f"{name} is not installed"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(slots=True)
class Mosquitto:
    """A real Mosquitto with its own configuration in a folder of its own.

    users maps user names to passwords; without any, everybody may come in. extra are
    further lines of its configuration. A restarted one listens on the same port and
    has forgotten what it retained.
    """

    folder: Path
    users: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    extra: tuple[str, ...] = ()
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it listens."""
        program = need_program("mosquitto")
        config = self.folder / f"mosquitto-{self.port}.conf"
        config.write_text("\n".join(self._settings()) + "\n")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-c", str(config)], stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not self._listens():
            assert self._process.poll() is None, "Mosquitto ended at once"
            assert time.monotonic() < deadline, "Mosquitto does not listen"
            time.sleep(0.002)

    def stop(self) -> None:
        """Stop, and return once it is gone; safe to repeat."""
        if self._process is not None:
            # Asked to end it takes a fifth of a second; it has nothing to put on disk.
            self._process.kill()
            self._process.wait()
            self._process = None

    def subscriptions(self) -> dict[str, list[str]]:
        """Return what each client that came so far is or was subscribed to at its end.

        By client id, in order of their first subscription.
        """
        topics: dict[str, list[str]] = {}
        for line in self._log.read_text().splitlines():
            match line.split(" "):
                case [client, "0" | "1" | "2", topic]:
                    topics.setdefault(client, []).append(topic)
                case [client, topic] if topic in topics.get(client, ()):
                    topics[client].remove(topic)
        return topics

    @property
    def _log(self) -> Path:
        return self.folder / f"mosquitto-{self.port}.log"

    def _settings(self) -> list[str]:
        settings = [
            f"listener {self.port} {HOST}",
            "persistence false",
            # Or each answer waits for the one before to be acknowledged.
            "set_tcp_nodelay true",
            # Root gives its rights up otherwise and cannot read the password file.
            "user root",
            "log_timestamp false",
            "log_type error",
            "log_type subscribe",
            "log_type unsubscribe",
            *self.extra,
        ]
        if not self.users:
            return [*settings, "allow_anonymous true"]
        passwords = self.folder / f"passwords-{self.port}"
        passwords.touch()
        for user, password in self.users.items():
            subprocess.run(
                [need_program("mosquitto_passwd"), "-b", passwords, user, password],
                check=True,
                capture_output=True,
            )
        return [*settings, "allow_anonymous false", f"password_file {passwords}"]

    def _listens(self) -> bool:
        with socket.socket() as sock:
            return sock.connect_ex((HOST, self.port)) == 0


@dataclass(slots=True)
class OldBroker:
    """A broker of before MQTT 3.1.1, made of a new one behind a doorkeeper.

    refusal is what a client with a newer protocol hears before it is cut off:
    nothing, or a CONNACK. protocols lists the names of the protocols that came.
    """

    behind: Address
    refusal: bytes = b""
    protocols: list[str] = field(default_factory=list)
    port: int = 0

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[OldBroker]:
        """Listen on a free port until the end of the block."""
        async with _listening(self._serve) as self.port:
            yield self

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            kind, body = await _read_packet(reader)
            name = _field(body, 0)
            self.protocols.append(name.decode())
            if name == b"MQIsdp":
                await self._pass_on(_packet(kind, body), reader, writer)
            else:
                writer.write(self.refusal)
                await writer.drain()
        writer.close()

    async def _pass_on(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        behind_reader, behind_writer = await asyncio.open_connection(
            HOST, self.behind.port
        )
        behind_writer.write(first)
        async with asyncio.TaskGroup() as group:
            group.create_task(_copy(reader, behind_writer))
            group.create_task(_copy(behind_reader, writer))


@dataclass(slots=True)
class ScriptedBroker:
    """Something that answers each packet of a client with the next given bytes.

    After the last answer it sends the pieces, each on its own, and hangs up, or stays
    silent until the client goes. connections counts the clients that came, kinds are
    the first bytes of the packets that were answered.
    """

    answers: tuple[bytes, ...]
    pieces: tuple[bytes, ...] = ()
    hangs_up: bool = True
    connections: int = 0
    kinds: list[int] = field(default_factory=list)
    port: int = 0

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[ScriptedBroker]:
        """Listen on a free port until the end of the block."""
        async with _listening(self._serve) as self.port:
            yield self

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            for answer in self.answers:
                kind, _ = await _read_packet(reader)
                self.kinds.append(kind)
                writer.write(answer)
            for piece in self.pieces:
                writer.write(piece)
                # A client in the same event loop reads it in its next turn.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            if not self.hangs_up:
                await reader.read()
        writer.close()


async def publish(
    broker: Address,
    messages: Iterable[Publishable],
    *,
    username: str | None = None,
    password: str | None = None,
) -> None:
    """Publish at QoS 0; returns once the broker has taken all of it."""
    async with asyncio.timeout(ANSWER_TIMEOUT):
        reader, writer = await asyncio.open_connection(HOST, broker.port)
        writer.write(_connect(username, password))
        kind, body = await _read_packet(reader)
        assert (kind, body) == (CONNACK, b"\0\0"), (
            "the broker refuses to be published to"
        )
        # A broker answers in order: after the ping it has seen everything before.
        writer.write(b"".join((*map(_published, messages), PINGREQ)))
        kind, _ = await _read_packet(reader)
        assert kind == PINGRESP, "the broker did not take what was published"
        writer.write(DISCONNECT)
        writer.close()
        await writer.wait_closed()


def _published(message: Publishable) -> bytes:
    flags = 0x30 | int(message.retain)
    return _packet(flags, _text(message.topic.encode()) + message.payload)


def publish_packet(topic: bytes, payload: bytes, *, qos: int = 0) -> bytes:
    """Return a PUBLISH packet; with QoS 1 or 2 its packet id is 1."""
    packet_id = b"\0\1" if qos else b""
    return _packet(0x30 | qos << 1, _text(topic) + packet_id + payload)


def subscribe_answer(packet_id: int, *codes: int) -> bytes:
    """Return a SUBACK packet; a code of 128 refuses a subscription."""
    return _packet(0x90, packet_id.to_bytes(2) + bytes(codes))


async def accepted() -> None:
    """Let a server that takes no more connections begin to serve those it has taken.

    In the turn of the event loop in which it accepts one it cannot close it yet.
    """
    await asyncio.sleep(0)


@asynccontextmanager
async def _listening(serve: Serve) -> AsyncGenerator[int]:
    """Serve connections on a free port until the end of the block."""
    server = await asyncio.start_server(serve, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await accepted()
        server.close_clients()
        await server.wait_closed()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy one direction of a connection to its end."""
    with suppress(ConnectionError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def _read_packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return the first byte and the body of the next MQTT packet."""
    kind = (await reader.readexactly(1))[0]
    length = shift = 0
    more = True
    while more:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        more = bool(byte & 0x80)
    return kind, await reader.readexactly(length)


def _packet(kind: int, body: bytes) -> bytes:
    length, encoded = len(body), bytearray((kind,))
    while length > 0x7F:
        encoded.append(length & 0x7F | 0x80)
        length >>= 7
    encoded.append(length)
    return bytes(encoded) + body


def _text(value: bytes) -> bytes:
    return len(value).to_bytes(2) + value


def _field(body: bytes, start: int) -> bytes:
    length = int.from_bytes(body[start : start + 2])
    return body[start + 2 : start + 2 + length]


def _connect(username: str | None, password: str | None) -> bytes:
    """Return an MQTT 3.1.1 CONNECT with a clean session and no client id."""
    flags, credentials = 0x02, b""
    if username is not None:
        flags, credentials = flags | 0x80, _text(username.encode())
    if password is not None:
        flags, credentials = flags | 0x40, credentials + _text(password.encode())
    body = _text(b"MQTT") + bytes((4, flags, 0, 60)) + _text(b"") + credentials
    return _packet(0x10, body)
