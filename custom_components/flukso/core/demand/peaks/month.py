"""What is known of one month: its highest windows, its seeds, what was seen of it."""

from dataclasses import dataclass, field, replace
from math import inf
from typing import NamedTuple

from ...stored import Damaged, amount, entries, record, text, whole
from ...tariff.rule import Calendar
from ...windows import DECIMALS, HOUR, QUARTER, Source, Window

# Runners-up kept per month, to take the peak's place when it is revised.
CANDIDATES = 16
# Quarters of an hour in the longest month, an hour of clock change included: windows
# of any length have the place of the quarter they begin with.
PLACES = 31 * 96 + 4


@dataclass(frozen=True, slots=True)
class MonthPeak:
    """The demand that a month is billed by: kW, the start of its highest window.

    `start` unix s. `exact` is False when a window was not wholly seen: then it is a
    lower bound.
    """

    demand: float
    start: int
    source: Source
    exact: bool


class Override(NamedTuple):
    """What somebody said of a month: all known of it before `since` (unix s) is void.

    `peak` stands in its place, None where the month is to be forgotten.
    """

    since: int
    peak: MonthPeak | None


class Candidate(NamedTuple):
    """A window among the highest of its month: what it counts for, kW; its local day."""

    score: float
    day: int
    window: Window


@dataclass(slots=True)
class Month:
    """A month's highest windows by start, its seeds, and which places were seen.

    `billed` is the meter's own word on a month that is over. `seen` and `torn` are bit
    fields of the windows' places in the month. `over`: kWh above the reference power
    by the starts of windows. `energy` kWh of `quarters` quarters of an hour. `least`: a
    new window that counts for less is none of the highest.
    """

    calendar: Calendar
    highest: dict[int, Candidate] = field(default_factory=dict)
    seed: MonthPeak | None = None
    billed: MonthPeak | None = None
    override: Override | None = None
    seen: int = 0
    torn: int = 0
    over: dict[int, float] = field(default_factory=dict)
    energy: float = 0.0
    quarters: int = 0
    least: float = -inf

    def void(self, start: int) -> bool:
        """Tell whether what is said of a window no longer counts."""
        return self.override is not None and start < self.override.since

    def add(self, window: Window, place: int) -> None:
        """Take a window or a better measurement of one."""
        weight = self.calendar.weight(window.start)
        if self.void(window.start) or not weight:
            return
        bit = 1 << place
        known = self.highest.get(window.start)
        if known is not None:
            if not window.supersedes(known.window):
                return
        elif self.seen & bit and not window.complete:
            return
        if window.complete:
            self.seen |= bit
        else:
            self.torn |= bit
        self._note_excess(window, weight)
        if window.coverage > 0:
            self._rank(window, known)

    def _rank(self, window: Window, known: Candidate | None) -> None:
        """Keep a window if it is one of the highest."""
        score = self.calendar.score(window)
        if known is not None:
            # It may be lower now than those that were left out.
            self.least = -inf
        elif score < self.least:
            return
        self._put(window, score)
        if len(self.highest) > CANDIDATES:
            least = self._least()
            del self.highest[least.window.start]
            if not self.calendar.rule.different_days:
                self.least = least.score

    def _put(self, window: Window, score: float) -> None:
        day = self.calendar.day(window.start)
        self.highest[window.start] = Candidate(score, day, window)

    def _note_excess(self, window: Window, weight: float) -> None:
        reference = self.calendar.rule.reference
        if reference is None:
            return
        allowed = reference * window.length / HOUR
        excess = round(weight * (window.certain - allowed), DECIMALS)
        if excess > 0:
            self.over[window.start] = excess
        else:
            self.over.pop(window.start, None)

    def _ranked(self) -> list[Candidate]:
        """Return the windows in order: the higher, then the earlier."""
        return sorted(
            self.highest.values(),
            key=lambda candidate: (-candidate.score, candidate.window.start),
        )

    def _least(self) -> Candidate:
        """Return the window that is needed least."""
        ranked = self._ranked()
        if not self.calendar.rule.different_days:
            return ranked[-1]
        best = first_of_days(ranked)
        others = [candidate for candidate in ranked if candidate not in best]
        return (others or ranked)[-1]

    def chosen(self) -> list[Candidate]:
        """Return the windows whose mean is the month's demand, the highest first."""
        ranked = self._ranked()
        if self.calendar.rule.different_days:
            ranked = first_of_days(ranked)
        return ranked[: self.calendar.rule.top]

    def measured(self) -> MonthPeak | None:
        """Return what the windows make of the month; the first of equals."""
        chosen = self.chosen()
        if not chosen:
            return None
        windows = [candidate.window for candidate in chosen]
        mean = sum(candidate.score for candidate in chosen) / len(chosen)
        return MonthPeak(
            demand=round(mean, DECIMALS),
            start=windows[0].start,
            source=max((window.source for window in windows), key=lambda s: s.rank),
            exact=all(window.complete for window in windows),
        )

    def peak(self) -> MonthPeak | None:
        """Return what somebody said, or what is billed, or else the highest.

        The meter's own peaks are those of the highest quarter, and tell nothing of
        another tariff.
        """
        plain = self.calendar.rule.plain
        if self.override is None and plain and self.billed is not None:
            return self.billed
        seed = self.seed
        if seed is not None and (not plain or self.void(seed.start)):
            seed = None
        said = None if self.override is None else self.override.peak
        # Of equals, what was told counts before what was measured.
        return max(
            (peak for peak in (seed, said, self.measured()) if peak is not None),
            key=lambda peak: peak.demand,
            default=None,
        )

    def uncount(self) -> None:
        """Forget the windows, so that they can be counted anew."""
        self.highest.clear()
        self.over.clear()
        self.seen = self.torn = 0
        self.least = -inf

    def to_dict(self) -> dict[str, object]:
        """Return the month for storage."""
        override = self.override
        return {
            "highest": [
                [window.length, *window.to_row()]
                for _, _, window in self.highest.values()
            ],
            "seed": _row(self.seed),
            "billed": _row(self.billed),
            "override": override and [override.since, _row(override.peak)],
            "seen": f"{self.seen:x}",
            "torn": f"{self.torn:x}",
            "over": [[start, excess] for start, excess in self.over.items()],
            "energy": [round(self.energy, DECIMALS), self.quarters],
        }

    @classmethod
    def from_dict(cls, data: object, calendar: Calendar) -> Month:
        """Read a stored month; ValueError when it cannot be one."""
        stored = record(data)
        # What earlier versions did not keep.
        stored = {"override": None, "over": [], "energy": [0, 0], **stored}
        stored = record(stored, KEYS)
        seen, torn = _bits(stored["seen"]), _bits(stored["torn"])
        month = cls(calendar, seen=seen, torn=torn)
        for row in _rows(stored["highest"], CANDIDATES):
            length, *rest = entries(row, 6)
            # In some zones a window of an hour begins at a half hour of unix time.
            window = replace(Window.from_row(rest, QUARTER), length=_length(length))
            month._put(window, calendar.score(window))
        month.seed = _restored(stored["seed"])
        month.billed = _restored(stored["billed"])
        if stored["override"] is not None:
            since, peak = entries(stored["override"], 2)
            month.override = Override(whole(since), _restored(peak))
        for row in _rows(stored["over"], PLACES):
            start, excess = entries(row, 2)
            month.over[whole(start)] = amount(excess)
        energy, quarters = entries(stored["energy"], 2)
        month.energy, month.quarters = amount(energy), whole(quarters)
        return month


