"""The month peaks: which window of each month a grid company bills by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from types import MappingProxyType
from typing import NamedTuple

from .state import Damaged, amount, entries, record, text, whole
from .windows import DECIMALS, Source, Window, month_of, month_start

# Runners-up kept per month, to take the peak's place when it is revised.
CANDIDATES = 16
# The shortest window of any profile, s: the places of a month's windows are counted so.
PLACE = 900
# Places of the longest month, an hour of clock change included.
PLACES = 31 * 96 + 4
# The mean is taken over this many months.
YEAR = 12


@dataclass(frozen=True, slots=True)
class MonthPeak:
    """The highest window of a month: kW, its start in unix s.

    `exact` is False when the window was not wholly seen: then it is a lower bound.
    """

    demand: float
    start: int
    source: Source
    exact: bool


class LedgerChange(NamedTuple):
    """What a window did: raised its month's peak, ended its month."""

    new_peak: MonthPeak | None
    closed_month: str | None


@dataclass(slots=True)
class _Month:
    """A month's highest windows by start, its seed, and which places were seen.

    `seen` and `torn` are bit fields of the windows' places in the month.
    """

    highest: dict[int, Window] = field(default_factory=dict)
    seed: MonthPeak | None = None
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
    def peak(self) -> MonthPeak | None:
        """Return the highest of all; the first of equals."""
        highest = max(self.highest.values(), key=_order, default=None)
        if highest is None:
            return self.seed
        peak = MonthPeak(
            demand=_demand(highest),
            start=highest.start,
            source=highest.source,
            exact=highest.complete,
        )
        if self.seed is not None and self.seed.demand >= peak.demand:
            return self.seed
        return peak

    def to_dict(self) -> dict[str, object]:
        """Return the month for storage."""
        seed = self.seed
        return {
            "highest": [
                [window.length, *window.to_row()] for window in self.highest.values()
            ],
            "seed": None if seed is None else [seed.demand, seed.start],
            "seen": f"{self.seen:x}",
            "torn": f"{self.torn:x}",
        }

    @classmethod
    def from_dict(cls, data: object) -> _Month:
        """Read a stored month; ValueError when it cannot be one."""
        stored = record(data, frozenset({"highest", "seed", "seen", "torn"}))
        month = cls(seen=_bits(stored["seen"]), torn=_bits(stored["torn"]))
        rows = stored["highest"]
        if not isinstance(rows, list) or len(rows) > CANDIDATES:
            raise Damaged("not a month's highest windows")
        for row in rows:
            length, *rest = entries(row, 6)
            window = Window.from_row(rest, _length(length))
            month.highest[window.start] = window
        if stored["seed"] is not None:
            demand, start = entries(stored["seed"], 2)
            month.seed = seeded(amount(demand), whole(start))
        return month


