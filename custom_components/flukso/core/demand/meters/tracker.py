"""Cuts a growing import counter into the windows of the tariff."""

from dataclasses import replace
from typing import NamedTuple

from ...stored import Damaged, amount, flag, moment, record, text, whole
from ...windows import Source, Window, window_start
from ..grid.grid import Point

# A longer silence is not cut into windows, s: a device that was put away.
LONGEST_SILENCE = 62 * 86400.0


class RunningWindow(NamedTuple):
    """The window that is not closed yet.

    `energy` kWh up to `last` (unix s); `seen` s of that time were seen.
    """

    start: int
    last: float
    energy: float
    seen: float


class WindowTracker:
    """The running window, closed by the first point at or beyond its end."""

    __slots__ = (
        "_certain",
        "_closed",
        "_end",
        "_energy",
        "_flawed",
        "_last",
        "_length",
        "_reading",
        "_seen",
        "_source",
        "_start",
        "_torn",
    )

    def __init__(self, length: int, state: object = None) -> None:
        """Start without a window, or in the stored one; ValueError if it is damaged."""
        self._length = length
        self._last: float | None = None
        self._reading = 0.0
        self._closed: Window | None = None
        self._torn = False
        self._open(0)
        if state is not None:
            self._restore(state)

    def _open(self, start: int) -> None:
        """Begin a window."""
        self._start = start
        self._end = start + self._length
        self._energy = 0.0
        self._certain = 0.0
        self._seen = 0.0
        self._source = Source.COUNTER
        self._flawed = False

    @property
    def running(self) -> RunningWindow | None:
        """Return the running window, None before the first point."""
        if self._last is None:
            return None
        return RunningWindow(self._start, self._last, self._energy, self._known())

    def _known(self) -> float:
        """Return the seconds that were seen; a flawed window is never whole."""
        return min(self._seen, self._length - 1) if self._flawed else self._seen

    def advance(self, point: Point) -> list[Window]:
        """Take the next point and return the windows it closes."""
        last = self._last
        if last is None:
            self._torn = False
            self._open(window_start(point.time, self._length))
            self._take(point)
            return []
        if self._torn:
            return self._mend(point)
        self._take_back(self._reading - point.energy)
        elapsed = point.time - last
        if elapsed < 0:
            return self._set_back(point)
        if elapsed > LONGEST_SILENCE:
            return self._begin_anew(point)
        return self._go_on(point, last)

    def tear(self) -> None:
        """Take that the clock changes before the next point.

        Neither is certain what the running window holds of the time before, nor how
        long that is ago.
        """
        self._torn = True

    def _mend(self, point: Point) -> list[Window]:
        """Take the first point on another clock."""
        self._torn = False
        self._certain = 0.0
        self._flawed = True
        closed = self.advance(point._replace(gap=True, exact=False))
        self._closed = None
        self._certain = 0.0
        self._flawed = True
        return [replace(window, certain=0.0) for window in closed]

    def _go_on(self, point: Point, last: float) -> list[Window]:
        """Take a point of the running window, or beyond it."""
        if point.time == last and self._closed is not None:
            return [self._revise(point, self._closed)]
        if point.source is not Source.COUNTER:
            self._source = point.source
        if point.time > self._end:
            return self._cross(point, last)
        energy = point.energy - self._reading
        self._energy += energy
        self._certain += energy
        if point.exact or not point.gap:
            self._seen += point.time - last
        self._take(point)
        if point.time < self._end:
            return []
        self._closed = self._close()
        return [self._closed]

    def _take_back(self, energy: float) -> None:
        """Follow a counter that is behind what was believed; closed windows stand."""
        if energy <= 0:
            return
        self._reading -= energy
        self._energy = max(0.0, self._energy - energy)
        self._certain = max(0.0, self._certain - energy)

    def _revise(self, point: Point, closed: Window) -> Window:
        """Return the window that ended at this moment with what was told of it since."""
        gained = point.energy - self._reading
        self._reading = point.energy
        self._closed = closed = replace(
            closed, energy=closed.energy + gained, certain=closed.certain + gained
        )
        return closed

    def _take(self, point: Point) -> None:
        """Remember where the counter stands."""
        self._last = point.time
        self._reading = point.energy
        self._closed = None

    def _close(self) -> Window:
        """Return the running window and begin the next."""
        window = Window(
            start=self._start,
            length=self._length,
            energy=self._energy,
            certain=self._certain,
            source=self._source,
            coverage=min(1.0, self._known() / self._length),
        )
        self._open(self._end)
        return window

    def _cross(self, point: Point, last: float) -> list[Window]:
        """Spread a step across the windows it touches, evenly over its time."""
        self._closed = None
        closed: list[Window] = []
        began, elapsed = self._reading, point.time - last
        gained = point.energy - began
        while self._end < point.time:
            share = (self._end - last) / elapsed
            self._add_share(began + gained * share, self._end, seen=not point.gap)
            closed.append(self._close())
            self._source = point.source
        self._add_share(point.energy, point.time, seen=not point.gap)
        if point.time == self._end:
            self._closed = self._close()
            closed.append(self._closed)
        return closed

    def _add_share(self, reading: float, until: float, *, seen: bool) -> None:
        """Add what the counter gained up to a moment in the running window."""
        energy = reading - self._reading
        self._energy += energy
        if seen:
            self._certain += energy
            self._seen += until - (self._last or 0.0)
        self._reading = reading
        self._last = until

    def _set_back(self, point: Point) -> list[Window]:
        """Follow a clock that was set back: what it said before is in doubt."""
        start = window_start(point.time, self._length)
        closed: list[Window] = []
        self._energy += point.energy - self._reading
        self._certain = 0.0
        self._flawed = True
        if start == self._start:
            self._seen = min(self._seen, point.time - start)
        else:
            closed.append(self._close())
            self._open(start)
            self._flawed = True
        self._take(point)
        return closed

    def _begin_anew(self, point: Point) -> list[Window]:
        """Close the running window as it stands and start with a later one."""
        closed = [self._close()]
        self._open(window_start(point.time, self._length))
        self._take(point)
        return closed

    def to_dict(self) -> dict[str, object] | None:
        """Return what a restart needs, None before the first point."""
        if self._last is None:
            return None
        return {
            "start": self._start,
            "last": self._last,
            "reading": self._reading,
            "energy": self._energy,
            "certain": self._certain,
            "seen": self._seen,
            "source": self._source.value,
            "flawed": self._flawed,
            "closed": None if self._closed is None else exact_row(self._closed),
        }

    def _restore(self, data: object) -> None:
        """Take what was stored."""
        stored = record(data, KEYS)
        self._open(whole(stored["start"]))
        self._last = moment(stored["last"])
        if self._start % self._length or not self._start <= self._last <= self._end:
            raise Damaged("not a window of this length")
        self._reading = amount(stored["reading"])
        self._energy = amount(stored["energy"])
        self._certain = min(self._energy, amount(stored["certain"]))
        self._seen = amount(stored["seen"])
        self._source = Source(text(stored["source"]))
        self._flawed = flag(stored["flawed"])
        if stored["closed"] is not None:
            self._closed = Window.from_row(stored["closed"], self._length)


def exact_row(window: Window) -> list[object]:
    """Return a window for storage without rounding it."""
    row: list[object] = [*window.to_row()]
    row[1], row[2], row[4] = window.energy, window.certain, window.coverage
    return row


KEYS = frozenset(
    {
        "start",
        "last",
        "reading",
        "energy",
        "certain",
        "seen",
        "source",
        "flawed",
        "closed",
    }
)