def first_of_days(ranked: list[Candidate]) -> list[Candidate]:
    """Return the first window of each day, in their order."""
    found: dict[int, Candidate] = {}
    for candidate in ranked:
        found.setdefault(candidate.day, candidate)
    return list(found.values())


def seeded(demand: float, start: int) -> MonthPeak:
    """Return a month peak that was measured elsewhere."""
    return MonthPeak(round(demand, DECIMALS), start, Source.SEED, exact=True)


def _row(peak: MonthPeak | None) -> list[float] | None:
    return None if peak is None else [peak.demand, peak.start]


def _restored(row: object) -> MonthPeak | None:
    """Read a stored seed."""
    if row is None:
        return None
    demand, start = entries(row, 2)
    return seeded(amount(demand), whole(start))


def _rows(value: object, most: int) -> list[object]:
    """Read a list of no more than so many rows."""
    if not isinstance(value, list) or len(value) > most:
        raise Damaged("not a list, or a longer one than is kept")
    return value


def _bits(value: object) -> int:
    """Read a bit field of a month's places."""
    bits = int(text(value), 16)
    if not 0 <= bits < 1 << PLACES:
        raise Damaged("more places than a month has")
    return bits


def _length(value: object) -> int:
    """Read the length of a window, s."""
    length = whole(value)
    if length < QUARTER or length % QUARTER:
        raise Damaged("not the length of a window")
    return length


KEYS = frozenset(
    {"highest", "seed", "billed", "override", "seen", "torn", "over", "energy"}
)
