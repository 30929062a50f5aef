"""What a meter sends, put on the time line that windows go by, whatever its clock does."""

import json

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.flukso.core.clock import ClockChoice, ClockFault
from custom_components.flukso.core.clock_judge import ClockJudge
from custom_components.flukso.core.placement import MOST_WAITING, Placement
from custom_components.flukso.core.windows import Window

from .clocks import BEGIN, QUARTER, Clock, House, Reader, ahead, every, right, standing

STEADY = House.of([3.0] * 40 * QUARTER)
UNSET = 946_684_800


def complete(windows: list[Window]) -> list[float]:
    """Return the demands of windows that were wholly seen."""
    return [window.demand for window in windows if window.complete]


@pytest.mark.parametrize("offset", [0, 7, -140, 299, -299])
def test_a_clock_that_is_a_little_off_rules_as_it_is(offset: int) -> None:
    reader = Reader(STEADY)
    reader.run(ahead(offset), every(1, 3))
    assert {apart for _, apart in reader.placed} == {offset}
    assert not any(window.by_host for window in reader.windows)
    assert reader.tears == []
    assert reader.judge.fault is None
    assert reader.judge.offset == offset


@pytest.mark.parametrize("drift", [0, 12, -170])
@pytest.mark.parametrize("shift", [3600, -3600, 900, -1800, 2700, 7200, 19800])
def test_whole_quarters_are_taken_off(shift: int, drift: int) -> None:
    """The boundaries are still those of the meter."""
    reader = Reader(STEADY)
    reader.run(ahead(shift + drift), every(5, 3))
    assert {apart for _, apart in reader.placed} == {drift}
    assert reader.starts == list(range(reader.starts[0], reader.starts[-1] + 1))
    assert not any(window.by_host for window in reader.windows)
    assert reader.judge.fault is ClockFault.SHIFTED
    assert reader.judge.offset == shift + drift


@pytest.mark.parametrize(
    ("clock", "fault"),
    [
        pytest.param(ahead(1200), ClockFault.WRONG, id="20 min ahead"),
        pytest.param(ahead(-420), ClockFault.WRONG, id="7 min behind"),
        pytest.param(ahead(40 * 86400), ClockFault.WRONG, id="40 days ahead"),
        pytest.param(ahead(UNSET - BEGIN), ClockFault.UNSET, id="counts from 2000"),
        pytest.param(standing(UNSET), ClockFault.UNSET, id="stands at 2000"),
        pytest.param(standing(BEGIN + 86400), ClockFault.STANDS, id="stands"),
        pytest.param(standing(BEGIN - 100), ClockFault.STANDS, id="stopped just now"),
        pytest.param(
            lambda second: second + 10**5 * (second % 7), ClockFault.JUMPS, id="jumps"
        ),
    ],
)
@pytest.mark.parametrize("step", [1, 5, 10])
def test_windows_go_by_the_host_where_the_clock_is_wrong(
    clock: Clock, fault: ClockFault, step: int
) -> None:
    reader = Reader(STEADY)
    reader.run(clock, every(step, 4.1, BEGIN - 30))
    assert reader.judge.fault is fault
    assert reader.judge.by_host
    whole = [window for window in reader.windows if window.complete]
    assert [window.start for window in whole] == [
        BEGIN + place * QUARTER for place in range(1 if "just" in fault else 0, 4)
    ][-len(whole) :]
    assert len(whole) >= 3
    assert all(window.by_host for window in whole)
    assert complete(whole) == pytest.approx([3.0] * len(whole), abs=3 * 2 / QUARTER)


def test_nothing_waits_longer_than_it_takes_to_see_what_a_clock_does() -> None:
    reader = Reader(STEADY)
    reader.run(ahead(1200), every(5, 20 / QUARTER))
    assert [time for time, _ in reader.placed] == [
        BEGIN + second for second in (0, 5, 10, 15, 20)
    ]
    assert reader.judge.offset == 1200


