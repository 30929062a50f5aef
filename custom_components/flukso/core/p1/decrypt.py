"""Open encrypted frames: AES-128-GCM with a signature of 12 bytes (DLMS suite 0).

The key comes from the grid company. Luxembourg's authentication key is the same for all
(Luxembourg P1 1.1.3, 3.2.5); elsewhere it may not be known, and then the telegram's own
checksum vouches for it.
"""

from collections.abc import Callable
from typing import Final

from .framing import EncryptedFrame, FrameReader, PlainFrame

LUXEMBOURG_AUTHENTICATION_KEY: Final = bytes.fromhex("00112233445566778899AABBCCDDEEFF")

_KEY_BYTES: Final = 16
_BLOCK: Final = 16
_SIGNATURE: Final = 12
# Up to the mark of the length; the length itself; security byte and frame counter.
_TITLE: Final = slice(0, 11)
_LENGTH_BYTES: Final = 2
_COUNTER: Final = slice(13, 18)

# Frame, key, authentication key or None to leave the signature aside; text or None.
type Opener = Callable[[bytes, bytes, bytes | None], str | None]


class WrongKey(Exception):
    """The frame was not encrypted with this key."""


class DamagedFrame(Exception):
    """The key fits, what it opens is no whole telegram."""


def parse_key(text: str) -> bytes:
    """Return the 16 bytes of a key in hex, blanks allowed; WrongKey if it is none."""
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        raise WrongKey from error
    if len(key) != _KEY_BYTES:
        raise WrongKey
    return key


def decrypt(
    frame: EncryptedFrame,
    key: bytes,
    opener: Opener,
    authentication_key: bytes = LUXEMBOURG_AUTHENTICATION_KEY,
) -> PlainFrame:
    """Return the telegram in a frame; raise WrongKey or DamagedFrame.

    A signature that does not fit may mean a wrong key, an unknown authentication key
    or a damaged frame. The first block tells: with the right key it reads `/`, and
    damage elsewhere does not spread to it.
    """
    text = opener(frame.apdu, key, authentication_key)
    if text is None:
        if opener(_first_block(frame.apdu), key, None) is None:
            raise WrongKey
        text = opener(frame.apdu, key, None)
    if text is not None:
        for inner in FrameReader().feed(text.encode("latin-1")):
            if isinstance(inner, PlainFrame) and inner.checked:
                return inner
    raise DamagedFrame


def _first_block(apdu: bytes) -> bytes:
    """Return a frame with the first block of the cipher text and no signature."""
    cipher_text = apdu[_COUNTER.stop : _COUNTER.stop + _BLOCK]
    content = apdu[_COUNTER] + cipher_text + bytes(_SIGNATURE)
    return apdu[_TITLE] + len(content).to_bytes(_LENGTH_BYTES) + content
