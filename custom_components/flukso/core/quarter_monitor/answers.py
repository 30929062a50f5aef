"""What a quarter monitor answers over HTTP; ValueError when it cannot be that."""

from typing import Final, NamedTuple

from ..decoding import decode_json
from ..drops import Dropped
from ..stored import Damaged, amount, record, whole
from .quarter import MOST_WATTS, Quarter
from .quarter_id import QuarterId

# A day has 100 quarters when the clock is set back.
MOST_QUARTERS: Final = 100


class Listing(NamedTuple):
    """Numbers that the monitor lists: under which key, and between which they are."""

    key: str
    first: int
    last: int


YEARS: Final = Listing("years", 2000, 2255)
MONTHS: Final = Listing("months", 1, 12)
DAYS: Final = Listing("days", 1, 31)


class Peak(NamedTuple):
    """The month peak that the monitor tells, W."""

    id: QuarterId
    watts: float


def parse_quarter(body: bytes) -> Quarter | None:
    """Read a quarter; None before the first telegram."""
    return Quarter.from_json(_decoded(body))


def parse_peak(body: bytes) -> Peak | None:
    """Read the month peak; None while it is not known."""
    told = record(_decoded(body)).get("peak")
    if told is None:
        return None
    peak = record(told)
    number, watts = whole(peak.get("quarter_id")), amount(peak.get("power"))
    if number == 0:
        return None
    if watts > MOST_WATTS:
        raise Damaged("more than a connection carries")
    return Peak(QuarterId.from_number(number), watts)


def parse_listing(body: bytes, listing: Listing) -> list[int]:
    """Read years, months or days that are on the card, in order."""
    most = listing.last - listing.first + 1
    numbers = {whole(item) for item in _items(body, listing.key, most)}
    return sorted(
        number for number in numbers if listing.first <= number <= listing.last
    )


def parse_quarters(body: bytes) -> list[QuarterId]:
    """Read the quarters of a day that are on the card, in order."""
    found = set[QuarterId]()
    for item in _items(body, "quarters", MOST_QUARTERS):
        if number := whole(item):
            found.add(QuarterId.from_number(number))
    return sorted(found)


def _items(body: bytes, key: str, most: int) -> list[object]:
    items = record(_decoded(body)).get(key)
    if not isinstance(items, list) or len(items) > most:
        raise Damaged("not a list, or a longer one than there can be")
    return items


def _decoded(body: bytes) -> object:
    try:
        return decode_json(body)
    except Dropped as error:
        raise Damaged(str(error)) from error
