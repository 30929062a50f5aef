"""Windows of a meter that somebody else reads are right, or marked."""

from collections.abc import Iterable
import json

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.flukso.core.demand.meters.relayed_meter import RelayedMeter
from custom_components.flukso.core.windows import Source, Window

from ..house import BEGIN, QUARTER, WH, WS_PER_KWH, loads

DAY, NIGHT = "day", "night"
# A counter tells either end of a window to a Wh.
ENDS = 2 * WH


def told(
    watts: Iterable[tuple[int, ...]], *, period: int, every: int = 1, offset: int = 0
) -> list[tuple[int, float]]:
    """Return what is told each `every` s of a counter that is read each `period` s."""
    total, read = 1_000 * WS_PER_KWH, 1_000.0
    found = [(BEGIN - period, read)]
    for second, (power,) in enumerate(watts, BEGIN + 1):
        total += max(0, power)
        if (second - offset) % period == 0:
            read = total // 3600 / 1000
        if (second - offset) % every == 0:
            found.append((second, read))
    return found


def feed(meter: RelayedMeter, readings: Iterable[tuple[int, float]]) -> list[Window]:
    """Give a meter what is told of its only counter; return the windows it closes."""
    closed: list[Window] = []
    for time, value in readings:
        closed += meter.counter(DAY, time, value)
    return closed


def energies(watts: list[tuple[int, ...]]) -> list[float]:
    """Return the import of each whole quarter, kWh."""
    return [
        sum(max(0, power) for (power,) in watts[start : start + QUARTER]) / WS_PER_KWH
        for start in range(0, len(watts) - QUARTER + 1, QUARTER)
    ]


@settings(max_examples=40)
@given(
    house=loads(1, 2 * QUARTER + 200, low=-3000, step=1),
    period=st.sampled_from([1, 10, 30, 60]),
    offset=st.integers(0, 59),
)
def test_what_goes_from_one_window_to_the_next_is_no_more_than_a_poll(
    house: list[tuple[int, ...]], period: int, offset: int
) -> None:
    """And nothing is lost or invented, whatever is drawn."""
    meter = RelayedMeter((DAY,))
    readings = told(house, period=period, every=period, offset=offset % period)
    windows = feed(meter, readings)
    powers = [max(0, power) for (power,) in house]
    spread = max(powers) * (period + 1) / WS_PER_KWH
    for window, energy in zip(windows[-2:], energies(house), strict=False):
        # The pace of a counter is not known from the beginning.
        if window.complete and meter.paces[DAY] == period:
            assert window.energy == pytest.approx(energy, abs=2 * spread + ENDS + 0.4)
    total = sum(window.energy for window in windows)
    assert total <= sum(powers) / WS_PER_KWH + ENDS


def test_a_counter_told_every_second_but_read_every_minute_is_spread() -> None:
    house = [(6000,)] * (3 * QUARTER)
    windows = feed(RelayedMeter((DAY,)), told(house, period=60, offset=17))
    assert [window.start for window in windows[-2:]] == [
        BEGIN + QUARTER * number for number in (0, 1)
    ]
    assert windows[-1].complete
    assert windows[-1].energy == pytest.approx(1.5, abs=ENDS)
    assert windows[-1].source is Source.COUNTER


def test_several_counters_are_added_up() -> None:
    meter = RelayedMeter((DAY, NIGHT))
    windows: list[Window] = []
    for second in range(0, 2 * QUARTER + 10, 10):
        for name, power in ((DAY, 2.0), (NIGHT, 1.0)):
            value = 50 + power * second / 3600
            windows += meter.counter(name, BEGIN - QUARTER + second, value)
    assert windows[-1].demand == pytest.approx(3.0)
    assert windows[-1].complete
    # A power cannot be told for one of them: it only says what is drawn now.
    assert meter.power(BEGIN + QUARTER + 1, 4.0) == []
    running = meter.running(BEGIN + QUARTER + 1)
    assert running is not None
    assert running.power == 4.0


def quarter(meter: RelayedMeter, power: float, start: int = BEGIN) -> list[Window]:
    """Let a counter tell every 10 s of a quarter with a constant power."""
    return feed(
        meter,
        [
            (start + second, 100 + power * (start - BEGIN + second) / 3600)
            for second in range(0, QUARTER, 10)
        ],
    )


