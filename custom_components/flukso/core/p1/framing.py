"""Find telegrams in the bytes of a P1 port.

A telegram runs from `/` and the meter's identification to `!` and the checksum in hex
(DSMR P1 5.0.2, 6.2); editions before 4.0 have no checksum. An encrypted one is a DLMS
general-global-cipher frame that states its length (Luxembourg P1 1.1.3, 3.2.5). What
is found does not depend on how the bytes are chopped into chunks.
"""

from collections import Counter
from enum import StrEnum
from itertools import chain
import re
from typing import Final, NamedTuple

from .crc import MeterChecksum

# Enough for the longest Belgian telegram with a text message of 1,024 characters.
MAX_BYTES: Final = 8192

# "/", 3 letters or digits of the maker, then whatever it likes, "/" and "!" too, which
# IEC 62056-21 keeps out. At the beginning of a line the maker may be anything.
_HEADER: Final = re.compile(
    rb"/(?:(?=[0-9A-Za-z]{3})|(?<![^\n]/))(?=[^\r\n]{1,256}\r?\n)"
)
# What tells the beginning where more than one "/" is on a line: maker and baud rate.
_MAKER: Final = re.compile(rb"[A-Za-z]{3}[0-9]")
_DATA: Final = re.compile(rb"(?!/)[^()\r\n]*(?:\([^()\r\n]*\))+\r?\n")
# Each place that is tried is another chance for a wrong checksum to fit.
_MOST_STARTS: Final = 6
# Four digits end a telegram at once; fewer are a checksum without leading zeros.
_END: Final = re.compile(rb"\n!(?:([0-9A-Fa-f]{4})|([^\r\n]{0,16})\r?\n)")
_CHECKSUM: Final = re.compile(rb"[0-9A-Fa-f]{1,4}")
# The line that came with the same edition as the checksum.
_STAMP: Final = re.compile(rb"\b0-0:1\.0\.0(?:[.*]255)? *\(")

# A telegram of seven bits and even parity in the eighth, read as eight bits: from "/",
# which has that bit set, to the end. In plain text "/" does not.
_EVEN: Final = bytes(byte for byte in range(256) if not byte.bit_count() % 2)
_WITH_PARITY: Final = re.compile(rb"\xaf[" + re.escape(_EVEN) + rb"]{32,}\Z")
_PARITY_REMOVED: Final = bytes(byte & 0x7F for byte in range(256))
_PADDING: Final = b"\0 \r"

# Cipher tag, system title of 8 bytes, length of the rest in 2, "encrypted and signed".
_CIPHER: Final = re.compile(rb"\xdb\x08.{8}\x82(..)\x30", re.DOTALL)
_CIPHER_PREFIX: Final = 13
# Security byte, frame counter, one block of cipher text, signature.
_SHORTEST_CIPHER: Final = _CIPHER_PREFIX + 1 + 4 + 16 + 12

# What a beginning that is not yet complete may need.
_TAIL: Final = 64


class Refusal(StrEnum):
    """Why bytes did not become a telegram."""

    INCOMPLETE = "incomplete"
    CHECKSUM = "checksum"
    NO_CHECKSUM = "no_checksum"
    NOT_ASCII = "not_ascii"
    TOO_LARGE = "too_large"
    # An encrypted frame states one that cannot be.
    LENGTH = "length"


class PlainFrame(NamedTuple):
    """A telegram from `/` to `!`; `checked` tells whether a checksum vouches for it."""

    text: bytes
    checked: bool


class EncryptedFrame(NamedTuple):
    """A whole encrypted frame, from its cipher tag to its signature."""

    apdu: bytes


type Frame = PlainFrame | EncryptedFrame


