"""The peaks a meter remembers: of the running month, and of the 13 before it.

`0-0:98.1.0(N)(1-0:1.6.0)(1-0:1.6.0)` and N times `(LABEL)(OCCURRED)(kW)`, in either
order of time. The label is the first moment of the month after the one it stands for,
and months can be missing (e-MUCS P1 1.7.1, and what meters send).
"""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from functools import lru_cache
import re
from typing import Final, NamedTuple

from ..demand.peaks.seeds import MonthMaximum, labelled_month
from .stamps import parse_stamp

_LEAD: Final = re.compile(r"\([0-9]{1,2}\)(?:\(1-[0-9]:1\.6\.0(?:[.*]255)?\)){2}")
# Some meters leave the star out, or do not care for the case.
_DEMAND: Final = re.compile(
    r"([0-9]{1,4}(?:\.[0-9]{1,4})?)(?: *\*? *kW)", re.IGNORECASE
)


class Peak(NamedTuple):
    """A highest window: the end of it, and its mean power in kW."""

    stamp: datetime
    demand: float


class HistoryEntry(NamedTuple):
    """One month: its label, when its highest window ended if that is known, and kW."""

    label: datetime
    occurred: datetime | None
    demand: float


# A meter repeats it, a month long, in every telegram.
@lru_cache(maxsize=4)
def parse_history(text: str) -> tuple[tuple[HistoryEntry, ...], int] | None:
    """Return the entries after the code, and how many were unreadable.

    None when it is not laid out as in Belgium. The count that leads the entries is not
    relied on.
    """
    lead = _LEAD.match(text)
    if lead is None:
        return ((), 0) if text.strip() == "()" else None
    groups = text[lead.end() :].strip().removeprefix("(").removesuffix(")").split(")(")
    if groups == [""]:
        return (), 0
    entries = [_entry(groups[at : at + 3]) for at in range(0, len(groups), 3)]
    found = tuple(entry for entry in entries if entry is not None)
    return found, len(entries) - len(found)


def _entry(groups: list[str]) -> HistoryEntry | None:
    """Return one month, None when it cannot be read."""
    if len(groups) != 3:
        return None
    label = parse_stamp(groups[0])
    demand = _DEMAND.fullmatch(groups[2])
    if label is None or demand is None:
        return None
    return HistoryEntry(label, parse_stamp(groups[1]), float(demand[1]))


def month_maxima(entries: Iterable[HistoryEntry], zone: tzinfo) -> list[MonthMaximum]:
    """Return the entries by the months that they stand for, in their order."""
    return [
        MonthMaximum(
            labelled_month(int(label.timestamp()), zone),
            demand,
            None if occurred is None else int(occurred.timestamp()),
        )
        for label, occurred, demand in entries
    ]
