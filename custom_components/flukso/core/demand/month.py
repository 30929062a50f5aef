"""What is known of one month: its highest windows, its seeds, what was seen of it."""

from dataclasses import dataclass, field

from .state import Damaged, amount, entries, record, text, whole
from .windows import DECIMALS, Source, Window

# Runners-up kept per month, to take the peak's place when it is revised.
CANDIDATES = 16
# The shortest window of any profile, s: the places of a month's windows are counted so.
PLACE = 900
# Places of the longest month, an hour of clock change included.
PLACES = 31 * 96 + 4


@dataclass(frozen=True, slots=True)
class MonthPeak:
    """The highest window of a month: kW, its start in unix s.

    `exact` is False when the window was not wholly seen: then it is a lower bound.
    """

    demand: float
    start: int
    source: Source
    exact: bool


@dataclass(slots=True)
class Month:
    """A month's highest windows by start, its seeds, and which places were seen.

    `billed` is the meter's own word on a month that is over. `seen` and `torn` are bit
    fields of the windows' places in the month.
    """

    highest: dict[int, Window] = field(default_factory=dict)
    seed: MonthPeak | None = None
    billed: MonthPeak | None = None
    seen: int = 0
    torn: int = 0

    def add(self, window: Window, place: int) -> None:
        """Take a window or a better measurement of one."""
        bit = 1 << place
        known = self.highest.get(window.start)
        if known is not None:
            if not window.supersedes(known):
                return
        elif self.seen & bit and not window.complete:
            return
        if window.complete:
            self.seen |= bit
        else:
            self.torn |= bit
        if window.coverage > 0:
            self.highest[window.start] = window
            if len(self.highest) > CANDIDATES:
                del self.highest[min(self.highest.values(), key=_order).start]

    @property
    def measured(self) -> MonthPeak | None:
        """Return the highest window; the first of equals."""
        highest = max(self.highest.values(), key=_order, default=None)
        if highest is None:
            return None
        return MonthPeak(
            demand=_demand(highest),
            start=highest.start,
            source=highest.source,
            exact=highest.complete,
        )

    @property
    def peak(self) -> MonthPeak | None:
        """Return what is billed, or else the highest of window and seed."""
        if self.billed is not None:
            return self.billed
        measured, seed = self.measured, self.seed
        if seed is None or (measured is not None and measured.demand > seed.demand):
            return measured
        return seed

    def to_dict(self) -> dict[str, object]:
        """Return the month for storage."""
        return {
            "highest": [
                [window.length, *window.to_row()] for window in self.highest.values()
            ],
            "seed": self.seed and [self.seed.demand, self.seed.start],
            "billed": self.billed and [self.billed.demand, self.billed.start],
            "seen": f"{self.seen:x}",
            "torn": f"{self.torn:x}",
        }

    @classmethod
    def from_dict(cls, data: object) -> Month:
        """Read a stored month; ValueError when it cannot be one."""
        stored = record(data, KEYS)
        month = cls(seen=_bits(stored["seen"]), torn=_bits(stored["torn"]))
        rows = stored["highest"]
        if not isinstance(rows, list) or len(rows) > CANDIDATES:
            raise Damaged("not a month's highest windows")
        for row in rows:
            length, *rest = entries(row, 6)
            window = Window.from_row(rest, _length(length))
            month.highest[window.start] = window
        month.seed = _restored(stored["seed"])
        month.billed = _restored(stored["billed"])
        return month


def seeded(demand: float, start: int) -> MonthPeak:
    """Return a month peak that was measured elsewhere."""
    return MonthPeak(round(demand, DECIMALS), start, Source.SEED, exact=True)


def _restored(row: object) -> MonthPeak | None:
    """Read a stored seed."""
    if row is None:
        return None
    demand, start = entries(row, 2)
    return seeded(amount(demand), whole(start))


def _demand(window: Window) -> float:
    """Return what a window counts for, kW; rounded, so that equals are equal."""
    return round(window.known_demand, DECIMALS)


def _order(window: Window) -> tuple[float, int]:
    """Return what orders windows: the higher, then the earlier."""
    return _demand(window), -window.start


def _bits(value: object) -> int:
    """Read a bit field of a month's places."""
    bits = int(text(value), 16)
    if not 0 <= bits < 1 << PLACES:
        raise Damaged("more places than a month has")
    return bits


def _length(value: object) -> int:
    """Read the length of a window, s."""
    length = whole(value)
    if length < PLACE or length % PLACE:
        raise Damaged("not the length of a window")
    return length


KEYS = frozenset({"highest", "seed", "billed", "seen", "torn"})
