"""paho-mqtt without its thread: sockets served by the event loop."""

import asyncio
from collections.abc import Callable
import logging
import socket
import struct
from types import TracebackType
from typing import TYPE_CHECKING, override

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

LOGGER = logging.getLogger(__name__)

# One read takes what the kernel has, so that a burst costs one system call for some
# hundreds of packets instead of three for each; larger chunks would hold the event
# loop for longer than 5 ms.
READ_SIZE = 32 * 1024
# What paho's parser raises on packets that contradict their own lengths.
MALFORMED = (ValueError, LookupError, struct.error)


class _NoLock:
    """Stand in for paho's locks: everything happens on the event loop."""

    def __enter__(self) -> None:
        """Take nothing."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release nothing."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Succeed."""
        return True

    def release(self) -> None:
        """Release nothing."""


NO_LOCK = _NoLock()
LOCKS = (
    "_in_callback_mutex",
    "_callback_mutex",
    "_msgtime_mutex",
    "_out_message_mutex",
    "_in_message_mutex",
    "_reconnect_delay_mutex",
    "_mid_generate_mutex",
)


class BufferedSocket:
    """A connected, non-blocking socket that reads ahead of the packet parser."""

    def __init__(self, sock: socket.socket) -> None:
        """Wrap a socket."""
        self._sock = sock
        self._ahead = b""
        self._at = 0

    @property
    def pending(self) -> bool:
        """Whether bytes were read that the packet parser has not taken yet."""
        return self._at < len(self._ahead)

    def recv(self, size: int) -> bytes:
        """Return up to size bytes; b"" at the end of the stream."""
        if self._at >= len(self._ahead):
            self._ahead = self._sock.recv(READ_SIZE)
            self._at = 0
        taken = self._ahead[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def send(self, data: bytes) -> int:
        """Send what the kernel takes."""
        return self._sock.send(data)

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self._sock.fileno()

    def setblocking(self, flag: bool) -> None:
        """Set the blocking mode of the socket."""
        self._sock.setblocking(flag)

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


class LoopClient(mqtt.Client):
    """A paho client that is handed its connected socket and never blocks."""

    def __init__(self, client_id: str, protocol: MQTTProtocolVersion) -> None:
        """Make a client with a clean session that leaves reconnecting to others."""
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=True,
            protocol=protocol,
            reconnect_on_failure=False,
        )
        self.connected_socket: BufferedSocket | None = None
        # No thread, so no locks: a callback that made paho send would wait for itself.
        for name in LOCKS:
            setattr(self, name, NO_LOCK)

    def hang_up(self) -> None:
        """Close the socket, if one is open, without another word."""
        self._sock_close()

    @override
    def _handle_on_message(self, message: mqtt.MQTTMessage) -> None:
        # paho would match every topic against its tree of filters first.
        if self.on_message:
            self.on_message(self, None, message)

    @override
    def _create_socket(self) -> BufferedSocket:
        if self.connected_socket is None:
            raise ConnectionError("no connected socket at hand")
        return self.connected_socket


async def open_socket(host: str, port: int) -> BufferedSocket:
    """Connect to the first address of a host that answers; raises OSError."""
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure: OSError = OSError("no address")
    for family, kind, protocol, _, address in infos:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(sock, address)
        except OSError as err:
            failure = err
            sock.close()
        except BaseException:
            sock.close()
            raise
        else:
            return BufferedSocket(sock)
    raise failure


class SocketWatch:
    """Serve the reads and writes of one client's socket on the event loop."""

    def __init__(self, client: LoopClient, failed: Callable[[], None]) -> None:
        """Watch a client; failed is called when paho cannot digest a packet."""
        self._loop = asyncio.get_running_loop()
        self._client = client
        self._failed = failed
        client.on_socket_open = self._opened
        client.on_socket_close = self._closed
        client.on_socket_register_write = self._want_write
        client.on_socket_unregister_write = self._enough_written

    def _opened(self, _client: mqtt.Client, _data: object, sock: SocketLike) -> None:
        self._loop.add_reader(sock, self._readable)

    def _closed(self, _client: mqtt.Client, _data: object, sock: SocketLike) -> None:
        self._client.connected_socket = None
        self._loop.remove_reader(sock)

    def _want_write(
        self, _client: mqtt.Client, _data: object, sock: SocketLike
    ) -> None:
        self._loop.add_writer(sock, self._client.loop_write)

    def _enough_written(
        self, _client: mqtt.Client, _data: object, sock: SocketLike
    ) -> None:
        self._loop.remove_writer(sock)

    def _readable(self) -> None:
        """Let paho take all that was read at once."""
        read = self._client.loop_read
        sock = self._client.connected_socket
        digested = False
        try:
            while read() == mqtt.MQTT_ERR_SUCCESS:
                if sock is None or not sock.pending:
                    break
            digested = True
        except MALFORMED as err:
            LOGGER.debug("Malformed MQTT packet: %s", type(err).__name__)
        finally:
            # paho's parser is in the middle of a packet: only a new connection helps.
            if not digested:
                self._failed()
