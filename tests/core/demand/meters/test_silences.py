"""Loads that begin after a counter was silent: what the counter says then is right."""

from collections.abc import Callable, Iterator, Sequence

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.windows import Source, Window

from ..house import (
    BEGIN,
    QUARTER,
    WH,
    WS_PER_KWH,
    Message,
    Watts,
    counter,
    feed,
    flat,
    flm02,
    flm02_p1,
    flm03e,
    gauge,
    imported,
    without,
)

NET = SourcePlan(("net",), net=True, max_gap=30.0)
CLAMP = SourcePlan(("clamp1",))
PORT = SourcePlan(("plus1",), ("minus1",))
TELEGRAM = 10
HOUR = 3600
ROUNDING = 1e-9

type Device = Callable[[Sequence[Watts]], Iterator[list[Message]]]


def steps(low: int, shortest: int) -> st.SearchStrategy[list[Watts]]:
    """Return an hour of silences and of loads between them, up to 25 kW."""
    silences = st.one_of(st.integers(shortest, 12), st.integers(shortest, 1200))
    seconds = st.one_of(st.integers(1, 3), st.integers(1, 120))
    stretches = st.lists(
        st.tuples(silences, seconds, st.integers(low, 25_000)), min_size=1, max_size=10
    )

    def spread(drawn: list[tuple[int, int, int]]) -> list[Watts]:
        one: list[Watts] = []
        for silence, seconds, watts in drawn:
            one += [(0,)] * silence + [(watts,)] * seconds
        return (one * (HOUR // len(one) + 1))[:HOUR] + [(0,)] * 3 * TELEGRAM

    return stretches.map(spread)


def step_at(second: int, watts: int) -> list[Watts]:
    """Return half an hour of nothing but 20 s of a load."""
    return [(watts if second <= at < second + 20 else 0,) for at in range(1800)]


def hidden(house: Sequence[Watts], start: int) -> float:
    """Return what a net counter cannot tell of a window, kWh.

    Each turn may hide up to a Wh, and so much may either end of the window be late.
    """
    turns = 0
    for at in range(start, start + QUARTER, TELEGRAM):
        flow = [watts for (watts,) in house[at : at + TELEGRAM]]
        turns += any(watts > 0 for watts in flow) + any(watts < 0 for watts in flow)
    return (2 + turns) * WH + ROUNDING


def measured(plan: SourcePlan, messages: list[Message]) -> tuple[list[Window], float]:
    """Return the windows, and by how much the most that was shown of one exceeds it."""
    meter = CounterMeter(plan)
    windows: dict[int, Window] = {}
    shown: dict[int, float] = {}
    for message in messages:
        windows |= {window.start: window for window in feed(meter, [message])}
        running = meter.running(message.time)
        if running is not None:
            energy = running.demand * QUARTER / 3600
            shown[running.start] = max(energy, shown.get(running.start, 0.0))
    closed = list(windows.values())
    return closed, max(shown[window.start] - window.energy for window in closed)


@pytest.mark.parametrize("second", [395, 399, 400, 401, 889, 893, 899, 900, 901])
@pytest.mark.parametrize("watts", [3000, 8000, 12_000, 20_000, 25_000])
def test_a_step_after_a_silence_is_what_the_counter_says(
    second: int, watts: int
) -> None:
    """A P1 meter tells the power of a moment, and an FLM02 tells it first."""
    house = step_at(second, watts)
    windows, ahead = measured(NET, flat(flm02_p1(house)))
    assert [window.energy for window in windows] == pytest.approx(
        imported(house), abs=WH
    )
    assert all(window.complete for window in windows)
    assert all(window.source is Source.COUNTER for window in windows)
    assert ahead <= WH + ROUNDING


@pytest.mark.parametrize(("second", "length"), [(885, 6), (892, 6), (700, 195)])
def test_a_load_that_ends_with_the_window_is_counted_in_it(
    second: int, length: int
) -> None:
    """The power of the boundary is 0 and closes it; its counter revises it."""
    house = [(12_000 if second <= at < second + length else 0,) for at in range(910)]
    windows = feed(CounterMeter(NET), flat(flm02_p1(house)))
    assert {window.start for window in windows} == {BEGIN}
    assert windows[-1].energy == pytest.approx(imported(house)[0], abs=WH)
    assert windows[-1].supersedes(windows[0])
    assert windows[-1].complete


@pytest.mark.slow
@settings(max_examples=60)
@given(house=steps(-25_000, TELEGRAM))
def test_silences_and_steps_of_a_net_counter(house: list[Watts]) -> None:
    """In and out, as a household with a battery, but not within one telegram.

    What meets there leaves no trace in a net counter.
    """
    windows, ahead = measured(NET, flat(flm02_p1(house)))
    assert [window.start - BEGIN for window in windows] == [0, 900, 1800, 2700]
    for place, (window, truth) in enumerate(zip(windows, imported(house), strict=True)):
        assert window.energy == pytest.approx(truth, abs=hidden(house, place * QUARTER))
        assert window.complete
    assert ahead <= 2 * WH + ROUNDING


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plan", "device"), [(CLAMP, flm02), (PORT, flm03e)], ids=["FLM02A", "FLM03E"]
)
@settings(max_examples=30)
@given(house=steps(0, 1))
def test_silences_and_steps_of_a_clamp(
    plan: SourcePlan, device: Device, house: list[Watts]
) -> None:
    """Every second is told."""
    windows, ahead = measured(plan, flat(device(house)))
    assert [window.energy for window in windows] == pytest.approx(
        imported(house), abs=WH + ROUNDING
    )
    assert all(window.complete for window in windows)
    assert ahead <= WH + ROUNDING


def silent_then(watts: int, *, gap_at: int, step_at: int) -> list[Message]:
    """Return a P1 meter that was away for a minute of nothing, then a load."""
    house = [(0,)] * step_at + [(watts,)] * 20 + [(0,)] * (2000 - step_at)
    return without(flat(flm02_p1(house)), gap_at, gap_at + 60)


@pytest.mark.parametrize("step", [855, 893, 899, 950])
def test_power_that_took_over_for_nothing_leaves_the_step_to_the_counter(
    step: int,
) -> None:
    """The counter is not dead because the device was away and nothing is drawn."""
    messages = silent_then(20_000, gap_at=100, step_at=step)
    house = [(0,)] * step + [(20_000,)] * 20 + [(0,)] * 1000
    windows, ahead = measured(NET, messages)
    assert [window.energy for window in windows[:1]] == pytest.approx(
        imported(house)[:1], abs=2 * WH
    )
    assert sum(window.energy for window in windows) == pytest.approx(
        sum(imported(house[:1800])), abs=2 * WH
    )
    assert ahead <= WH + ROUNDING


def stopped(
    house: Sequence[Watts], start: int, end: int, *, factor: float = 1.0
) -> list[Message]:
    """Return a clamp without counters for some time, and with wrong power."""
    return [
        message
        if message.is_counter
        else message._replace(value=message.value * factor)
        for message in flat(flm02(house))
        if not (message.is_counter and start < message.time - BEGIN < end)
    ]


def test_a_counter_that_is_back_in_the_same_window_is_right() -> None:
    """Power that was a tenth too high is taken back, also of what runs."""
    house = [(3600,)] * 901
    messages = stopped(house, 300, 600, factor=1.1)
    meter = CounterMeter(CLAMP)
    back = next(
        place
        for place, message in enumerate(messages)
        if message.is_counter and message.time >= BEGIN + 600
    )
    windows = feed(meter, messages[:back])
    before = meter.running(BEGIN + 599)
    windows += feed(meter, messages[back : back + 4])
    after = meter.running(BEGIN + 601)
    windows += feed(meter, messages[back + 4 :])
    assert before is not None
    assert before.demand * 0.25 == pytest.approx(0.63, abs=3 * WH)
    assert after is not None
    assert after.demand * 0.25 == pytest.approx(0.601, abs=2 * WH)
    assert [window.energy for window in windows] == pytest.approx([0.9], abs=2 * WH)
    assert windows[0].complete
    assert windows[0].certain == windows[0].energy


def test_a_counter_that_is_back_does_not_change_closed_windows() -> None:
    """Nor does what power was out by fall upon the window that runs."""
    messages = stopped([(3600,)] * 2701, 300, 1500, factor=1.1)
    windows = feed(CounterMeter(CLAMP), messages)
    assert [window.start - BEGIN for window in windows] == [0, 900, 1800]
    assert [window.energy for window in windows] == pytest.approx(
        [0.3 + 0.66, 0.66 + 0.3, 0.9], abs=3 * WH
    )


def test_a_net_counter_that_is_back_has_the_export_taken_off() -> None:
    """In the same window 6 kW for 3 min in, then for 2 min out."""
    house = [(0,)] * 100 + [(6000,)] * 180 + [(-6000,)] * 120 + [(1200,)] * 510
    messages = [
        message
        for message in flat(flm02_p1(house))
        if not (message.is_counter and 100 < message.time - BEGIN < 400)
    ]
    (window,) = feed(CounterMeter(NET), messages)
    assert window.energy == pytest.approx(imported(house)[0], abs=3 * WH)


def test_a_counter_that_was_reset_meanwhile_leaves_what_power_said() -> None:
    """It knows nothing of before."""
    messages = [
        message._replace(value=message.value - 600)
        if message.is_counter and message.time >= BEGIN + 600
        else message
        for message in stopped([(3600,)] * 901, 300, 600)
    ]
    (window,) = feed(CounterMeter(CLAMP), messages)
    assert window.energy == pytest.approx(0.9, abs=3 * WH)


@pytest.mark.parametrize("watts", [3600, 12_000])
def test_a_net_counter_that_stops_for_good_is_integrated(watts: int) -> None:
    """A step that no counter tells of is drawn all the same."""
    house = [(0,)] * 1000 + [(watts,)] * 2700
    messages = [
        message
        for message in flat(flm02_p1(house))
        if not message.is_counter or message.time <= BEGIN + 500
    ]
    windows = feed(CounterMeter(NET), messages)
    assert [window.energy for window in windows] == pytest.approx(
        imported(house)[: len(windows)], abs=watts * TELEGRAM / WS_PER_KWH + WH
    )
    assert [window.source for window in windows] == [
        Source.COUNTER,
        *[Source.POWER] * 3,
    ]
    assert all(window.complete for window in windows)


def test_a_gauge_alone_does_not_end_a_window_that_its_counter_may_still_fill() -> None:
    """The counter of the boundary's second comes after its power."""
    meter = CounterMeter(NET)
    quiet = [counter("net", BEGIN, 5.0)]
    quiet += [gauge("net", BEGIN + at, 0.0) for at in range(0, 900, 10)]
    feed(meter, quiet)
    assert feed(meter, [gauge("net", BEGIN + 900, 20.0)]) == []
    (window,) = feed(meter, [counter("net", BEGIN + 900, 5.006)])
    assert window.energy == pytest.approx(6 * WH)
