"""Counters that start anew, clocks that are set, days of 23 and 25 hours."""

from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

import pytest

from custom_components.flukso.core.counters.limits import WRAP
from custom_components.flukso.core.demand.grid.grid import SourcePlan
from custom_components.flukso.core.demand.meters.counter_meter import CounterMeter
from custom_components.flukso.core.windows import Window

from ..house import BEGIN, QUARTER, WH, Message, counter, feed, flat, flm03e, gauge

BRUSSELS = ZoneInfo("Europe/Brussels")
PORT = SourcePlan(("plus1",))
POWERS = SourcePlan(("one", "two"))


def steady(start: int, end: int, base: float = 100.0) -> list[Message]:
    """Return a counter at 3.6 kW, every second of BEGIN + start .. end."""
    return [
        counter("plus1", BEGIN + second, base + second * WH)
        for second in range(start, end + 1)
    ]


def test_a_reset_keeps_the_energy_before_and_after() -> None:
    """The step over the reset is lost, and the window says so."""
    messages = steady(0, 450) + steady(451, 1800, base=-0.451)
    windows = feed(CounterMeter(PORT), messages)
    assert [window.energy for window in windows] == pytest.approx([0.899, 0.9])
    assert [window.coverage for window in windows] == pytest.approx([899 / 900, 1.0])


def test_a_reset_is_marked_where_power_went_on() -> None:
    """A gauge of the same second does not hide it."""
    messages = steady(0, 450)
    messages += [
        gauge("plus1", BEGIN + 451, 3.6),
        counter("plus1", BEGIN + 451, 0.0),
        *steady(452, 900, base=-0.451),
    ]
    (window,) = feed(CounterMeter(PORT), messages)
    assert window.coverage == pytest.approx(899 / 900)
    assert window.energy == pytest.approx(0.9, abs=2 * WH)


def test_a_wrap_loses_nothing() -> None:
    """A counter that is full is not a counter that was reset."""
    messages = [
        message._replace(value=message.value % WRAP)
        for message in steady(0, 900, base=WRAP - 0.4505)
    ]
    (window,) = feed(CounterMeter(PORT), messages)
    assert window.complete
    assert window.energy == pytest.approx(0.9)


def test_a_clock_set_back_within_a_window_flaws_it() -> None:
    """Five minutes were told twice: nothing of before is certain."""
    messages = steady(0, 500) + [
        message._replace(time=message.time - 300) for message in steady(501, 1300)
    ]
    windows = feed(CounterMeter(PORT), messages)
    assert [window.start - BEGIN for window in windows] == [0]
    assert not windows[0].complete
    assert windows[0].certain < 0.9
    assert windows[0].energy == pytest.approx(1.199)


def test_a_clock_set_back_across_a_boundary_repeats_a_window_flawed() -> None:
    """What the wrong clock began is closed; no repeated window is whole."""
    messages = steady(0, 1000) + [
        message._replace(time=message.time - 400) for message in steady(1001, 3200)
    ]
    windows = feed(CounterMeter(PORT), messages)
    assert [window.start - BEGIN for window in windows] == [0, 900, 0, 900, 1800]
    assert [window.complete for window in windows] == [True, False, False, True, True]
    assert sum(window.energy for window in windows) == pytest.approx(3.099)


def test_a_clock_set_back_to_a_boundary_is_marked_too() -> None:
    """A window that a wrong clock may have begun is not whole."""
    messages = steady(0, 1000) + [
        message._replace(time=message.time - 1001) for message in steady(1001, 1901)
    ]
    windows = feed(CounterMeter(PORT), messages)
    assert windows[-1].start == BEGIN
    assert windows[-1].coverage == pytest.approx(899 / 900)


def test_a_clock_set_forward_is_a_silence() -> None:
    """Half an hour that never was has no energy of its own, and is not seen."""
    messages = steady(0, 450) + [
        message._replace(time=message.time + 1800) for message in steady(451, 900)
    ]
    windows = feed(CounterMeter(PORT), messages)
    assert [window.start - BEGIN for window in windows] == [0, 900, 1800]
    assert not any(window.complete for window in windows)
    assert [window.known_demand for window in windows] == pytest.approx(
        [1.8, 0.0, 1.8], abs=0.01
    )


def test_all_phases_follow_a_clock_set_back() -> None:
    """Netting goes on with the first whole second of the new time."""
    plan = SourcePlan(("plus1", "plus2"), ("minus1", "minus2"))
    seconds = list(flm03e([(2000, 1600)] * 2000))
    messages = flat(seconds[:1000]) + [
        message._replace(time=message.time - 400) for message in flat(seconds[1000:])
    ]
    windows = feed(CounterMeter(plan), messages)
    assert [window.start - BEGIN for window in windows] == [0, 900, 0]
    assert windows[0].complete
    assert not windows[2].complete


