"""What is switched on when: one day of a household as a list of draws.

Time of day is Central European standard time all year round.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from .weather import winter

DAY = 86400
ZONE = 3600
_HOUR = 3600


class Draw(NamedTuple):
    """Something that runs from `begin` until before `end` (Unix seconds).

    Watts and vars are per phase, gas and water are mL/s; all whole numbers, so that
    sums of draws are exact in any order.
    """

    begin: int
    end: int
    watts: tuple[int, int, int] = (0, 0, 0)
    vars: tuple[int, int, int] = (0, 0, 0)
    gas: int = 0
    water: int = 0


def _on(phase: int, amount: int) -> tuple[int, int, int]:
    return (
        amount if phase == 0 else 0,
        amount if phase == 1 else 0,
        amount if phase == 2 else 0,
    )


def day_number(second: int) -> int:
    """Return the household's day that a second belongs to."""
    return (second + ZONE) // DAY


class Day:
    """One day's habits. Draws may run on into the next morning."""

    def __init__(self, seed: int, number: int) -> None:
        """Decide the day: the same seed and number make the same day."""
        self.midnight = number * DAY - ZONE
        self._random = Random(f"household/{seed}/{number}")
        self._cold = winter(self.midnight)
        # Day 0 was a Thursday.
        self._weekend = number % 7 in (2, 3)
        self.awake = self._at(6.3, 7.4)
        self.asleep = self._at(22.3, 23.8)
        out = self._random.random() < (0.4 if self._weekend else 0.8)
        self.away = (self._at(8.2, 9.0), self._at(16.3, 17.6)) if out else (0, 0)
        self.draws = tuple(self._everything())

    def _at(self, first: float, last: float) -> int:
        hour = self._random.uniform(first, last)
        return self.midnight + round(hour * _HOUR)

    def occupied(self, second: int) -> bool:
        """Tell whether somebody is up and at home."""
        leaves, returns = self.away
        return self.awake <= second < self.asleep and not leaves <= second < returns

    def _everything(self) -> Iterator[Draw]:
        yield from self._fridge()
        yield from self._heat_pump()
        yield from self._evening()
        yield from self._kitchen()
        yield from self._laundry()
        yield from self._car()
        yield from self._boiler()
        yield from self._water()

    def _fridge(self) -> Iterator[Draw]:
        now = self.midnight + self._random.randrange(1800)
        while now < self.midnight + DAY:
            run = self._random.randint(700, 1100)
            yield Draw(now, now + run, _on(1, 85), _on(1, 48))
            now += run + self._random.randint(1300, 2100)

    def _heat_pump(self) -> Iterator[Draw]:
        now = self.midnight + self._random.randrange(3600)
        while now < self.midnight + DAY:
            run = self._random.randint(600, 1500)
            watts = self._random.randint(1500, 2100)
            yield Draw(now, now + run, _on(2, watts), _on(2, watts // 4))
            now += run + round(self._random.randint(1500, 4000) / (0.15 + self._cold))

    def _evening(self) -> Iterator[Draw]:
        dusk = max(self.away[1], self._at(17.0 + 4 * (1 - self._cold), 19.0))
        if dusk < self.asleep:
            yield Draw(dusk, self.asleep, (110, 70, 20), (-30, -12, -4))
            yield Draw(dusk + 1800, self.asleep, _on(0, 140), _on(0, -45))

    def _kitchen(self) -> Iterator[Draw]:
        breakfast = self.awake + self._random.randint(600, 1800)
        yield Draw(breakfast, breakfast + self._random.randint(150, 240), _on(0, 2050))
        dinner = max(self.away[1] + 900, self._at(17.4, 18.6))
        hob = self._random.randint(900, 2100)
        yield Draw(dinner, dinner + hob, _on(1, 1700), _on(1, -60))
        if self._random.random() < 0.6:
            yield from self._oven(dinner + self._random.randint(0, 900))

    def _oven(self, begin: int) -> Iterator[Draw]:
        yield Draw(begin, begin + 540, _on(0, 2300))
        for cycle in range(self._random.randint(8, 24)):
            on = begin + 600 + 95 * cycle
            yield Draw(on, on + 35, _on(0, 2300))

    def _laundry(self) -> Iterator[Draw]:
        if self._random.random() < (0.8 if self._weekend else 0.25):
            wash = self._at(9.5, 15.0)
            yield Draw(wash, wash + 900, _on(1, 2050), _on(1, 20))
            yield Draw(wash + 900, wash + 4500, _on(1, 180), _on(1, 140))
        if self._random.random() < 0.7:
            dishes = self._at(19.5, 21.5)
            yield Draw(dishes + 300, dishes + 1200, _on(2, 1950))
            yield Draw(dishes + 3300, dishes + 4000, _on(2, 1950))

    def _car(self) -> Iterator[Draw]:
        if self._random.random() < 0.45:
            begin = max(self.away[1] + 300, self._at(18.0, 22.5))
            end = begin + round(self._random.uniform(1.2, 4.0) * _HOUR)
            yield Draw(begin, end, (3640, 3640, 3640), (120, 120, 120))

    def _boiler(self) -> Iterator[Draw]:
        for begin, end in ((self.awake - 1800, 8.8), (self._at(16.0, 16.8), 22.5)):
            now = begin
            while now < self.midnight + end * _HOUR and self._cold > 0.2:
                run = round(self._random.randint(240, 900) * self._cold)
                yield Draw(now, now + run, _on(1, 65), _on(1, 25), gas=620)
                now += run + self._random.randint(400, 1200)

    def _water(self) -> Iterator[Draw]:
        for _ in range(self._random.randint(1, 3)):
            shower = self.awake + self._random.randint(0, 3600)
            end = shower + self._random.randint(240, 540)
            yield Draw(shower, end, _on(1, 45), gas=540, water=150)
        for _ in range(self._random.randint(8, 20)):
            tap = self._random.randint(self.awake, self.asleep)
            if self.occupied(tap):
                yield Draw(tap, tap + self._random.randint(5, 70), water=110)
