"""The mean powers of steps of 5 s, for as long as their window may be open."""

from array import array
from collections.abc import Iterable, Sequence

STEP = 5
# A window may close an hour after its end, for a sensor that is waited for.
KEPT_STEPS = 90 * 60 // STEP

type Powers = list[float | None]


class StepMeans:
    """Means of what is told piece by piece; of each step, what of it was told."""

    __slots__ = ("_begin", "_end", "_means", "_numbers", "_seen", "_sum")

    def __init__(self) -> None:
        """Begin without a step."""
        self._begin = self._end = 0
        self._sum = self._seen = 0.0
        # A ring: a mean is that of the step whose number is at the same place.
        self._means = array("d", bytes(8 * KEPT_STEPS))
        self._numbers = array("q", [-1]) * KEPT_STEPS

    def add(self, since: float, until: float, power: float) -> None:
        """Take the mean power of a time, unix s."""
        if since >= self._begin and until <= self._end:
            span = until - since
            self._sum += power * span
            self._seen += span
        elif since < until:
            self._spread(max(since, until - KEPT_STEPS * STEP), until, power)

    def _spread(self, since: float, until: float, power: float) -> None:
        """Take what does not lie within the running step."""
        number = int(since // STEP)
        while since < until:
            self._turn_to(number)
            edge = min(until, self._end)
            self._sum += power * (edge - since)
            self._seen += edge - since
            since = edge
            number += 1

    def _turn_to(self, number: int) -> None:
        """Go to another step, unless it runs already."""
        if number * STEP == self._begin:
            return
        if self._seen > 0:
            running = self._begin // STEP
            self._means[running % KEPT_STEPS] = self._sum / self._seen
            self._numbers[running % KEPT_STEPS] = running
        self._begin = number * STEP
        self._end = self._begin + STEP
        self._sum = self._seen = 0.0

    def means(self, start: int, count: int) -> Powers:
        """Return the means of so many steps from a moment; None where nothing is known."""
        first = start // STEP
        return [self._mean(number) for number in range(first, first + count)]

    def _mean(self, number: int) -> float | None:
        if number * STEP == self._begin and self._seen > 0:
            return self._sum / self._seen
        place = number % KEPT_STEPS
        return self._means[place] if self._numbers[place] == number else None


def added(lanes: Iterable[Sequence[float | None]]) -> Powers:
    """Return the sums of steps that all of them know."""
    return [
        None if None in step else sum(power for power in step if power is not None)
        for step in zip(*lanes, strict=True)
    ]


def first_known(*lanes: Sequence[float | None]) -> Powers:
    """Return of each step what the first says who knows it."""
    return [
        next((power for power in step if power is not None), None)
        for step in zip(*lanes, strict=True)
    ]
