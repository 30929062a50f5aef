"""What was read of a telegram, before it is put together."""

from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, NamedTuple

from .readings import Amount, DroppedField, FieldFault

_HASH_DIGITS: Final = 16


class Stamped(NamedTuple):
    """An amount and its time as sent."""

    stamp: str
    amount: Amount


@dataclass(slots=True)
class Values:
    """The fields of one channel by their names."""

    numbers: dict[str, Amount] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    stamped: dict[str, Stamped] = field(default_factory=dict)

    def number(self, key: str) -> float | None:
        """Return a number in the unit that it is shown in."""
        amount = self.numbers.get(key)
        return None if amount is None else amount.value


@dataclass(slots=True)
class Collected:
    """What was read of a telegram: its header, its codes, its fields by channel.

    registers: codes under channel 0 of what was read under another.
    """

    header: str
    codes: set[str] = field(default_factory=set)
    registers: set[str] = field(default_factory=set)
    channels: defaultdict[int, Values] = field(
        default_factory=lambda: defaultdict(Values)
    )
    dropped: list[DroppedField] = field(default_factory=list)

    def drop(self, code: str, fault: FieldFault) -> None:
        """Account for a field that is left out."""
        self.dropped.append(DroppedField(code, fault))


def short_hash(identity: str) -> str:
    """Return what stands for a personal id: part of its SHA-256."""
    return sha256(identity.encode()).hexdigest()[:_HASH_DIGITS]
