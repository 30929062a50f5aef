"""Amounts, days and times as the fields of a table tell them."""

from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
import re

from ....windows import HOUR, QUARTER
from ..intake import MOST_DEMAND

DAY = 86400

AMOUNT = re.compile(r"\d{1,9}(?:[.,]\d{1,12})?", re.ASCII)
# Spreadsheets write midnight behind a day, and nothing else.
MIDNIGHT = r"(?:[ T]0{1,2}:00(?::00)?(?:\.0+)?)?"
DATE = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){MIDNIGHT}", re.ASCII)
YEAR_FIRST = re.compile(
    rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){MIDNIGHT}", re.ASCII
)
TIME = re.compile(
    r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.0+)?)?(?:\s*([ap])\.?m\.?)?",
    re.ASCII | re.IGNORECASE,
)
NOON = 12
MONTHS = 12
YEARS = range(2000, 2200)


class DateOrder(Enum):
    """What comes first in dates whose year comes last."""

    DAY_FIRST = "day"
    MONTH_FIRST = "month"


def kilowatt_hours(value: object, *, power: bool = False) -> float | None:
    """Return the energy of a quarter, kWh, from a text or number; None if it is none.

    `power`: it is a demand in kW.
    """
    hours = QUARTER / HOUR
    if isinstance(value, str):
        text = value.strip()
        amount = float(text.replace(",", ".")) if AMOUNT.fullmatch(text) else -1.0
    elif isinstance(value, int | float) and not isinstance(value, bool):
        amount = value
    else:
        return None
    # Compared before it is multiplied: an int may be too long for a float. Never NaN.
    if not 0 <= amount <= (MOST_DEMAND if power else MOST_DEMAND * hours):
        return None
    return amount * hours if power else float(amount)


class LocalClock:
    """Wall times of a zone as Unix seconds; texts are read once."""

    def __init__(self, zone: tzinfo, order: DateOrder = DateOrder.DAY_FIRST) -> None:
        """Tell times of this zone."""
        self._zone = zone
        self._order = order
        self._days: dict[str, date | None] = {}
        self._times: dict[str, int | None] = {}
        # Midnights of days that have 24 hours, unix s; None on a change of clocks.
        self._midnights: dict[date, int | None] = {}

    def moments(self, day: str, time_of_day: str) -> list[int]:
        """Return when it is 2026-12-31 and 23:45:00, say: once, twice or never.

        Unix s. It is never when a text is no day or no time, too.
        """
        if time_of_day not in self._times:
            self._times[time_of_day] = _second(time_of_day)
        date_of, second = self._date(day), self._times[time_of_day]
        if date_of is None or second is None:
            return []
        if date_of not in self._midnights:
            self._midnights[date_of] = self._plain_midnight(date_of)
        midnight = self._midnights[date_of]
        if midnight is not None:
            return [midnight + second]
        return self._on_a_change(date_of, second)

    def is_day(self, text: str) -> bool:
        """Tell whether a text is a day that there is."""
        return self._date(text) is not None

    def _date(self, text: str) -> date | None:
        if text not in self._days:
            self._days[text] = read_day(text, self._order)
        return self._days[text]

    def _plain_midnight(self, day: date) -> int | None:
        midnight, following = (
            int(
                datetime.combine(
                    day + timedelta(days=days), time(), self._zone
                ).timestamp()
            )
            for days in (0, 1)
        )
        return midnight if following - midnight == DAY else None

    def _on_a_change(self, day: date, second: int) -> list[int]:
        wall = datetime.combine(day, time()) + timedelta(seconds=second)
        folds = (wall.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1))
        return [
            moment
            for moment in sorted({int(local.timestamp()) for local in folds})
            if datetime.fromtimestamp(moment, self._zone).replace(tzinfo=None) == wall
        ]


def day_order(text: str) -> DateOrder | None:
    """Return what comes first in a date; None where it may be either, or neither."""
    found = DATE.fullmatch(text.strip())
    if found is None:
        return None
    first, second = int(found[1]), int(found[3])
    if first > MONTHS >= second:
        return DateOrder.DAY_FIRST
    return DateOrder.MONTH_FIRST if second > MONTHS >= first else None


def is_ambiguous(text: str) -> bool:
    """Tell whether a date with slashes may be two days, of which none is usual."""
    found = DATE.fullmatch(text.strip())
    return (
        found is not None
        and found[2] == "/"
        and found[1] != found[3]
        and max(int(found[1]), int(found[3])) <= MONTHS
    )


def read_day(text: str, order: DateOrder = DateOrder.DAY_FIRST) -> date | None:
    """Return a day; None if it is none. The year may come first."""
    text = text.strip()
    if (found := YEAR_FIRST.fullmatch(text)) is not None:
        year, month, day = int(found[1]), int(found[3]), int(found[4])
    elif (found := DATE.fullmatch(text)) is not None:
        day, month, year = int(found[1]), int(found[3]), int(found[4])
        if order is DateOrder.MONTH_FIRST:
            day, month = month, day
    else:
        return None
    if year not in YEARS:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _second(text: str) -> int | None:
    found = TIME.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    if half := found[4]:
        if not 0 < hour <= NOON:
            return None
        hour = hour % NOON + (NOON if half in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return hour * 3600 + minute * 60 + second