def test_power_is_carried_to_the_end_of_the_window() -> None:
    meter = RelayedMeter((DAY,))
    quarter(meter, 2.0)
    meter.power(BEGIN + 890, 8.0)
    running = meter.running(BEGIN + 890)
    assert running is not None
    assert running.projected == pytest.approx(running.demand + 8.0 * 10 / QUARTER)


def test_export_is_no_negative_import() -> None:
    meter = RelayedMeter((DAY,))
    quarter(meter, 2.0)
    meter.power(BEGIN + 890, -8.0)
    running = meter.running(BEGIN + 890)
    assert running is not None
    assert running.power == 0.0


def test_without_a_power_the_mean_of_the_last_minute_counts() -> None:
    meter = RelayedMeter((DAY,))
    quarter(meter, 2.0)
    running = meter.running(BEGIN + 890)
    assert running is not None
    assert running.power == pytest.approx(2.0)


def test_an_old_power_is_not_what_is_drawn_now() -> None:
    meter = RelayedMeter((DAY,))
    quarter(meter, 2.0)
    meter.power(BEGIN + 700, 9.0)
    running = meter.running(BEGIN + 890)
    assert running is not None
    assert running.power == pytest.approx(2.0)


def test_nothing_is_projected_before_a_minute_was_seen() -> None:
    meter = RelayedMeter((DAY,))
    assert meter.running(BEGIN) is None
    meter.counter(DAY, BEGIN, 100.0)
    running = meter.running(BEGIN + 5)
    assert running is not None
    assert running.projected is None


@pytest.mark.parametrize("power", [1e6, -1e6])
def test_an_impossible_power_is_no_power(power: float) -> None:
    meter = RelayedMeter((DAY,))
    quarter(meter, 2.0)
    assert meter.power(BEGIN + 890, power) == []
    running = meter.running(BEGIN + 890)
    assert running is not None
    assert running.power == pytest.approx(2.0)


def test_power_vouches_for_a_counter_that_stands_still() -> None:
    """A counter told every second, of unknown pace, while the sun shines."""
    meter = RelayedMeter((DAY,))
    windows: list[Window] = []
    for second in range(-10, QUARTER + 10):
        windows += meter.counter(DAY, BEGIN + second, 100.0)
        windows += meter.power(BEGIN + second, -1.5)
    assert windows[-1].start == BEGIN
    assert windows[-1].complete
    assert windows[-1].energy == 0


@pytest.mark.parametrize("jump", [1e6, 2.0, -50.0])
def test_a_jump_is_marked_and_not_counted(jump: float) -> None:
    meter = RelayedMeter((DAY,))
    readings = [
        (BEGIN + second, 100 + second / 3600 + (jump if second > 300 else 0))
        for second in range(-30, 2 * QUARTER + 10, 10)
    ]
    _, first, second = feed(meter, readings)
    assert first.start == BEGIN
    assert not first.complete
    assert first.known_demand == pytest.approx(1.0, abs=0.02)
    assert second.complete
    assert second.demand == pytest.approx(1.0)


def test_a_register_holds_what_was_drawn_before_the_counter_was_seen() -> None:
    meter = RelayedMeter((DAY,))
    windows: list[Window] = []
    for second in range(300, QUARTER + 20, 10):
        energy = 100 + 4 * second / 3600
        windows += meter.counter(DAY, BEGIN + second, energy)
        ramp = 4.0 * second / QUARTER if second < QUARTER else 0.0
        meter.demand(BEGIN + second, energy, ramp)
        if second == 600:
            running = meter.running(BEGIN + 600)
            assert running is not None
            assert running.demand == pytest.approx(4.0 * 600 / QUARTER)
            assert running.projected is not None
            assert running.projected == pytest.approx(4.0)
    (window,) = windows
    assert window.known_demand == pytest.approx(4.0, abs=0.05)
    assert not window.complete
    assert meter.doubts == 0


def test_a_register_lifts_a_window_that_closes_late() -> None:
    """The register is in the next window by the time that the counter tells."""
    meter = RelayedMeter((DAY,))
    for second in range(300, QUARTER, 10):
        energy = 100 + 4 * second / 3600
        meter.counter(DAY, BEGIN + second, energy)
        meter.demand(BEGIN + second, energy, 4.0 * second / QUARTER)
    energy = 100 + 4 * 890 / 3600
    meter.demand(BEGIN + QUARTER + 70, energy, 0.0)
    (window,) = meter.counter(DAY, BEGIN + QUARTER + 71, energy + WH)
    assert window.start == BEGIN
    assert window.known_demand == pytest.approx(4.0, abs=0.06)


