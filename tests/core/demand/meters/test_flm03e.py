"""Windows from the clamps of an FLM03E: import and export of each phase, each second."""

from random import Random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.windows import Source

from ..house import (
    BEGIN,
    QUARTER,
    WS_PER_KWH,
    Message,
    Watts,
    counter,
    feed,
    fine,
    flat,
    flm03e,
    gauge,
    imported,
    loads,
    sums,
    without,
)

NETTING = SourcePlan(("plus1", "plus2", "plus3"), ("minus1", "minus2", "minus3"))
ONE_PORT = SourcePlan(("plus1",), ("minus1",))
# Six counters of a mWh each, once per second that is near zero or changes sign.
ROUNDING = 6e-6


def near_zero(house: list[Watts]) -> int:
    """Return for how many seconds the rounding of the counters may look like import."""
    return sum(abs(sum(watts)) < 22 for watts in house)


def exported_energy(house: list[Watts], start: int, end: int) -> float:
    """Return what the export counters of all ports gain meanwhile, kWh."""
    counters = [
        sums(max(0, -watts) for watts in phase) for phase in zip(*house, strict=True)
    ]
    return sum(fine(ws[end]) - fine(ws[start]) for ws in counters)


@pytest.mark.slow
@settings(max_examples=25)
@given(house=loads(3, 2000, low=-4000))
def test_phases_are_summed_before_the_sign_is_taken(house: list[Watts]) -> None:
    """Export on one phase feeds the others, second by second, as in the meter."""
    windows = feed(CounterMeter(NETTING), flat(flm03e(house)))
    assert [window.start for window in windows] == [BEGIN, BEGIN + QUARTER]
    assert all(window.complete for window in windows)
    assert all(window.source is Source.COUNTER for window in windows)
    tolerance = ROUNDING * (near_zero(house) + 2)
    assert [window.energy for window in windows] == pytest.approx(
        imported(house), abs=tolerance
    )
    assert [window.certain for window in windows] == [
        window.energy for window in windows
    ]


def test_solar_on_one_phase_is_used_on_another() -> None:
    """5 kW out on one phase and 5 kW in on another draw nothing."""
    windows = feed(CounterMeter(NETTING), flat(flm03e([(-5000, 5000, 0)] * QUARTER)))
    assert windows[0].demand == pytest.approx(0, abs=QUARTER * ROUNDING * 4)
    assert windows[0].complete


def test_export_never_pays_for_import_of_another_moment() -> None:
    """Half a quarter of 4 kW in, then out: the meter counts 2 kW."""
    house = [(4000, 0, 0)] * 450 + [(-4000, 0, 0)] * 450
    windows = feed(CounterMeter(NETTING), flat(flm03e(house)))
    assert windows[0].demand == pytest.approx(2.0, abs=1e-4)


@pytest.mark.parametrize("watts", [0, 1, 2500, 9200])
def test_a_single_port_is_summed_already(watts: int) -> None:
    """Export of a single import sensor is not subtracted."""
    seconds = flat(flm03e([(watts,)] * QUARTER))
    exporting = [
        message._replace(value=BEGIN + message.time)
        if message.sensor == "minus1"
        else message
        for message in seconds
    ]
    windows = feed(CounterMeter(ONE_PORT), exporting)
    assert windows[0].demand == pytest.approx(watts / 1000, abs=1e-5)
    assert windows[0].complete


@pytest.mark.slow
@settings(max_examples=15)
@given(house=loads(3, 1000, low=-4000), seed=st.integers(0, 2**16))
def test_the_order_within_a_second_does_not_matter(
    house: list[Watts], seed: int
) -> None:
    """Counters and gauges of a second come as the network brings them."""
    seconds = list(flm03e(house))
    # A first gauge before its counter is a moment by power.
    start, rest = seconds[:1], seconds[1:]
    shuffled = [Random(seed + at).sample(one, len(one)) for at, one in enumerate(rest)]
    assert feed(CounterMeter(NETTING), flat(start + shuffled)) == feed(
        CounterMeter(NETTING), flat(seconds)
    )


@pytest.mark.slow
@settings(max_examples=15)
@given(house=loads(3, 1000, low=-4000))
def test_duplicates_change_nothing(house: list[Watts]) -> None:
    """A message that comes twice counts once."""
    twice = [[*one, *one] for one in flm03e(house)]
    assert feed(CounterMeter(NETTING), flat(twice)) == feed(
        CounterMeter(NETTING), flat(flm03e(house))
    )