def test_power_alone_follows_a_clock_set_back() -> None:
    """The first gauge of the new time re-anchors."""
    messages = [
        gauge(sensor, BEGIN + second, 1.8)
        for second in (*range(1000), *range(600, 2000))
        for sensor in ("one", "two")
    ]
    windows = feed(CounterMeter(POWERS), messages)
    assert [window.start - BEGIN for window in windows] == [0, 900, 0, 900]
    assert [window.complete for window in windows] == [True, False, False, True]
    assert windows[3].demand == pytest.approx(3.6)


def test_a_gauge_may_tell_of_the_new_clock_first() -> None:
    """Then the counter follows, and its step is lost."""
    messages = [
        message
        for second in range(1000)
        for message in (
            gauge("plus1", BEGIN + second, 3.6),
            counter("plus1", BEGIN + second, second * WH),
        )
    ] + [
        message
        for second in range(1000, 2900)
        for message in (
            gauge("plus1", BEGIN + second - 400, 3.6),
            counter("plus1", BEGIN + second - 400, second * WH),
        )
    ]
    windows = feed(CounterMeter(PORT), messages)
    assert [window.start - BEGIN for window in windows] == [0, 900, 0, 900]
    assert [window.complete for window in windows] == [True, False, False, True]


def test_one_wrong_stamp_of_one_sensor_moves_no_boundary() -> None:
    """The others hold the clock; the sensor itself comes back marked."""
    messages: list[Message] = []
    for second in range(2000):
        messages += (
            counter("one", BEGIN + second, second * WH / 2),
            counter("two", BEGIN + second, second * WH / 2),
        )
    wrong = counter("one", BEGIN + 40_000, 0.26)
    windows = feed(CounterMeter(POWERS), [*messages[:1000], wrong, *messages[1000:]])
    assert [window.start - BEGIN for window in windows] == [0, 900]
    assert not windows[0].complete
    assert windows[1].complete
    assert windows[1].energy == pytest.approx(0.9)


def test_a_device_that_was_put_away_begins_anew() -> None:
    """More than two months of silence are not cut into windows."""
    later = 100 * 86400
    messages = steady(0, 450) + steady(later, later + 900)
    windows = feed(CounterMeter(PORT), messages)
    assert [window.start - BEGIN for window in windows] == [0, later]
    assert [window.coverage for window in windows] == [0.5, 1.0]


@pytest.mark.parametrize(
    ("day", "quarters"),
    [
        (datetime(2026, 3, 29, tzinfo=BRUSSELS), 92),
        (datetime(2026, 10, 25, tzinfo=BRUSSELS), 100),
        (datetime(2026, 10, 26, tzinfo=BRUSSELS), 96),
    ],
)
def test_a_day_of_a_clock_change_has_all_its_quarters(
    day: datetime, quarters: int
) -> None:
    """None is lost in spring, none is doubled in autumn."""
    start = int(day.timestamp())
    seconds = range(0, quarters * QUARTER + 1, 10)
    windows: list[Window] = feed(
        CounterMeter(PORT),
        [counter("plus1", start + second, second * WH) for second in seconds],
    )
    assert [window.start for window in windows] == [
        start + number * QUARTER for number in range(quarters)
    ]
    assert all(window.complete for window in windows)
    assert sum(window.energy for window in windows) == pytest.approx(
        quarters * QUARTER * WH
    )
    midnight = datetime(day.year, day.month, day.day + 1, tzinfo=BRUSSELS)
    assert windows[-1].end == midnight.timestamp()


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)])
@pytest.mark.parametrize("seed", range(3))
def test_random_loads_over_three_days_give_the_windows_that_were_used(
    day: date, seed: int
) -> None:
    """The middle one of the days has 23 or 25 hours."""
    draw = Random(seed)
    start = int(datetime(day.year, day.month, day.day, tzinfo=BRUSSELS).timestamp())
    after = day + timedelta(days=3)
    end = int(datetime(after.year, after.month, after.day, tzinfo=BRUSSELS).timestamp())
    loads = [
        draw.choice((0, draw.random(), 9 * draw.random()))
        for _ in range(start, end, 10)
    ]
    used = [0.0, *accumulate(load / 360 for load in loads)]
    windows = feed(
        CounterMeter(PORT),
        [
            counter("plus1", start + 10 * at, round(kwh, 6))
            for at, kwh in enumerate(used)
        ],
    )
    truth = [used[at + 90] - used[at] for at in range(0, len(loads), 90)]
    assert len(windows) == len(truth) == (end - start) // QUARTER
    assert all(window.complete for window in windows)
    assert [window.energy for window in windows] == pytest.approx(truth, abs=2e-6)
    assert sum(window.energy for window in windows) == pytest.approx(used[-1], abs=1e-3)


@pytest.mark.parametrize("length", [1800, 3600])
def test_other_profiles_have_longer_windows(length: int) -> None:
    """30 and 60 minutes lie on the clock as well."""
    start = BEGIN - BEGIN % 3600
    windows = feed(
        CounterMeter(PORT, length),
        [counter("plus1", start + at, at * WH) for at in range(0, 7201, 10)],
    )
    assert [window.start for window in windows] == list(
        range(start, start + 7200, length)
    )
    assert [window.demand for window in windows] == pytest.approx(
        [3.6] * (7200 // length)
    )
