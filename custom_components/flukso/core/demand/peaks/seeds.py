"""The month peaks that the meter itself keeps, 0-0:98.1.0 and 1-0:1.6.0."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import NamedTuple

from ...windows import QUARTER, month_of, month_start, window_start
from ..grid.counters import CARRIED
from .ledger import Ledger

SECONDS_PER_DAY = 86400
# The meter and we mean the same when they differ by no more than this: share, kW.
SAME_SHARE = 0.01
SAME_DEMAND = 0.010


class MonthMaximum(NamedTuple):
    """An entry of 0-0:98.1.0: a month (YYYY-MM), kW, the end of its window in unix s.

    `occurrence` is None where the meter shows an impossible stamp.
    """

    month: str
    demand: float
    occurrence: int | None


class Seed(NamedTuple):
    """A month peak of the meter: kW, the start of its window in unix s.

    `final` when the month is over; `part`: of a meter that was there for a part of it.
    """

    month: str
    demand: float
    start: int
    final: bool
    part: bool = False


class Disagreement(NamedTuple):
    """A month in which the meter and our own windows tell different peaks, kW."""

    month: str
    ours: float
    meter: float


def agree(ours: float, meter: float) -> bool:
    """Tell whether two demands in kW may be the same one, measured twice."""
    return abs(ours - meter) <= max(SAME_DEMAND, SAME_SHARE * meter)


def labelled_month(label: int, zone: tzinfo) -> str:
    """Return the month that an entry's label names: it is the first of the next one."""
    return month_of(label - SECONDS_PER_DAY, zone)


def seeds(
    maxima: Iterable[MonthMaximum], now: int, zone: tzinfo, length: int = 900
) -> list[Seed]:
    """Return the peaks of the months that are over, in order.

    Entries of months the meter was not in service, and those that contradict
    themselves, are left out. Of several for one month the highest counts. One at the
    first moment of its month cannot be a window's end there: it is taken for a start.
    """
    running = month_of(now, zone)
    found: dict[str, Seed] = {}
    for month, demand, occurrence in sorted(maxima, key=lambda entry: entry.demand):
        if demand <= 0 or occurrence is None or month >= running:
            continue
        if month in (month_of(occurrence - 1, zone), month_of(occurrence, zone)):
            moment = max(occurrence - 1, month_start(month, zone))
            start = window_start(moment, length)
            found[month] = Seed(month, demand, start, final=True)
    return [found[month] for month in sorted(found)]


def moved(
    maxima: Iterable[MonthMaximum], ahead: int, zone: tzinfo
) -> list[MonthMaximum]:
    """Return the peaks of a clock that is so many s ahead, where the month is certain."""
    found: list[MonthMaximum] = []
    for month, demand, occurrence in maxima:
        if occurrence is None:
            continue
        end = moved_peak((occurrence, demand), ahead, zone)
        if end is not None:
            found.append(MonthMaximum(month, demand, end[0]))
    return found


def moved_peak(
    peak: tuple[int, float], ahead: int, zone: tzinfo
) -> tuple[int, float] | None:
    """Return a peak (unix stamp, kW) of a clock that is so many s ahead.

    None where it is of another month then. A window ends with a quarter of an hour.
    """
    stamp, demand = peak
    end = round((stamp - ahead) / QUARTER) * QUARTER
    if month_of(end - 1, zone) != month_of(stamp - 1, zone):
        return None
    return end, demand


def running_seed(
    month_peak: tuple[int, float] | None, now: int, zone: tzinfo, length: int = 900
) -> Seed | None:
    """Return the peak so far (1-0:1.6.0: unix stamp, kW) of the month that holds `now`.

    None while it still shows the month before, or a window that is not over.
    """
    if month_peak is None:
        return None
    stamp, demand = month_peak
    month = month_of(now, zone)
    if demand <= 0 or stamp > now or month_of(stamp - 1, zone) != month:
        return None
    return Seed(month, demand, window_start(stamp - 1, length), final=False)


def observed_seed(
    demand: float, seen: float, zone: tzinfo, length: int = 900
) -> Seed | None:
    """Return the peak so far (kW) of a month, without a stamp but seen to change then.

    None in the first window of a month: it may be of the last one of the month before,
    which is told a little late.
    """
    month = month_of(seen, zone)
    began = month_start(month, zone)
    believable = 0 < demand <= CARRIED.power
    if not believable or seen < began + length:
        return None
    return Seed(month, demand, window_start(seen, length) - length, final=False)


def settle(ledger: Ledger, found: Iterable[Seed]) -> list[Disagreement]:
    """Put the meter's peaks into the ledger; return where our windows say otherwise.

    What we did not see is no disagreement: there the meter knows more. One that was
    there for a part of a month can only raise what is known of it.
    """
    disagreements: list[Disagreement] = []
    for month, demand, start, final, part in found:
        ours, peak = ledger.measured(month), ledger.peak(month)
        if not part and ours is not None and not agree(ours.demand, demand):
            if ours.demand > demand or ledger.saw(start):
                disagreements.append(Disagreement(month, ours.demand, demand))
        if final and not part:
            ledger.bill(month, demand, start)
        elif peak is None or demand > peak.demand:
            ledger.seed(month, demand, start)
    return disagreements
