"""The connection of a house to the grid, with loads that a test decides."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from random import Random

from ...brokers import Message

WINDOW = 900
WS_PER_WH = 3600

type Loads = Callable[[int], tuple[int, ...]]


def random_loads(
    seed: int, *, phases: int = 3, lowest: int = 0, highest: int = 4000
) -> Loads:
    """Return whole watts of each phase, other ones every minute."""

    @cache
    def minute(number: int) -> tuple[int, ...]:
        draw = Random(f"{seed}/{number}")
        return tuple(draw.randint(lowest, highest) for _ in range(phases))

    return lambda second: minute(second // 60)


def steady(*watts: int) -> Loads:
    """Return loads that never change."""
    return lambda _second: watts


def stepped(steps: dict[int, tuple[int, ...]]) -> Loads:
    """Return loads by the second from which they hold, in order."""
    beginnings = list(steps)

    def loads(second: int) -> tuple[int, ...]:
        return steps[beginnings[bisect_right(beginnings, second) - 1]]

    return loads


@dataclass
class Grid:
    """Clamps that publish as an FLM03E does, and the truth beside them.

    Loads are constant for `step` s, negative for export. Messages bear the stamp of the
    second that was measured last. Energy is summed in whole Ws, so the truth is exact.
    """

    imports: tuple[str, ...]
    exports: tuple[str, ...]
    loads: Loads
    now: int
    step: int = 10
    counted: list[int] = field(default_factory=lambda: [0] * 6)
    first: int = 1_234_567_000
    drawn: dict[int, int] = field(default_factory=dict)
    watts: tuple[int, ...] = ()

    def live(self) -> None:
        """Let the loads run for one step."""
        self.watts = self.loads(self.now)
        for phase, watts in enumerate(self.watts):
            place = phase if watts >= 0 else len(self.imports) + phase
            self.counted[place] += abs(watts) * self.step
        window = self.now - self.now % WINDOW
        drawn = max(0, sum(self.watts)) * self.step
        self.drawn[window] = self.drawn.get(window, 0) + drawn
        self.now += self.step

    def messages(self) -> Iterator[Message]:
        """Yield what the clamps publish now."""
        for place, sensor in enumerate(self.imports + self.exports):
            milli = self.first + self.counted[place] * 1000 // WS_PER_WH
            number = f"{milli // 1000}.{milli % 1000:03}"
            payload = f'[{self.now - 1}, {number}, "Wh"]'
            yield Message(f"/sensor/{sensor}/counter", payload.encode(), retain=False)
        for place, sensor in enumerate(self.imports + self.exports):
            phase = place % len(self.imports)
            watts = self.watts[phase] * (1 if place < len(self.imports) else -1)
            payload = f'[{self.now - 1}, {max(0, watts)}, "W"]'
            yield Message(f"/sensor/{sensor}/gauge", payload.encode(), retain=False)

    def reset(self) -> None:
        """Set the counters to zero, as the device does on request."""
        self.counted = [0] * 6
        self.first = 0

    def demand(self, window: int) -> float:
        """Return the true demand of a window in kW."""
        return self.drawn.get(window, 0) / WINDOW / 1000

    def energy(self, start: int, end: int) -> float:
        """Return what was truly drawn in the windows from start up to end, kWh."""
        drawn = sum(ws for window, ws in self.drawn.items() if start <= window < end)
        return drawn / WS_PER_WH / 1000
