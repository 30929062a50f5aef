"""Cumulative readings of some sensors, netted."""

from typing import NamedTuple

from ...counters.limits import CARRIED, Limit
from ...counters.steps import StepKind
from ...counters.track import CounterTrack
from ...stored import entries, flag, number, record
from .gauges import Rendezvous

# Less export than this in a step is rounding, kWh.
ROUNDING = 1e-6


class NetStep(NamedTuple):
    """What the counters say of a time: kWh, negative where more went out.

    `exact`: nothing went out that could have met what came in. `lost`: a part of it
    is not known. `rebased`: a counter began anew meanwhile, or `passed` what it had
    fallen from by itself: then the energy is a lower bound.
    """

    energy: float
    exact: bool
    lost: bool
    passed: bool
    rebased: bool


class Totals:
    """The steps of some sensors' counters since they were last settled."""

    __slots__ = (
        "_exported",
        "_given_up",
        "_imported",
        "_lost",
        "_meeting",
        "_net",
        "_passed",
        "_rebased",
        "_signs",
        "_tracks",
    )

    def __init__(
        self, signs: dict[str, int], *, net: bool, limit: Limit = CARRIED
    ) -> None:
        """Start without readings; `signs` is +1 for import and -1 for export."""
        self._signs = signs
        self._net = net
        self._tracks = {
            sensor: CounterTrack(net=net, limit=limit, retells=len(signs) == 1)
            for sensor in signs
        }
        self._meeting = Rendezvous(tuple(signs))
        self._imported = 0.0
        self._exported = 0.0
        self._lost = self._passed = self._rebased = False
        self._given_up = False

    @property
    def doubtful(self) -> bool:
        """Tell whether the latest reading of a counter is held."""
        return any(track.doubtful for track in self._tracks.values())

    def add(
        self, sensor: str, timestamp: float, value: float, told: float | None = None
    ) -> StepKind:
        """Take a reading, unix s and kWh.

        `told`: what the power beside a net counter says of the time since the last.
        """
        _, energy, kind = self._tracks[sensor].step(timestamp, value, told)
        if kind in UNTAKEN:
            return kind
        if kind in LOSSY:
            self._lose(kind)
        if self._signs[sensor] > 0:
            self._imported += energy
        else:
            self._exported += energy
        return kind

    def _lose(self, kind: StepKind) -> None:
        """Note that a step does not tell all; what began anew with a counter does so.

        Beside one that counts, another that stands still needs no time to prove it.
        """
        self._passed = kind is StepKind.PASSED and (self._passed or not self._lost)
        self._lost = True
        if kind is StepKind.RESET:
            self._rebased = True
            for track in self._tracks.values():
                track.follow()

    def stands(self, sensor: str, timestamp: float, value: float) -> bool:
        """Tell whether a reading is the last one again."""
        track = self._tracks[sensor]
        return timestamp == track.time and value == track.value

    def go_back(self, sensor: str) -> tuple[float, list[tuple[float, float]]]:
        """Let a rebase be one to its first reading: its time, and those since."""
        track = self._tracks[sensor]
        untold = track.go_back()
        if untold:
            self._imported = 0.0
        return track.time or 0.0, untold

    def met(self, sensor: str, timestamp: float) -> bool:
        """Tell whether a reading is the last of its moment."""
        return self._meeting.arrive(sensor, timestamp)

    def slowest(self) -> float | None:
        """Return up to when all have spoken, None before."""
        times = [track.time for track in self._tracks.values()]
        known = [time for time in times if time is not None]
        return min(known) if len(known) == len(times) else None

    def give_up(self) -> None:
        """Let a part of the time be lost, and what was counted in it."""
        self._lost = self._given_up = True

    def settle(self) -> NetStep:
        """Return what the steps come to, and begin anew."""
        told = NetStep(
            0.0 if self._given_up else self._imported - self._exported,
            not self._net and self._exported <= ROUNDING,
            self._lost,
            self._passed,
            self._rebased or self._passed,
        )
        self._imported = self._exported = 0.0
        self._lost = self._given_up = False
        self._passed = self._rebased = False
        return told

    def to_dict(self) -> dict[str, object]:
        """Return what a restart needs."""
        return {
            "tracks": {name: track.to_row() for name, track in self._tracks.items()},
            "pending": [self._imported, self._exported, self._lost],
        }

    def restore(self, data: object) -> None:
        """Take what was stored; ValueError when it cannot be used."""
        stored = record(data, KEYS)
        tracks = record(stored["tracks"], frozenset(self._tracks))
        for sensor, track in self._tracks.items():
            track.restore(tracks[sensor])
        newest = max(track.time or 0.0 for track in self._tracks.values())
        for sensor, track in self._tracks.items():
            if track.time == newest:
                self._meeting.arrive(sensor, newest)
        imported, exported, lost = entries(stored["pending"], 3)
        # Net counters take a step back off what is pending.
        self._imported, self._exported = number(imported), number(exported)
        self._lost = self._given_up = self._rebased = flag(lost)


# What changes nothing, so far.
UNTAKEN = frozenset({StepKind.STALE, StepKind.HELD})
# What was counted is not known but for a lower bound.
LOSSY = frozenset({StepKind.FIRST, StepKind.PASSED, StepKind.RESET, StepKind.CLOCK})
KEYS = frozenset({"tracks", "pending"})
