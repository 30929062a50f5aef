"""A house whose power is known every second, and what its meters say about it.

Powers are whole watts, energies whole watt-seconds: the truth has no rounding. A
message of second `k` tells the energy of the first `k` seconds.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from hypothesis import strategies as st

from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.windows import Window

# 2026-09-12 08:00 UTC, the start of a window.
BEGIN = 1_789_200_000
QUARTER = 900
WS_PER_KWH = 3_600_000
WH = 0.001

type Watts = tuple[int, ...]


class Message(NamedTuple):
    """A reading: kWh of a counter or kW of a gauge."""

    is_counter: bool
    sensor: str
    time: int
    value: float


def counter(sensor: str, time: int, value: float) -> Message:
    """Return a cumulative reading in kWh."""
    return Message(True, sensor, time, value)


def gauge(sensor: str, time: int, value: float) -> Message:
    """Return a power reading in kW."""
    return Message(False, sensor, time, value)


def feed(meter: CounterMeter, messages: Iterable[Message]) -> list[Window]:
    """Give a meter its readings, return the windows they closed."""
    closed: list[Window] = []
    for message in messages:
        take = meter.counter if message.is_counter else meter.power
        closed += take(message.sensor, message.time, message.value)
    return closed


def loads(
    phases: int, seconds: int, low: int = 0, high: int = 9000, step: int = 1
) -> st.SearchStrategy[list[Watts]]:
    """Return houses: the watts of each phase for each of so many seconds."""
    watts = st.tuples(*[st.integers(low, high)] * phases)
    stretches = st.lists(
        st.tuples(st.integers(1, 300 // step), watts), min_size=1, max_size=12
    )

    def spread(drawn: list[tuple[int, Watts]]) -> list[Watts]:
        one = [item for count, item in drawn for _ in range(count * step)]
        return (one * (seconds // len(one) + 1))[:seconds]

    return stretches.map(spread)


def imported(house: Sequence[Watts]) -> list[float]:
    """Return the true net import of each window from BEGIN on, kWh."""
    return [
        sum(max(0, sum(watts)) for watts in house[start : start + QUARTER]) / WS_PER_KWH
        for start in range(0, len(house) - QUARTER + 1, QUARTER)
    ]


def sums(flow: Iterable[int]) -> list[int]:
    """Return what has flowed before each second, Ws."""
    return list(accumulate(flow, initial=0))


def fine(energy: int) -> float:
    """Return Ws as an FLM03E tells them: mWh, in kWh."""
    return (energy * 1000 // 3600) / 1_000_000


def coarse(energy: int) -> float:
    """Return Ws as an FLM02 or a P1 meter tells them: whole Wh, in kWh."""
    return (energy // 3600) / 1000


def flm03e(house: Sequence[Watts]) -> Iterator[list[Message]]:
    """Yield the seconds of an FLM03E: import and export of each clamp port."""
    phases = list(zip(*house, strict=True))
    plus = [sums(max(0, item) for item in phase) for phase in phases]
    minus = [sums(max(0, -item) for item in phase) for phase in phases]
    for second in range(len(house) + 1):
        time = BEGIN + second
        now = house[max(0, second - 1)]
        messages: list[Message] = []
        for port, watts in enumerate(now, start=1):
            messages += (
                counter(f"plus{port}", time, 12.5 + fine(plus[port - 1][second])),
                counter(f"minus{port}", time, 3.25 + fine(minus[port - 1][second])),
                gauge(f"plus{port}", time, max(0, watts) / 1000),
                gauge(f"minus{port}", time, max(0, -watts) / 1000),
            )
        yield messages


def flm02(house: Sequence[Watts]) -> Iterator[list[Message]]:
    """Yield the seconds of an FLM02: clamps, their counters when a Wh is full."""
    counters = [sums(phase) for phase in zip(*house, strict=True)]
    for second in range(len(house) + 1):
        time = BEGIN + second
        messages: list[Message] = []
        for clamp, watts in enumerate(house[max(0, second - 1)], start=1):
            energy = counters[clamp - 1][second]
            before = counters[clamp - 1][second - 1] if second else -1
            if coarse(energy) != coarse(before):
                messages.append(counter(f"clamp{clamp}", time, 700 + coarse(energy)))
            messages.append(gauge(f"clamp{clamp}", time, watts / 1000))
        yield messages


def flm02_p1(house: Sequence[Watts]) -> Iterator[list[Message]]:
    """Yield the telegrams of a P1 meter, every 10 s, as an FLM02 passes them on: net."""
    plus = sums(max(0, sum(watts)) for watts in house)
    minus = sums(max(0, -sum(watts)) for watts in house)
    before: float | None = None
    for second in range(0, len(house) + 1, 10):
        time = BEGIN + second
        watts = sum(house[max(0, second - 1)])
        messages = [gauge("net", time, watts / 1000)]
        net = round(500 + coarse(plus[second]) - coarse(minus[second]), 3)
        if net != before:
            messages.append(counter("net", time, net))
        before = net
        yield messages


def flat(seconds: Iterable[list[Message]]) -> list[Message]:
    """Return the messages of all seconds."""
    return [message for messages in seconds for message in messages]


def without(messages: Iterable[Message], start: int, end: int) -> list[Message]:
    """Return the messages but for those of a silence: after start, before end."""
    return [
        message
        for message in messages
        if not BEGIN + start < message.time < BEGIN + end
    ]
