"""What was drawn every 5 s, by gauges, by counters, through restarts."""

from collections.abc import Sequence
import json

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.demand.meters.register_meter import RegisterMeter
from custom_components.flukso.core.demand.meters.relayed_meter import RelayedMeter
from custom_components.flukso.core.demand.powers.profile import PowerProfile

from ..house import (
    BEGIN,
    QUARTER,
    Watts,
    counter,
    feed,
    flat,
    flm02,
    flm03e,
    gauge,
    loads,
    without,
)
from ..p1 import random_house, telegrams

NETTING = SourcePlan(("plus1", "plus2", "plus3"), ("minus1", "minus2", "minus3"))
CLAMPS = SourcePlan(("clamp1", "clamp2", "clamp3"))
PORT = SourcePlan(("plus1",))


def truth(house: Sequence[Watts]) -> list[float]:
    """Return the net import of each 5 s, W; phases are summed second by second."""
    net = [max(0, sum(watts)) for watts in house]
    return [sum(net[first : first + 5]) / 5 for first in range(0, QUARTER, 5)]


def whole(profile: PowerProfile | None) -> list[int]:
    """Return the powers of a profile in which nothing is missing."""
    assert profile is not None
    known = [power for power in profile.powers if power is not None]
    assert len(known) == 180
    return known


@pytest.mark.slow
@settings(max_examples=20)
@given(house=loads(3, QUARTER + 10, low=-4000))
def test_the_steps_are_those_of_the_house(house: list[Watts]) -> None:
    """Net of phases, never below zero; they come to the window's energy."""
    meter = CounterMeter(NETTING)
    (window,) = feed(meter, flat(flm03e(house)))
    powers = whole(meter.profile(BEGIN, window.energy))
    assert powers == pytest.approx(truth(house), abs=2)
    assert sum(powers) * 5 / 3_600_000 == pytest.approx(window.energy, abs=0.0002)


@settings(max_examples=20)
@given(house=loads(3, QUARTER + 10))
def test_clamps_apart_are_added_up(house: list[Watts]) -> None:
    """Each clamp of an FLM02 imports by itself; its counters tell whole Wh."""
    meter = CounterMeter(CLAMPS)
    (window,) = feed(meter, flat(flm02(house)))
    powers = whole(meter.profile(BEGIN))
    assert powers == pytest.approx(truth(house), abs=1)
    fitted = whole(meter.profile(BEGIN, window.energy))
    assert sum(fitted) * 5 / 3_600_000 == pytest.approx(window.energy, abs=0.0002)


def test_a_gauge_that_lies_gives_way_to_the_counters() -> None:
    """It tells a tenth of what is drawn."""
    house = [(2000,)] * 450 + [(4000,)] * 460
    messages = [
        message if message.is_counter else message._replace(value=message.value / 10)
        for message in flat(flm03e(house))
    ]
    meter = CounterMeter(PORT)
    (window,) = feed(meter, messages)
    powers = whole(meter.profile(BEGIN, window.energy))
    assert powers == pytest.approx([2000] * 90 + [4000] * 90, abs=4)


def test_counters_and_gauges_that_lie_both_make_no_profile() -> None:
    """A window that is known from elsewhere as something quite different."""
    meter = CounterMeter(PORT)
    feed(meter, flat(flm03e([(2000,)] * (QUARTER + 1))))
    assert meter.profile(BEGIN, 5.0) is None


def test_without_gauges_counters_tell() -> None:
    """The mean between two readings."""
    house = [(1000,)] * 300 + [(3000,)] * 610
    readings = [
        message
        for message in flat(flm03e(house))
        if message.is_counter and (message.time - BEGIN) % 10 == 0
    ]
    meter = CounterMeter(PORT)
    (window,) = feed(meter, readings)
    powers = whole(meter.profile(BEGIN, window.energy))
    assert powers == pytest.approx([1000] * 60 + [3000] * 120, abs=2)


def test_what_nobody_told_was_not_seen() -> None:
    """A silence of two minutes in which export may have been."""
    house = [(2000,)] * (QUARTER + 10)
    meter = CounterMeter(PORT)
    feed(meter, without(flat(flm03e(house)), 300, 420))
    profile = meter.profile(BEGIN)
    assert profile is not None
    assert profile.powers == [2000] * 60 + [None] * 24 + [2000] * 96


