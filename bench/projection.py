"""Judge the projection on months of real homes, beside "it stays as now".

    python -m bench.projection [--shipped] [--targets] [--simulated] [--pace SECONDS]

Each home is judged by weights that were fitted on the other one (--shipped: by those of
the integration, fitted on both). Its minutes go through the very classes that run in
Home Assistant: a CounterMeter takes powers by the minute, or a counter each --pace s,
and Projection and PeakRisk follow what it tells. A window is announced when its risk
was told at one of its minutes; a false alarm is one that did not break the target.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Self

from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.projection.heading import Weights
from custom_components.flukso.core.projection.projection import Outlook, Projection
from custom_components.flukso.core.projection.table import WEIGHTS
from custom_components.flukso.core.running import PeakRisk, Running
from custom_components.flukso.core.windows import Window

from .homes import MONTHS, SIMULATED, real_home, simulated_home
from .projection_tables import LEARNED_ON

SENSOR = "import"
QUARTER = 900
MINUTES = 15
EARLY, LATE = 10, 12
TOLD_AT = (3, 6, 9, 12)
TARGETS = {"house a": 2.5, "house b": 1.69}
# Shares of the windows below a target.
QUANTILES = (0.93, 0.96, 0.98, 0.99)
RELEASE = 0.95
MOST = 120.0


@dataclass(slots=True)
class Alarms:
    """What was told of windows that broke their target, and of those that did not."""

    false: int = 0
    early: int = 0
    announced: int = 0
    broken: int = 0
    changes: int = 0
    changed: int = 0

    def add(self, told: Sequence[bool], *, broke: bool) -> None:
        """Count a window by what was told at its minutes."""
        self.broken += broke
        self.false += not broke and any(told)
        self.early += broke and any(told[:EARLY])
        self.announced += broke and any(told[:LATE])
        changes = sum(a != b for a, b in zip([False, *told], told, strict=False))
        self.changes += changes
        self.changed += changes > 0

    def __iadd__(self, other: Alarms) -> Self:
        """Count the windows of another home too."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


@dataclass(slots=True)
class Ends:
    """How far off the told ends were, by the minute; kW."""

    likely: dict[int, list[float]] = field(default_factory=dict)
    as_now: dict[int, list[float]] = field(default_factory=dict)
    below: int = 0
    above: int = 0
    bands: int = 0

    def add(self, minute: int, outlook: Outlook, end: float) -> None:
        """Take what was told at a minute of a window that ended so."""
        self.likely.setdefault(minute, []).append(outlook.likely - end)
        self.as_now.setdefault(minute, []).append(outlook.as_now - end)
        if outlook.low is not None and outlook.high is not None:
            self.bands += 1
            self.below += end < outlook.low - 1e-9
            self.above += end > outlook.high + 1e-9

    def __iadd__(self, other: Ends) -> Self:
        """Take those of another home too."""
        for minute, errors in other.likely.items():
            self.likely.setdefault(minute, []).extend(errors)
            self.as_now.setdefault(minute, []).extend(other.as_now[minute])
        self.below += other.below
        self.above += other.above
        self.bands += other.bands
        return self


def mean_size(errors: Iterable[float]) -> float:
    """Return the mean error in W."""
    sizes = [abs(error) * 1000 for error in errors]
    return sum(sizes) / len(sizes)


def root(errors: Iterable[float]) -> float:
    """Return the root of the mean square in W."""
    squares = [(error * 1000) ** 2 for error in errors]
    return sqrt(sum(squares) / len(squares))


class Today:
    """The risk as it was before: heading above the target, let go below 95 % of it."""

    def __init__(self) -> None:
        """Begin without a risk."""
        self._active = False

    def update(self, window: Running, target: float) -> bool:
        """Take the running window at a whole minute."""
        assert window.projected is not None
        if window.projected > target:
            self._active = True
        elif window.elapsed <= 60 or window.projected < RELEASE * target:
            self._active = False
        return self._active


def moments(
    powers: list[float], pace: int
) -> Iterator[tuple[Running | None, list[Window]]]:
    """Yield the running window at each reading, and the windows that this one closed."""
    meter = CounterMeter(SourcePlan((SENSOR,), max_gap=MOST))
    energy = 0.0
    if pace != 60:
        meter.counter(SENSOR, 0, 0.0)
    else:
        meter.power(SENSOR, 0, powers[0])
    for minute, power in enumerate(powers):
        for second in range(pace, 61, pace):
            now = minute * 60 + second
            energy += power * pace / 3600
            if pace == 60:
                closed = meter.power(SENSOR, now, power)
                yield meter.running(now), closed
            else:
                closed = meter.counter(SENSOR, now, energy)
                yield meter.running(now, power), closed


