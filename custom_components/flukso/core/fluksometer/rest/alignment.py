"""Values of several sensors that hold for a while, taken moment by moment."""

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

# A value that holds longer is repeated, so that no silence is seen in it, s.
STEP: Final = 10
# A sensor that is further behind is not waited for, s.
PATIENCE: Final = 3600


class Span(Protocol):
    """A value from after `begin` up to `end`, unix s."""

    @property
    def begin(self) -> int:
        """When it begins."""

    @property
    def end(self) -> int:
        """When it ends."""

    @property
    def value(self) -> float:
        """The value."""


class Moment(NamedTuple):
    """What each sensor measured up to a moment, since the moment before; unix s."""

    time: int
    values: dict[str, float]


class Alignment:
    """Hands values on as far as all sensors are known, in the order of time."""

    __slots__ = ("_known", "_spans", "_taken")

    def __init__(self, sensors: Iterable[str]) -> None:
        """Begin with nothing known."""
        self._spans: dict[str, deque[Span]] = {sensor: deque() for sensor in sensors}
        self._known = dict.fromkeys(self._spans, 0)
        self._taken = 0

    def add(self, sensor: str, spans: Iterable[Span]) -> None:
        """Take what a sensor tells anew; a clock that was set back begins anew."""
        for span in spans:
            if span.end < self._known[sensor]:
                self._begin_anew()
            self._known[sensor] = span.end
            self._spans[sensor].append(span)

    def take(self) -> list[Moment]:
        """Return the moments up to which all is known now."""
        newest = max(self._known.values(), default=0)
        frontier = min(
            (known for known in self._known.values() if newest - known <= PATIENCE),
            default=0,
        )
        moments = [
            Moment(time, values)
            for time in self._times(frontier)
            if (values := self._values(time))
        ]
        self._taken = max(self._taken, frontier)
        self._forget()
        return moments

    def _begin_anew(self) -> None:
        self._taken = 0
        for sensor, spans in self._spans.items():
            spans.clear()
            self._known[sensor] = 0

    def _times(self, frontier: int) -> list[int]:
        """Return where values change, and what divides long ones."""
        times: set[int] = set()
        for spans in self._spans.values():
            for span in spans:
                begin, end = max(span.begin, self._taken), min(span.end, frontier)
                if begin < end:
                    times.update(range(begin + STEP, end, STEP), (end,))
        return sorted(times)

    def _values(self, time: int) -> dict[str, float]:
        """Return the values that hold at a moment."""
        return {
            sensor: span.value
            for sensor, spans in self._spans.items()
            if (span := _holding(spans, time)) is not None
        }

    def _forget(self) -> None:
        for spans in self._spans.values():
            while spans and spans[0].end <= self._taken:
                spans.popleft()


def _holding(spans: deque[Span], time: int) -> Span | None:
    """Return the span in which a moment lies; drop those that are over."""
    while spans and spans[0].end < time:
        spans.popleft()
    return spans[0] if spans and spans[0].begin < time else None
