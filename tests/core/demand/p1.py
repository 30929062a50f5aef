"""What a digital meter tells on its P1 port about a house of known power.

Net powers are whole watts, energies whole watt-seconds: the truth has no rounding. A
telegram of second `k` tells of the first `k` seconds. The mean power of a window in W
is its Ws over 900.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
import json
from random import Random
from typing import NamedTuple

from custom_components.flukso.core.demand.meters.register_meter import RegisterMeter
from custom_components.flukso.core.windows import Window

from .house import BEGIN, QUARTER, coarse, sums


class Telegram(NamedTuple):
    """A telegram's registers: unix s, kWh, kWh, kW, kW, unix s and kW."""

    stamp: int
    total: float
    export: float
    power: float | None
    demand: float | None
    month_peak: tuple[int, float] | None


def random_house(seconds: int, seed: int, low: int = -4000) -> list[int]:
    """Return the watts of a house where something is switched every few seconds."""
    random = Random(seed)
    house: list[int] = []
    while len(house) < seconds:
        house += [random.randint(low, 12_000)] * random.choice((1, 1, 2, 5, 20, 60))
    return house[:seconds]


def billed(house: Sequence[int], half: int = 0) -> list[float]:
    """Return the demand of each whole window as the meter bills it, kW."""
    energies = [
        sum(max(0, watts) for watts in house[start : start + QUARTER])
        for start in range(0, len(house) - QUARTER + 1, QUARTER)
    ]
    return [(energy + half) // QUARTER / 1000 for energy in energies]


def telegrams(
    house: Sequence[int],
    *,
    begin: int = BEGIN,
    hold: int = 0,
    half: int = 0,
    zone: tzinfo | None = None,
) -> list[Telegram]:
    """Return the telegram of every second, the first one at `begin`.

    For `hold` s the meter shows a window's last ramp after its end. `half` is what its
    ramp adds before it cuts off (Ws): 0, or 450 where it rounds. With a `zone` it
    tells the peak of the month there.
    """
    plus = sums(max(0, watts) for watts in house)
    minus = sums(max(0, -watts) for watts in house)
    told: list[Telegram] = []
    best: tuple[int, float] | None = None
    for second, total in enumerate(plus):
        start = second - second % QUARTER
        shown = start - QUARTER if start and second < start + hold else start
        demand = (plus[min(second, shown + QUARTER)] - plus[shown] + half) // QUARTER
        if zone is not None and second and second % QUARTER == 0:
            last = (total - plus[second - QUARTER] + half) // QUARTER / 1000
            ended = begin + second
            if best is None or last > best[1] or not same_month(best[0], ended, zone):
                best = (ended, last)
        told.append(
            Telegram(
                begin + second,
                812.0 + coarse(total),
                77.0 + coarse(minus[second]),
                house[max(0, second - 1)] / 1000,
                demand / 1000,
                best,
            )
        )
    return told


def same_month(one: int, other: int, zone: tzinfo) -> bool:
    """Tell whether two windows end in the same month; midnight ends the month before."""
    first = datetime.fromtimestamp(one - 1, zone)
    second = datetime.fromtimestamp(other - 1, zone)
    return (first.year, first.month) == (second.year, second.month)


def read(meter: RegisterMeter, told: Iterable[Telegram]) -> list[Window]:
    """Give a meter its telegrams, return the windows they closed."""
    closed: list[Window] = []
    for stamp, total, export, power, demand, month_peak in told:
        closed += meter.telegram(
            stamp,
            import_energy=total,
            export_energy=export,
            power=power,
            demand=demand,
            month_peak=month_peak,
        )
    return closed


def restarted(meter: RegisterMeter) -> RegisterMeter:
    """Return the meter as it comes back from a file."""
    return RegisterMeter(state=json.loads(json.dumps(meter.state())))
