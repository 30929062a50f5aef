"""The bytes of a P1 port, through a serial adapter or over TCP."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import serialx

from ..errors import CannotConnect
from .telnet import TelnetFilter

OPEN_TIMEOUT = 10.0
# Holds the longest telegram.
READ_SIZE = 8192
# What the libraries raise for a port, host or line that is not there or ends.
FAILURES = (OSError, serialx.SerialException)


class LineSettings(StrEnum):
    """How a meter drives its line: all since DSMR 4, and those before."""

    FAST = "115200_8N1"
    SLOW = "9600_7E1"


BAUD_RATES = {LineSettings.FAST: 115200, LineSettings.SLOW: 9600}
# Seven bits and their parity fill the eight bits of 8N1, which every adapter can read;
# a pseudo-terminal, for one, refuses 7E1.
PARITY_REMOVED = bytes(byte & 0x7F for byte in range(256))


@dataclass(frozen=True, slots=True)
class SerialAddress:
    """A serial port: the path of its device, or a URL that the library knows."""

    path: str


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A server that passes on what the meter sends, raw or as telnet."""

    host: str
    port: int


type P1Address = SerialAddress | TcpAddress


class P1Stream:
    """An open port."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        data_of: Callable[[bytes], bytes] = bytes,
    ) -> None:
        """Wrap a connection; data_of takes from a chunk what is not data."""
        self._reader = reader
        self._writer = writer
        self._data_of = data_of

    async def read(self) -> bytes:
        """Return what has come, at least a byte; b"" once the stream has ended."""
        data = b""
        with suppress(*FAILURES):
            while not data and (chunk := await self._reader.read(READ_SIZE)):
                data = self._data_of(chunk)
        return data

    async def close(self) -> None:
        """Release the port; returns when the next can open it."""
        self._writer.close()
        with suppress(*FAILURES):
            await self._writer.wait_closed()


async def open_stream(address: P1Address, settings: LineSettings) -> P1Stream:
    """Open a serial port, locked against others, or a TCP connection.

    settings: those of the serial line; a TCP server knows its own. Raises
    CannotConnect.
    """
    try:
        async with asyncio.timeout(OPEN_TIMEOUT):
            match address:
                case SerialAddress():
                    return await _open_serial(address, settings)
                case TcpAddress():
                    return await _open_tcp(address)
    # A host or port that cannot be one is a ValueError or an OverflowError.
    except (*FAILURES, ValueError, OverflowError) as err:
        raise CannotConnect(f"no connection: {type(err).__name__}") from err


async def _open_serial(address: SerialAddress, settings: LineSettings) -> P1Stream:
    reader, writer = await serialx.open_serial_connection(
        address.path,
        baudrate=BAUD_RATES[settings],
        exclusive=True,
        # An interrupt for each byte loses bytes on small computers.
        low_latency=False,
    )
    return P1Stream(
        reader, writer, _without_parity if settings is LineSettings.SLOW else bytes
    )


def _without_parity(chunk: bytes) -> bytes:
    return chunk.translate(PARITY_REMOVED)


async def _open_tcp(address: TcpAddress) -> P1Stream:
    reader, writer = await asyncio.open_connection(address.host, address.port)
    return P1Stream(reader, writer, TelnetFilter().feed)
