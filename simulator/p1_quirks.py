"""How meters show their demand registers, and how some show them badly."""

from collections.abc import Collection
from typing import NamedTuple

from .p1_demand import QUARTER, Demand, MonthPeak, next_month
from .p1_text import IMPOSSIBLE, fixed, obis, stamp

QUIRKS = {
    "quarter-late": "1.4.0 shows the finished quarter for 20 s more",
    "peak-late": "1.6.0 begins anew an hour after midnight",
    "peak-stuck": "1.6.0 stays at the old month's peak until a quarter is higher",
    "peak-null": "1.6.0 has no time and no value until a quarter of the month is over",
    "peak-missing": "1.6.0 is left out until a quarter of the month is over",
    "history-empty": "98.1.0 has no entry",
    "history-gap": "98.1.0 lacks some months",
    "history-zero": "98.1.0 has a month without a peak",
    "history-impossible": "98.1.0 has a month whose peak has an impossible time",
    "history-newest-first": "98.1.0 begins with the newest month",
}

_LATE_QUARTER = 20
_LATE_PEAK = 3600


class Shown(NamedTuple):
    """The month's peak and the finished months as lines; no peak line is None."""

    peak: str | None
    history: str


def _when(peak: MonthPeak) -> str:
    return stamp(peak.month if peak.until is None else peak.until)


def _kilowatts(watts: int) -> str:
    return f"{fixed(watts, 2, 3)}*kW"


def ramp_line(demand: Demand, clock: int, quirks: Collection[str]) -> str:
    """Write 1.4.0."""
    late = "quarter-late" in quirks and clock % QUARTER < _LATE_QUARTER
    return obis("1-0:1.4.0", _kilowatts(demand.last if late else demand.watts))


def shown(demand: Demand, clock: int, quirks: Collection[str]) -> Shown:
    """Write 1.6.0 and 98.1.0."""
    return Shown(
        _peak_line(demand, clock, quirks), _history_line(demand.months, quirks)
    )


def _peak_line(demand: Demand, clock: int, quirks: Collection[str]) -> str | None:
    peak = demand.running
    if peak.until is None and "peak-missing" in quirks:
        return None
    if peak.until is None and "peak-null" in quirks:
        return obis("1-0:1.6.0", IMPOSSIBLE, _kilowatts(0))
    if demand.months:
        previous = demand.months[-1]
        late = "peak-late" in quirks and clock < peak.month + _LATE_PEAK
        if late or ("peak-stuck" in quirks and previous.watts >= peak.watts):
            peak = previous
    return obis("1-0:1.6.0", _when(peak), _kilowatts(peak.watts))


def _history_line(months: list[MonthPeak], quirks: Collection[str]) -> str:
    entries = [
        (stamp(next_month(peak.month)), _when(peak), _kilowatts(peak.watts))
        for peak in months
    ]
    zero = "history-zero" in quirks
    if zero and entries:
        entries[0] = (entries[0][0], stamp(months[0].month), _kilowatts(0))
    if "history-impossible" in quirks and len(entries) > zero:
        entries[zero] = (entries[zero][0], IMPOSSIBLE, _kilowatts(0))
    if "history-gap" in quirks:
        del entries[2:6]
    if "history-newest-first" in quirks:
        entries.reverse()
    if "history-empty" in quirks:
        entries.clear()
    texts = [text for entry in entries for text in entry] or [""]
    return obis("0-0:98.1.0", f"{len(entries)}", *["1-0:1.6.0"] * 2, *texts)
