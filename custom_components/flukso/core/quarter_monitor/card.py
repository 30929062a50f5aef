"""The files on the card of a quarter monitor, copied to a folder."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from ..demand.history.intake import Windows
from ..demand.powers.kept import MonthProfiles
from ..demand.powers.profile import PowerProfile
from ..tariff.rule import Calendar
from ..windows import Window, month_of
from .answers import parse_quarter
from .quarter import Quarter
from .quarter_id import QuarterId


class CardHistory(NamedTuple):
    """The windows of a card in order, and the profiles that are worth keeping."""

    windows: list[Window]
    profiles: dict[int, PowerProfile]


def on_card(paths: Iterable[str]) -> list[tuple[QuarterId, str]]:
    """Return the quarters whose files bear their name, in order, with their paths.

    The card also holds the monitor's web page.
    """
    return sorted(_named(paths))


def _named(paths: Iterable[str]) -> Iterator[tuple[QuarterId, str]]:
    for path in paths:
        try:
            yield QuarterId.from_file(path), path
        except ValueError:
            continue


def read_card(
    files: Iterable[tuple[QuarterId, str]],
    read: Callable[[str], bytes],
    calendar: Calendar,
    now: float,
) -> CardHistory:
    """Return what is in the files of quarters, which come in order.

    Damaged files are left out. `now`: unix s. Of a month no more profiles are held than
    are kept.
    """
    found = CardHistory([], {})
    direction = calendar.rule.direction

    def month(file: tuple[QuarterId, str]) -> str:
        return month_of(file[0].start, calendar.zone)

    for _month, of_month in groupby(files, key=month):
        windows: Windows = {}
        profiles = MonthProfiles(calendar)
        for expected, path in of_month:
            quarter = parse_stored(read(path), expected)
            if quarter is not None and quarter.seen(direction):
                _put(windows, quarter.window(direction))
                profiles.put(expected.start, quarter.profile(direction))
        profiles.prune(windows, now)
        found.windows.extend(windows.values())
        found.profiles.update(profiles.by_start)
    return found


def _put(windows: Windows, window: Window) -> None:
    """Take a window, unless a better copy of its file was read before."""
    known = windows.get(window.start)
    if known is None or window.supersedes(known):
        windows[window.start] = window


def parse_stored(content: bytes, expected: QuarterId) -> Quarter | None:
    """Read the file of a quarter; None when it is damaged or that of another."""
    try:
        quarter = parse_quarter(content)
    except ValueError:
        return None
    return None if quarter is None or quarter.id != expected else quarter
