"""Windows from FLM02 clamps: gauges every second, counters when a Wh is full."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
import pytest

from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.windows import Source

from ..house import (
    BEGIN,
    QUARTER,
    WH,
    Message,
    Watts,
    coarse,
    counter,
    feed,
    flat,
    flm02,
    gauge,
    imported,
    loads,
    without,
)

ONE = SourcePlan(("clamp1",))
THREE = SourcePlan(("clamp1", "clamp2", "clamp3"))


def after_first_counters(house: Sequence[Watts]) -> list[Message]:
    """Return the messages, begun with a counter of each clamp as a broker repeats it."""
    seconds = list(flm02(house))
    return flat([sorted(seconds[0], reverse=True), *seconds[1:]])


@pytest.mark.slow
@settings(max_examples=25)
@given(house=loads(3, 2700))
def test_windows_are_right_to_a_watt_hour_per_clamp(house: list[Watts]) -> None:
    """Whole Wh on change and power between them place a boundary to less than 1 Wh."""
    windows = feed(CounterMeter(THREE), after_first_counters(house))
    assert [window.start - BEGIN for window in windows] == [0, 900, 1800]
    assert all(window.complete for window in windows)
    assert all(window.source is Source.COUNTER for window in windows)
    assert [window.energy for window in windows] == pytest.approx(
        imported(house), abs=3 * WH
    )


@pytest.mark.slow
@settings(max_examples=25)
@given(house=loads(1, 2700))
def test_windows_add_up_to_the_counter(house: list[Watts]) -> None:
    """No Wh is lost or counted twice between windows."""
    windows = feed(CounterMeter(ONE), after_first_counters(house))
    total = coarse(sum(watts for (watts,) in house))
    assert sum(window.energy for window in windows) == pytest.approx(total, abs=WH)


@settings(max_examples=25)
@given(house=loads(1, 850))
def test_the_ramp_never_falls(house: list[Watts]) -> None:
    """The energy so far grows between counters and never runs back."""
    meter = CounterMeter(ONE)
    ramp: list[float] = []
    for message in after_first_counters(house):
        feed(meter, [message])
        running = meter.running(message.time)
        ramp.append(0.0 if running is None else running.demand)
    assert all(before <= after for before, after in pairwise(ramp))


def test_the_ramp_moves_between_counters() -> None:
    """At 36 W a counter comes every 100 s, the ramp moves with the power."""
    meter = CounterMeter(ONE)
    feed(meter, after_first_counters([(36,)] * 150))
    running = meter.running(BEGIN + 150)
    assert running is not None
    assert running.demand == pytest.approx(0.036 * 150 / 900, rel=0.03)
    assert running.power == 0.036
    assert running.projected == pytest.approx(0.036, rel=0.01)
    assert running.coverage == 1.0


def test_an_estimate_stays_within_the_counters_resolution() -> None:
    """Power that runs ahead of the counter is believed for one Wh."""
    meter = CounterMeter(ONE)
    feed(meter, [counter("clamp1", BEGIN, 5.0), gauge("clamp1", BEGIN, 0.6)])
    feed(meter, [gauge("clamp1", BEGIN + second, 0.6) for second in range(1, 12)])
    running = meter.running(BEGIN + 11)
    assert running is not None
    assert running.demand == pytest.approx(4 * WH)


@pytest.mark.parametrize(
    ("start", "end", "complete"),
    [
        (100, 110, [True, True]),
        (895, 905, [True, True]),
        (300, 420, [True, True]),
        (860, 980, [False, False]),
        (300, 1500, [False, False]),
    ],
)
def test_a_silence_of_the_device_is_bridged_by_the_counters(
    start: int, end: int, complete: list[bool]
) -> None:
    """Gauges after a silence say nothing about it; the next counter does."""
    house = [(900, 300, 60)] * 1900
    windows = feed(
        CounterMeter(THREE), without(after_first_counters(house), start, end)
    )
    assert [window.complete for window in windows] == complete
    assert sum(window.energy for window in windows) == pytest.approx(
        sum(imported(house)), abs=3 * WH
    )
    assert all(window.known_demand <= 1.26 + 0.012 for window in windows)


def test_a_silent_clamp_makes_the_time_unseen() -> None:
    """Two of three are not the house."""
    messages = after_first_counters([(900, 300, 60)] * 1900)
    windows = feed(
        CounterMeter(THREE),
        [
            message
            for message in messages
            if message.sensor != "clamp2" or not 600 < message.time - BEGIN < 1200
        ],
    )
    assert [window.coverage for window in windows] == pytest.approx(
        [600 / 900, 600 / 900], abs=0.03
    )
    assert sum(window.energy for window in windows) == pytest.approx(0.63, abs=3 * WH)


def test_a_silent_clamp_is_not_waited_for_forever() -> None:
    """After an hour windows go on without it, marked; when it is back they are whole."""
    house = [(900, 300, 600)] * 9900
    messages = [
        message
        for message in after_first_counters(house)
        if message.sensor != "clamp2" or not 450 < message.time - BEGIN < 6300
    ]
    meter = CounterMeter(THREE)
    windows = feed(meter, messages)
    assert [window.start - BEGIN for window in windows] == list(range(0, 9900, 900))
    assert [window.coverage for window in windows] == pytest.approx(
        [0.5, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1], abs=0.03
    )
    assert all(window.demand < 1.81 for window in windows)
    assert windows[-1].demand == pytest.approx(1.8, abs=0.012)


def test_a_clamp_that_never_speaks_is_not_waited_for_forever() -> None:
    """Windows of the others come after an hour, none of them whole."""
    house = [(900, 300, 600)] * 5400
    messages = [
        message for message in after_first_counters(house) if message.sensor != "clamp3"
    ]
    windows = feed(CounterMeter(THREE), messages)
    assert [window.coverage for window in windows] == [0.0, 0.0]


def test_a_clamp_that_comes_back_with_an_old_counter_stays_absent() -> None:
    """A repeated message of yesterday is not a sign of life."""
    messages = [
        message
        for message in after_first_counters([(900, 300, 600)] * 5400)
        if message.sensor != "clamp3"
    ]
    old = counter("clamp3", BEGIN - 86400, 700.0)
    meter = CounterMeter(THREE)
    windows = feed(meter, [*messages[:-2], old, *messages[-2:]])
    assert [window.start - BEGIN for window in windows] == [3600, 4500]


def test_an_old_counter_at_the_start_invents_no_windows() -> None:
    """What a broker repeats of an idle clamp is from hours ago."""
    old = counter("clamp2", BEGIN - 7200, 42.0)
    house = [(900,)] * 900
    idle = [gauge("clamp2", BEGIN + second, 0.0) for second in range(901)]
    pairs = zip(flm02(house), idle, strict=True)
    messages = [old, *flat([[*ones, other] for ones, other in pairs])]
    windows = feed(CounterMeter(SourcePlan(("clamp1", "clamp2"))), messages)
    assert [window.start for window in windows] == [BEGIN]
    assert windows[0].demand == pytest.approx(0.9, abs=0.01)


def test_a_repeated_counter_tells_that_nothing_was_used() -> None:
    """After a silence the broker repeats the counter of an idle clamp: it stands."""
    meter = CounterMeter(SourcePlan(("idle",)))
    first = counter("idle", BEGIN, 42.0)
    feed(meter, [first, *(gauge("idle", BEGIN + at, 0.0) for at in range(100))])
    back = [first, *(gauge("idle", BEGIN + at, 0.0) for at in range(400, 901))]
    (window,) = feed(meter, back)
    assert window.complete
    assert window.energy == 0.0
    assert window.source is Source.COUNTER


def test_an_idle_clamp_holds_nothing_up_after_a_silence() -> None:
    """Without a counter its power is believed after five minutes; the gap is marked."""
    meter = CounterMeter(SourcePlan(("idle",)))
    feed(meter, [counter("idle", BEGIN, 42.0), gauge("idle", BEGIN, 0.0)])
    windows = feed(meter, [gauge("idle", BEGIN + at, 0.0) for at in range(100, 1801)])
    assert [window.coverage for window in windows] == pytest.approx(
        [1 - 401 / 900, 1.0], abs=0.01
    )
    assert windows[1].source is Source.POWER


def test_without_counters_power_is_integrated() -> None:
    """FLM02 with "send to Flukso" off has gauges alone."""
    house = [(1800, 360, 0)] * 500 + [(0, 360, 720)] * 401
    power = [message for message in flat(flm02(house)) if not message.is_counter]
    (window,) = feed(CounterMeter(THREE), power)
    assert window.source is Source.POWER
    assert window.complete
    assert window.energy == pytest.approx(imported(house)[0], abs=WH)


def test_power_is_not_held_over_a_silence() -> None:
    """No energy is invented where no power was seen."""
    power = [
        message
        for message in without(flat(flm02([(3600,)] * 900)), 300, 600)
        if not message.is_counter
    ]
    (window,) = feed(CounterMeter(ONE), power)
    assert window.coverage == pytest.approx(2 / 3)
    assert window.energy == window.certain == pytest.approx(0.6)


def test_a_silence_of_power_within_its_gap_is_held() -> None:
    """Up to 15 s the last power is believed."""
    power = [
        message
        for message in without(flat(flm02([(3600,)] * 900)), 300, 315)
        if not message.is_counter
    ]
    (window,) = feed(CounterMeter(ONE), power)
    assert window.complete
    assert window.energy == pytest.approx(0.9)


def test_power_takes_over_when_counters_stop_and_hands_back() -> None:
    """Windows integrated meanwhile are marked; after that the counter is right again."""
    house = [(3600,)] * 3600
    messages = [
        message
        for message in after_first_counters(house)
        if not (message.is_counter and 1000 < message.time - BEGIN < 2000)
    ]
    meter = CounterMeter(ONE)
    windows = feed(meter, messages)
    assert [window.source for window in windows] == [
        Source.COUNTER,
        Source.POWER,
        Source.POWER,
        Source.COUNTER,
    ]
    assert [window.known_demand for window in windows] == pytest.approx(
        [3.6] * 4, abs=0.01
    )
    assert all(window.complete for window in windows)


def test_a_counter_that_is_late_is_waited_for() -> None:
    """Power that is ahead of the counter by some Wh does not close a window."""
    house = [(3600,)] * 910
    messages = [
        message
        for message in after_first_counters(house)
        if not (message.is_counter and 890 < message.time - BEGIN < 903)
    ]
    meter = CounterMeter(ONE)
    (window,) = feed(meter, messages)
    assert window.demand == pytest.approx(3.6, abs=0.01)
    assert window.source is Source.COUNTER


def test_a_late_gauge_is_ignored() -> None:
    """Power of up to a minute ago changes nothing."""
    meter = CounterMeter(ONE)
    feed(meter, after_first_counters([(3600,)] * 100))
    before = meter.running(BEGIN + 100)
    feed(meter, [gauge("clamp1", BEGIN + 60, 9.0)])
    assert meter.running(BEGIN + 100) == before


@pytest.mark.parametrize(
    ("now", "elapsed", "remaining"),
    [(BEGIN + 200, 200, 700), (BEGIN + 203, 203, 697), (BEGIN - 5, 200, 700)],
)
def test_the_running_window_tells_its_time(
    now: int, elapsed: int, remaining: int
) -> None:
    """Elapsed and remaining follow the meter's clock."""
    meter = CounterMeter(ONE)
    feed(meter, after_first_counters([(3600,)] * 200))
    running = meter.running(now)
    assert running is not None
    assert (running.start, running.end) == (BEGIN, BEGIN + QUARTER)
    assert (running.elapsed, running.remaining) == (elapsed, remaining)
    assert running.projected == pytest.approx(3.6, abs=0.01)


def test_silence_leaves_the_energy_so_far() -> None:
    """In a silence the ramp stands, the power is unknown, less and less is seen."""
    meter = CounterMeter(ONE)
    feed(meter, after_first_counters([(3600,)] * 200))
    running = meter.running(BEGIN + 400)
    assert running is not None
    assert running.demand == pytest.approx(0.8, abs=0.01)
    assert running.power is None
    assert running.coverage == 0.5


def test_nothing_is_known_of_a_window_that_began_in_silence() -> None:
    """The last window is over, of the next nothing was seen."""
    meter = CounterMeter(ONE)
    feed(meter, after_first_counters([(3600,)] * 890))
    assert meter.running(BEGIN + 902) is not None
    assert meter.running(BEGIN + 906) is None
    assert CounterMeter(ONE).running(BEGIN) is None


def test_a_window_that_just_began_is_seen() -> None:
    """Nothing of it has passed unseen."""
    meter = CounterMeter(ONE)
    feed(meter, after_first_counters([(3600,)] * 900))
    running = meter.running(BEGIN + 900)
    assert running is not None
    assert (running.start, running.elapsed) == (BEGIN + 900, 0)
    assert running.coverage == 1.0
    assert running.demand == 0.0