def test_a_second_with_a_sensor_missing_waits_for_the_next() -> None:
    """One lost message loses no energy."""
    house = [(-2000, 3000, 500)] * 1800
    every = flat(flm03e(house))
    lost = [
        message
        for message in every
        if (message.sensor, message.time - BEGIN) not in {("plus2", 7), ("minus1", 900)}
    ]
    windows = feed(CounterMeter(NETTING), lost)
    assert [window.demand for window in windows] == pytest.approx([1.5, 1.5], abs=1e-4)
    assert all(window.complete for window in windows)


@settings(max_examples=25)
@given(
    house=loads(1, 2800),
    start=st.integers(1, 1200),
    silence=st.sampled_from([10, 120, 1200]),
)
def test_a_silence_loses_no_energy(
    house: list[Watts], start: int, silence: int
) -> None:
    """The counter tells across a silence; what is not seen is not certain."""
    truth = imported(house)
    messages = without(flat(flm03e(house)), start, start + silence)
    windows = feed(CounterMeter(ONE_PORT), messages)
    assert sum(window.energy for window in windows) == pytest.approx(
        sum(truth), abs=2e-6
    )
    for window, real in zip(windows, truth, strict=True):
        assert window.certain <= real + 2e-6
        exact = window.energy == pytest.approx(real, abs=2e-6)
        assert (exact and window.certain == window.energy) or not window.complete


@pytest.mark.parametrize(
    ("start", "end", "coverage"),
    [
        (100, 114, [1, 1]),
        (895, 905, [1, 1]),
        (100, 220, [1, 1]),
        (0, 900, [1, 1]),
        (870, 990, [1 - 30 / 900, 1 - 90 / 900]),
        (300, 1500, [1 - 600 / 900, 1 - 600 / 900]),
        (450, 1800, [0.5, 0]),
    ],
)
def test_coverage_is_the_share_of_the_time_that_was_seen(
    start: int, end: int, coverage: list[float]
) -> None:
    """A silence inside one window is bridged by the counter, one across two is not."""
    messages = without(flat(flm03e([(3600,)] * 1800)), start, end)
    windows = feed(CounterMeter(ONE_PORT), messages)
    assert [window.coverage for window in windows] == pytest.approx(coverage)
    assert [window.known_demand for window in windows] == pytest.approx(
        [3.6 * share for share in coverage], abs=1e-4
    )
    assert [window.demand for window in windows] == pytest.approx([3.6, 3.6], abs=1e-4)


def test_a_long_silence_leaves_windows_of_which_nothing_is_certain() -> None:
    """No window is lost; those in the midst are known by their sum alone."""
    messages = without(flat(flm03e([(3600,)] * 4500)), 450, 4050)
    windows = feed(CounterMeter(ONE_PORT), messages)
    assert [window.coverage for window in windows] == [0.5, 0.0, 0.0, 0.0, 0.5]
    assert [window.certain for window in windows] == pytest.approx(
        [0.45, 0, 0, 0, 0.45], abs=1e-5
    )
    assert sum(window.energy for window in windows) == pytest.approx(4.5, abs=1e-5)


def test_the_first_window_is_seen_from_the_first_reading_on() -> None:
    """Who starts at a third of a window has seen two thirds."""
    messages = [
        message
        for message in flat(flm03e([(3600,)] * 900))
        if message.time >= BEGIN + 300
    ]
    (window,) = feed(CounterMeter(ONE_PORT), messages)
    assert window.start == BEGIN
    assert window.coverage == pytest.approx(2 / 3)
    assert window.known_demand == pytest.approx(2.4, abs=1e-5)


@pytest.mark.slow
@settings(max_examples=25)
@given(house=loads(3, 900, low=-4000), start=st.integers(1, 700))
def test_netting_over_a_silence_is_a_lower_bound(
    house: list[Watts], start: int
) -> None:
    """When energy went both ways unseen, how much of it met is not known."""
    messages = without(flat(flm03e(house)), start, start + 120)
    (window,) = feed(CounterMeter(NETTING), messages)
    truth = imported(house)[0]
    tolerance = ROUNDING * (near_zero(house) + 3)
    assert window.certain == window.energy
    assert window.energy <= truth + tolerance
    exported = exported_energy(house, start, start + 120) > 1.5e-6
    assert window.complete is not exported
    exactness = exported * 120 * 12_000 / WS_PER_KWH
    assert window.energy == pytest.approx(truth, abs=tolerance + exactness)


def test_a_window_of_pure_import_is_exact_over_a_silence() -> None:
    """Without export there is nothing to net."""
    messages = without(flat(flm03e([(1000, 2000, 600)] * 900)), 200, 500)
    (window,) = feed(CounterMeter(NETTING), messages)
    assert window.complete
    assert window.known_demand == pytest.approx(3.6, abs=1e-5)


