"""The numbers and file names that a quarter monitor gives to quarters of an hour."""

from datetime import datetime, timedelta, timezone, tzinfo
import re
from typing import Final, NamedTuple, Self

from ..windows import QUARTER

FIRST_YEAR: Final = 2000
HIGHEST: Final = 2**32
SUMMER_OFFSET: Final = timedelta(hours=2)
WINTER_OFFSET: Final = timedelta(hours=1)
FILE: Final = re.compile(
    r"(?:^|[/\\])([0-9]{4})[/\\]([0-9]{2})[/\\]([0-9]{2})[/\\]"
    r"([0-9]{2})([0-9]{2})([SW])\.json"
)


class QuarterId(NamedTuple):
    """A quarter of an hour: its start in unix s, and whether in summer time.

    The two hours that October repeats differ by that.
    """

    start: int
    summer: bool

    @classmethod
    def from_number(cls, number: int) -> Self:
        """Read a number of the monitor; ValueError when it is none, as 0 is."""
        if not 0 < number < HIGHEST:
            raise ValueError("not the number of a quarter")
        year, month, day = number >> 24, number >> 16 & 255, number >> 8 & 255
        hour, quarter = divmod(number & 127, 4)
        return cls._of_local(
            datetime(FIRST_YEAR + year, month, day, hour, quarter * 15),
            summer=bool(number & 128),
        )

    @classmethod
    def from_file(cls, path: str) -> Self:
        """Read the path of a file on the card; ValueError when it is no quarter's."""
        match = FILE.search(path)
        if match is None or match.end() < len(path):
            raise ValueError("not the file of a quarter")
        year, month, day, hour, minute = map(int, match.groups()[:5])
        return cls._of_local(
            datetime(year, month, day, hour, minute),
            summer=match[6] == "S",
        )

    @classmethod
    def at(cls, start: int, zone: tzinfo) -> Self:
        """Return the quarter that begins at a moment, with the summer time of a zone."""
        offset = datetime.fromtimestamp(start, zone).utcoffset()
        return cls(start, offset == SUMMER_OFFSET)

    @classmethod
    def _of_local(cls, local: datetime, *, summer: bool) -> Self:
        offset = SUMMER_OFFSET if summer else WINTER_OFFSET
        start = int(local.replace(tzinfo=timezone(offset)).timestamp())
        if start % QUARTER or start < 0:
            raise ValueError("not the start of a quarter")
        return cls(start, summer)

    @property
    def local(self) -> datetime:
        """The start on the monitor's clock."""
        offset = SUMMER_OFFSET if self.summer else WINTER_OFFSET
        return datetime.fromtimestamp(self.start, timezone(offset))

    @property
    def number(self) -> int:
        """The number that the monitor gives to it."""
        local = self.local
        day = (local.year - FIRST_YEAR) << 24 | local.month << 16 | local.day << 8
        return day | self.summer << 7 | local.hour * 4 + local.minute // 15

    @property
    def file(self) -> str:
        """The path of its file on the card."""
        season = "S" if self.summer else "W"
        return f"/meter/{self.local:%Y/%m/%d/%H%M}{season}.json"
