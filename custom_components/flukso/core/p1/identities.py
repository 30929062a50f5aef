"""Tell which meter on the M-Bus is which, whatever it tells of itself.

A meter may be heard before it is known by its id, and now and then without it; its
channel may change; another may be put in its place. What it counts has one name all
the while.
"""

from collections.abc import Iterable, Iterator, Mapping
import re
from typing import Final, NamedTuple

from .readings import Child, ChildKind

# So long only another is heard where a meter was, before it is taken for its successor,
# s: what was replaced does not come back.
REPLACED: Final = 60.0
# A name of an id, and not of a channel, which has one digit.
_ID: Final = re.compile(r".*_[0-9a-z]{2,}(?:_[0-9])?")


class ChildMeter(NamedTuple):
    """A meter on the M-Bus: what tells it from others there, and its kind."""

    identity: str
    kind: ChildKind | None


class Identities:
    """The meters on the M-Bus of one P1 meter, by the names that they went by.

    A name is of a channel as long as no id is known, and else of an id. `names`: which
    meter, by the first name of it, every name is of.
    """

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        """Begin with what is known from before."""
        self.names = dict(names or {})
        self._at: dict[str, str] = {}
        # Who is heard in the place of a meter, and since when.
        self._successors: dict[str, tuple[str, float]] = {}

    def identified(
        self, children: Iterable[Child], now: float
    ) -> Iterator[tuple[ChildMeter, Child]]:
        """Give each meter that is heard its identity; now: s of a monotonic clock.

        One that may be the successor of another is left out until that is known.
        """
        heard = list(children)
        claimed = {
            self.names[name]
            for child in heard
            if (name := _name_of_id(child)) is not None and name in self.names
        }
        taken: set[str] = set()
        for child in heard:
            identity = self._identity(child, claimed | taken, now)
            if identity is None:
                continue
            if identity in taken:
                identity = f"{identity}_{child.channel}"
            taken.add(identity)
            self._at[_name_of_channel(child)] = identity
            yield ChildMeter(identity, child.kind), child

    def _identity(self, child: Child, others: set[str], now: float) -> str | None:
        place, name = _name_of_channel(child), _name_of_id(child)
        if name is None:
            return self._unnamed(child, place, others)
        if (known := self.names.get(name)) is not None:
            self._successors.pop(known, None)
            return known
        before = self._before(child, place, others)
        if before is None:
            return self._name(name, name)
        if self._has_id(before) and not self._replaced(before, name, now):
            return None
        return self._name(name, before)

    def _unnamed(self, child: Child, place: str, others: set[str]) -> str:
        """Return which meter it is that does not tell its id."""
        before = self._before(child, place, others)
        return self._name(place, place) if before is None else before

    def _before(self, child: Child, place: str, others: set[str]) -> str | None:
        """Return the meter that was heard on its channel, None if there was none.

        Where it is not known who was heard on which, it is the only one of its kind.
        """
        at = self._at.get(place) or self.names.get(place)
        if at is not None:
            return None if at in others else at
        heard = {*self._at.values(), *others}
        kind = f"{child.kind or 'other'}_"
        missing = {
            identity
            for identity in self.names.values()
            if identity.startswith(kind) and identity not in heard
        }
        return missing.pop() if len(missing) == 1 else None

    def _has_id(self, identity: str) -> bool:
        """Tell whether a meter has told its id, so that another one is not it."""
        names = [name for name, meter in self.names.items() if meter == identity]
        return any(_ID.fullmatch(name) is not None for name in names)

    def _replaced(self, before: str, name: str, now: float) -> bool:
        """Tell whether one has been heard in the place of another for long enough."""
        successor, since = self._successors.get(before, (name, now))
        if successor != name:
            since = now
        self._successors[before] = name, since
        return now - since >= REPLACED

    def _name(self, name: str, identity: str) -> str:
        self.names[name] = identity
        return identity


def _name_of_channel(child: Child) -> str:
    return f"{child.kind or 'other'}_{child.channel}"


def _name_of_id(child: Child) -> str | None:
    return None if child.meter is None else f"{child.kind or 'other'}_{child.meter}"
