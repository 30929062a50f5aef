"""The windows of a grid connection from means of power that a server kept."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import NamedTuple

from ...windows import HOUR, QUARTER, WATTS_PER_KILOWATT, Source, Window, window_start
from ..grid.grid import SourcePlan

# Of a mean beside one that is unknown, no less than this share was seen.
EDGE = 0.5
# A house that draws the very same power for longer was not seen: what a server knows
# before and after a silence it spreads over all of it, s.
STILL = 3 * 3600

type Means = Mapping[int, float | None]


class _Mean(NamedTuple):
    """A mean power in W, and the share of its time that was seen."""

    power: float
    seen: float


def mean_windows(
    plan: SourcePlan, means: Mapping[str, Means], length: int
) -> list[Window]:
    """Return the quarters of an hour that means of power make, in order.

    `means`: W by sensor and by the end of the `length` s that it is the mean of, which
    divides a quarter. Flows that are netted are so mean by mean: what changed its
    direction within one is less than it was. What is unknown lowers the coverage.
    """
    known = {sensor: _believed(series, length) for sensor, series in means.items()}
    if not plan.sensors or not plan.sensors <= known.keys():
        return []
    stamps = set.intersection(*({*known[sensor]} for sensor in plan.sensors))
    quarters: defaultdict[int, list[_Mean]] = defaultdict(list)
    for stamp in sorted(stamps):
        moment = {
            sensor: series[stamp] for sensor, series in known.items() if stamp in series
        }
        quarters[window_start(stamp - length, QUARTER)].append(_import(plan, moment))
    return [_window(start, parts, length) for start, parts in quarters.items()]


def _believed(series: Means, length: int) -> dict[int, _Mean]:
    """Return the means that are known, by their ends, and how far to believe them."""
    found: dict[int, _Mean] = {}
    still = _still(series, length)
    for stamp, power in series.items():
        if power is None:
            continue
        beside = (series.get(stamp - length), series.get(stamp + length))
        seen = EDGE if None in beside else 1.0
        found[stamp] = _Mean(power, 0.0 if stamp in still else seen)
    return found


def _still(series: Means, length: int) -> set[int]:
    """Return the ends of the means that say the same for too long; 0 W may last."""
    found: set[int] = set()
    for power, run in groupby(sorted(series), key=lambda stamp: series[stamp]):
        stamps = list(run)
        if power and len(stamps) * length > STILL:
            found.update(stamps)
    return found


def _import(plan: SourcePlan, means: Mapping[str, _Mean]) -> _Mean:
    power = sum(
        max(0.0, _sum(means, imports) - _sum(means, exports))
        for imports, exports in plan.groups
    )
    return _Mean(power, min(means[sensor].seen for sensor in plan.sensors))


def _sum(means: Mapping[str, _Mean], sensors: Iterable[str]) -> float:
    return sum(means[sensor].power for sensor in sensors)


def _window(start: int, parts: list[_Mean], length: int) -> Window:
    """Return a quarter; what is not known of it is taken to be like the rest."""
    hours = length / HOUR / WATTS_PER_KILOWATT
    energy = sum(part.power for part in parts) * QUARTER / length / len(parts) * hours
    certain = sum(part.power * part.seen for part in parts) * hours
    return Window(
        start=start,
        length=QUARTER,
        energy=energy,
        certain=min(certain, energy),
        source=Source.POWER,
        coverage=sum(part.seen for part in parts) * length / QUARTER,
    )
