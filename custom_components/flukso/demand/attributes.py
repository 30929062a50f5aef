"""What can happen to the demand, and windows and peaks as attributes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ..core.demand.peaks.bill import Bill
from ..core.demand.peaks.ledger import Ledger, MonthPeak
from ..core.demand.powers.kept import window_powers
from ..core.demand.powers.profile import PowerProfile
from ..core.projection.projection import Outlook
from ..core.running import Running
from ..core.tariff.rule import Profile
from ..core.windows import Window


class DemandEvent(StrEnum):
    """What can happen to the quarter-hour demand."""

    WINDOW_CLOSED = "window_closed"
    NEW_MONTH_PEAK = "new_month_peak"
    TARGET_EXCEEDED = "target_exceeded"
    MONTH_CLOSED = "month_closed"


def timestamp_text(timestamp: float) -> str:
    """Return Unix seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(timestamp, UTC).isoformat()


def window_attributes(window: Window | None) -> dict[str, Any]:
    """Return a closed window in kW and kWh.

    at_least: a part of the window was not seen, so that its demand may be higher. clock:
    only where a window is one of the host's clock; the billed one may differ.
    """
    if window is None:
        return {}
    return {
        "window_start": timestamp_text(window.start),
        "window_end": timestamp_text(window.end),
        "demand": round(window.known_demand, 3),
        "energy": round(window.energy, 4),
        "source": window.source.value,
        "coverage": round(window.coverage, 3),
        "at_least": not window.complete,
        **clock_attributes(by_host=window.by_host),
    }


def clock_attributes(*, by_host: bool) -> dict[str, Any]:
    """Return that a window is one of the host's clock, if it is."""
    return {"clock": "host"} if by_host else {}


def profile_attributes(
    profiles: Mapping[int, PowerProfile], window: Window
) -> dict[str, Any]:
    """Return the mean powers of 5 s in W, if any of the window are known."""
    powers = window_powers(profiles, window.start, window.length)
    return {} if powers is None else {"profile": powers}


def window_times(running: Running | None) -> dict[str, Any]:
    """Return which window runs."""
    if running is None:
        return {}
    return {
        "window_start": timestamp_text(running.start),
        "window_end": timestamp_text(running.end),
    }


def risk_attributes(running: Running | None, *, as_now: bool | None) -> dict[str, Any]:
    """Return which window runs, and whether it breaks its target as it is now.

    as_now: None while no power is known. That ends with the load that causes it, while
    the risk is held; so it tells whether switching off a load was enough.
    """
    return {**window_times(running), "as_now": as_now} if running else {}


def running_attributes(running: Running | None, weight: float) -> dict[str, Any]:
    """Return which window runs, how much of it was seen so far, and its weight."""
    if running is None:
        return {}
    return window_times(running) | {
        "coverage": round(running.coverage, 3),
        "weight": weight,
        **clock_attributes(by_host=running.by_host),
    }


def outlook_attributes(outlook: Outlook | None) -> dict[str, Any]:
    """Return the band around what is likely, and the end if it stays as now; kW.

    In one of ten windows the end is below `low`, in one of ten above `high`; None while
    too little is known.
    """
    if outlook is None:
        return {}
    return {
        "low": _rounded(outlook.low),
        "high": _rounded(outlook.high),
        "as_now": round(outlook.as_now, 3),
    }


def _rounded(power: float | None) -> float | None:
    return None if power is None else round(power, 3)


def month_peak_attributes(peak: MonthPeak | None, marked: int) -> dict[str, Any]:
    """Return what a month peak rests on.

    at_least: windows of the month were not fully seen, so that the billed peak may be
    higher.
    """
    if peak is None:
        return {"marked_windows": marked}
    return {
        "source": peak.source.value,
        "at_least": bool(marked) or not peak.exact,
        "marked_windows": marked,
    }


def chosen_attributes(windows: Sequence[Window]) -> dict[str, Any]:
    """Return the windows that a month's demand is the mean of, if there are several."""
    if len(windows) < 2:
        return {}
    return {
        "windows": [
            {
                "window_start": timestamp_text(window.start),
                "demand": round(window.known_demand, 3),
            }
            for window in windows
        ]
    }


def price_attributes(bill: Bill) -> dict[str, Any]:
    """Return the year of the price list that is used, if the price is of a list."""
    return {} if bill.price_year is None else {"price_year": bill.price_year}


def month_cost_attributes(bill: Bill) -> dict[str, Any]:
    """Return what the cost of a month goes by, and whether a cap lowered it."""
    return {
        "billed_demand": round(bill.demand, 3),
        "capped": bill.capped,
        **price_attributes(bill),
    }


def year_cost_attributes(bill: Bill) -> dict[str, Any]:
    """Return what a yearly bill of the last twelve months goes by, and comes to."""
    last = bill.last_year_cost
    return {
        "average_of_averages": round(bill.average, 3),
        "last_year_cost": None if last is None else round(last, 2),
        **price_attributes(bill),
    }


def rolling_attributes(month: str, ledger: Ledger, profile: Profile) -> dict[str, Any]:
    """Return on how many months the billed demand of a month (YYYY-MM) rests.

    at_least: the peak of one of them may be higher.
    """
    months = ledger.billed_names(month, profile)
    return {
        "months": len(months),
        "at_least": not all(ledger.exact(name) for name in months),
    }


def new_peak_attributes(window: Window, previous: MonthPeak | None) -> dict[str, Any]:
    """Return a window that is its month's highest, and the peak before it in kW."""
    return window_attributes(window) | {
        "previous_peak": None if previous is None else round(previous.demand, 3)
    }


def exceeded_attributes(start: int, demand: float, target: float) -> dict[str, Any]:
    """Return which window broke which target, in kW."""
    return {
        "window_start": timestamp_text(start),
        "demand": round(demand, 3),
        "target": round(target, 3),
    }


def month_attributes(month: str, ledger: Ledger) -> dict[str, Any]:
    """Return the result of a month (YYYY-MM), in kW; None if nothing was seen."""
    peak = ledger.peak(month)
    return {
        "month": month,
        "month_peak": None if peak is None else round(peak.demand, 3),
        **month_peak_attributes(peak, ledger.unseen(month)),
    }
