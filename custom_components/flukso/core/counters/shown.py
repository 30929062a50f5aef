"""A counter as an entity shows it: only what is believed."""

from contextlib import suppress
from typing import NamedTuple

from ..stored import Damaged, entries, moment, number
from .limits import NOISE, Limit
from .steps import StepKind
from .track import CLOCK_STEP, CounterTrack

# Readings of one moment are told one after the other, s.
TICK = 1e-3
# More changes than these that were no consumption wait for nobody.
MOST_REBASES = 20
# Where what a step comes to is what Home Assistant takes it for.
COUNTED_SO = frozenset({StepKind.FIRST, StepKind.WRAP, StepKind.CLOCK})


# What a stored row ends with where the next reading is one of another meter.
OTHER = "other"


def exchanged(row: list[object]) -> list[object]:
    """Return a stored row of a counter that goes on with another meter."""
    return [*row[:2], OTHER]


class Rebase(NamedTuple):
    """At a moment, unix s, a counter moved by so much that was no consumption."""

    time: float
    shift: float


class ShownCounter:
    """The value of a counter that can be shown, and when it moved without counting.

    `rebases` are those that nobody has accounted for yet.
    """

    __slots__ = ("_newest", "_other", "_track", "rebases")

    def __init__(self, limit: Limit, *, net: bool = False, wrap: float = 0.0) -> None:
        """Start without a reading."""
        self._track = CounterTrack(net=net, limit=limit, wrap=wrap)
        self._newest = 0.0
        # That the next reading is one of another meter.
        self._other = False
        self.rebases: list[Rebase] = []

    @property
    def value(self) -> float | None:
        """Return what is believed, None before the first reading."""
        return None if self._track.time is None else self._track.value

    def take(self, timestamp: float, value: float, now: float) -> StepKind:
        """Take a reading of a moment, told now (unix s); return what became of it."""
        track = self._track
        newest = self._newest
        if newest - CLOCK_STEP <= timestamp <= newest:
            timestamp = newest + TICK
        before = track.value
        if self._other and track.time is not None:
            self._other = False
            self._newest = timestamp
            track.stand(timestamp, value, sure=False)
            self._note(now, value - before)
            return StepKind.RESET
        _, energy, kind = track.step(timestamp, value)
        if kind is not StepKind.STALE:
            self._newest = timestamp
        if kind is StepKind.HELD or kind in COUNTED_SO:
            return kind
        shift = track.value - before - energy
        if abs(shift) > NOISE and kind is not StepKind.STALE:
            self._note(now, shift)
            return StepKind.RESET
        return kind

    def _note(self, now: float, shift: float) -> None:
        """Note that the counter moved without counting."""
        self.rebases = [*self.rebases[1 - MOST_REBASES :], Rebase(now, shift)]

    def to_row(self) -> list[object]:
        """Return what a restart needs."""
        rebases = [list(rebase) for rebase in self.rebases]
        row: list[object] = [self._track.to_row(), rebases]
        return exchanged(row) if self._other else row

    def restore(self, row: object) -> None:
        """Take what was stored; begin anew when it cannot be used."""
        with suppress(ValueError):
            other = isinstance(row, list) and row[2:] == [OTHER]
            track, rebases, *_ = entries(row, 3 if other else 2)
            if not isinstance(rebases, list):
                raise Damaged("not rebases")
            found = [entries(rebase, 2) for rebase in rebases]
            waiting = [Rebase(moment(at), number(by)) for at, by in found]
            self._track.restore(track)
            self.rebases = waiting
            self._other = other
            self._newest = self._track.newest
