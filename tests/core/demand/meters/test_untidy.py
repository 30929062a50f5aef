"""However a counter is spoiled, no window holds more than was drawn."""

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

from ..house import BEGIN, QUARTER
from ..untidy import POLLS, Case, assert_bounded, distortions, drawn, rebases

RELAYED_GAP = 90.0
CLAMP_GAP = 15.0


@st.composite
def spoiled(
    draw: st.DrawFn, polls: tuple[int, ...], step: float, most: int = 2
) -> Case:
    """Return what was drawn, and how it is told: spoiled once or several times."""
    house, poll = draw(drawn()), draw(st.sampled_from(polls))
    ways = draw(st.lists(distortions(poll), min_size=1, max_size=most))
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