def judge(
    powers: list[float], target: float, weights: Weights, pace: int = 60
) -> tuple[Alarms, Alarms, Ends]:
    """Return the alarms as they are, as they were, and how the ends were told."""
    projection, risk, before = Projection(weights=weights), PeakRisk(), Today()
    ours, theirs, ends = Alarms(), Alarms(), Ends()
    told: list[bool] = []
    once: list[bool] = []
    outlooks: dict[int, Outlook] = {}
    last: Window | None = None
    for window, closed in moments(powers, pace):
        if closed:
            last = closed[-1]
            ours.add(told, broke=last.demand > target)
            theirs.add(once, broke=last.demand > target)
            for passed, told_then in outlooks.items():
                ends.add(passed, told_then, last.demand)
            told, once, outlooks = [], [], {}
        assert window is not None
        outlook = projection.follow(window, last, target)
        assert outlook is not None
        active = risk.update(
            window.start,
            outlook.chance,
            target,
            elapsed=window.elapsed,
            remaining=window.remaining,
            demand=window.demand,
            certain=window.demand > target,
        )
        minute, rest = divmod(round(window.elapsed), 60)
        if not rest and 0 < minute < MINUTES:
            told.append(active)
            once.append(before.update(window, target))
            outlooks[minute] = outlook
    return ours, theirs, ends


def targets_of(powers: list[float]) -> list[float]:
    """Return targets that few windows of a home break, kW."""
    whole = range(0, len(powers) - MINUTES + 1, MINUTES)
    ends = sorted(sum(powers[begin : begin + MINUTES]) / MINUTES for begin in whole)
    return [round(ends[int(len(ends) * share)], 2) for share in QUANTILES]


def print_alarms(name: str, ours: Alarms, theirs: Alarms) -> None:
    """Print what was told, as it is and as it was."""
    for who, found in (("projection", ours), ("as now", theirs)):
        print(
            f"{name:24} {who:11} false {found.false:4}"
            f" ({found.false / max(1, theirs.false):4.0%} of as now)"
            f"  broken {found.broken:3}: by minute 10 {found.early:3}"
            f" ({found.early / max(1, found.broken):4.0%}), by 12 {found.announced:3}"
            f" ({found.announced / max(1, found.broken):4.0%})"
            f"  changes {found.changes / max(1, found.changed):.2f}"
        )


def print_ends(name: str, ends: Ends) -> None:
    """Print how far off the ends were, in W and beside those of "as now"."""
    for minute in TOLD_AT:
        ours, theirs = ends.likely[minute], ends.as_now[minute]
        print(
            f"{name:24} minute {minute:2}: mean error {mean_size(ours):4.0f}"
            f" (as now {mean_size(theirs):4.0f}, {mean_size(ours) / mean_size(theirs):4.2f})"
            f"  root of mean square {root(ours):4.0f}"
            f" (as now {root(theirs):4.0f}, {root(ours) / root(theirs):4.2f})"
        )
    print(
        f"{name:24} low..high holds {1 - (ends.below + ends.above) / ends.bands:.1%}"
        f" (below {ends.below / ends.bands:.1%}, above {ends.above / ends.bands:.1%})"
    )


def weights_for(name: str, *, shipped: bool) -> Weights:
    """Return weights that do not know a home, or those of the integration."""
    others = [weights for home, weights in LEARNED_ON.items() if home != name]
    return WEIGHTS if shipped else others[0]


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shipped", action="store_true")
    parser.add_argument("--targets", action="store_true")
    parser.add_argument("--simulated", action="store_true")
    parser.add_argument("--pace", type=int, default=60)
    args = parser.parse_args()
    homes = {name: real_home(name) for name in MONTHS}
    if args.simulated:
        homes = {f"simulated {seed}": simulated_home(seed) for seed in SIMULATED}
    ours, theirs, ends = Alarms(), Alarms(), Ends()
    for name, powers in homes.items():
        weights = weights_for(name, shipped=args.shipped or args.simulated)
        several = args.targets or args.simulated
        targets = targets_of(powers) if several else [TARGETS[name]]
        for target in targets:
            found, before, told = judge(powers, target, weights, args.pace)
            print_alarms(f"{name}, {target} kW", found, before)
            ours += found
            theirs += before
        print_ends(name, told)
        ends += told
    print_alarms("together", ours, theirs)
    print_ends("together", ends)


if __name__ == "__main__":
    main()
