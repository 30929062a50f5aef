"""What was drawn from step to step in the windows that may still be open."""

from ...windows import HOUR
from ..grid.grid import Point
from ..powers.profile import STEPS, PowerProfile
from ..powers.steps import KEPT_STEPS, STEP, Powers, StepMeans, first_known


class DrawnPowers:
    """Powers by gauges where there are any, by counters where there are none; kW.

    What was seen of the running window goes through a restart with the state. Of the
    time between, and since the state was last stored, nothing was seen.
    """

    __slots__ = ("_counted", "_earlier", "_energy", "_time")

    def __init__(self, row: object = None) -> None:
        """Begin with nothing, or with a stored window; ValueError if it is damaged."""
        self._time: float | None = None
        self._energy = 0.0
        self._counted = StepMeans()
        self._earlier: tuple[int, Powers] = (0, [None] * STEPS)
        if row is not None:
            start, profile = PowerProfile.from_row(row)
            self._earlier = start, profile.kilowatts

    def note(self, point: Point) -> None:
        """Take the next point of the counter."""
        time, energy, _, gap, _ = point
        before = self._time
        if before is not None and time > before and not gap:
            power = (energy - self._energy) * HOUR / (time - before)
            self._counted.add(before, time, power if power > 0 else 0.0)
        self._time = time
        self._energy = energy

    def profile(
        self, start: int, gauged: Powers, energy: float | None
    ) -> PowerProfile | None:
        """Return the profile of a quarter from `start` (unix s); None if nothing is known.

        `energy` kWh of one that was wholly seen: where its gauges tell something else,
        its counters count.
        """
        found = PowerProfile.of_kilowatts(self._powers(start, gauged))
        if energy is None or not found.seen:
            return found if found.seen else None
        return found.fitted(energy) or self._by_counter(start).fitted(energy)

    def _powers(self, start: int, gauged: Powers) -> Powers:
        return first_known(gauged, self._told(start), self._counted.means(start, STEPS))

    def _told(self, start: int) -> Powers:
        begun, powers = self._earlier
        return powers if begun == start else [None] * STEPS

    def _by_counter(self, start: int) -> PowerProfile:
        return PowerProfile.of_kilowatts(self._counted.means(start, STEPS))

    def forgotten(self, start: int) -> bool:
        """Tell whether a quarter is too long ago for anything to be known of it."""
        return self._time is None or start < self._time - KEPT_STEPS * STEP

    def keep(self, start: int, gauged: Powers) -> None:
        """Keep what gauges told of the running window that will not tell it again."""
        self._earlier = start, self._powers(start, gauged)

    def to_row(self, start: int, gauged: Powers) -> list[int | None] | None:
        """Return the running window for storage, None if nothing of it was seen."""
        profile = PowerProfile.of_kilowatts(self._powers(start, gauged))
        return profile.to_row(start) if profile.seen else None
