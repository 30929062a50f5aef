"""Counters against the integral of the household's power, computed here anew."""

from collections.abc import Callable
from functools import partial

from hypothesis import given, settings, strategies as st
import pytest

from simulator import Household, make_device
from simulator.household import Moment, Phase

from .support import START, Sent, drive, readings

HOUR = 3600
# One thousandth is the resolution of an FLM03E counter, at both ends.
_RESOLUTION = 0.002

_DIRECTIONS: list[Callable[[Phase], float]] = [
    lambda phase: max(phase.power, 0.0),
    lambda phase: max(-phase.power, 0.0),
    lambda phase: phase.reactive * (phase.power >= 0 and phase.reactive >= 0),
    lambda phase: phase.reactive * (phase.power < 0 and phase.reactive >= 0),
    lambda phase: -phase.reactive * (phase.power < 0 and phase.reactive < 0),
    lambda phase: -phase.reactive * (phase.power >= 0 and phase.reactive < 0),
]


def _integral(
    home: Household, first: int, last: int, rate: Callable[[Moment], float]
) -> float:
    return sum(rate(home.at(second)) for second in range(first, last))


def _counted(sent: list[Sent], sensor_id: str) -> float:
    counter = readings(sent, sensor_id, "counter")
    return counter[-1][1] - counter[0][1]


def _on_phase(index: int, rate: Callable[[Phase], float], moment: Moment) -> float:
    return rate(moment.phases[index])


def _clamp_power(members: tuple[int, ...], moment: Moment) -> float:
    return sum(moment.phases[member].current * 230 for member in members)


def _net_power(moment: Moment) -> float:
    return sum(phase.power for phase in moment.phases)


@pytest.mark.slow
@settings(max_examples=8)
@given(st.integers(0, 10_000), st.integers(0, 365 * 24))
def test_clamp_counters_are_the_integral_of_power(seed: int, hours: int) -> None:
    start = START + hours * HOUR
    device = make_device("FLM03E", seed=seed, start=start, waveforms=False)
    # One reading after the first second, one after the last; the rest is skipped.
    sent = [Sent(s, m) for s in (start + 1, start + 901) for m in device.step(s)]
    for port in (1, 2, 3):
        for index, rate in enumerate(_DIRECTIONS):
            sensor = device.sensors[12 * (port - 1) + index + 1]
            expected = _integral(
                device.household,
                start + 1,
                start + 901,
                partial(_on_phase, port - 1, rate),
            )
            counted = _counted(sent, sensor.id)
            assert counted == pytest.approx(expected / HOUR, abs=_RESOLUTION)


@settings(max_examples=5)
@given(st.integers(0, 10_000))
def test_clamp_gauges_add_up_to_the_counters(seed: int) -> None:
    device = make_device("FLM03E", seed=seed, start=START, waveforms=False)
    sent = drive(device, START, START + 300)
    for slot in range(1, 7):
        sensor = device.sensors[slot]
        # The first gauge belongs to the second before the first counter.
        powers = [value for _, value in readings(sent, sensor.id, "gauge")[1:]]
        lost = len(powers) * 0.001 / HOUR
        assert _counted(sent, sensor.id) == pytest.approx(
            sum(powers) / HOUR, abs=_RESOLUTION + lost
        )


@pytest.mark.parametrize(
    ("phases", "groups"), [(1, {1: (0,), 2: (1,), 3: (2,)}), (3, {1: (0, 1, 2)})]
)
def test_flm02_counters_are_the_integral_of_apparent_power(
    phases: int, groups: dict[int, tuple[int, ...]]
) -> None:
    device = make_device("FLM02A", start=START, phases=phases, seed=4)
    sent = drive(device, START, START + 2 * HOUR)
    for slot, members in groups.items():
        counter = readings(sent, device.sensors[slot].id, "counter")
        expected = _integral(
            device.household,
            counter[0][0],
            counter[-1][0],
            partial(_clamp_power, members),
        )
        # A whole Wh is seen at the end of the second that fills it.
        counted = counter[-1][1] - counter[0][1]
        assert counted == pytest.approx(expected / HOUR, abs=1.5)


