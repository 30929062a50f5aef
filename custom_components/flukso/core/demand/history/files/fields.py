"""Amounts, days and times as the fields of a table tell them."""

from datetime import date, datetime, time, timedelta, tzinfo
import re

from ....windows import HOUR, QUARTER
from ..intake import MOST_DEMAND

DAY = 86400

AMOUNT = re.compile(r"\d{1,9}(?:[.,]\d{1,12})?", re.ASCII)
DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
TIME = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?", re.ASCII)
YEARS = range(2000, 2200)


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

    def __init__(self, zone: tzinfo) -> None:
        """Tell times of this zone."""
        self._zone = zone
        self._days: dict[str, date | None] = {}
        self._times: dict[str, int | None] = {}
        # Midnights of days that have 24 hours, unix s; None on a change of clocks.
        self._midnights: dict[date, int | None] = {}

    def moments(self, day: str, time_of_day: str) -> list[int]:
        """Return when it is 31-12-2026 and 23:45:00, say: once, twice or never.

        Unix s. It is never when a text is no day or no time, too.
        """
        if day not in self._days:
            self._days[day] = _day(day)
        if time_of_day not in self._times:
            self._times[time_of_day] = _second(time_of_day)
        date_of, second = self._days[day], self._times[time_of_day]
        if date_of is None or second is None:
            return []
        if date_of not in self._midnights:
            self._midnights[date_of] = self._plain_midnight(date_of)
        midnight = self._midnights[date_of]
        if midnight is not None:
            return [midnight + second]
        return self._on_a_change(date_of, second)

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


def _day(text: str) -> date | None:
    found = DATE.fullmatch(text.strip())
    if found is None:
        return None
    day, month, year = map(int, found.groups())
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
    hour, minute, second = (int(part or 0) for part in found.groups())
    if hour > 23 or minute > 59 or second > 59:
        return None
    return hour * 3600 + minute * 60 + second