class Ledger:
    """The peaks of all known months; a window's month is the local one of its start."""

    __slots__ = ("_months", "_open", "_zone")

    def __init__(self, zone: tzinfo, state: object = None) -> None:
        """Start empty or from what was stored; what is damaged of that is left out."""
        self._zone = zone
        self._months: dict[str, _Month] = {}
        self._open: str | None = None
        if state is not None:
            self._restore(state)

    @classmethod
    def from_dict(cls, data: object, zone: tzinfo) -> Ledger:
        """Return the stored ledger; what is damaged is left out."""
        return cls(zone, data)

    @property
    def months(self) -> Mapping[str, MonthPeak]:
        """Return the peaks of the months that have one, in order."""
        peaks = ((name, self._months[name].peak) for name in sorted(self._months))
        return MappingProxyType(
            {name: peak for name, peak in peaks if peak is not None}
        )

    def peak(self, month: str) -> MonthPeak | None:
        """Return the peak of a month (YYYY-MM), None when nothing is known of it."""
        known = self._months.get(month)
        return None if known is None else known.peak

    def unseen(self, month: str) -> int:
        """Return how many windows of a month were not wholly seen."""
        known = self._months.get(month)
        return 0 if known is None else (known.torn & ~known.seen).bit_count()

    def add(self, window: Window) -> LedgerChange:
        """Take a window, in whatever order they come.

        A better measurement of a known window takes its place. A month ends with the
        window that reaches its end, or else with the first one of a later month.
        """
        name = month_of(window.start, self._zone)
        before = self.peak(name)
        self._put(name, window)
        after = self.peak(name)
        raised = after is not None and (before is None or after.demand > before.demand)
        return LedgerChange(after if raised else None, self._turn(name, window.end))

    def _put(self, name: str, window: Window) -> None:
        """Add a window to its month."""
        place = (window.start - month_start(name, self._zone)) // PLACE
        self._months.setdefault(name, _Month()).add(window, place)

    def _turn(self, name: str, end: int) -> str | None:
        """Return the month that ended with a window that began in month `name`."""
        current = self._open or name
        self._open = max(current, month_of(end, self._zone))
        return current if self._open > current else None

    def seed(self, month: str, demand: float, start: int) -> LedgerChange:
        """Take a month peak (kW) that was measured elsewhere.

        It counts beside the windows of that month: the highest is the peak.
        """
        known = self._months.setdefault(month, _Month())
        before = known.peak
        known.seed = seeded(demand, start)
        after = known.peak
        raised = before is None or known.seed.demand > before.demand
        return LedgerChange(after if raised else None, None)

    def rebuild(self, month: str, windows: Iterable[Window]) -> MonthPeak | None:
        """Count a month anew from all its windows, keep its seed; return the peak.

        For a revision of more windows than the runners-up that are kept.
        """
        former = self._months.pop(month, None)
        known = self._months[month] = _Month()
        if former is not None:
            known.seed = former.seed
        for window in windows:
            if month_of(window.start, self._zone) == month:
                self._put(month, window)
        return known.peak

    def forget(self, month: str) -> None:
        """Drop all that is known of a month."""
        self._months.pop(month, None)

    def rolling_peak(self, month: str, floor: float) -> float | None:
        """Return the mean peak of the months that exist among the last 12, kW.

        This month is one of them, and each counts for `floor` at least: the average
        monthly peak of the Flemish tariff. None when no month exists.
        """
        last = _ordinal(month)
        peaks = [
            max(peak.demand, floor)
            for name, peak in self.months.items()
            if last - YEAR < _ordinal(name) <= last
        ]
        return sum(peaks) / len(peaks) if peaks else None

    def to_dict(self) -> dict[str, object]:
        """Return the ledger for storage, JSON-able."""
        return {
            "open": self._open,
            "months": {name: month.to_dict() for name, month in self._months.items()},
        }

    def _restore(self, data: object) -> None:
        """Take what was stored, as far as it is whole."""
        try:
            stored = record(data)
            months = record(stored.get("months"))
        except ValueError:
            return
        for name, item in months.items():
            try:
                month_start(name, self._zone)
                self._months[name] = _Month.from_dict(item)
            except ValueError:
                continue
        try:
            name = text(stored.get("open"))
            month_start(name, self._zone)
        except ValueError:
            return
        self._open = name


def seeded(demand: float, start: int) -> MonthPeak:
    """Return a month peak that was measured elsewhere."""
    return MonthPeak(round(demand, DECIMALS), start, Source.SEED, exact=True)


def _demand(window: Window) -> float:
    """Return what a window counts for, kW; rounded, so that equals are equal."""
    return round(window.known_demand, DECIMALS)


def _order(window: Window) -> tuple[float, int]:
    """Return what orders windows: the higher, then the earlier."""
    return _demand(window), -window.start


def _ordinal(month: str) -> int:
    """Return the number of a month, counted through the years."""
    year, number = month.split("-")
    return int(year) * 12 + int(number)


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