def test_sensors_that_never_share_a_second_are_netted_roughly_and_marked() -> None:
    """Two devices with a second between them: export makes the time unsure."""
    plan = SourcePlan(("a", "b"), ("out",))
    messages: list[Message] = []
    for second in range(1000):
        energy = second / WS_PER_KWH
        messages += (
            counter("a", BEGIN + second, 1000 * energy),
            counter("out", BEGIN + second, 500 * energy),
            counter("b", BEGIN + second - 1, 2000 * energy),
        )
    window = feed(CounterMeter(plan), messages)[-1]
    assert window.demand == pytest.approx(2.5, abs=0.1)
    assert window.known_demand <= 2.5
    assert not window.complete


def test_power_takes_over_where_the_counters_stop() -> None:
    """20 Wh per import sensor later the phases are netted by their power."""
    seconds = list(flm03e([(-1000, 3000, 1000)] * 2700))
    stopped = [
        message
        for message in flat(seconds)
        if not (message.is_counter and 1000 < message.time - BEGIN < 1300)
    ]
    windows = feed(CounterMeter(NETTING), stopped)
    assert [window.source for window in windows] == [
        Source.COUNTER,
        Source.POWER,
        Source.COUNTER,
    ]
    assert [window.known_demand for window in windows] == pytest.approx(
        [3.0, 3.0, 3.0], abs=0.01
    )
    assert all(window.complete for window in windows)


def test_power_of_some_sensors_takes_over_for_none() -> None:
    """Without the export of all phases the net is not known: nothing is invented."""
    seconds = flat(flm03e([(-1000, 3000, 1000)] * 1800))
    stopped = [
        message
        for message in seconds
        if message.time <= BEGIN + 300
        or message.time >= BEGIN + 1500
        or (not message.is_counter and message.sensor != "minus1")
    ]
    meter = CounterMeter(NETTING)
    windows = feed(meter, stopped)
    assert [window.coverage for window in windows] == pytest.approx([1 / 3, 1 / 3])
    assert all(window.source is Source.COUNTER for window in windows)


def test_one_dead_sensor_of_many_leaves_windows_of_which_nothing_is_known() -> None:
    """After an hour time goes on; when the sensor is back, so does the energy."""
    messages = [
        message
        for message in flat(flm03e([(-1000, 3000, 1000)] * 8100))
        if message.sensor != "minus1" or not 450 < message.time - BEGIN < 6000
    ]
    late = messages[-1]._replace(time=BEGIN + 5000)
    position = next(
        place for place, message in enumerate(messages) if message.time == BEGIN + 5001
    )
    messages.insert(position + 1, late._replace(sensor="plus1"))
    windows = feed(CounterMeter(NETTING), messages)
    assert [window.start - BEGIN for window in windows] == list(range(0, 8100, 900))
    assert [window.coverage for window in windows] == pytest.approx(
        [0.5, 0, 0, 0, 0, 0, 300 / 900, 1, 1], abs=0.003
    )
    assert all(window.demand < 3.001 for window in windows)


@pytest.mark.slow
@pytest.mark.parametrize("away", [1800, 3700, 86400])
def test_a_device_that_was_away_for_long_keeps_its_energy(away: int) -> None:
    """No sensor is given up for a silence that all of them share."""
    back = BEGIN + 450 + away
    messages = [
        message
        for message in flat(flm03e([(1000, 3000, 500)] * (away + 900)))
        if message.time <= BEGIN + 450 or message.time >= back
    ]
    windows = feed(CounterMeter(NETTING), messages)
    assert len(windows) == (away + 900) // 900
    assert [window.demand for window in windows] == pytest.approx(
        [4.5] * len(windows), abs=0.001
    )


def test_net_power_is_never_negative() -> None:
    """What flows out does not count."""
    meter = CounterMeter(NETTING)
    feed(meter, flat(flm03e([(-3000, 1000, 500)] * 10)))
    running = meter.running(BEGIN + 10)
    assert running is not None
    assert running.power == 0.0
    assert running.projected == running.demand


def test_power_is_unknown_while_one_gauge_is_old() -> None:
    """The net of three phases needs three."""
    meter = CounterMeter(NETTING)
    messages = flat(flm03e([(3000, 1000, 500)] * 60))
    feed(
        meter,
        [
            message
            for message in messages
            if message.is_counter
            or message.sensor != "plus2"
            or message.time < BEGIN + 40
        ],
    )
    running = meter.running(BEGIN + 60)
    assert running is not None
    assert running.power is None
    assert running.projected is None
    assert running.coverage == 1.0


def test_readings_of_other_sensors_are_ignored() -> None:
    """A sensor that the plan does not name changes nothing."""
    meter = CounterMeter(ONE_PORT)
    feed(meter, [counter("other", BEGIN, 1.0), gauge("other", BEGIN, 1.0)])
    assert meter.running(BEGIN) is None
