"""Where the running window is heading, and what may still be drawn.

`demand` is the ramp: the energy since the window began over the whole window's time,
as the meter's 1-0:1.4.0 shows it. All powers in kW, times in s.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Running:
    """The running window at a moment: unix s, s, kW, and a share 0..1.

    `demand` is the ramp: the energy so far over the window's whole time. `power` is
    None when it is not known, and so is what is `projected` from it. `coverage` is
    the share of the elapsed time that was seen. `by_host`: it is a window of the host's
    clock.
    """

    start: int
    end: int
    elapsed: float
    remaining: float
    demand: float
    power: float | None
    projected: float | None
    coverage: float
    by_host: bool = False


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
    """Whether the running window is heading above its target, without flapping.

    Just after a window began its projection is that of a moment's power, and just
    before it ends nothing can be done any more: nothing changes then, unless the
    target is broken for certain.
    """

    __slots__ = ("_quiet", "_release", "_start", "active")

    def __init__(self, release: float = 0.95, quiet: float = 30.0) -> None:
        """Let go below this share of the target; be quiet at both ends so long, s."""
        self._release = release
        self._quiet = quiet
        self._start: int | None = None
        self.active = False

    def update(
        self,
        start: int,
        projection: float | None,
        level: float | None,
        *,
        elapsed: float,
        remaining: float,
        certain: bool = False,
    ) -> bool:
        """Take a projection for the window that began at `start`; kW, s.

        `certain`: the target is broken whatever is done. An unknown projection keeps
        what was known in this window; without a target there is no risk.
        """
        if level is None:
            self.active = False
        elif certain:
            self.active = True
        elif min(elapsed, remaining) >= self._quiet:
            fresh = start != self._start
            self._start = start
            if projection is None:
                self.active = self.active and not fresh
            elif projection > level:
                self.active = True
            elif fresh or projection < self._release * level:
                self.active = False
        return self.active
