"""What a home teaches: how often its power is above a level, and how long it stays."""

from bisect import bisect_right
from math import exp, log

from ..stored import Damaged, amount, entries, record, whole

LOWEST = 0.15
HIGHEST = 12.0
COUNT = 20
STEP = log(HIGHEST / LOWEST) / (COUNT - 1)
LEVELS = tuple(LOWEST * exp(STEP * place) for place in range(COUNT))
# What is counted before the first day, in minutes and in times: above any level.
FEW = (3.0, 150.0, 20.0, 4.0)
# Whatever is older than about so many minutes fades: seasons change a home.
MEMORY = 60 * 1440


class Habits:
    """Minutes and rises above levels of power, counted as they pass."""

    __slots__ = ("_at", "_minutes", "_rises", "_shares", "_stays", "_times")

    def __init__(self, state: object = None) -> None:
        """Begin with what is common, or with what was stored; ValueError if damaged."""
        self._times = [0.0] * COUNT
        self._rises = [0.0] * COUNT
        self._minutes = 0.0
        self._at: int | None = None
        # The logarithms that are told, by level: a minute's readings ask for them often.
        self._shares = self._stays = self._times
        if state is not None:
            self._restore(state)
        self._tell()

    def learn(self, power: float) -> None:
        """Take the mean power of the next minute, kW."""
        place = bisect_right(LEVELS, power)
        before = self._at
        self._at = place
        self._minutes += 1
        for number in range(place):
            self._times[number] += 1
        for number in range(place if before is None else before, place):
            self._rises[number] += 1
        if self._minutes > MEMORY:
            self._fade()
        self._tell()

    def _fade(self) -> None:
        self._minutes /= 2
        self._times = [count / 2 for count in self._times]
        self._rises = [count / 2 for count in self._rises]

    def above(self, power: float) -> tuple[float, float]:
        """Return the share of the time above a power (kW), and for how many minutes.

        Both as logarithms, of the nearest level.
        """
        place = round(log(max(power, LOWEST) / LOWEST) / STEP)
        place = min(place, COUNT - 1)
        return self._shares[place], self._stays[place]

    def _tell(self) -> None:
        some, all_, minutes, count = FEW
        whole = self._minutes + all_
        self._shares = [log((times + some) / whole) for times in self._times]
        self._stays = [
            log((times + minutes) / (rises + count))
            for times, rises in zip(self._times, self._rises, strict=True)
        ]

    def to_dict(self) -> dict[str, object]:
        """Return what was learned."""
        return {
            "minutes": self._minutes,
            "place": self._at,
            "times": list(self._times),
            "rises": list(self._rises),
        }

    def _restore(self, data: object) -> None:
        """Take what was stored."""
        stored = record(data, KEYS)
        minutes = amount(stored["minutes"])
        times = [amount(count) for count in entries(stored["times"], COUNT)]
        rises = [amount(count) for count in entries(stored["rises"], COUNT)]
        if any(count > minutes for count in (*times, *rises)):
            raise Damaged("more minutes than there were")
        place = stored["place"]
        self._at = None if place is None else min(whole(place), COUNT)
        self._minutes, self._times, self._rises = minutes, times, rises


KEYS = frozenset({"minutes", "place", "times", "rises"})