class FrameReader:
    """Cuts a stream of bytes into telegrams, and keeps no more than it must."""

    __slots__ = ("_buffer", "_checksum", "_limit", "_refused")

    def __init__(
        self, limit: int = MAX_BYTES, checksum: MeterChecksum | None = None
    ) -> None:
        """Keep `limit` bytes at most; longer telegrams are refused.

        checksum: what is known of the meter's; by default nothing.
        """
        self._limit = limit
        self._checksum = MeterChecksum() if checksum is None else checksum
        self._buffer = b""
        self._refused: Counter[Refusal] = Counter()

    @property
    def refused(self) -> dict[str, int]:
        """Return the refusals so far by reason, without the reasons never seen."""
        return {reason.value: count for reason, count in self._refused.items()}

    @property
    def pending(self) -> int:
        """Return how many bytes wait for the rest of their telegram."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Frame]:
        """Take the next bytes; return the telegrams that they complete."""
        frames: list[Frame] = []
        taken = 0
        while taken < len(data):
            room = self._limit - len(self._buffer)
            self._buffer += data[taken : taken + room]
            taken += room
            self._take_frames(frames)
            if len(self._buffer) >= self._limit:
                self._make_room()
        return frames

    def _take_frames(self, frames: list[Frame]) -> None:
        """Move what is complete from the buffer to `frames`, in order."""
        while True:
            end = _END.search(self._buffer)
            cipher = _CIPHER.search(self._buffer)
            if cipher is not None and (end is None or cipher.end() <= end.end()):
                size = _CIPHER_PREFIX + int.from_bytes(cipher[1])
                if not self._take_cipher(cipher.start(), size, frames):
                    return
            elif end is not None:
                digits = end[1] or end[2]
                frame = self._checked(self._buffer[: end.start() + 2], digits)
                if frame is not None:
                    frames.append(frame)
                self._buffer = self._buffer[end.end() :]
            else:
                return

    def _take_cipher(self, start: int, size: int, frames: list[Frame]) -> bool:
        """Move one encrypted frame to `frames`; False when it is not complete."""
        self._buffer = self._buffer[start:]
        if not _SHORTEST_CIPHER <= size <= self._limit:
            self._refused[Refusal.LENGTH] += 1
            self._buffer = self._buffer[1:]
            return True
        if len(self._buffer) < size:
            return False
        frames.append(EncryptedFrame(self._buffer[:size]))
        self._buffer = self._buffer[size:]
        return True

    def _checked(self, data: bytes, digits: bytes) -> PlainFrame | None:
        """Return the telegram at the end of `data`, or count why there is none."""
        if not data.isascii() and (even := _WITH_PARITY.search(data)):
            data = even[0].translate(_PARITY_REMOVED)
            digits = digits.translate(_PARITY_REMOVED)
        digits = digits.strip(_PADDING)
        starts = _starts(data)
        if not starts:
            self._refused[Refusal.INCOMPLETE] += 1
            return None
        if not digits:
            return self._unchecked(data[_likely_start(data, starts) :])
        if _CHECKSUM.fullmatch(digits):
            start = self._checksum.find(data, _by_chance(starts), int(digits, 16))
            if start is not None:
                if start != starts[0]:
                    self._refused[Refusal.INCOMPLETE] += 1
                return PlainFrame(data[start:], checked=True)
        self._refused[Refusal.CHECKSUM] += 1
        return None

    def _unchecked(self, text: bytes) -> PlainFrame | None:
        """Return a telegram without checksum if its edition has none."""
        if _STAMP.search(text):
            self._refused[Refusal.NO_CHECKSUM] += 1
        elif not text.isascii():
            self._refused[Refusal.NOT_ASCII] += 1
        else:
            return PlainFrame(text, checked=False)
        return None

    def _make_room(self) -> None:
        """Give up on the beginning of a buffer in which nothing ends."""
        last = max(_starts(self._buffer), default=0)
        if last:
            self._refused[Refusal.INCOMPLETE] += 1
            self._buffer = self._buffer[last:]
        else:
            self._refused[Refusal.TOO_LARGE] += 1
            self._buffer = self._buffer[max(1, len(self._buffer) - _TAIL) :]


def _starts(data: bytes) -> list[int]:
    """Return where a telegram may begin: at each "/" that is not on a line of data.

    A line of data that was cut by the beginning of a telegram is none: its last
    parenthesis is missing.
    """
    return [
        match.start()
        for match in _HEADER.finditer(data)
        if (line := _line_of(data, match.start())) == match.start()
        or not _DATA.match(data, line)
    ]


def _line_of(data: bytes, place: int) -> int:
    """Return where the line with a place begins."""
    return data.rfind(b"\n", 0, place) + 1


def _by_chance(starts: list[int]) -> list[int]:
    """Return where a telegram may begin, the likeliest first.

    The last is right where the one before lost its end. The first is, where a text
    message looks like the beginning of a telegram, or the header has a "/" in it.
    """
    if len(starts) == 1:
        return starts
    both_ends = chain.from_iterable(zip(reversed(starts), starts, strict=True))
    return list(dict.fromkeys(both_ends))[:_MOST_STARTS]


def _likely_start(data: bytes, starts: list[int]) -> int:
    """Return where a telegram begins that no checksum can tell the beginning of.

    That is on the last line with a "/"; if it has more of them, at the last that a
    maker follows.
    """
    line = _line_of(data, starts[-1])
    places = [start for start in starts if start >= line]
    makers = [start for start in places if _MAKER.match(data, start + 1)]
    return makers[-1] if makers else places[0]