@pytest.mark.parametrize("stamp", [BEGIN + 10**6, BEGIN - 10**6, 4 * 10**9])
def test_one_wrong_stamp_changes_nothing(stamp: int) -> None:
    reader = Reader(STEADY)
    reader.run(right, every(5, 0.5))
    reader.hear(BEGIN + 455, stamp)
    reader.run(right, every(5, 2, BEGIN + 460))
    assert reader.starts == [0, 1]
    assert complete(reader.windows) == pytest.approx([3.0, 3.0])
    assert {apart for _, apart in reader.placed} == {0}


def test_what_comes_late_keeps_its_time() -> None:
    """A network that stood still for ten minutes delivers all of them at once."""
    reader = Reader(STEADY)
    reader.run(right, every(1, 0.5))
    for second in range(BEGIN + 451, BEGIN + 1052):
        reader.judge.note(second, BEGIN + 1051.5)
        for time, (total, _), _ in reader.placement.place(
            second, BEGIN + 1051.5, (STEADY.reading(second), second)
        ):
            reader.windows += reader.meter.telegram(
                time,
                import_energy=total,
                export_energy=None,
                power=None,
                demand=None,
                month_peak=None,
            )
    reader.run(right, every(1, 1, BEGIN + 1052))
    assert reader.starts == [0, 1]
    assert complete(reader.windows) == pytest.approx([3.0, 3.0])


def test_what_a_broker_kept_says_nothing_of_the_clock() -> None:
    reader = Reader(STEADY)
    reader.hear(BEGIN, BEGIN - 7000)
    reader.run(right, every(1, 1.1, BEGIN + 1))
    assert reader.judge.fault is None
    assert reader.placed[0][0] == BEGIN - 7000
    assert {apart for _, apart in reader.placed[1:]} == {0}


def test_the_first_reading_may_not_be_of_another_age() -> None:
    reader = Reader(STEADY)
    reader.hear(BEGIN, UNSET)
    reader.run(right, every(1, 1.1, BEGIN + 1))
    assert reader.placement.refused == 1
    assert {apart for _, apart in reader.placed} == {0}


def test_a_clock_that_goes_on_to_summer_by_itself_is_no_tear() -> None:
    reader = Reader(STEADY)
    reader.run(ahead(4), every(5, 1.5))
    reader.run(ahead(3604), every(5, 2, BEGIN + 1355))
    assert reader.starts == [0, 1, 2]
    assert reader.tears == []
    assert complete(reader.windows[1:]) == pytest.approx([3.0] * 2)


def test_a_clock_that_becomes_right_again_rules_after_a_minute() -> None:
    reader = Reader(STEADY)
    reader.run(ahead(1200), every(5, 1.5))
    reader.run(right, every(5, 3, BEGIN + 1355))
    assert not reader.judge.mode.host
    assert reader.judge.fault is None
    assert reader.starts == [0, 1, 2, 3]
    assert [window.by_host for window in reader.windows] == [True, True, False, False]
    assert all(window.complete for window in reader.windows)


def test_a_clock_that_fails_again_has_to_be_right_for_longer() -> None:
    reader = Reader(STEADY)
    second = BEGIN
    waits = []
    for _ in range(3):
        reader.run(ahead(1200), every(5, 0.5, second))
        second += 450
        began = second
        while reader.judge.mode.host:
            reader.hear(second, second)
            second += 5
        waits.append(second - began)
    assert waits == pytest.approx([60, 240, 960], abs=20)


def test_a_clock_that_is_set_back_by_minutes_repeats_no_window() -> None:
    reader = Reader(STEADY)
    reader.run(ahead(250), every(1, 1))
    reader.run(ahead(-40), every(1, 2, BEGIN + QUARTER + 1))
    assert reader.starts == [0, 1]
    assert not reader.windows[1].complete
    assert len(reader.tears) == 1


def test_a_host_that_is_set_back_is_followed() -> None:
    """There is no other date than its."""
    reader = Reader(STEADY)
    reader.run(right, every(5, 1.5))
    for second in range(BEGIN + 1355, BEGIN + 3 * QUARTER, 5):
        reader.hear(second - 3600, second)
    assert reader.placed[-1][0] == BEGIN + 3 * QUARTER - 5 - 3600
    assert reader.judge.fault is ClockFault.SHIFTED


