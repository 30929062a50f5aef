"""However a counter is spoiled, no window holds more than was drawn."""

from collections.abc import Sequence

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.flukso.core.demand.grid.circuit import TRUST
from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.history.recount import recount
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.demand.meters.register_meter import RegisterMeter
from custom_components.flukso.core.demand.meters.relayed_meter import RelayedMeter
from custom_components.flukso.core.energy.series import Series
from custom_components.flukso.core.windows import Window

from ..house import (
    BEGIN,
    QUARTER,
    Message,
    Watts,
    feed,
    flat,
    flm02,
    flm02_p1,
    flm03e,
    imported,
)
from ..untidy import BASE, POLLS, Case, assert_bounded, distortions, drawn, rebases

RELAYED_GAP = 90.0
CLAMP_GAP = 15.0
NETTING = SourcePlan(("plus1", "plus2", "plus3"), ("minus1", "minus2", "minus3"))


@st.composite
def spoiled(
    draw: st.DrawFn, polls: tuple[int, ...], step: float, most: int = 2
) -> Case:
    """Return what was drawn, and how it is told: spoiled once or several times."""
    house, poll = draw(drawn()), draw(st.sampled_from(polls))
    ways = draw(st.lists(distortions(poll), min_size=1, max_size=most))
    if len(ways) > 1:
        # An older value that is not below the believed one is as good as any.
        ways = [way for way in ways if not way.name.startswith("older")]
    return Case(house, poll, step, draw(rebases()), ways)


@pytest.mark.parametrize("step", [0.001, 0.1])
@settings(max_examples=60)
@given(data=st.data())
def test_reports_of_entities(step: float, data: st.DataObject) -> None:
    case = data.draw(spoiled(POLLS, step, 3))
    told = case.told
    meter = RelayedMeter(("import",))
    windows: list[Window] = []
    for time, value in told:
        windows += meter.counter("import", time, value)
    assert_bounded(windows, case, step=step, gap=RELAYED_GAP)


@settings(max_examples=60)
@given(case=spoiled((1, 5, 10), 0.001), powered=st.booleans())
def test_a_clamp_and_its_power(case: Case, powered: bool) -> None:
    house, told = case.house, case.told
    meter = CounterMeter(SourcePlan(("clamp",)))
    windows: list[Window] = []
    before = BEGIN
    for time, value in told:
        windows += meter.counter("clamp", time, value)
        if powered and time > before:
            energy = house.before(time - BEGIN) - house.before(before - BEGIN)
            windows += meter.power("clamp", time, energy * 3600 / (time - before))
        before = time
    assert_bounded(windows, case, step=0.001, gap=CLAMP_GAP, sampled=powered)


@pytest.mark.parametrize("step", [0.001, 0.1])
@settings(max_examples=60)
@given(data=st.data())
def test_what_was_recorded(step: float, data: st.DataObject) -> None:
    case = data.draw(spoiled(POLLS, step, 3))
    plan = SourcePlan(("counter",), max_gap=RELAYED_GAP)
    recorded = {"counter": Series.of(case.told)}
    windows = recount(plan, recorded, scale=1.0, resolution=step)
    assert_bounded(windows, case, step=max(step, TRUST), gap=RELAYED_GAP)


@settings(max_examples=60)
@given(case=spoiled((1, 5, 10), 0.001), ramped=st.booleans())
def test_a_digital_meter(case: Case, ramped: bool) -> None:
    house, told = case.house, case.told
    meter = RegisterMeter()
    windows: list[Window] = []
    for time, value in told:
        second = time - BEGIN
        begun = second // QUARTER * QUARTER
        ramp = (house.before(second) - house.before(begun)) * 4
        windows += meter.telegram(
            time,
            import_energy=value,
            export_energy=0.0,
            power=house.watts[max(0, second - 1)] / 1000,
            demand=ramp // 0.001 * 0.001 if ramped else None,
            month_peak=None,
        )
    assert_bounded(windows, case, step=0.001, gap=30.0, sampled=True)


