"""Read the times in a telegram: `YYMMDDhhmmss`, then S or W.

S says that daylight saving is on, W that it is not (DSMR P1 5.0.2, 6.4). The letter
alone gives the offset: in the doubled hour of October nothing else tells the two apart.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

type Offsets = Mapping[str, timezone]

CENTRAL_EUROPEAN: Final[Offsets] = {
    "W": timezone(timedelta(hours=1)),
    "S": timezone(timedelta(hours=2)),
}
WESTERN_EUROPEAN: Final[Offsets] = {
    "W": timezone(timedelta(0)),
    "S": timezone(timedelta(hours=1)),
}

# A clock that was never set counts from 1970, which would read as 2070.
_UNSET_YEAR: Final = 70


def parse_stamp(text: str, offsets: Offsets = CENTRAL_EUROPEAN) -> datetime | None:
    """Return the moment of a stamp; None when it names none, or lacks the letter."""
    zone = offsets.get(text[12:])
    return None if zone is None else _clock(text[:12], zone)


def newer(text: str, other: str) -> bool:
    """Tell whether a stamp, with or without letter, is later than another.

    One that names no moment is earlier than any that does.
    """
    first, second = (_clock(each[:12], UTC) for each in (text, other))
    if first is None or second is None:
        return second is None and first is not None
    # In the doubled hour, S comes before W.
    return (first, text[12:]) > (second, other[12:])


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
