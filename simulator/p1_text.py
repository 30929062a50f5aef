"""How a meter writes on its P1 port: numbers, stamps, lines and their checksum."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Brussels")
# What meters print where there is no time.
IMPOSSIBLE = "632525252525W"


def local(clock: int) -> datetime:
    """Return the wall time of a Unix time; all meters here keep that of Brussels."""
    return datetime.fromtimestamp(clock, ZONE)


def stamp(clock: int) -> str:
    """Write a time as YYMMDDhhmmssX, X being S in summer and W in winter."""
    moment = local(clock)
    return f"{moment:%y%m%d%H%M%S}{'S' if moment.dst() else 'W'}"


def fixed(value: int, digits: int, decimals: int) -> str:
    """Write units of the last decimal; more digits than fit are lost."""
    whole, rest = divmod(value, 10**decimals)
    text = f"{whole % 10**digits:0{digits}d}"
    return f"{text}.{rest:0{decimals}d}" if decimals else text


def obis(code: str, *values: str) -> str:
    """Write a line: its code and each value in parentheses."""
    return code + "".join(f"({value})" for value in values)


def hexadecimal(text: str) -> str:
    """Write each character as two digits, as identifiers are."""
    return text.encode().hex().upper()


def crc16(data: bytes) -> int:
    """Return the CRC of the P1 companion standard: x16+x15+x2+1 reflected, from 0."""
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _CRC_STEPS[(crc ^ byte) & 0xFF]
    return crc


def _crc_step(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_CRC_STEPS = tuple(map(_crc_step, range(256)))


def telegram(lines: Iterable[str], *, checksum: bool = True) -> bytes:
    """Join a header and its lines; end them with `!` and four upper-case digits."""
    body = ("\r\n".join(lines) + "\r\n!").encode("latin-1")
    return body + (b"%04X\r\n" % crc16(body) if checksum else b"\r\n")