def test_truth_is_the_integral_of_the_household() -> None:
    device = make_device("FLM02A", start=START, phases=3, seed=4)
    truth = device.true_energy(START + HOUR)
    current = _integral(
        device.household,
        START,
        START + HOUR,
        lambda m: sum(p.current for p in m.phases),
    )
    water = _integral(device.household, START, START + HOUR, lambda m: m.water)
    assert set(device.true_energy(START).values()) == {0}
    assert truth[device.sensors[1].id] == pytest.approx(current * 230 / HOUR, rel=1e-5)
    assert truth[device.sensors[4].id] == pytest.approx(water)


@pytest.mark.slow
@settings(max_examples=5)
@given(st.integers(0, 10_000))
def test_net_meter_runs_both_ways(seed: int) -> None:
    # Noon in July: the sun is out, the house imports and exports.
    start = START + 182 * 24 * HOUR
    device = make_device("FLM02B", seed=seed, start=start)
    sent = drive(device, start, start + HOUR)
    counter = readings(sent, device.sensors[7].id, "counter")
    first, last = counter[0], counter[-1]
    expected = _integral(device.household, first[0], last[0], _net_power) / HOUR
    assert last[1] - first[1] == pytest.approx(expected, abs=2.001)


@pytest.mark.parametrize(
    ("model", "slot", "size"), [("FLM02B", 4, 0.5), ("FLM03E", 37, 0.1)]
)
def test_solar_pulses_count_the_solar_energy(
    model: str, slot: int, size: float
) -> None:
    device = make_device(model, start=START, waveforms=False)
    sent = drive(device, START, START + 1200)
    counter = readings(sent, device.sensors[slot].id, "counter")
    truth = (
        device.true_energy(counter[-1][0] + 1)[device.sensors[slot].id]
        - device.true_energy(counter[0][0])[device.sensors[slot].id]
    )
    assert truth > 50
    assert counter[-1][1] - counter[0][1] == pytest.approx(truth, abs=2.5 * size + 2)
    steps = {
        round((b[1] - a[1]) / size) for a, b in zip(counter, counter[1:], strict=False)
    }
    assert min(steps) >= 1


@pytest.mark.slow
def test_gas_pulses_count_the_volume() -> None:
    evening = START + 5 * HOUR
    device = make_device("FLM03E", start=evening, waveforms=False, tmpo=False)
    sensor_id = device.sensors[38].id
    sent = drive(device, evening, evening + 2 * HOUR)
    pulses = readings(sent, sensor_id, "counter")
    truth = device.true_energy(evening + 2 * HOUR)[sensor_id]
    assert truth > 200
    assert 10 * len(pulses) == pytest.approx(truth, abs=10)


@pytest.mark.slow
def test_the_hourly_gas_reading_is_the_volume_of_whole_hours() -> None:
    device = make_device("FLM02B", start=START, tmpo=False)
    sensor_id = device.sensors[8].id
    sent = drive(device, START, START + 8 * HOUR + 20)
    counter = readings(sent, sensor_id, "counter")
    assert all(stamp % HOUR == 0 for stamp, _ in counter)
    truth = device.true_energy(counter[-1][0])[sensor_id]
    began = device.true_energy(counter[0][0])[sensor_id]
    assert counter[-1][1] - counter[0][1] == pytest.approx(truth - began, abs=1.001)


def test_seconds_left_out_are_counted_all_the_same() -> None:
    whole = make_device("FLM03E", start=START, waveforms=False)
    leaping = make_device("FLM03E", start=START, waveforms=False)
    drive(whole, START, START + 600)
    last = [m for m in whole.step(START + 600) if "/counter" in m.topic]
    assert [m for m in leaping.step(START + 600) if "/counter" in m.topic] == last


def test_counters_wrap_at_32_bits() -> None:
    device = make_device(
        "FLM03E", start=START, counters={13: (1 << 32) - 1}, waveforms=False
    )
    sent = drive(device, START, START + HOUR)
    values = [value for _, value in readings(sent, device.sensors[13].id, "counter")]
    assert max(values) < 1 << 32
    assert values[0] > 4e9
    assert values[-1] < 1e6


def test_truth_can_be_asked_for_the_past() -> None:
    device = make_device("FLM03E", start=START)
    early = device.true_energy(START + 60)
    late = device.true_energy(START + 120)
    assert device.true_energy(START + 60) == early
    assert late != early