def test_a_register_told_with_a_doubtful_total_changes_nothing() -> None:
    meter = RelayedMeter((DAY,))
    quarter(meter, 4.0)
    assert meter.counter(DAY, BEGIN + 892, 0.0) == []
    meter.demand(BEGIN + 892, 0.0, 99.0)
    running = meter.running(BEGIN + 892)
    assert running is not None
    assert running.demand == pytest.approx(4 * 890 / QUARTER)
    (window,) = meter.counter(DAY, BEGIN + QUARTER, 101.0)
    assert window.demand == pytest.approx(4.0)


def test_a_register_below_the_counters_changes_nothing() -> None:
    meter = RelayedMeter((DAY,))
    quarter(meter, 4.0)
    energy = 100 + 4 * 890 / 3600
    meter.demand(BEGIN + 890, energy, 3.95)
    running = meter.running(BEGIN + 890)
    assert running is not None
    assert running.demand == pytest.approx(4 * 890 / QUARTER)


def test_a_register_without_a_projection_tells_the_demand_only() -> None:
    meter = RelayedMeter((DAY,))
    meter.counter(DAY, BEGIN + 300, 100.0)
    meter.demand(BEGIN + 300, 100.0, 1.0)
    running = meter.running(BEGIN + 301)
    assert running is not None
    assert running.demand == pytest.approx(1.0)
    assert running.projected is None


def test_a_restart_goes_on_in_the_same_window() -> None:
    meter = RelayedMeter((DAY,))
    for second in range(0, 600, 10):
        energy = 100 + 4 * second / 3600
        meter.counter(DAY, BEGIN + second, energy)
        meter.demand(BEGIN + second, energy, 4.0 * second / QUARTER)
    state = json.loads(json.dumps(meter.state()))
    again = RelayedMeter((DAY,), state=state)
    assert again.state() == meter.state()
    (window,) = again.counter(DAY, BEGIN + QUARTER, 101.0)
    assert window.complete
    assert window.demand == pytest.approx(4.0)


@pytest.mark.parametrize(
    "damage", [{"counters": {}}, {"counters": {DAY: 1}}, {"ramp": 1}, {"more": 1}]
)
def test_a_state_that_does_not_fit_is_ignored(damage: dict[str, object]) -> None:
    meter = RelayedMeter((DAY,))
    quarter(meter, 4.0)
    again = RelayedMeter((DAY,), state=meter.state() | damage)
    assert again.running(BEGIN + 890) is None


def test_a_net_counter_counts_import_only() -> None:
    meter = RelayedMeter((DAY,), net=True)
    value, windows = 100.0, []
    for number in range(2 * 90 + 2):
        value += (3.0 if number // 15 % 2 else -3.0) / 360
        windows += meter.counter(DAY, BEGIN + number * 10, value)
    assert windows[-1].demand == pytest.approx(1.5, abs=0.05)


def test_what_is_sampled_from_power_is_marked() -> None:
    meter = RelayedMeter((DAY,))
    meter.counter(DAY, BEGIN - 10, 100.0)
    windows: list[Window] = []
    for second in range(-10, 2 * QUARTER + 10, 10):
        windows += meter.power(BEGIN + second, 2.0)
    assert windows[-1].source is Source.POWER
    assert windows[-1].demand == pytest.approx(2.0)
    assert not windows[-1].complete


def test_a_counter_that_is_stuck_while_power_flows_is_not_believed() -> None:
    meter = RelayedMeter((DAY,))
    windows: list[Window] = []
    for second in range(-100, 2 * QUARTER + 10, 10):
        energy = 100 + 3 * min(second, 100) / 3600
        windows += meter.counter(DAY, BEGIN + second, energy)
        windows += meter.power(BEGIN + second, 3.0)
    assert windows[-1].source is Source.POWER
    assert windows[-1].demand == pytest.approx(3.0)
    assert not windows[-1].complete


def test_a_poll_that_finds_nothing_drawn_is_believed_at_once() -> None:
    meter = RelayedMeter((DAY,))
    quarter(meter, 2.0, BEGIN - QUARTER)
    still = 100 + 2.0 * -10 / 3600
    windows: list[Window] = []
    for second in range(0, QUARTER + 10, 10):
        windows += meter.power(BEGIN + second, 0.0)
        windows += meter.counter(DAY, BEGIN + second, still)
    assert windows[-1].start == BEGIN
    assert windows[-1].complete
    assert windows[-1].energy == 0