@pytest.mark.slow
@settings(max_examples=25)
@given(house=loads(3, QUARTER + 10, low=-4000), share=st.floats(0, 1))
def test_a_restart_costs_no_step(house: list[Watts], share: float) -> None:
    """Within a second, too: at most a second of one step."""
    messages = flat(flm03e(house))
    cut = int(share * 12 * QUARTER)
    meter = CounterMeter(NETTING)
    feed(meter, messages[:cut])
    state = json.loads(json.dumps(meter.state()))
    meter = CounterMeter(NETTING, state=state)
    feed(meter, messages[cut:])
    powers = whole(meter.profile(BEGIN))
    around = max(0, cut // 12 // 5 - 1)
    expected = truth(house)
    for place in (*range(around), *range(around + 3, 180)):
        assert powers[place] == pytest.approx(expected[place], abs=1)


def test_steps_between_the_last_state_and_a_restart_were_not_seen() -> None:
    """A crash: nobody kept them."""
    messages = flat(flm03e([(2000,)] * (QUARTER + 10)))
    meter = CounterMeter(PORT)
    feed(meter, [item for item in messages if item.time <= BEGIN + 300])
    state = meter.state()
    meter = CounterMeter(PORT, state=state)
    feed(meter, [item for item in messages if item.time >= BEGIN + 360])
    profile = meter.profile(BEGIN)
    assert profile is not None
    assert profile.powers == [2000] * 60 + [None] * 12 + [2000] * 108
    again = CounterMeter(PORT, state=CounterMeter(PORT, state=state).state())
    feed(again, [counter("plus1", BEGIN + 900, 13.0)])
    kept = again.profile(BEGIN)
    assert kept is not None
    assert kept.powers[:60] == [2000] * 60


@pytest.mark.parametrize("powers", ["much", [BEGIN, "much"], None])
def test_a_state_whose_powers_are_damaged_or_missing_goes_on_all_the_same(
    powers: object,
) -> None:
    """Old ones have none."""
    messages = flat(flm03e([(2000,)] * (QUARTER + 10)))
    meter = CounterMeter(PORT)
    feed(meter, [item for item in messages if item.time <= BEGIN + 300])
    state = meter.state()
    if powers is None:
        del state["powers"]
    else:
        state["powers"] = powers
    meter = CounterMeter(PORT, state=state)
    (window,) = feed(meter, [item for item in messages if item.time > BEGIN + 300])
    assert window.complete
    profile = meter.profile(BEGIN)
    assert profile is not None
    assert profile.powers == [None] * 60 + [2000] * 120


def test_what_other_sensors_told_of_the_running_window_stays() -> None:
    """When its sensors are replaced."""
    meter = CounterMeter(PORT)
    feed(meter, flat(flm03e([(2000,)] * 300)))
    meter.replace_plan(SourcePlan(("new",)))
    feed(meter, [gauge("new", BEGIN + second, 1.0) for second in range(310, 901)])
    profile = meter.profile(BEGIN)
    assert profile is not None
    assert profile.powers[:60] == [2000] * 60
    assert profile.powers[62:] == [1000] * 118


def test_a_plan_can_be_replaced_before_anything_was_told() -> None:
    """There is nothing to keep then."""
    meter = CounterMeter(PORT)
    meter.replace_plan(CLAMPS)
    assert meter.profile(BEGIN) is None
    assert meter.state()["powers"] is None


def test_nothing_is_known_of_what_was_long_ago_or_never() -> None:
    """Nor of what is to come."""
    meter = CounterMeter(PORT)
    feed(meter, flat(flm03e([(2000,)] * 10)))
    assert meter.profile(BEGIN + QUARTER) is None
    feed(meter, [counter("plus1", BEGIN + 3 * 3600, 20.0)])
    assert meter.profile(BEGIN) is None


@pytest.mark.parametrize("period", [1, 10])
def test_the_steps_of_a_p1_meter_come_to_its_own_energy(period: int) -> None:
    """Whose power is that of a moment."""
    house = random_house(QUARTER + 20, 7, low=0)
    meter = RegisterMeter()
    windows = []
    for told in telegrams(house):
        if (told.stamp - BEGIN) % period == 0:
            windows += meter.telegram(
                told.stamp,
                import_energy=told.total,
                export_energy=told.export,
                power=told.power,
                demand=told.demand,
                month_peak=None,
            )
    window = windows[0]
    powers = whole(meter.profile(BEGIN, window.energy))
    assert sum(powers) * 5 / 3_600_000 == pytest.approx(window.energy, abs=0.0002)
    if period == 1:
        assert powers == pytest.approx(truth([(watts,) for watts in house]), rel=0.01)


def test_a_meter_that_others_read_has_steps_with_and_without_a_power() -> None:
    """A poll of 10 s."""
    for with_power in (True, False):
        meter = RelayedMeter(("day",))
        for second in range(0, QUARTER + 30, 10):
            energy = 100 + second * 3600 / 3_600_000
            if with_power:
                meter.power(BEGIN + second, 3.6)
            meter.counter("day", BEGIN + second, energy)
        assert whole(meter.profile(BEGIN, 0.9)) == pytest.approx([3600] * 180, abs=1)
