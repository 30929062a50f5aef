"""How the running window is likely to end."""

from collections.abc import Iterator
from dataclasses import replace
import json
from random import Random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.flukso.core.projection.habits import Habits
from custom_components.flukso.core.projection.projection import Outlook, Projection
from custom_components.flukso.core.projection.trace import PowerTrace
from custom_components.flukso.core.running import Running
from custom_components.flukso.core.windows import Source, Window

QUARTER = 900


def drawn_powers(seed: int, count: int) -> list[float]:
    """Return the powers of some minutes: loads of all sizes that stay for a while."""
    chosen = Random(seed)
    found: list[float] = []
    while len(found) < count:
        load = chosen.choice((0.1, 0.5, 2.0, 6.0)) * chosen.uniform(0.5, 2)
        minutes = chosen.choice((1, 3, 10, 30))
        found += [load * chosen.uniform(0.97, 1.03) for _ in range(minutes)]
    return found[:count]


SEEDS = st.integers(0, 2**32)
MINUTES = st.builds(drawn_powers, SEEDS, st.integers(10, 75))


def window_at(powers: list[float], now: float, length: int = QUARTER) -> Running:
    """Return the running window at a moment of a home, kW by the minute from 0 on."""

    def drawn(until: float) -> float:
        whole = int(until // 60)
        part = powers[min(whole, len(powers) - 1)] * (until - whole * 60)
        return sum(powers[:whole]) * 60 + part

    start = int(now // length) * length
    demand = (drawn(now) - drawn(start)) / length
    power = powers[min(len(powers) - 1, max(0, -int(-now // 60) - 1))]
    remaining = start + length - now
    return Running(
        start=start,
        end=start + length,
        elapsed=now - start,
        remaining=remaining,
        demand=demand,
        power=power,
        projected=demand + power * remaining / length,
        coverage=1.0,
    )


def closed_before(powers: list[float], start: int) -> Window | None:
    """Return the window that ended at a start, None before the first."""
    if not start:
        return None
    first = (start - QUARTER) // 60
    energy = sum(powers[first : first + 15]) / 60
    return Window(start - QUARTER, QUARTER, energy, energy, Source.COUNTER, 1.0)


def outlooks(
    powers: list[float],
    pace: int,
    *,
    target: float | None = 2.5,
    projection: Projection | None = None,
    told_end: bool = True,
) -> Iterator[tuple[Running, Outlook | None]]:
    """Yield what is told of the windows of a home, at each reading."""
    projection = projection or Projection()
    for now in range(0, len(powers) * 60 + 1, pace):
        window = window_at(powers, now)
        closed = closed_before(powers, window.start) if told_end else None
        yield window, projection.follow(window, closed, target)


def last_of(powers: list[float], pace: int, target: float | None = 2.5) -> Outlook:
    """Return what is told at the last reading."""
    *_, (_, outlook) = outlooks(powers, pace, target=target)
    assert outlook is not None
    return outlook


@settings(max_examples=20, deadline=None)
@given(MINUTES)
def test_the_band_is_in_order_and_holds_what_is_drawn_already(
    powers: list[float],
) -> None:
    for window, outlook in outlooks(powers, 20):
        assert outlook is not None
        if outlook.low is None or outlook.high is None:
            continue
        assert window.demand <= outlook.low
        assert outlook.low <= outlook.likely <= outlook.high
        assert outlook.chance is not None
        assert 0 <= outlook.chance <= 1


@settings(max_examples=20, deadline=None)
@given(MINUTES)
def test_what_is_told_does_not_depend_on_the_pace_of_readings(
    powers: list[float],
) -> None:
    every_minute, every_second = last_of(powers, 60), last_of(powers, 1)
    assert every_second.likely == pytest.approx(every_minute.likely, abs=1e-6)
    assert every_second.low == pytest.approx(every_minute.low, abs=1e-6)
    assert every_second.high == pytest.approx(every_minute.high, abs=1e-6)
    assert every_second.chance == pytest.approx(every_minute.chance, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.builds(drawn_powers, SEEDS, st.just(15)))
def test_at_the_end_of_the_window_nothing_is_open(powers: list[float]) -> None:
    projection = Projection()
    for minute in range(1, 15):
        projection.follow(window_at(powers, 60 * minute), None, 2.5)
    before = window_at(powers, 840)
    demand = sum(powers) / 15
    over = replace(before, elapsed=900, remaining=0.0, demand=demand, projected=demand)
    outlook = projection.follow(over, None, 2.5)
    broken = float(demand > 2.5)
    assert outlook == Outlook(demand, demand, demand, demand, broken)
    quiet = projection.follow(over, None, None)
    assert quiet == Outlook(demand, demand, demand, demand, None)


def test_what_is_broken_already_is_broken_for_sure() -> None:
    outlook = last_of([6.0] * 10, 60)
    assert outlook.chance == 1


def test_without_a_target_there_is_no_chance() -> None:
    outlook = last_of([1.0] * 10, 60, target=None)
    assert outlook.chance is None
    assert outlook.low is not None


def test_before_a_minute_is_known_only_as_now_is_told() -> None:
    told = [outlook for _, outlook in outlooks([3.0], 20)]
    assert told[:3] == [Outlook(3.0, 3.0)] * 3
    assert told[3] is not None
    assert told[3].high is not None


def test_nothing_is_told_while_no_power_is_known() -> None:
    window = replace(window_at([1.0] * 15, 300), power=None, projected=None)
    projection = Projection()
    assert projection.follow(window, None, 2.5) is None
    unseen = replace(window_at([1.0] * 15, 320), coverage=0.5)
    assert projection.follow(unseen, None, 2.5) == Outlook(1.0, 1.0)


def test_what_a_window_holds_is_known_after_a_silence() -> None:
    """As a mean, if it was seen from its start."""
    outlook = Projection().follow(window_at([1.0] * 15, 320), None, 2.5)
    assert outlook is not None
    assert outlook.low is not None


def test_a_load_that_just_began_is_likely_to_end_before_the_window() -> None:
    outlook = last_of([0.3] * 63 + [6.0], 60)
    assert outlook.likely < 0.7 * outlook.as_now
    assert outlook.chance is not None
    assert outlook.chance < 0.5


def test_a_load_that_stays_is_likely_to_stay() -> None:
    outlook = last_of([0.3] * 15 + [4.0] * 52, 60)
    assert outlook.likely > 0.8 * outlook.as_now
    assert outlook.chance is not None
    assert outlook.chance > 0.8


def test_a_home_that_knows_such_a_load_expects_it_to_stay() -> None:
    """Two hours of 6 kW each day, or five minutes: the same hour looks different."""
    chances = []
    for minutes in (5, 120):
        day = ([6.0] * minutes + [0.3] * (240 - minutes)) * 12
        outlook = last_of([*day, *[0.3] * 60, 6.0, 6.0, 6.0], 60)
        assert outlook.chance is not None
        chances.append(outlook.chance)
    brief, long = chances
    assert long > brief + 0.1


def test_the_band_widens_where_a_home_surprises() -> None:
    """Its load is on for the first half of one quarter in two, without a sign."""
    powers = ([0.2] * 15 + [0.2] * 10 + [3.0] * 5) * 200
    outside = []
    bands: list[tuple[float, float]] = []
    for window, outlook in outlooks(powers, 60):
        assert outlook is not None
        if not window.elapsed:
            end = closed_before(powers, window.start)
            if end is not None:
                outside.append(sum(not a <= end.demand <= b for a, b in bands))
            bands = []
        elif outlook.low is not None and outlook.high is not None:
            bands.append((outlook.low - 1e-9, outlook.high + 1e-9))
    early, late = outside[:80], outside[-80:]
    assert sum(late) < sum(early)


def restarted(projection: Projection) -> Projection:
    """Return what goes on after a restart."""
    return Projection(json.loads(json.dumps(projection.to_dict())))


@settings(max_examples=20, deadline=None)
@given(st.builds(drawn_powers, SEEDS, st.just(85)), st.integers(1, 64))
def test_a_restart_changes_nothing(powers: list[float], when: int) -> None:
    through = Projection()
    again = Projection()
    for minute in range(1, len(powers) + 1):
        window = window_at(powers, 60 * minute)
        closed = closed_before(powers, window.start)
        expected = through.follow(window, closed, 2.5)
        found = again.follow(window, closed, 2.5)
        assert (found is None) == (expected is None)
        assert found is not None
        assert expected is not None
        assert found.likely == pytest.approx(expected.likely, abs=0.02)
        if minute == when:
            again = restarted(again)


@pytest.mark.parametrize(
    "damage",
    [
        {"tails": [0.1, 5.0]},
        {"tails": None},
        {"habits": {}},
        {
            "habits": {
                "minutes": 1,
                "place": 0,
                "times": [2.0] * 20,
                "rises": [0.0] * 20,
            }
        },
        {"trace": {"start": 0}},
        {"other": 1},
    ],
)
def test_a_damaged_state_is_ignored(damage: dict[str, object]) -> None:
    projection = Projection()
    for _ in outlooks([1.0] * 30, 60, projection=projection):
        pass
    state = projection.to_dict()
    fresh = Projection().to_dict()
    assert Projection(state).to_dict() == state
    assert Projection({**state, **damage}).to_dict() == fresh


@pytest.mark.parametrize(
    "damage",
    [
        {"marks": None},
        {"marks": [0.0] * 62},
        {"marks": [2.0, 1.0]},
        {"marks": [1e9]},
        {"energy": -1},
    ],
)
def test_a_damaged_trace_is_refused(damage: dict[str, object]) -> None:
    trace = PowerTrace()
    for minute in range(1, 20):
        trace.follow(window_at([1.0] * 30, 60 * minute))
    state = trace.to_dict()
    assert state is not None
    with pytest.raises(ValueError):
        PowerTrace({**state, **damage})


def test_the_end_of_a_window_may_be_untold() -> None:
    """What was drawn between the last reading and the end is then taken as now."""
    powers = [1.0] * 40
    *_, (_, told) = outlooks(powers, 50, told_end=True)
    *_, (_, untold) = outlooks(powers, 50, told_end=False)
    assert told is not None
    assert untold is not None
    assert untold.likely == pytest.approx(told.likely)


@pytest.mark.parametrize("silence", [60, 1200, 7200])
def test_after_a_silence_the_window_is_judged_by_what_is_known(silence: int) -> None:
    projection = Projection()
    powers = [1.0] * 300
    for minute in range(1, 64):
        projection.follow(window_at(powers, 60 * minute), None, 2.5)
    window = replace(window_at(powers, 3780 + silence + 30), coverage=0.1)
    later = projection.follow(window, None, 2.5)
    assert later is not None
    assert later.likely == pytest.approx(1.0, abs=0.2)
    assert (later.low is None) == (silence > 1800)


def test_a_clock_that_is_set_back_begins_anew() -> None:
    projection = Projection()
    powers = [1.0] * 60
    for minute in range(1, 30):
        projection.follow(window_at(powers, 60 * minute), None, 2.5)
    assert projection.follow(window_at(powers, 900), None, 2.5) == Outlook(1.0, 1.0)


def test_a_reading_that_is_told_twice_changes_nothing() -> None:
    projection = Projection()
    powers = [1.0, 2.0, 3.0, 4.0]
    for minute in range(1, 4):
        told = projection.follow(window_at(powers, 60 * minute), None, 2.5)
    assert projection.follow(window_at(powers, 180), None, 2.5) == told


@pytest.mark.parametrize(
    ("target", "chance"), [(0.9, 1.0), (1.02, None), (1.5, 0.0), (None, None)]
)
def test_longer_windows_are_told_as_they_stand(
    target: float | None, chance: float | None
) -> None:
    """How a home goes on was learned by the quarter."""
    projection = Projection()
    powers = [1.0] * 130
    for minute in range(1, 95):
        window = window_at(powers, 60 * minute, 3600)
        outlook = projection.follow(window, None, target)
    assert outlook is not None
    assert outlook.likely == outlook.as_now == pytest.approx(1)
    assert outlook.low is None
    assert outlook.chance == chance


def test_habits_fade_after_some_months() -> None:
    """What a home does now counts more than what it did a season ago."""
    habits = Habits()
    for _ in range(100 * 1440):
        habits.learn(0.5)
    share, minutes = habits.above(0.4)
    assert share == pytest.approx(0, abs=0.01)
    assert minutes > 8
    rare, _ = habits.above(20.0)
    assert rare < -9


def test_what_is_known_in_the_first_minutes_does_not_begin_with_a_whole_one() -> None:
    """The first reading came at 0:25."""
    projection = Projection()
    powers = [1.0, 3.0, 2.0, 2.0]
    for now in (25, 55, 61, 110, 150):
        window = replace(window_at(powers, now), coverage=0.5)
        outlook = projection.follow(window, None, 2.5)
    even = Projection()
    for now in range(25, 151):
        window = replace(window_at(powers, now), coverage=0.5)
        expected = even.follow(window, None, 2.5)
    assert outlook is not None
    assert expected is not None
    assert outlook.likely == pytest.approx(expected.likely, abs=0.2)


def test_a_window_that_was_not_wholly_seen_teaches_nothing() -> None:
    """Its end is not known."""
    states = []
    for coverage in (0.5, 1.0):
        projection = Projection()
        powers = [0.2] * 10 + [5.0] * 10
        for minute in range(1, 17):
            window = window_at(powers, 60 * minute)
            closed = closed_before(powers, window.start)
            if closed is not None:
                closed = replace(closed, coverage=coverage)
            projection.follow(window, closed, 2.5)
        states.append(projection.to_dict()["tails"])
    assert states[0] == [0.1, 0.1]
    assert states[1] != [0.1, 0.1]
