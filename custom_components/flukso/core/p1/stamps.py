"""Read the times in a telegram: `YYMMDDhhmmss`, then S or W.

S says that daylight saving is on, W that it is not (DSMR P1 5.0.2, 6.4). The letter
alone gives the offset: in the doubled hour of October nothing else tells the two apart.
A time without letter is what a clock on the wall shows.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

type Offsets = Mapping[str, timezone]

CENTRAL_EUROPEAN: Final[Offsets] = {
    "W": timezone(timedelta(hours=1)),
    "S": timezone(timedelta(hours=2)),
}
EASTERN_EUROPEAN: Final[Offsets] = {
    "W": timezone(timedelta(hours=2)),
    "S": timezone(timedelta(hours=3)),
}

# A clock that was never set counts from 1970, which would read as 2070.
_UNSET_YEAR: Final = 70
# European summer time begins and ends on the last Sunday of a month, at 1:00 UTC
# (directive 2000/84/EC).
_SUMMER_BEGINS: Final = 3
_SUMMER_ENDS: Final = 10
_SUNDAY: Final = 6


def parse_stamp(text: str, offsets: Offsets = CENTRAL_EUROPEAN) -> datetime | None:
    """Return the moment of a stamp; None when it names none, or lacks the letter."""
    zone = offsets.get(text[12:])
    return None if zone is None else _clock(text[:12], zone)


def parse_local_stamp(
    text: str, offsets: Offsets = CENTRAL_EUROPEAN, near: float | None = None
) -> datetime | None:
    """Return the moment of a stamp, with or without letter; None when it names none.

    near: about when it was sent, unix s, which tells the doubled hour of October apart.
    """
    if len(text) != 12:
        return parse_stamp(text, offsets)
    winter, summer = (_clock(text, offsets[letter]) for letter in "WS")
    if winter is None or summer is None:
        return None
    if not _in_summer(summer):
        return winter
    if _in_summer(winter) or near is None:
        return summer
    return min(summer, winter, key=lambda moment: abs(moment.timestamp() - near))


def newer(text: str, other: str) -> bool:
    """Tell whether a stamp, with or without letter, is later than another.

    One that names no moment is earlier than any that does.
    """
    first, second = (_clock(each[:12], UTC) for each in (text, other))
    if first is None or second is None:
        return second is None and first is not None
    # In the doubled hour, S comes before W.
    return (first, text[12:]) > (second, other[12:])


def _in_summer(moment: datetime) -> bool:
    """Tell whether European summer time is on at a moment."""
    year = moment.astimezone(UTC).year
    return _turn(year, _SUMMER_BEGINS) <= moment < _turn(year, _SUMMER_ENDS)


def _turn(year: int, month: int) -> datetime:
    """Return when the clocks are changed in a month of 31 days."""
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() - _SUNDAY) % 7)


def _clock(digits: str, zone: timezone) -> datetime | None:
    """Return what the clock of a meter in a zone shows; None when it is no time."""
    if len(digits) != 12 or not (digits.isascii() and digits.isdecimal()):
        return None
    year, month, day, hour, minute, second = (
        int(digits[at : at + 2]) for at in range(0, 12, 2)
    )
    if year >= _UNSET_YEAR:
        return None
    try:
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
