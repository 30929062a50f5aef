"""Put what a device sends on the time line that windows go by."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from .clock import FEWEST, Mode
from .clock_judge import SLACK, ClockJudge
from .stored import entries, flag, moment, number, optional_moment, record, seconds
from .windows import QUARTER, Window

# What waits for a verdict on the clock.
MOST_WAITING = 5000
# Readings that are older than the last by no more are late, s; others too, or the clock
# was set back: then the time before is not lived through again.
STEP = 60
# The first reading of all may have waited for so long with a broker, s.
OLDEST = 86400


class Placed[ItemT](NamedTuple):
    """What came, and its time, unix s.

    `torn`: the clock changed since the one before: how long ago that was is not known.
    """

    time: int
    item: ItemT
    torn: bool = False


class _Came[ItemT](NamedTuple):
    stamp: int | None
    wall: float
    item: ItemT
    sensor: str


class Placement[ItemT]:
    """Gives a time to each thing that comes, so that windows follow one another.

    What comes while the judge is undecided waits for the verdict.
    """

    __slots__ = (
        "_apart",
        "_back",
        "_host",
        "_lasts",
        "_mode",
        "_newest",
        "_resume",
        "_waiting",
        "_wall",
        "judge",
        "refused",
    )

    def __init__(self, judge: ClockJudge) -> None:
        """Begin with nothing placed; what comes is noted with the judge beforehand."""
        self.judge = judge
        self.refused = 0
        self._waiting: list[_Came[ItemT]] = []
        # The last of each sensor, and of all.
        self._lasts: dict[str, float] = {}
        self._newest: float | None = None
        self._mode = judge.mode
        # The time less the host's, and the host's, of what was placed last.
        self._apart = self._wall = 0.0
        # After a tear: what comes up to then is left out.
        self._resume: float | None = None
        # Since when what comes is older than what was placed before.
        self._back: float | None = None
        # The time that the host's clock told, the last without a pause.
        self._host: tuple[float, float] | None = None

    def place(
        self, stamp: int | None, wall: float, item: ItemT, sensor: str = ""
    ) -> Sequence[Placed[ItemT]]:
        """Return what has a time now: this and what waited, or nothing yet."""
        if self.judge.undecided:
            self._wait(_Came(stamp, wall, item, sensor))
            return []
        told: list[Placed[ItemT]] = []
        if self._waiting:
            told = self._placed_after_all()
        if (placed := self._placed(stamp, wall, item, sensor)) is not None:
            told.append(placed)
        return told

    def _wait(self, came: _Came[ItemT]) -> None:
        """Let something wait; what is ahead of the time is refused until it proves so."""
        self._waiting.append(came)
        if self.judge.time(came.stamp, came.wall) is None:
            self.refused += 1
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[0]

    def _placed_after_all(self) -> list[Placed[ItemT]]:
        """Return what waited and has a time.

        Several of a sensor that have none are a clock that was lost for a while.
        """
        waiting, self._waiting = self._waiting, []
        told: list[Placed[ItemT]] = []
        lost = Counter[str]()
        for came in waiting:
            if (placed := self._placed(*came)) is not None:
                told.append(placed)
            else:
                lost[came.sensor] += 1
        if self._newest is not None and max(lost.values(), default=0) >= FEWEST:
            self._tear(self._newest, 0.0)
        return told

    def _placed(
        self, stamp: int | None, wall: float, item: ItemT, sensor: str
    ) -> Placed[ItemT] | None:
        """Return an item with its time, None for one that cannot have any."""
        judge = self.judge
        time = judge.time(stamp, wall)
        newest, last = self._newest, self._lasts.get(sensor)
        if time is None:
            return None
        if newest is None and wall - time > OLDEST:
            self.refused += 1
            return None
        if judge.mode != self._mode:
            self._change(judge.mode, time - wall - self._apart)
        if last is not None and (time < last or self._back is not None):
            late = judge.is_late(stamp, wall)
            if not self._goes_on(time, last, wall, late=late):
                return None
        torn = self._resume is not None
        if self._resume is not None and time <= self._resume:
            return None
        self._resume = None
        if judge.by_host:
            self._note_host(time, time if newest is None else newest)
        # Both begin anew where the host's clock was set back.
        self._newest = max(time, self._newest or time)
        self._lasts[sensor] = max(time, self._lasts.get(sensor, time))
        self._apart, self._wall = time - wall, wall
        return Placed(time, item, torn)

    def _change(self, mode: Mode, moved: float) -> None:
        """Let the time come from elsewhere; it moves on by so many s."""
        if self._newest is not None and abs(moved) > SLACK:
            self._tear(self._newest, -moved)
        self._mode = mode

    def _goes_on(self, time: int, last: float, wall: float, *, late: bool) -> bool:
        """Tell whether what is not after the last of its sensor can be handed on."""
        if time > last:
            back, self._back = self._back, None
            waited = 0.0 if back is None else wall - back - (time - last)
            # Otherwise it was one that is always behind the others.
            if waited > SLACK:
                self._tear(last, waited)
            return True
        if wall < self._wall - SLACK:
            # The host's clock was set back: there is no other date than its.
            self._lasts.clear()
            self._newest, self._back, self._resume = None, None, time - 1.0
            return True
        if not late and self._back is None:
            self._back = wall
        return time >= last - STEP

    def _tear(self, last: float, back: float) -> None:
        """Let the clock have been set back by so many s, or on where that is negative.

        What was drawn meanwhile comes at once: in a while that makes no absurd power.
        """
        self._resume = last + max(0.0, back / 4)

    def _note_host(self, time: float, since: float) -> None:
        host = self._host
        if host is None or not host[0] <= since <= host[1] + QUARTER:
            host = since, time
        self._host = host[0], max(host[1], time)

    def told(self, window: Window) -> Window:
        """Return a window that says whether the host's clock told a part of it."""
        if self.by_host(window.start, window.end) and not window.by_host:
            return replace(window, by_host=True)
        return window

    def by_host(self, start: float, end: float) -> bool:
        """Tell whether the host's clock told a part of a time."""
        host = self._host
        return host is not None and start < host[1] and host[0] < end

    @property
    def plain(self) -> bool:
        """Whether nothing would be lost if the next run began without its state."""
        newest, torn = self._newest, self._resume is not None or self._back is not None
        lately = newest is not None and self.by_host(newest - QUARTER, newest + 1)
        moved = torn or lately or abs(self._apart) > SLACK
        return self.judge.plain and not moved

    def to_dict(self) -> dict[str, object]:
        """Return what a restart needs, JSON-able."""
        return {
            "newest": self._newest,
            "lasts": self._lasts,
            "apart": self._apart,
            "wall": self._wall,
            "torn": self._resume is not None or self._back is not None,
            "mode": list(self._mode),
            "host": None if self._host is None else list(self._host),
        }

    def restore(self, data: object) -> None:
        """Go on from what was stored; ValueError if it is damaged."""
        stored = record(data, KEYS)
        newest, apart = optional_moment(stored["newest"]), number(stored["apart"])
        wall = number(stored["wall"])
        lasts = {key: moment(time) for key, time in record(stored["lasts"]).items()}
        torn = flag(stored["torn"])
        rules, shift = entries(stored["mode"], 2)
        mode = Mode(flag(rules), seconds(shift))
        host = None
        if stored["host"] is not None:
            began, ended = entries(stored["host"], 2)
            host = number(began), number(ended)
        self._newest, self._lasts = newest, lasts
        self._apart, self._wall = apart, wall
        self._resume = newest if torn else None
        self._mode, self._host = mode, host


KEYS = frozenset({"newest", "lasts", "apart", "wall", "torn", "mode", "host"})
