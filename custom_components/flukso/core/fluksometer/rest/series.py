"""The last minute of a sensor, as an FLM02 tells it over HTTP.

`[[<unix seconds>, <value>], …]`, one for each second. The device fills a gap between
two readings with the later one, and says "nan" after the last. A reading is the mean
since the one before, so that the sum over all seconds is what was counted, also where
pulses are far apart.
"""

from collections.abc import Iterable
import json
from typing import Final, NamedTuple

from ...drops import Dropped, DropReason
from ...stored import END_OF_TIME, entries, moment, optional_moment, whole
from ..readings import FIRST_TIMESTAMP, MAX_CLOCK_LEAD

# A minute takes less than 2 kB.
MAX_BYTES: Final = 16384
_LONGEST_STEP: Final = 60
_NOT_A_NUMBER: Final = frozenset({"nan", "-nan"})

# A minute that is older than this says nothing of what is measured now, s.
_FRESH: Final = 300.0
# Readings this much older than the last are a clock that was set back, s.
_CLOCK_STEP: Final = 60
# As of any clamp: so long a gap counts as seen, s.
BRIDGED: Final = 15


class Run(NamedTuple):
    """A value that holds from after `begin` up to `end`, unix s."""

    begin: int
    end: int
    value: float

    @property
    def amount(self) -> float:
        """Return value times seconds."""
        return self.value * (self.end - self.begin)


class Series(NamedTuple):
    """What one answer tells: runs in order, and how many seconds it is about.

    `refused` values are none that the sensor can have.
    """

    runs: tuple[Run, ...] = ()
    span: int = 0
    refused: int = 0


def parse_series(
    body: bytes, now: float, top: float, *, astray: bool = False
) -> Series:
    """Return what an answer tells; raise Dropped.

    `now` (unix s) bounds the stamps, unless the clock is known to be `astray`; `top` the
    values.
    """
    if len(body) > MAX_BYTES:
        raise Dropped(DropReason.TOO_LARGE)
    items = _decoded(body)
    runs: list[Run] = []
    refused = 0
    first = before = 0
    earliest, latest = FIRST_TIMESTAMP, now + MAX_CLOCK_LEAD
    if astray:
        earliest, latest = 0, END_OF_TIME
    for item in items:
        stamp, value = _pair(item)
        if not earliest < stamp < latest:
            raise Dropped(DropReason.TIMESTAMP)
        first = first or stamp
        before = before or stamp - 1
        if not 0 < stamp - before <= _LONGEST_STEP:
            raise Dropped(DropReason.OUT_OF_ORDER)
        if value is not None and -top <= value <= top:
            _append(runs, Run(before, stamp, value))
        elif value is not None:
            refused += 1
        before = stamp
    return Series(tuple(runs), before - first + 1 if first else 0, refused)


def _append(runs: list[Run], run: Run) -> None:
    """Add a run, or let the last go on."""
    if runs and (runs[-1].end, runs[-1].value) == (run.begin, run.value):
        run = Run(runs.pop().begin, run.end, run.value)
    runs.append(run)


def _decoded(body: bytes) -> list[object]:
    try:
        decoded: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Dropped(DropReason.MALFORMED, "not JSON") from error
    if not isinstance(decoded, list):
        raise Dropped(DropReason.MALFORMED, "no list")
    return decoded


def _pair(item: object) -> tuple[int, float | None]:
    """Return stamp and value of a second; None for no value."""
    match item:
        case [bool(), _] | [_, bool()]:
            pass
        case [int(stamp), str(text)] if text in _NOT_A_NUMBER:
            return stamp, None
        case [int(stamp), int(value) | float(value)]:
            return stamp, value
    raise Dropped(DropReason.MALFORMED, "no pair of second and value")


class SeriesTrack:
    """How far a sensor is known, so that every second counts once."""

    __slots__ = ("_asked", "_since", "until")

    def __init__(self, state: object = None) -> None:
        """Begin with nothing known, or where the stored state ends.

        ValueError when that state cannot be used.
        """
        self.until: int | None = None
        # When it was asked for the last time, and first known so far; by the host.
        self._asked: float | None = None
        self._since = 0.0
        if state is not None:
            until, asked, since = entries(state, 3)
            self.until = None if until is None else whole(until)
            self._asked = optional_moment(asked)
            self._since = moment(since)

    def take(self, series: Series, asked: float, now: float) -> tuple[Run, ...]:
        """Return what an answer tells anew; host's times of question and answer."""
        before, self._asked = self._asked, asked
        if not series.runs:
            return ()
        end, until = series.runs[-1].end, self.until
        if until is not None and until - _CLOCK_STEP <= end <= until:
            return ()
        since, self._since = self._since, now
        self.until = end
        if until is None:
            return series.runs if abs(now - end) <= _FRESH else ()
        # More than has passed: a clock that was set.
        if not 0 < end - until <= now - since + series.span:
            return ()
        new = [
            run._replace(begin=max(run.begin, until))
            for run in series.runs
            if run.end > until
        ]
        # Had there been a reading since the last answer, this one would tell it.
        seen = before is not None and 0 <= now - before < series.span
        if seen or new[0].begin - until <= BRIDGED:
            new[0] = new[0]._replace(begin=until)
        return tuple(new)

    def to_row(self) -> list[float | None]:
        """Return what a restart needs."""
        return [self.until, self._asked, self._since]


def amount_of(runs: Iterable[Run]) -> float:
    """Return value times seconds of all runs; what flows back is not taken off."""
    return sum(max(0.0, run.amount) for run in runs)


def mean_of(runs: Iterable[Run]) -> float | None:
    """Return the mean of all runs, None without any."""
    total, seconds = 0.0, 0
    for run in runs:
        total += run.amount
        seconds += run.end - run.begin
    return total / seconds if seconds else None
