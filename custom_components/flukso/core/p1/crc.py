"""The checksums of telegrams: CRC-16/ARC, and CRC-16/X25 of meters that deviate.

ARC is what the standard asks for: polynomial x16+x15+x2+1, reflected, from 0 (DSMR P1
Companion Standard 5.0.2, 6.2). X25, x16+x12+x5+1, is that of HDLC, which the same meters
speak on their other ports.
"""

from collections.abc import Callable, Sequence
from typing import Final

# So many in a row, while no telegram has proven which checksum the meter uses, ...
_ROW_AT_FIRST: Final = 2
# ... and so many once one has: only another meter on the same port can change it.
_ROW_LATER: Final = 10


def _remainders(polynomial: int) -> list[int]:
    """Return the remainder of each byte by a reflected polynomial."""
    remainders = []
    for byte in range(256):
        remainder = byte
        for _ in range(8):
            remainder = remainder >> 1 ^ (polynomial if remainder & 1 else 0)
        remainders.append(remainder)
    return remainders


_ARC: Final = _remainders(0xA001)
_X25: Final = _remainders(0x8408)


def crc16(data: bytes) -> int:
    """Return the checksum of bytes by CRC-16/ARC, 0..65535."""
    remainders = _ARC
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ remainders[(crc ^ byte) & 0xFF]
    return crc


def crc16_x25(data: bytes) -> int:
    """Return the checksum of bytes by CRC-16/X25, 0..65535."""
    remainders = _X25
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ remainders[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFF


class MeterChecksum:
    """Which of the two checksums the meter on a port uses.

    Only that one vouches for a telegram. The other takes its place when it fits several
    telegrams in a row that the first does not: one in 65,536 damaged telegrams fits by
    chance, two in a row are one in 4 thousand million.
    """

    __slots__ = ("_other", "_proven", "_row", "_used")

    def __init__(self) -> None:
        """Begin with what the standard asks for."""
        self._used: Callable[[bytes], int] = crc16
        self._other: Callable[[bytes], int] = crc16_x25
        self._proven = False
        self._row = 0

    def find(self, data: bytes, starts: Sequence[int], stated: int) -> int | None:
        """Return the first of `starts` from which `data` has the stated checksum."""
        for start in starts:
            if self._used(data[start:]) == stated:
                self._proven = True
                self._row = 0
                return start
        for start in starts:
            if self._other(data[start:]) == stated:
                return start if self._other_proven() else None
        self._row = 0
        return None

    def _other_proven(self) -> bool:
        """Count a telegram that only the other fits; change over if it is enough."""
        self._row += 1
        if self._row < (_ROW_LATER if self._proven else _ROW_AT_FIRST):
            return False
        self._used, self._other = self._other, self._used
        self._proven = True
        self._row = 0
        return True