def test_a_meter_without_a_time_of_its_own_goes_by_the_host() -> None:
    reader = Reader(STEADY)
    reader.run(lambda _second: None, every(10, 2))
    assert reader.starts == [0, 1]
    assert all(window.complete and window.by_host for window in reader.windows)
    assert reader.judge.fault is None
    assert reader.judge.offset is None


def test_a_telegram_without_its_time_is_placed_by_the_others() -> None:
    reader = Reader(STEADY)
    reader.run(ahead(9), every(10, 0.5))
    reader.hear(BEGIN + 460, None)
    assert reader.placed[-1] == (BEGIN + 469, 9)
    assert not reader.judge.mode.host


def test_a_clock_that_is_told_no_more_is_not_waited_for() -> None:
    reader = Reader(STEADY)
    reader.run(right, every(10, 0.5))
    reader.run(lambda _second: None, every(10, 1, BEGIN + 460))
    assert reader.judge.mode.host
    assert reader.starts == [0]


def test_somebody_may_want_the_clock_of_the_host() -> None:
    reader = Reader(STEADY, ClockChoice.HOME_ASSISTANT)
    reader.run(ahead(7), every(5, 2))
    assert {apart for _, apart in reader.placed} <= {0}
    assert all(window.by_host for window in reader.windows)
    assert reader.judge.fault is None
    assert reader.judge.offset == 7
    reader.run(lambda _second: None, every(5, 1, BEGIN + 1810))
    assert reader.judge.offset is None


@pytest.mark.parametrize("offset", [1200, 420, 86400 * 9 + 100])
def test_somebody_may_know_that_the_clock_of_the_meter_is_what_is_billed(
    offset: int,
) -> None:
    """Then only its date is another."""
    reader = Reader(STEADY, ClockChoice.METER)
    reader.run(ahead(offset), every(5, 3))
    (apart,) = {apart for _, apart in reader.placed}
    assert (offset - apart) % QUARTER == 0
    assert abs(apart) <= QUARTER / 2
    assert not any(window.by_host for window in reader.windows)


def test_also_the_meter_that_somebody_trusts_may_stand() -> None:
    reader = Reader(STEADY, ClockChoice.METER)
    reader.run(standing(BEGIN), every(5, 3))
    assert reader.judge.fault is ClockFault.STANDS
    assert all(window.by_host for window in reader.windows)


def test_what_waits_has_a_limit() -> None:
    judge = ClockJudge()
    placement = Placement[int](judge)
    for number in range(MOST_WAITING + 5):
        judge.note(BEGIN + 10**6, BEGIN)
        assert placement.place(BEGIN + 10**6, BEGIN, number) == []
    assert placement.refused == MOST_WAITING + 5
    judge.note(BEGIN, BEGIN)
    assert [item for _, item, _ in placement.place(BEGIN, BEGIN, 7)] == [7]


def restarted(reader: Reader, choice: ClockChoice = ClockChoice.AUTOMATIC) -> Reader:
    """Return what reads on after a restart, by what was stored."""
    stored = json.dumps(
        [reader.judge.to_dict(), reader.placement.to_dict(), reader.meter.state()]
    )
    judge, placement, meter = json.loads(stored)
    again = Reader(reader.house, choice)
    again.judge.restore(judge)
    again.placement.restore(placement)
    again.meter = type(again.meter)(state=meter)
    return again


@pytest.mark.parametrize("offset", [0, 1200, 3604])
def test_a_restart_goes_on_with_what_was_known_of_the_clock(offset: int) -> None:
    reader = Reader(STEADY)
    reader.run(ahead(offset), every(5, 1.5))
    again = restarted(reader)
    assert again.judge.offset == offset
    assert again.judge.fault is reader.judge.fault
    again.run(ahead(offset), every(5, 2, BEGIN + 1355))
    assert again.tears == []
    assert again.starts == [1, 2]
    assert all(window.complete for window in again.windows)
    assert [window.by_host for window in again.windows] == [offset == 1200] * 2


