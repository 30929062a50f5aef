"""The files on the card of a quarter monitor, copied to a folder."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .answers import parse_quarter
from .quarter import Quarter
from .quarter_id import QuarterId


class CardFile(NamedTuple):
    """A file that bears the name of a quarter; None where it does not hold it."""

    path: str
    quarter: Quarter | None


def read_card(files: Iterable[tuple[str, bytes]]) -> Iterator[CardFile]:
    """Yield the quarters among files, given by paths that end as on the card.

    What bears another name is left out: the card also holds the monitor's web page.
    """
    for path, content in files:
        try:
            expected = QuarterId.from_file(path)
        except ValueError:
            continue
        yield CardFile(path, parse_stored(content, expected))


def parse_stored(content: bytes, expected: QuarterId) -> Quarter | None:
    """Read the file of a quarter; None when it is damaged or that of another."""
    try:
        quarter = parse_quarter(content)
    except ValueError:
        return None
    return None if quarter is None or quarter.id != expected else quarter