def begun_anew(house: Sequence[Watts], second: int) -> list[Message]:
    """Return what an FLM03E tells whose counters are set to zero in a second."""
    told = [item for item in flat(flm03e(house)) if item.is_counter]
    at = {item.sensor: item.value for item in told if item.time == BEGIN + second - 1}
    return [
        item._replace(value=round(item.value - at[item.sensor], 6))
        if item.time >= BEGIN + second
        else item
        for item in told
    ]


@pytest.mark.parametrize("powered", [True, False])
def test_counters_that_begin_anew_together_mark_the_window(powered: bool) -> None:
    """Those that stand still at nothing do as those beside them that count."""
    house = [(900, 1800, 0)] * 2 * QUARTER + [(0, 0, 0)] * 2
    gauges = [item for item in flat(flm03e(house)) if powered and not item.is_counter]
    messages = sorted(begun_anew(house, 300) + gauges, key=lambda item: item.time)
    windows = feed(CounterMeter(NETTING), messages)
    assert [window.complete for window in windows] == [False, True]
    truth = imported(house)
    assert windows[0].certain == pytest.approx(truth[0], abs=0.001 if powered else 0.3)
    assert windows[0].certain <= truth[0] + 6e-6
    assert windows[1].energy == pytest.approx(truth[1], abs=6e-6)


def test_a_window_that_ends_while_its_counter_is_held_is_marked() -> None:
    """What power says in its place may be right; the counter does not confirm it."""
    house = [(3600,)] * (2 * QUARTER + 2)
    messages = [
        item._replace(value=0.0)
        if item.is_counter and 700 <= item.time - BEGIN < 1000
        else item
        for item in flat(flm02(house))
    ]
    windows = feed(CounterMeter(SourcePlan(("clamp1",))), messages)
    assert [window.complete for window in windows] == [False, True]
    for window, truth in zip(windows, imported(house), strict=True):
        assert window.certain == pytest.approx(truth, abs=2 * TRUST)
        assert window.certain <= truth + TRUST


def test_a_total_that_was_rebased_between_two_windows_adds_nothing() -> None:
    """What the register of the next window tells is not put into the last one."""
    meter = RegisterMeter()
    windows: list[Window] = []
    for second in range(0, QUARTER + 1000, 10):
        rebased = 5000.0 if second >= QUARTER - 5 else 0.0
        windows += meter.telegram(
            BEGIN + second,
            import_energy=round(BASE + rebased + second * 0.001, 3),
            export_energy=0.0,
            power=3.6,
            demand=round(second % QUARTER * 0.004, 3),
            month_peak=None,
        )
    assert windows
    assert max(window.energy for window in windows) <= 0.9 + TRUST


def test_a_counter_that_got_stuck_elsewhere_is_taken_over_late() -> None:
    """There is nothing to tell again."""
    meter = CounterMeter(SourcePlan(("clamp",)))
    windows: list[Window] = []
    for second in range(0, 10_000, 10):
        value = BASE + second * 0.0001 if second < 500 else 5.0
        windows += meter.counter("clamp", BEGIN + second, value)
    assert sum(window.certain for window in windows) <= 0.05
    assert windows[-1].complete


@pytest.mark.parametrize("depth", [0.1, 1.5, 400.0])
def test_a_net_counter_that_dips_is_believed_as_far_as_its_power_agrees(
    depth: float,
) -> None:
    house = [(500,)] * (2 * QUARTER + 10)
    messages = [
        item._replace(value=round(item.value - depth, 3))
        if item.is_counter and (item.time - BEGIN) % 50 == 30
        else item
        for item in flat(flm02_p1(house))
    ]
    plan = SourcePlan(("net",), net=True, max_gap=30.0)
    windows = feed(CounterMeter(plan), messages)
    assert [window.energy for window in windows] == pytest.approx(
        [0.125] * 2, abs=0.002
    )
    assert all(window.complete for window in windows)