def test_a_clock_that_was_mended_during_a_restart_is_believed_again() -> None:
    reader = Reader(STEADY)
    reader.run(ahead(1200), every(5, 1.5))
    again = restarted(reader)
    again.run(right, every(5, 3, BEGIN + 1355))
    assert again.judge.fault is None
    assert again.starts == [1, 2, 3]


@pytest.mark.parametrize(
    ("choice", "apart"),
    [(ClockChoice.HOME_ASSISTANT, 0), (ClockChoice.METER, 300)],
)
def test_a_choice_holds_from_the_next_start_on(choice: ClockChoice, apart: int) -> None:
    reader = Reader(STEADY)
    reader.run(ahead(1200), every(5, 1.5))
    again = restarted(reader, choice)
    again.run(ahead(1200), every(5, 3, BEGIN + 1355))
    assert again.placed[-1][1] == apart
    assert again.starts == [1, 2, 3][: len(again.starts)]


def test_a_choice_tears_where_it_moves_the_boundaries() -> None:
    reader = Reader(STEADY)
    reader.run(ahead(100), every(5, 1.5))
    again = restarted(reader, ClockChoice.HOME_ASSISTANT)
    again.run(ahead(100), every(5, 2, BEGIN + 1355))
    assert len(again.tears) == 1
    assert again.starts == [1, 2]
    assert [window.complete for window in again.windows] == [False, True]


DAMAGE: list[object] = [None, [], {}, "x"]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_state_is_not_taken(damage: object) -> None:
    reader = Reader(STEADY)
    with pytest.raises(ValueError):
        reader.judge.restore(damage)
    with pytest.raises(ValueError):
        reader.placement.restore(damage)
    with pytest.raises(ValueError):
        reader.judge.restore({**reader.judge.to_dict(), "shift": 0.5})
    assert reader.judge.fault is None


