"""Readings become one value per interval; pulse flows fall with the silence."""

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.smoothing import Latest, Mean, PulseFlow


def test_mean_is_that_of_the_values_since_the_last_take() -> None:
    mean = Mean()
    assert mean.take() is None
    for value in (100.0, 300.0):
        mean.add(value)
    assert mean.take() == 200.0
    assert mean.take() is None
    mean.add(0.0)
    assert mean.take() == 0.0


def test_latest_is_the_last_value_since_the_last_take() -> None:
    latest = Latest()
    assert latest.take() is None
    for value in (230.0, 0.0):
        latest.add(value)
    assert latest.take() == 0.0
    assert latest.take() is None


def test_flow_is_unknown_before_the_first_pulse() -> None:
    assert PulseFlow(0.1, 3600).value_at(0.0) is None


@pytest.mark.parametrize(
    ("silence", "power"),
    [
        (-5.0, 1300.0),
        (0.0, 1300.0),
        (2.0, 1300.0),
        (2.2, 1300.0),
        (3.0, 360.0),
        (12.0, 36.0),
        (299.0, pytest.approx(360 / 297)),
        (300.0, 0.0),
        (86400.0, 0.0),
    ],
)
def test_power_of_a_tenth_watt_hour_per_pulse_falls_to_what_the_silence_allows(
    silence: float, power: float
) -> None:
    flow = PulseFlow(0.1, 3600)
    flow.add(1300.0, 1000.0)
    assert flow.value_at(1000.0 + silence) == power


def test_slow_flow_is_remembered_for_four_expected_intervals() -> None:
    litres_per_minute = PulseFlow(10.0, 60)
    litres_per_minute.add(1.0, 0.0)
    assert litres_per_minute.value_at(600.0) == 1.0
    assert litres_per_minute.value_at(2399.0) == pytest.approx(600 / 2397)
    assert litres_per_minute.value_at(2400.0) == 0.0


def test_flow_of_unknown_pulse_size_holds_for_five_minutes() -> None:
    flow = PulseFlow(None)
    flow.add(7.0, 0.0)
    assert flow.value_at(299.0) == 7.0
    assert flow.value_at(300.0) == 0.0


def test_flow_published_as_zero_is_zero_at_once() -> None:
    flow = PulseFlow(1.0, 60)
    flow.add(3.0, 0.0)
    flow.add(0.0, 1.0)
    assert flow.value_at(1.0) == 0.0


@given(
    published=st.floats(0.001, 1e5),
    silences=st.lists(st.floats(0, 1e6), min_size=2, max_size=10).map(sorted),
)
def test_flow_never_rises_without_a_pulse(
    published: float, silences: list[float]
) -> None:
    flow = PulseFlow(0.5, 3600)
    flow.add(published, 0.0)
    values = [flow.value_at(silence) or 0.0 for silence in silences]
    assert values == sorted(values, reverse=True)
    assert values[0] <= published
