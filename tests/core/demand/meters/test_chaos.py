"""Whatever comes, the meter raises nothing and its windows can be windows."""

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.windows import Window

from ..house import BEGIN, Message, feed

PLANS = [
    SourcePlan(("a",), ("c",)),
    SourcePlan(("a", "b", "c")),
    SourcePlan(("a", "b"), ("c",)),
    SourcePlan(("a",), net=True, max_gap=30.0),
    SourcePlan(("a", "b"), net=True),
]
JUMPS = st.one_of(
    st.just(0),
    st.integers(1, 2),
    st.integers(1, 60),
    st.integers(-60, 2000),
    st.integers(-5000, 5000),
    st.just(70 * 86400),
)


@st.composite
def streams(draw: st.DrawFn) -> list[Message]:
    """Return messages with jumps of time and value."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.booleans(),
                st.sampled_from("abcd"),
                JUMPS,
                st.floats(-0.01, 0.05),
            ),
            max_size=120,
        )
    )
    time, energy = BEGIN, 100.0
    messages = []
    for is_counter, sensor, jump, amount in drawn:
        time += jump
        energy += amount
        value = energy if is_counter else amount * 100
        messages.append(Message(is_counter, sensor, time, value))
    return messages


@pytest.mark.parametrize("plan", PLANS, ids=str)
@settings(max_examples=60)
@given(messages=streams(), cut=st.integers(0, 120))
def test_windows_are_windows_whatever_comes(
    plan: SourcePlan, messages: list[Message], cut: int
) -> None:
    """Through jumps of clocks and counters, silences and a restart."""
    meter = CounterMeter(plan)
    windows = feed(meter, messages[:cut])
    again = CounterMeter(plan, state=meter.state())
    windows += feed(again, messages[cut:])
    assert windows == feed(CounterMeter(plan), messages)
    for window in windows:
        assert window.start % 900 == 0
        assert 0 <= window.coverage <= 1
        assert 0 <= window.certain <= window.energy + 1e-9
        assert Window.from_row(window.to_row(), 900).start == window.start
