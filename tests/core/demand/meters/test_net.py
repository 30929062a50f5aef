"""Windows from a net counter: a P1 meter read by an FLM02."""

from hypothesis import given, settings
import pytest

from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.windows import Source

from ..house import (
    BEGIN,
    WH,
    Watts,
    counter,
    feed,
    flat,
    flm02_p1,
    imported,
    loads,
    without,
)

NET = SourcePlan(("net",), net=True, max_gap=30.0)


@pytest.mark.parametrize(
    ("plan", "sensors"),
    [
        (NET, {"net"}),
        (SourcePlan(("in",), ("out",)), {"in"}),
        (SourcePlan(("one", "two"), ("out",)), {"one", "two", "out"}),
    ],
)
def test_a_plan_needs_what_is_netted(plan: SourcePlan, sensors: set[str]) -> None:
    """What is exported beside a single import is not subtracted."""
    assert plan.sensors == sensors


@settings(max_examples=30)
@given(house=loads(3, 2700, low=-4000, step=10))
def test_windows_are_right_to_a_watt_hour(house: list[Watts]) -> None:
    """What the counter runs back while exporting does not pay for import."""
    windows = feed(CounterMeter(NET), flat(flm02_p1(house)))
    assert [window.start - BEGIN for window in windows] == [0, 900, 1800]
    assert all(window.complete for window in windows)
    turns = sum(
        (sum(before) > 0) != (sum(after) > 0)
        for before, after in zip(house, house[1:], strict=False)
    )
    # A turn within the telegrams' whole Wh hides up to one of them.
    assert [window.energy for window in windows] == pytest.approx(
        imported(house), abs=(2 + turns) * WH
    )


def test_export_is_not_import() -> None:
    """A quarter of export draws nothing."""
    (window,) = feed(CounterMeter(NET), flat(flm02_p1([(-3000,)] * 900)))
    assert window.energy == 0.0
    assert window.complete


def test_import_counts_whole_after_export() -> None:
    """5 min of 6 kW out, then 10 min of 6 kW in: the meter shows 4 kW."""
    house = [(-6000,)] * 300 + [(6000,)] * 600
    (window,) = feed(CounterMeter(NET), flat(flm02_p1(house)))
    assert window.demand == pytest.approx(4.0, abs=0.008)


def test_a_silence_of_a_net_counter_is_a_lower_bound() -> None:
    """What went out meanwhile is not known."""
    house = [(3600,)] * 900
    (window,) = feed(CounterMeter(NET), without(flat(flm02_p1(house)), 300, 500))
    assert window.coverage == pytest.approx(700 / 900, abs=0.02)
    assert window.certain == pytest.approx(0.9, abs=2 * WH)


def test_several_net_counters_are_summed_before_the_sign_is_taken() -> None:
    """One exports what the other imports."""
    plan = SourcePlan(("one", "two"), ("ignored",), net=True, max_gap=30.0)
    messages = [
        message
        for second in range(0, 910, 10)
        for message in (
            counter("one", BEGIN + second, 100 + second * 0.001),
            counter("two", BEGIN + second, 100 - second * 0.0004),
        )
    ]
    (window,) = feed(CounterMeter(plan), messages)
    assert window.demand == pytest.approx(0.6 * 3.6)
    assert window.source is Source.COUNTER
    assert window.complete
