"""A demand meter goes on where it was stored, and ignores what was damaged."""

import json
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.windows import Window

from ..house import (
    BEGIN,
    WH,
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
    loads,
)

NETTING = SourcePlan(("plus1", "plus2", "plus3"), ("minus1", "minus2", "minus3"))
CLAMPS = SourcePlan(("clamp1", "clamp2", "clamp3"))
NET = SourcePlan(("net",), net=True, max_gap=30.0)
PORT = SourcePlan(("plus1",))


def restarted(meter: CounterMeter, plan: SourcePlan) -> CounterMeter:
    """Return the meter as it comes back from a file."""
    return CounterMeter(plan, state=json.loads(json.dumps(meter.state())))


def through_restart(
    plan: SourcePlan, messages: list[Message], cut: int
) -> list[Window]:
    """Return the windows when a restart comes before the message at `cut`."""
    meter = CounterMeter(plan)
    before = feed(meter, messages[:cut])
    return before + feed(restarted(meter, plan), messages[cut:])


@pytest.mark.slow
@settings(max_examples=25)
@given(house=loads(3, 1000, low=-4000), share=st.floats(0, 1))
def test_a_restart_between_any_two_messages_changes_nothing(
    house: list[Watts], share: float
) -> None:
    """A window goes on exactly, in the midst of a second as well."""
    messages = flat(flm03e(house))
    cut = int(share * len(messages))
    assert through_restart(NETTING, messages, cut) == feed(
        CounterMeter(NETTING), messages
    )


@pytest.mark.parametrize("cut", range(2000, 4200, 97))
def test_a_restart_of_clamps_changes_nothing(cut: int) -> None:
    """What the power had added to the counter is not forgotten."""
    messages = flat(flm02([(900, 300, 60)] * 1000))
    assert through_restart(CLAMPS, messages, cut) == feed(
        CounterMeter(CLAMPS), messages
    )


@pytest.mark.parametrize("cut", range(1, 180, 7))
def test_a_restart_of_a_net_meter_changes_nothing(cut: int) -> None:
    """Backwards and forwards."""
    messages = flat(flm02_p1([(-600, 300, 60)] * 500 + [(600, 300, 60)] * 500))
    assert through_restart(NET, messages, cut) == feed(CounterMeter(NET), messages)


@pytest.mark.parametrize("end", [890, 898, 920])
def test_a_restart_of_a_net_meter_after_a_silence_changes_nothing(end: int) -> None:
    """Nor between the power and the counter of a window's last second."""
    house = [(0,)] * 850 + [(20_000,)] * (end - 850) + [(0,)] * 100
    messages = flat(flm02_p1(house))
    windows = feed(CounterMeter(NET), messages)
    for cut in range(len(messages)):
        assert through_restart(NET, messages, cut) == windows


@pytest.mark.parametrize("cut", range(100, 2800, 311))
def test_a_restart_without_counters_changes_nothing(cut: int) -> None:
    """Power alone goes on as well."""
    messages = [
        message
        for message in flat(flm02([(900, 300, 60)] * 1000))
        if not message.is_counter
    ]
    assert through_restart(CLAMPS, messages, cut) == feed(
        CounterMeter(CLAMPS), messages
    )


@pytest.mark.slow
@settings(max_examples=25)
@given(house=loads(1, 1800), cut=st.integers(1, 1700), pause=st.integers(1, 1700))
def test_the_time_of_a_restart_is_a_silence_like_any_other(
    house: list[Watts], cut: int, pause: int
) -> None:
    """No energy is lost while nobody listened."""
    seconds = list(flm03e(house))
    meter = CounterMeter(PORT)
    windows = feed(meter, flat(seconds[:cut]))
    again = min(cut + pause, len(seconds) - 1)
    windows += feed(restarted(meter, PORT), flat(seconds[again:]))
    assert [window.start - BEGIN for window in windows] == [0, 900]
    assert sum(window.energy for window in windows) == pytest.approx(
        sum(imported(house)), abs=2e-6
    )


def test_a_clamp_that_was_given_up_stays_given_up() -> None:
    """A restart does not begin the hour of waiting again."""
    meter = CounterMeter(CLAMPS)
    messages = [
        message
        for message in flat(flm02([(900, 300, 600)] * 6000))
        if message.sensor != "clamp2" or message.time < BEGIN + 450
    ]
    cut = len(messages) * 5 // 6
    windows = feed(meter, messages[:cut])
    windows += feed(restarted(meter, CLAMPS), messages[cut:])
    assert [window.start - BEGIN for window in windows] == list(range(0, 5400, 900))


def test_a_new_meter_has_a_state() -> None:
    """Nothing was read yet, and that comes back too."""
    meter = restarted(CounterMeter(PORT), PORT)
    assert meter.running(BEGIN) is None
    feed(meter, [counter("plus1", BEGIN, 5.0)])
    assert meter.running(BEGIN) is not None


