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


def available(target: float, window: Running, *, risky: bool = False) -> float | None:
    """Return the constant power up to which the running window keeps to its target.

    None when so little time is left that it means nothing; negative when the target is
    broken already. While that is a risk (`risky`) it is no more than the present power.
    """
    if window.remaining < QUIET:
        return None
    length = window.end - window.start
    power = min((target - window.demand) * length / window.remaining, CONNECTION)
    if risky and window.power is not None:
        return min(power, window.power)
    return power


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
    """Whether the running window is likely to break its target, without flapping.

    It is judged once in each whole minute of the window that has passed, and told when
    the chance is high enough. Early in a window that is a higher chance than later: much
    may change yet, and there is time to wait. There is less where most of what the target
    allows is drawn already. Just before the end nothing can be done any more. What is told is held for some minutes, and let go when the chance is low; a
    new window is judged anew. Only what is certain is told at once.
    """

    __slots__ = ("_judged", "_since", "_start", "active")

    def __init__(self) -> None:
        """Begin without a risk."""
        self._start: int | None = None
        self._judged = 0
        self._since = 0.0
        self.active = False

    def update(
        self,
        start: int,
        chance: float | None,
        level: float | None,
        *,
        elapsed: float,
        remaining: float,
        demand: float = 0.0,
        certain: bool = False,
    ) -> bool:
        """Take the chance, 0..1, that the window from `start` breaks its target; s, kW.

        `demand` is the ramp. `certain`: the target is broken whatever is done. An unknown chance keeps what was
        known in this window; without a target there is no risk.
        """
        if level is None:
            self.active = False
        elif certain:
            self.active = True
        elif self._due(start, elapsed) and remaining >= QUIET:
            spent = SPENT * demand / level if level > 0 else 0.0
            self._judge(start, chance, elapsed, elapsed + remaining, spent)
        return self.active

    def _due(self, start: int, elapsed: float) -> bool:
        """Tell whether a whole minute has passed since it was judged last."""
        minute = int(elapsed // MINUTE)
        return minute > (self._judged if start == self._start else 0)

    def _judge(
        self,
        start: int,
        chance: float | None,
        elapsed: float,
        length: float,
        spent: float,
    ) -> None:
        fresh = start != self._start
        self._start = start
        self._judged = int(elapsed // MINUTE)
        if chance is None:
            self.active = self.active and not fresh
        elif not self.active or fresh:
            self.active = chance >= _enough(max(elapsed / length, spent))
            self._since = elapsed
        elif chance < RELEASE and elapsed - self._since >= HOLD:
            self.active = length - elapsed < LAST


def _enough(passed: float) -> float:
    """Return the chance that is told as a risk when a share of the window is over."""
    before, enough = ENOUGH[0]
    for share, chance in ENOUGH[1:]:
        if passed <= share:
            part = max(0.0, passed - before) / (share - before)
            return enough + (chance - enough) * part
        before, enough = share, chance
    return enough


MINUTE = 60
# No connection of a household carries more: up to 56 kVA, Belgian grid companies call it
# a low-voltage connection without a cabin; 3 x 80 A at 230 V in the Netherlands.
CONNECTION = 56.0
# So long before the end of a window nothing can be done any more, s.
QUIET = 30.0
# A risk is let go below this chance, held for so long, and kept so near the end, s.
RELEASE = 0.25
HOLD = 180.0
LAST = 90.0
# A target that is drawn to this share is as pressing as such a share of the time: with a
# heavy load it is soon too late to switch anything off.
SPENT = 0.8
# From which chance on a risk is told, by the share of the window that is over. Chosen on
# the homes of `bench.projection`.
ENOUGH = (
    (5 / 15, 0.8),
    (9 / 15, 0.45),
    (10 / 15, 0.25),
    (12 / 15, 0.25),
    (13 / 15, 0.5),
)
