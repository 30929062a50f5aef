"""What can go wrong on a P1 port, as text of the telegram and as bytes on the line."""

from collections.abc import Callable, Mapping
from random import Random

from .faults import Kind
from .p1_family import FAMILIES

_ALL = tuple(FAMILIES)
_CHECKED = tuple(name for name, family in FAMILIES.items() if family.checksum)
_DEMAND = tuple(name for name, family in FAMILIES.items() if family.demand)
_PLAIN = tuple(name for name, family in FAMILIES.items() if not family.encrypted)
_TOLD = tuple(name for name in FAMILIES if name != "se")

P1_FAULTS = {
    "silence": Kind("nothing is sent; the meter measures on", models=_ALL),
    "loss": Kind("a share of the telegrams is lost", models=_ALL),
    "noise": Kind("there are random bytes before each telegram", models=_ALL),
    "corrupt": Kind("one byte of each telegram is another", models=_ALL),
    "high-byte": Kind("one byte of each telegram is 0x80 or more", models=_PLAIN),
    "truncate": Kind("each telegram ends early", models=_ALL),
    "slash": Kind("the text message has a slash in it", models=_TOLD),
    "accent": Kind("the text message has an accent in it", models=_TOLD),
    "lower-case": Kind("the checksum is in lower case", models=_CHECKED),
    "port-closed": Kind("the demand registers are left out", models=_DEMAND),
    "lapsed": Kind("1.6.0 and 98.1.0 stay as they are", models=_DEMAND),
}

MESSAGES = {"slash": "Storing 24/7: 0800", "accent": "D\xe9faut"}


def lower_case(frame: bytes) -> bytes:
    """Write the checksum in lower case."""
    body, mark, checksum = frame.rpartition(b"!")
    return body + mark + checksum.lower()


def _noise(frame: bytes, random: Random) -> bytes:
    return random.randbytes(random.randint(1, 60)) + frame


def _corrupt(frame: bytes, random: Random) -> bytes:
    place = random.randrange(1, len(frame) - 7)
    return _put(frame, place, frame[place] ^ random.randint(1, 0x7F))


def _high(frame: bytes, random: Random) -> bytes:
    place = random.randrange(1, len(frame) - 7)
    return _put(frame, place, frame[place] | 0x80)


def _put(frame: bytes, place: int, byte: int) -> bytes:
    return frame[:place] + byte.to_bytes() + frame[place + 1 :]


def _truncate(frame: bytes, random: Random) -> bytes:
    return frame[: random.randrange(1, len(frame) - 7)]


# In the order in which they strike.
_DAMAGES: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "corrupt": _corrupt,
    "high-byte": _high,
    "truncate": _truncate,
    "noise": _noise,
}


def damaged(
    frame: bytes, faulty: Callable[[str], bool], seed: int, second: int, loss: float
) -> bytes | None:
    """Return what arrives of a frame under the line's faults, None for nothing."""
    random = Random(f"p1 line/{seed}/{second}")
    if faulty("silence") or (faulty("loss") and random.random() < loss):
        return None
    for name, damage in _DAMAGES.items():
        if faulty(name):
            frame = damage(frame, random)
    return frame
