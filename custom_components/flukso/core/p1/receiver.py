"""Bytes of a P1 port in, telegrams out: found, opened if encrypted, and read."""

from collections import Counter
from enum import StrEnum
from typing import Final

from .crc import MeterChecksum
from .decrypt import DamagedFrame, WrongKey, decrypt
from .framing import MAX_BYTES, EncryptedFrame, Frame, FrameReader, PlainFrame, Refusal
from .places import UNKNOWN_HOME, Home
from .readings import Telegram
from .telegram import NoTelegram, open_apdu, read_telegram

_LINE_END: Final = b"\r\n"


class Unread(StrEnum):
    """Why a frame did not become a telegram."""

    NO_KEY = "no_key"
    WRONG_KEY = "wrong_key"
    DAMAGED = "damaged"
    NOTHING_KNOWN = "nothing_known"


class Receiver:
    """Reads the telegrams of one port or topic and accounts for what it cannot read.

    `locked` is the last encrypted frame that the key, or its absence, kept shut;
    `locked_in_a_row` counts them since the last telegram.
    """

    def __init__(self, key: bytes | None = None, home: Home = UNKNOWN_HOME) -> None:
        """Begin with a new connection; `key` opens encrypted frames.

        home: that of the meter, for what its telegrams do not prove.
        """
        self.locked: EncryptedFrame | None = None
        self.locked_in_a_row = 0
        self._key = key
        self._home = home
        # Messages and connections come from one meter.
        self._checksum = MeterChecksum()
        self._reader = FrameReader(checksum=self._checksum)
        self._earlier: Counter[str] = Counter()

    @property
    def refused(self) -> dict[str, int]:
        """Return what was refused so far by reason, without the reasons never seen.

        A telegram that was under way when a connection began is not refused.
        """
        return dict(self._earlier + self._of_connection())

    def restart(self) -> None:
        """Begin with a new connection; a telegram that was begun is void."""
        self._earlier += self._of_connection()
        self._reader = FrameReader(checksum=self._checksum)

    def feed(self, data: bytes, now: float | None = None) -> list[Telegram]:
        """Take the next bytes; return the telegrams that they complete.

        now: when they came, unix s.
        """
        return self._read_all(self._reader.feed(data), now)

    def read_message(self, message: bytes, now: float | None = None) -> list[Telegram]:
        """Return the telegram of a message that should be a whole one.

        What is none is refused; nothing of it is kept for the next message. The line
        may end with the checksum. now: when it came, unix s.
        """
        if len(message) > MAX_BYTES:
            self._earlier[Refusal.TOO_LARGE] += 1
            return []
        reader = FrameReader(MAX_BYTES + len(_LINE_END), self._checksum)
        frames = reader.feed(message + _LINE_END)
        self._earlier.update(reader.refused)
        if not frames and not reader.refused:
            self._earlier[Refusal.INCOMPLETE] += 1
        return self._read_all(frames, now)

    def _read_all(self, frames: list[Frame], now: float | None) -> list[Telegram]:
        read = (self._read(frame, now) for frame in frames)
        return [telegram for telegram in read if telegram is not None]

    def _of_connection(self) -> Counter[str]:
        counts = Counter(self._reader.refused)
        if counts[Refusal.INCOMPLETE]:
            counts[Refusal.INCOMPLETE] -= 1
        return counts

    def _read(self, frame: Frame, now: float | None) -> Telegram | None:
        """Return the telegram in a frame, or count why there is none."""
        plain = self._open(frame) if isinstance(frame, EncryptedFrame) else frame
        if plain is None:
            return None
        try:
            telegram = read_telegram(plain.text, self._home, now)
        except NoTelegram:
            self._earlier[Unread.NOTHING_KNOWN] += 1
            return None
        self.locked_in_a_row = 0
        return telegram

    def _open(self, frame: EncryptedFrame) -> PlainFrame | None:
        if self._key is None:
            self._shut(frame, Unread.NO_KEY)
            return None
        try:
            return decrypt(frame, self._key, open_apdu)
        except WrongKey:
            self._shut(frame, Unread.WRONG_KEY)
        except DamagedFrame:
            self._earlier[Unread.DAMAGED] += 1
        return None

    def _shut(self, frame: EncryptedFrame, why: Unread) -> None:
        self._earlier[why] += 1
        self.locked = frame
        self.locked_in_a_row += 1
