"""Read the times in a telegram: `YYMMDDhhmmss`, then S or W.

S says that daylight saving is on, W that it is not (DSMR P1 5.0.2, 6.4). The letter
alone gives the offset: in the doubled hour of October nothing else tells the two apart.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
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
    digits, letter = text[:12], text[12:]
    zone = offsets.get(letter)
    if zone is None or not (digits.isascii() and digits.isdecimal()):
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