def stored_state() -> dict[str, object]:
    """Return the state of a meter in the midst of a window."""
    meter = CounterMeter(PORT)
    feed(meter, [counter("plus1", BEGIN, 5.0), gauge("plus1", BEGIN, 1.0)])
    feed(meter, [counter("plus1", BEGIN + 10, 5.001), gauge("plus1", BEGIN + 10, 1.0)])
    state: dict[str, object] = json.loads(json.dumps(meter.state()))
    return state


def paths(
    value: object, path: tuple[str | int, ...] = ()
) -> list[tuple[str | int, ...]]:
    """Return the way to every value of a JSON document."""
    found = [path] if path else []
    match value:
        case dict():
            steps = list(value.items())
        case list():
            steps = list(enumerate(value))
        case _:
            steps = []
    for key, item in steps:
        found += paths(item, (*path, key))
    return found


def with_value(path: tuple[str | int, ...], value: object) -> object:
    """Return the stored state with one value replaced."""
    state = stored_state()
    inner: Any = state
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return state


@pytest.mark.parametrize("path", paths(stored_state()), ids=str)
@pytest.mark.parametrize(
    "value", [{}, [], "x", float("nan"), -1.5, 1e300, {"plus1": []}], ids=str
)
def test_damage_anywhere_in_the_state_begins_anew(
    path: tuple[str | int, ...], value: object
) -> None:
    """A wrong value is not believed, and nothing is raised."""
    meter = CounterMeter(PORT, state=with_value(path, value))
    feed(meter, [counter("plus1", BEGIN + 20, 5.002)])
    running = meter.running(BEGIN + 20)
    assert running is not None
    assert 0.0 <= running.coverage <= 1.0
    assert running.start == BEGIN


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("window", "start"), BEGIN + 1),
        (("window", "last"), BEGIN + 901),
        (("window", "source"), "guess"),
        (("grid", "circuits", 0, "gauges", "readings"), {"other": [BEGIN, 1.0]}),
    ],
)
def test_what_cannot_be_begins_anew(path: tuple[str | int, ...], value: object) -> None:
    """The right type alone is not enough."""
    meter = CounterMeter(PORT, state=with_value(path, value))
    assert meter.running(BEGIN + 10) is None


@pytest.mark.parametrize(
    "state",
    [5, [], "state", {}, {"length": 900}, {"length": 900, "grid": 1, "window": 2}],
)
def test_what_is_no_state_begins_anew(state: object) -> None:
    """Nothing is raised."""
    assert CounterMeter(PORT, state=state).running(BEGIN) is None


@pytest.mark.parametrize(
    ("plan", "length"),
    [
        (PORT, 1800),
        (SourcePlan(("other",)), 900),
        (SourcePlan(("plus1",), net=True), 900),
        (SourcePlan(("plus1",), ("minus1",)), 900),
    ],
)
def test_the_state_of_another_meter_is_ignored(plan: SourcePlan, length: int) -> None:
    """Other sensors, another window: nothing goes on."""
    assert CounterMeter(plan, length, stored_state()).running(BEGIN + 10) is None


def test_a_new_plan_keeps_the_energy_so_far() -> None:
    """The change itself is marked."""
    seconds = list(flm03e([(1800, 900, 900)] * 1800))
    meter = CounterMeter(PORT)
    windows = feed(meter, flat(seconds[:451]))
    meter.replace_plan(NETTING)
    windows += feed(meter, flat(seconds[451:]))
    assert [window.energy for window in windows] == pytest.approx(
        [0.225 + 0.45, 0.9], abs=2 * WH
    )
    assert [window.coverage for window in windows] == pytest.approx(
        [1 - 1 / 900, 1.0], abs=1e-6
    )


def test_an_old_counter_of_a_new_sensor_does_not_turn_back_time() -> None:
    """The broker repeats what an idle sensor said long ago."""
    meter = CounterMeter(PORT)
    feed(meter, flat(flm03e([(3600,)] * 450)))
    meter.replace_plan(SourcePlan(("idle",)))
    windows = feed(meter, [counter("idle", BEGIN - 5000, 1.0)])
    windows += feed(meter, [gauge("idle", BEGIN + at, 0.0) for at in range(452, 902)])
    assert [window.start for window in windows] == [BEGIN]
    assert windows[0].energy == pytest.approx(0.45, abs=2 * WH)


def test_a_plan_of_the_same_sensors_goes_on_exactly() -> None:
    """Another gap is no other meter."""
    seconds = list(flm03e([(3600,)] * 900))
    meter = CounterMeter(PORT)
    windows = feed(meter, flat(seconds[:451]))
    meter.replace_plan(SourcePlan(("plus1",), max_gap=30.0))
    windows += feed(meter, flat(seconds[475:]))
    assert windows[0].complete
    assert windows[0].demand == pytest.approx(3.6, abs=1e-5)


def test_a_plan_without_sensors_measures_nothing() -> None:
    """There is no power of nothing."""
    meter = CounterMeter(PORT)
    feed(meter, flat(flm03e([(3600,)] * 450)))
    meter.replace_plan(SourcePlan(()))
    running = meter.running(BEGIN + 450)
    assert running is not None
    assert running.power is None