CLOCKS = st.one_of(
    st.integers(-320, 320).map(ahead),
    st.sampled_from([900, -900, 3600, -3600, 7200]).map(ahead),
    st.integers(-6 * 3600, 6 * 3600).map(ahead),
    st.sampled_from([UNSET - BEGIN, 10**8]).map(ahead),
    st.integers(BEGIN - 4000, BEGIN + 20000).map(standing),
    st.just(lambda second: second + 1300 * (second // 40 % 2)),
    st.just(lambda _second: None),
)
FAULTS = st.lists(st.tuples(st.integers(10, 2500), CLOCKS), min_size=1, max_size=7)
POWERS = st.lists(
    st.tuples(st.integers(1, 900), st.floats(0, 11)), min_size=1, max_size=30
)


def drawn(powers: list[tuple[int, float]], seconds: int) -> House:
    """Return a house that repeats these powers (s, kW)."""
    told: list[float] = []
    while len(told) < seconds:
        for length, power in powers:
            told += [power] * length
    return House.of(told[:seconds])


@settings(max_examples=120, deadline=None)
@given(faults=FAULTS, powers=POWERS, step=st.sampled_from([1, 5, 10]))
@example(
    faults=[(2000, ahead(320)), (2000, ahead(1300)), (2000, right)],
    powers=[(450, 10.0), (450, 0.0)],
    step=1,
)
def test_no_fault_of_a_clock_loses_doubles_or_invents_anything(
    faults: list[tuple[int, Clock]], powers: list[tuple[int, float]], step: int
) -> None:
    house = drawn(powers, sum(seconds for seconds, _ in faults) + 2000)
    reader = Reader(house)
    second = BEGIN
    for seconds, clock in faults:
        end = second + seconds
        reader.run(clock, range(second, end, step))
        second += -(-seconds // step) * step
    reader.run(right, range(second, second + 1200, step))
    starts = reader.starts
    assert starts == list(range(starts[0], starts[0] + len(starts))) if starts else True
    told = sum(window.energy for window in reader.windows)
    running = reader.meter.running(reader.placed[-1][0])
    assert running is not None
    first, last = (reader.placed[at][0] - reader.placed[at][1] for at in (0, -1))
    assert told + running.demand / 4 == pytest.approx(
        house.energy(first, last), abs=1e-6
    )
    for window in reader.windows:
        check(window, reader)


def check(window: Window, reader: Reader) -> None:
    """Compare a window with what was drawn in it on the clocks that told it."""
    aparts = [
        apart
        for time, apart in reader.placed
        if window.start - 60 <= time <= window.end + 60
    ]
    spread = range(min(aparts) - 5, max(aparts) + 6) if aparts else range(-1, 1)
    truths = [
        reader.house.energy(window.start - apart, window.end - apart)
        for apart in spread
    ]
    assert window.certain <= max(truths) + 0.031
    if window.complete and max(aparts) - min(aparts) <= 1:
        assert min(truths) - 0.031 <= window.energy <= max(truths) + 0.031


def test_a_clock_that_was_lost_for_a_while_tears() -> None:
    """What was drawn meanwhile comes at once."""
    reader = Reader(STEADY)
    reader.run(right, every(5, 0.5))
    for second in range(4):
        reader.hear(BEGIN + 452, UNSET + second)
    reader.run(right, every(5, 1.5, BEGIN + 455))
    assert len(reader.tears) == 1
    assert [window.complete for window in reader.windows] == [False, True]


def test_sensors_that_are_behind_others_tear_nothing() -> None:
    """A port tells of ten seconds ago, and a broker of a minute."""
    judge = ClockJudge()
    placement = Placement[str](judge)
    placed: list[tuple[int, str, bool]] = []
    for second in range(BEGIN, BEGIN + 300):
        for sensor, behind in (("clamp", 0), ("port", 10), ("kept", 100)):
            judge.note(second - behind, second)
            placed += placement.place(second - behind, second, sensor, sensor)
    assert len(placed) == 900
    assert not any(torn for _, _, torn in placed)


def plain(reader: Reader) -> bool:
    """Tell whether nothing has to be stored of a clock."""
    return reader.placement.plain


def test_of_a_clock_that_is_right_nothing_has_to_be_stored() -> None:
    reader = Reader(STEADY)
    assert plain(reader)
    reader.run(right, every(5, 1))
    assert plain(reader)
    reader.hear(BEGIN + 905, BEGIN + 10**6)
    assert not plain(reader)
    reader.run(right, every(5, 1, BEGIN + 910))
    assert plain(reader)
    reader.run(ahead(1200), every(5, 1, BEGIN + 1815))
    assert not plain(reader)
    reader.run(right, every(5, 3, BEGIN + 2720))
    assert not reader.judge.mode.host
    assert not plain(reader)


@pytest.mark.parametrize("clock", [ahead(30), lambda _second: None])
def test_where_the_clock_is_another_it_has_to_be_stored(clock: Clock) -> None:
    reader = Reader(STEADY)
    reader.run(clock, every(5, 1))
    assert not plain(reader)


def test_a_window_that_the_host_began_is_one_of_the_host_after_a_restart() -> None:
    reader = Reader(STEADY)
    reader.run(ahead(1200), every(5, 1.2))
    reader.run(right, every(5, 0.5, BEGIN + 1085))
    assert not reader.judge.mode.host
    again = restarted(reader)
    again.run(right, every(5, 1.5, BEGIN + 1540))
    assert [window.by_host for window in again.windows] == [True, False]


def test_a_telegram_that_was_overtaken_tears_nothing() -> None:
    reader = Reader(STEADY)
    reader.run(right, every(5, 0.5))
    for second, stamp in ((455, 455), (460, 445), (465, 465)):
        reader.hear(BEGIN + second, BEGIN + stamp)
    reader.run(right, every(5, 0.6, BEGIN + 470))
    assert reader.tears == []
    assert complete(reader.windows) == pytest.approx([3.0])
