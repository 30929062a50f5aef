"""The checksum of a telegram: CRC-16, polynomial x16+x15+x2+1, reflected, from 0.

DSMR P1 Companion Standard 5.0.2, 6.2.
"""

from typing import Final

_POLYNOMIAL: Final = 0xA001


def _remainder(byte: int) -> int:
    """Return the checksum of one byte."""
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_REMAINDERS: Final = [_remainder(byte) for byte in range(256)]


def crc16(data: bytes) -> int:
    """Return the checksum of bytes, 0..65535."""
    remainders = _REMAINDERS
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ remainders[(crc ^ byte) & 0xFF]
    return crc
