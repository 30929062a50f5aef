"""Recorded counters make the same windows as the readings when they came."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.flukso.core.counters.limits import WRAP
from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.history.recount import recount
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.energy.series import Series
from custom_components.flukso.core.windows import Source, Window

from ..house import (
    BEGIN,
    QUARTER,
    WH,
    Message,
    Watts,
    coarse,
    feed,
    flat,
    flm02,
    flm02_p1,
    flm03e,
    imported,
    loads,
)

ONE = SourcePlan(("clamp1",))
THREE = SourcePlan(("clamp1", "clamp2", "clamp3"))
NETTED = SourcePlan(("plus1", "plus2", "plus3"), ("minus1", "minus2", "minus3"))
P1 = SourcePlan(("net",), net=True, max_gap=30.0)


def recorded(messages: Iterable[Message]) -> dict[str, Series]:
    """Return the counters that a device records, in Wh."""
    points: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for message in messages:
        if message.is_counter:
            points[message.sensor].append((message.time, message.value * 1000))
    return {sensor: Series.of(found) for sensor, found in points.items()}


def up_to_now(messages: Sequence[Message]) -> dict[str, Series]:
    """Return the same, each with its present value."""
    now = messages[-1].time
    return {
        sensor: Series.joined(series, Series.of([(now, series.values[-1])]))
        for sensor, series in recorded(messages).items()
    }


def clamp(*points: tuple[int, float]) -> dict[str, Series]:
    """Return one counter: seconds since BEGIN, Wh."""
    return {"clamp1": Series.of((BEGIN + time, value) for time, value in points)}


def steady(start: int, end: int, watts: float = 900, step: int = 10) -> Series:
    """Return a counter that is told every so many seconds, from 1 kWh on."""
    return Series.of(
        (BEGIN + time, 1000 + watts * time / 3600) for time in range(start, end, step)
    )


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(house=loads(3, 2700, low=5, high=3600))
def test_clamps_of_an_flm02_give_what_they_gave_live(house: list[Watts]) -> None:
    """To a Wh for each clamp and edge: the power between two counters is not recorded."""
    messages = flat(flm02(house))
    windows = recount(THREE, up_to_now(messages))
    assert [window.start - BEGIN for window in windows] == [0, 900, 1800]
    assert all(window.complete for window in windows)
    assert {window.source for window in windows} == {Source.COUNTER}
    energies = [window.energy for window in windows]
    assert energies == pytest.approx(imported(house), abs=6 * WH)
    live = feed(CounterMeter(THREE), messages)
    assert energies == pytest.approx([w.energy for w in live], abs=6 * WH)
    assert [window.certain for window in windows] == energies


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(house=loads(3, 2700, low=-6000))
def test_netted_phases_of_an_flm03e_give_what_they_gave_live(
    house: list[Watts],
) -> None:
    messages = flat(flm03e(house))
    windows = recount(NETTED, recorded(messages))
    live = feed(CounterMeter(NETTED), messages)
    assert [window.start for window in windows] == [window.start for window in live]
    assert all(window.complete for window in windows)
    assert [window.energy for window in windows] == pytest.approx(
        [window.energy for window in live], abs=1e-5
    )


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(house=loads(3, 2700, low=-6000, high=6000))
def test_every_eighth_second_is_nearly_as_good(house: list[Watts]) -> None:
    """Import and export within 8 s cancel out, as they do in a slower meter."""
    messages = [m for m in flat(flm03e(house)) if m.time % 8 == 0]
    windows = recount(NETTED, up_to_now(messages))
    assert all(window.complete for window in windows[:2])
    changes = sum(before != after for before, after in pairwise(house))
    assert [window.energy for window in windows[:2]] == pytest.approx(
        imported(house)[:2], abs=(changes + 2) * 8 * 18 / 3600
    )


@settings(max_examples=15, deadline=None)
@given(house=loads(1, 2700, low=-6000, step=10))
def test_a_net_counter_gives_what_it_gave_live(house: list[Watts]) -> None:
    """To a telegram, which comes every 10 s: the power is not recorded."""
    messages = flat(flm02_p1(house))
    windows = recount(P1, up_to_now(messages))
    live = feed(CounterMeter(P1), messages)
    assert [window.energy for window in windows] == pytest.approx(
        [window.energy for window in live], abs=9 * 10 / 3600 + WH
    )
    assert sum(w.energy for w in windows) >= sum(imported(house)) - 9 * 10 / 3600


@settings(max_examples=25)
@given(house=loads(1, 2700, low=5))
def test_windows_add_up_to_the_counter(house: list[Watts]) -> None:
    windows = recount(ONE, up_to_now(flat(flm02(house))))
    total = coarse(sum(watts for (watts,) in house))
    assert sum(window.energy for window in windows) == pytest.approx(total, abs=1e-6)


@given(cut=st.integers(10, 2690))
def test_windows_of_a_part_are_those_of_the_whole(cut: int) -> None:
    whole = {"clamp1": steady(0, 2710)}
    part = {"clamp1": whole["clamp1"].between(BEGIN + cut, BEGIN + 2700)}
    everything = recount(ONE, whole)
    for window in recount(ONE, part):
        if window.complete:
            assert window == next(w for w in everything if w.start == window.start)


def test_the_first_and_the_last_window_reach_as_far_as_the_readings() -> None:
    windows = recount(ONE, {"clamp1": steady(450, 1171)})
    assert [window.start - BEGIN for window in windows] == [0, 900]
    assert [window.coverage for window in windows] == pytest.approx([0.5, 0.3])
    assert [w.energy for w in windows] == pytest.approx([0.1125, 0.0675])
    assert [w.certain for w in windows] == [w.energy for w in windows]


def test_a_counter_in_kilowatt_hours_is_no_other() -> None:
    series = steady(0, 1810)
    scaled = Series.of((t, v / 1000) for t, v in zip(*of(series), strict=True))
    windows = recount(ONE, {"clamp1": scaled}, scale=1.0)
    assert [w.energy for w in windows] == pytest.approx([0.225, 0.225])
    assert all(window.complete for window in windows)


def of(series: Series) -> tuple[list[int], list[float]]:
    return list(series.times), list(series.values)


def test_a_stamp_may_speak_of_a_later_moment() -> None:
    """An FLM03E stamps a second by its beginning."""
    late = {"clamp1": steady(-1, 900, step=1)}
    (window,) = recount(ONE, late, lag=1)
    assert (window.start, window.complete) == (BEGIN, True)
    assert window.energy == pytest.approx(0.225)


def test_a_silence_is_spread_and_marked() -> None:
    """What was counted meanwhile is known, when it was is not."""
    series = Series.joined(steady(0, 605), steady(1200, 2701, watts=1800))
    early, late, after = recount(ONE, {"clamp1": series})
    gained = 1800 * 1200 / 3600 - 900 * 600 / 3600
    assert (early.coverage, late.coverage) == pytest.approx((2 / 3, 2 / 3))
    assert early.energy == pytest.approx((150 + gained / 2) / 1000)
    assert early.certain == pytest.approx(0.15)
    assert late.certain == pytest.approx(0.3)
    assert late.energy == pytest.approx(0.3 + gained / 2000)
    assert after.complete
    assert after.energy == pytest.approx(0.45)


def test_a_silence_inside_a_window_does_not_matter() -> None:
    series = Series.joined(steady(0, 305), steady(600, 901))
    (window,) = recount(ONE, {"clamp1": series})
    assert window.complete
    assert window.certain == window.energy == pytest.approx(0.225)


def test_a_silence_of_a_net_counter_inside_a_window_does() -> None:
    """Import and export of the silence may have cancelled out."""
    series = Series.joined(steady(0, 305), steady(600, 901))
    (window,) = recount(P1, {"net": series})
    assert window.coverage == pytest.approx(2 / 3)
    assert window.certain == window.energy == pytest.approx(0.225)


def test_a_counter_that_hardly_moves_was_seen() -> None:
    """At 10 W a Wh takes six minutes."""
    windows = recount(ONE, clamp(*((time, time / 360) for time in range(0, 1801, 360))))
    assert [window.complete for window in windows] == [True, True]
    assert [w.energy for w in windows] == pytest.approx([0.0025, 0.0025])


def test_a_load_that_starts_after_a_quiet_time_is_no_silence() -> None:
    """Its first second may fill two Wh at once."""
    windows = recount(ONE, clamp((0, 1), (890, 2), (905, 4), (906, 6), (1800, 7)))
    assert [window.complete for window in windows] == [True, True]
    windows = recount(ONE, clamp((0, 1), (880, 2), (905, 5), (1800, 6)))
    assert [window.complete for window in windows] == [False, False]


@pytest.mark.parametrize(("coarseness", "complete"), [(0.001, False), (0.01, True)])
def test_a_coarse_counter_hardly_moves_in_larger_steps(
    coarseness: float, complete: bool
) -> None:
    """Pulses of 10 Wh at 200 W."""
    readings = clamp(*((time, time / 18) for time in range(0, 2000, 180)))
    windows = recount(ONE, readings, resolution=coarseness)
    assert [w.complete for w in windows[:2]] == [True, True]
    readings = clamp(*((time, time / 18) for time in range(90, 2000, 180)))
    windows = recount(ONE, readings, resolution=coarseness)
    assert windows[1].complete is complete


def test_a_counter_that_stood_still_was_seen_while_others_moved() -> None:
    """A phase without load tells nothing for hours; nor does a device without power."""
    idle = Series.of([(BEGIN, 5.0), (BEGIN + 5400, 5.0)])
    busy = steady(0, 5401)
    two = SourcePlan(("clamp1", "clamp2"))
    windows = recount(two, {"clamp1": busy, "clamp2": idle})
    assert all(window.complete for window in windows)
    windows = recount(ONE, {"clamp1": idle, "other": busy})
    assert all(window.complete for window in windows)
    windows = recount(ONE, {"clamp1": idle})
    assert [window.coverage for window in windows] == [0.0] * 6
    paused = Series.joined(steady(0, 2000), steady(4000, 5401))
    windows = recount(ONE, {"clamp1": idle, "other": paused})
    assert not any(window.complete for window in windows)


def test_what_one_of_several_did_not_see_is_counted_once() -> None:
    """Clamps that were off at the same time were off for that time, not for twice."""
    off = Series.joined(steady(0, 305), steady(1200, 1801))
    two = SourcePlan(("clamp1", "clamp2"))
    first, second = recount(two, {"clamp1": off, "clamp2": off})
    assert (first.coverage, second.coverage) == pytest.approx((1 / 3, 2 / 3))
    later = Series.joined(steady(0, 605), steady(1500, 1801))
    first, second = recount(two, {"clamp1": off, "clamp2": later})
    assert (first.coverage, second.coverage) == pytest.approx((1 / 3, 1 / 3))


def test_without_one_of_the_sensors_nothing_was_seen() -> None:
    two = SourcePlan(("clamp1", "clamp2"))
    windows = recount(two, {"clamp1": steady(0, 1801)})
    assert [window.coverage for window in windows] == [0.0, 0.0]
    assert [window.certain for window in windows] == pytest.approx([0.225, 0.225])


def test_without_readings_there_are_no_windows() -> None:
    assert recount(ONE, {}) == []
    assert recount(ONE, {"clamp1": Series.of(())}) == []
    assert recount(ONE, {"other": steady(0, 1801)}) == []
    assert recount(NETTED, {"plus1": steady(0, 1801)}) == []


def test_netted_sensors_without_a_common_time_tell_nothing() -> None:
    plan = SourcePlan(("plus1", "plus2"), ("minus1",))
    early, late = steady(0, 900), steady(1800, 2700)
    assert recount(plan, {"plus1": early, "plus2": late, "minus1": early}) == []


def test_netted_sensors_need_not_tell_the_same_moments() -> None:
    plan = SourcePlan(("plus1", "plus2"), ("minus1",))
    readings = {
        "plus1": steady(0, 903, watts=900, step=3),
        "plus2": steady(0, 901, watts=500, step=5),
        "minus1": steady(0, 901, watts=400, step=10),
    }
    (window,) = recount(plan, readings)
    assert window.complete
    assert window.energy == pytest.approx(0.25)


def changed(before: float, after: float, time: int = 450, end: int = 901) -> Window:
    """Return the window in which a steady counter goes from one value to another."""
    points = [(t, before - 450 + t) for t in range(0, time, 10)]
    points += [(t, after + t - time) for t in range(time, end, 10)]
    return recount(ONE, clamp(*points))[0]


def test_a_reset_counter_loses_one_step() -> None:
    window = changed(50_000, 0)
    assert window.energy == window.certain == pytest.approx(0.890)
    assert window.coverage == pytest.approx(890 / 900)


def test_a_wrapped_counter_loses_nothing() -> None:
    window = changed(WRAP * 1000 - 5, 5)
    assert window.complete
    assert window.energy == pytest.approx(0.910)


def test_a_step_that_no_connection_carries_is_none() -> None:
    """It is taken over, uncounted, once it has stayed."""
    window = changed(50_000, 900_000, end=1801)
    assert window.energy == pytest.approx(0.890)
    assert not window.complete


@pytest.mark.parametrize("depth", [100, 1500, 49_000, 50_000, -900_000])
def test_an_impossible_reading_among_good_ones_changes_nothing(depth: int) -> None:
    points = [
        (t, 50_000.0 + t - (depth if 400 <= t < 520 else 0)) for t in range(0, 901, 10)
    ]
    (window,) = recount(ONE, clamp(*points))
    assert window.energy == pytest.approx(0.9)
    assert window.certain <= 0.9 + 1e-9


def test_rounding_is_no_reset() -> None:
    window = changed(50_000, 49_989.9995)
    assert window.complete
    assert window.energy == pytest.approx(0.890, abs=1e-6)


def test_no_more_is_certain_than_is_believed() -> None:
    """Not even where rounding made a counter fall while nobody saw it."""
    windows = recount(ONE, clamp((0, 5.0), (901, 4.9999999)))
    assert [(w.energy, w.certain) for w in windows] == [(0.0, 0.0), (0.0, 0.0)]


def test_a_device_that_was_put_away_makes_no_windows_meanwhile() -> None:
    """Its energy is not spread over a season."""
    away = 70 * 86400
    series = Series.joined(steady(0, 901), steady(away, away + 901))
    windows = recount(ONE, {"clamp1": series})
    assert [w.start - BEGIN for w in windows] == [0, away]
    assert all(window.complete for window in windows)


def test_a_month_of_silence_is_cut_into_windows() -> None:
    away = 30 * 86400
    series = Series.joined(steady(0, 901), steady(away, away + 901))
    windows = recount(ONE, {"clamp1": series})
    assert len(windows) == away // QUARTER + 1
    assert sum(w.energy for w in windows) == pytest.approx(
        (series.values[-1] - series.values[0]) / 1000
    )
    assert sum(w.certain for w in windows) == pytest.approx(0.45)


@st.composite
def anything(draw: st.DrawFn) -> Series:
    """Return points that no counter makes."""
    time, points = BEGIN + draw(st.integers(0, 2000)), []
    value = st.floats(-1e15, 1e15) | st.integers(0, 10**10).map(lambda n: n / 1000)
    for _ in range(draw(st.integers(0, 12))):
        points.append((time, draw(value)))
        time += draw(st.sampled_from([1, 7, 40, 899, 901, 5000, 20_000]))
    return Series.of(points)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(
    plan=st.sampled_from([ONE, THREE, NETTED, P1]),
    pool=st.lists(anything(), max_size=6),
)
def test_no_readings_do_harm(plan: SourcePlan, pool: list[Series]) -> None:
    readings = dict(zip(sorted(plan.sensors), pool, strict=False))
    windows = recount(plan, readings)
    starts = [window.start for window in windows]
    assert starts == sorted(set(starts))
    for window in windows:
        assert 0 <= window.certain <= window.energy
        assert 0 <= window.coverage <= 1
        assert Window.from_row(window.to_row(), QUARTER).start == window.start
    assert recount(plan, readings) == windows
