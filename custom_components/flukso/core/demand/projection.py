"""Where the running window is heading, and what may still be drawn.

`demand` is the ramp: the energy since the window began over the whole window's time,
as the meter's 1-0:1.4.0 shows it. All powers in kW, times in s.
"""


def projected(demand: float, power: float, remaining: float, length: float) -> float:
    """Return the demand at the end of the window if the power stays as it is."""
    return demand + power * remaining / length


def available(target: float, demand: float, remaining: float, length: float) -> float:
    """Return the constant power that ends the window at its target.

    Negative when the target is broken already; the last second counts as whole.
    """
    return (target - demand) * length / max(remaining, 1.0)


def target(
    floor: float | None, month_peak: float | None, goal: float | None
) -> float | None:
    """Return the demand that costs nothing more: the highest of those that exist."""
    known = [level for level in (floor, month_peak, goal) if level is not None]
    return max(known, default=None)


def peak_certain(demand: float, level: float) -> bool:
    """Tell whether the running window breaks the target whatever is done."""
    return demand > level


class PeakRisk:
    """Whether the running window is heading above its target, without flapping."""

    __slots__ = ("_release", "_start", "active")

    def __init__(self, release: float = 0.95) -> None:
        """Let go below this share of the target."""
        self._release = release
        self._start: int | None = None
        self.active = False

    def update(self, start: int, projection: float | None, level: float | None) -> bool:
        """Take a projection for the window that began at `start`.

        An unknown projection or target keeps what was known in this window.
        """
        fresh = start != self._start
        self._start = start
        if projection is None or level is None:
            self.active = self.active and not fresh
        elif projection > level:
            self.active = True
        elif fresh or projection < self._release * level:
            self.active = False
        return self.active
