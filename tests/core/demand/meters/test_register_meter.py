"""Windows from the meter's own demand register are the ones it bills."""

from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.flukso.core.demand.meters.register_meter import RegisterMeter
from custom_components.flukso.core.demand.peaks.ledger import Ledger
from custom_components.flukso.core.windows import Source, Window

from ..house import BEGIN, QUARTER, loads
from ..p1 import Telegram, billed, random_house, read, restarted, telegrams

BRUSSELS = ZoneInfo("Europe/Brussels")
WATT = 0.001
# The totals tell a window's end to a Wh, and the ramp to a quarter of one.
TOTALS = 0.005
DAY = 86400


def demands(windows: list[Window]) -> list[float]:
    """Return what counts of each window, kW."""
    return [window.known_demand for window in windows]


@pytest.mark.slow
@pytest.mark.parametrize("half", [0, 450], ids=["cut", "rounded"])
@pytest.mark.parametrize("hold", [0, 1, 20])
def test_a_day_of_telegrams_is_the_meters_to_a_watt(hold: int, half: int) -> None:
    """Random load, whether the ramp restarts with the window or is held for a while."""
    house = random_house(DAY, seed=1)
    meter = RegisterMeter()
    windows = read(meter, telegrams(house, hold=hold, half=half))
    assert [window.start for window in windows] == [
        BEGIN + QUARTER * number for number in range(96)
    ]
    assert {window.source for window in windows} == {Source.METER}
    assert all(window.complete for window in windows)
    assert demands(windows) == pytest.approx(billed(house, half), abs=WATT)
    assert meter.doubts == 0


@pytest.mark.slow
@settings(max_examples=30)
@given(
    house=loads(1, 2700, low=-9000),
    hold=st.sampled_from([0, 1, 30]),
    half=st.sampled_from([0, 450]),
)
def test_any_load_is_the_meters_to_a_watt(
    house: list[tuple[int]], hold: int, half: int
) -> None:
    """Also where nothing, or next to nothing, is drawn."""
    watts = [item for (item,) in house]
    windows = read(RegisterMeter(), telegrams(watts, hold=hold, half=half))
    assert demands(windows) == pytest.approx(billed(watts, half), abs=WATT)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.01, 0.1])
def test_lost_telegrams_mark_a_window_when_they_were_at_its_end(share: float) -> None:
    """The source tells which windows are exact: those that were told to their end."""
    house = random_house(DAY, seed=2, low=0)
    random = Random(3)
    told = [item for item in telegrams(house) if random.random() >= share]
    stamps = {item.stamp for item in told}
    windows = read(RegisterMeter(), told)
    exact = [{window.end - 1, window.end} <= stamps for window in windows]
    assert [window.source is Source.METER for window in windows] == exact
    assert False in exact
    truth = billed(house)
    assert [window.start for window in windows] == [
        BEGIN + QUARTER * number for number in range(len(windows))
    ]
    for window, is_exact, demand in zip(windows, exact, truth, strict=False):
        assert window.known_demand == pytest.approx(
            demand, abs=WATT if is_exact else TOTALS
        )


def test_a_meter_that_holds_its_ramp_forgives_lost_telegrams() -> None:
    """What it shows after the end is the window's demand, whatever came before."""
    house = random_house(4 * QUARTER, seed=4)
    told = [
        item
        for item in telegrams(house, hold=20)
        if (item.stamp - BEGIN) % QUARTER < QUARTER - 60
    ]
    windows = read(RegisterMeter(), told)
    assert {window.source for window in windows} == {Source.METER}
    assert demands(windows) == pytest.approx(billed(house))


def test_a_ramp_held_beyond_what_was_drawn_is_the_last_windows() -> None:
    """It did not fall, and no load could have brought it there since."""
    house = [6000] * (QUARTER - 100) + [0] * 2000
    told = [
        item
        for item in telegrams(house, hold=20)
        if not QUARTER - 100 <= item.stamp - BEGIN < QUARTER + 5
    ]
    (window,) = read(RegisterMeter(), told[: QUARTER + 5])
    assert window.demand == pytest.approx(billed(house)[0])
    assert window.source is Source.METER
    assert window.complete


def test_a_ramp_that_did_not_fall_leaves_the_end_to_the_totals() -> None:
    """After a silence, a low ramp's successor may be either window's."""
    house = [0] * (QUARTER - 60) + [3600] * 1020
    told = [
        item
        for item in telegrams(house)
        if not QUARTER - 60 < item.stamp - BEGIN < QUARTER + 20
    ]
    (window, _) = read(RegisterMeter(), told)
    assert window.source is Source.COUNTER
    assert not window.complete
    assert window.certain == 0.0
    assert window.coverage == pytest.approx((QUARTER - 60) / QUARTER)


def test_a_power_of_another_second_is_held_to_the_totals() -> None:
    """What it makes of the last second is no more than they allow."""
    house = random_house(8 * QUARTER, seed=14)
    told = telegrams(house)
    early = [
        item._replace(power=60.0 if index % 2 else -60.0)
        for index, item in enumerate(told)
    ]
    windows = read(RegisterMeter(), early)
    assert demands(windows) == pytest.approx(billed(house), abs=TOTALS + WATT)


def test_without_power_the_totals_tell_the_last_second() -> None:
    """That is less exact, and marked by the source."""
    house = random_house(2 * QUARTER, seed=15)
    told = [item._replace(power=None) for item in telegrams(house)]
    windows = read(RegisterMeter(), told)
    assert {window.source for window in windows} == {Source.COUNTER}
    assert all(window.complete for window in windows)
    assert demands(windows) == pytest.approx(billed(house), abs=TOTALS)


@pytest.mark.parametrize("phase", [0, 3, 7])
def test_telegrams_every_10_s_are_right_to_the_totals(phase: int) -> None:
    """The load changes unseen between them."""
    house = random_house(8 * QUARTER, seed=5)
    windows = read(RegisterMeter(), telegrams(house)[phase::10])
    truth = billed(house)[: len(windows)]
    assert len(truth) >= 7
    assert {window.source for window in windows} == {Source.METER}
    assert demands(windows) == pytest.approx(truth, abs=TOTALS)


def test_a_window_that_was_not_seen_from_its_start_is_whole() -> None:
    """The ramp knows what came before the first telegram."""
    house = random_house(2 * QUARTER, seed=6)
    windows = read(RegisterMeter(), telegrams(house)[500:])
    assert all(window.complete for window in windows)
    assert demands(windows) == pytest.approx(billed(house), abs=WATT)


def test_a_first_ramp_may_be_the_last_windows() -> None:
    """What is held when the first telegram comes is not believed until it moves."""
    house = [5000] * QUARTER + [1000] * QUARTER
    meter = RegisterMeter()
    told = telegrams(house, hold=20)[QUARTER + 10 :]
    read(meter, told[:5])
    running = meter.running(BEGIN + QUARTER + 14)
    assert running is not None
    assert running.demand == pytest.approx(1.0 * 4 / QUARTER, abs=TOTALS)
    (window,) = read(meter, told[5:])
    assert window.demand == pytest.approx(1.0, abs=WATT)
    assert window.complete


def test_a_silence_within_a_window_changes_nothing() -> None:
    """The next ramp tells what came in between."""
    house = random_house(2 * QUARTER, seed=7)
    told = telegrams(house)
    windows = read(RegisterMeter(), told[:100] + told[700:])
    assert {window.source for window in windows} == {Source.METER}
    assert demands(windows) == pytest.approx(billed(house), abs=WATT)


@pytest.mark.parametrize("again", [905, 961, 1500, 1799])
def test_a_silence_across_an_end_is_known_from_both_sides(again: int) -> None:
    """The new ramp tells what fell into the next window: the rest is the last one's."""
    house = random_house(2 * QUARTER, seed=8, low=500)
    told = telegrams(house)
    windows = read(RegisterMeter(), told[:600] + told[again:])
    assert all(window.complete for window in windows)
    assert [window.source for window in windows] == [Source.COUNTER, Source.METER]
    assert demands(windows) == pytest.approx(billed(house), abs=TOTALS)


def test_a_silence_over_whole_windows_is_marked() -> None:
    """Of the first a lower bound is known, of the one it ends in everything."""
    house = [4000] * (4 * QUARTER)
    told = telegrams(house)
    windows = read(RegisterMeter(), told[:600] + told[2500:])
    assert [window.complete for window in windows] == [False, False, True, True]
    assert windows[0].certain == pytest.approx(4.0 * 599 / 3600, abs=WATT)
    assert windows[1].certain == 0.0
    assert sum(window.energy for window in windows) == pytest.approx(4.0, abs=0.002)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("date", "quarters"),
    [((2026, 3, 29), 92), ((2026, 10, 25), 100), ((2026, 11, 1), 96)],
    ids=["spring", "autumn", "first of a month"],
)
def test_the_days_of_clock_changes_have_all_their_windows(
    date: tuple[int, int, int], quarters: int
) -> None:
    """None lost, none invented, each in its month."""
    midnight = datetime(*date, tzinfo=BRUSSELS)
    begin = int(midnight.timestamp())
    house = random_house(quarters * QUARTER, seed=9)
    ledger = Ledger(BRUSSELS)
    windows = read(RegisterMeter(), telegrams(house, begin=begin, zone=BRUSSELS))
    for window in windows:
        ledger.add(window)
    assert len({window.start for window in windows}) == quarters
    assert windows[0].start == begin
    assert datetime.fromtimestamp(windows[-1].end, BRUSSELS).hour == 0
    peak = ledger.peak(f"{midnight:%Y-%m}")
    assert peak is not None
    assert peak.demand == max(billed(house))
    assert ledger.unseen(f"{midnight:%Y-%m}") == 0


# 2026-11-01 00:00 in Brussels.
TURN = int(datetime(2026, 11, 1, tzinfo=BRUSSELS).timestamp())


@pytest.mark.parametrize(
    ("stopped", "back"),
    [(-2, -1), (-2, 2), (-2, 8), (2, 3), (2, 9), (-300, 240), (-1, 0), (0, 1)],
)
@pytest.mark.parametrize("hold", [0, 20])
@pytest.mark.parametrize("peaks", [True, False], ids=["peaks", "no peaks"])
def test_a_restart_at_the_turn_of_the_month_loses_nothing(
    stopped: int, back: int, hold: int, peaks: bool
) -> None:
    """The last window of October and the first of November are the meter's.

    To a watt when its own peak tells, to what the totals tell when it does not.
    """
    house = random_house(2 * QUARTER, seed=10, low=2000)
    told = telegrams(
        house, begin=TURN - QUARTER, hold=hold, zone=BRUSSELS if peaks else None
    )
    meter = RegisterMeter()
    ledger = Ledger(BRUSSELS)
    windows = read(meter, [item for item in told if item.stamp <= TURN + stopped])
    after = [item for item in told if item.stamp >= TURN + back]
    windows += read(restarted(meter), after)
    for window in windows:
        ledger.add(window)
    october, november = ledger.peak("2026-10"), ledger.peak("2026-11")
    assert october is not None
    assert november is not None
    assert (october.start, november.start) == (TURN - QUARTER, TURN)
    assert october.exact
    assert november.exact
    assert [october.demand, november.demand] == pytest.approx(
        billed(house), abs=1e-6 if peaks else TOTALS
    )


@pytest.mark.slow
@settings(max_examples=25)
@given(
    house=loads(1, 2000, low=-2000),
    hold=st.sampled_from([0, 15]),
    cut=st.integers(0, 2000),
)
def test_a_restart_between_any_two_telegrams_changes_nothing(
    house: list[tuple[int]], hold: int, cut: int
) -> None:
    """A window goes on exactly."""
    told = telegrams([item for (item,) in house], hold=hold, zone=BRUSSELS)
    meter = RegisterMeter()
    windows = read(meter, told[:cut])
    windows += read(restarted(meter), told[cut:])
    assert windows == read(RegisterMeter(), told)


def test_a_repeated_or_late_telegram_changes_nothing() -> None:
    """Each second counts once."""
    told = telegrams(random_house(QUARTER, seed=11))
    doubled = [again for item in zip(told[10:], told, strict=False) for again in item]
    assert read(RegisterMeter(), doubled) == read(
        RegisterMeter(), told[:10] + told[10:]
    )


def test_a_clock_that_was_set_back_is_followed() -> None:
    """The meter's ramp of the window it is in now is its own."""
    first = telegrams([3000] * 700)
    second = [
        item._replace(total=item.total + 0.6)
        for item in telegrams([1500] * QUARTER, begin=BEGIN)
    ]
    windows = read(RegisterMeter(), first + second)
    assert windows[-1].start == BEGIN
    assert windows[-1].demand == pytest.approx(1.5, abs=WATT)


def without_demand(item: Telegram) -> Telegram:
    """Return a telegram as older meters send it."""
    return item._replace(demand=None)


def test_a_meter_without_demand_registers_is_counted() -> None:
    """Its totals tell the windows to a Wh on either side."""
    house = random_house(4 * QUARTER, seed=12)
    windows = read(RegisterMeter(), map(without_demand, telegrams(house)))
    assert {window.source for window in windows} == {Source.COUNTER}
    assert all(window.complete for window in windows)
    assert demands(windows) == pytest.approx(billed(house), abs=TOTALS)


def test_an_end_without_a_demand_register_is_counted() -> None:
    """One telegram lacks the field: the window is the totals', and at least its ramp."""
    house = [7200] * QUARTER
    told = telegrams(house)
    (window,) = read(RegisterMeter(), [*told[400:-1], without_demand(told[-1])])
    assert window.source is Source.COUNTER
    assert window.certain == pytest.approx(1.8 * 899 / 900, abs=WATT / 4)
    assert window.coverage == pytest.approx(899 / 900)


def test_power_alone_still_measures() -> None:
    """A meter whose totals are missing is integrated."""
    meter = RegisterMeter()
    closed = [
        meter.telegram(
            BEGIN + second,
            import_energy=None,
            export_energy=None,
            power=2.0,
            demand=1.0,
            month_peak=None,
        )
        for second in range(QUARTER + 1)
    ]
    (window,) = closed[-1]
    assert window.source is Source.POWER
    assert window.demand == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("scale", [0.5, 1.3])
def test_a_register_that_contradicts_the_totals_is_not_believed(scale: float) -> None:
    """The totals close the window, and it is told that they had to."""
    house = random_house(2 * QUARTER, seed=13, low=1000)
    told = [
        item._replace(demand=(item.demand or 0.0) * scale) for item in telegrams(house)
    ]
    meter = RegisterMeter()
    windows = read(meter, told)
    assert {window.source for window in windows} == {Source.COUNTER}
    assert demands(windows) == pytest.approx(billed(house), abs=TOTALS)
    assert meter.doubts == 2


@pytest.mark.parametrize("late", [-30, 30])
def test_a_register_on_another_clock_is_not_believed(late: int) -> None:
    """It grows as the totals do, but from another moment."""
    told = telegrams([6000] * (3 * QUARTER))
    shifted = [
        item._replace(demand=told[index - late].demand)
        for index, item in enumerate(told[: 2 * QUARTER + 1])
        if index >= QUARTER
    ]
    meter = RegisterMeter()
    (window,) = read(meter, shifted)
    assert window.source is Source.COUNTER
    assert window.demand == pytest.approx(6.0, abs=TOTALS)
    assert meter.doubts == 1


def test_a_register_above_the_totals_is_not_believed() -> None:
    """It cannot know of more than was drawn."""
    told = [
        item._replace(demand=(item.demand or 0.0) + 0.2)
        for item in telegrams([6000] * QUARTER)
    ]
    meter = RegisterMeter()
    (window,) = read(meter, told)
    assert window.source is Source.COUNTER
    assert window.demand == pytest.approx(6.0, abs=TOTALS)
    assert meter.doubts == 1


def test_a_last_ramp_that_jumps_is_not_believed() -> None:
    """The totals close the window, and what was drawn before stays certain."""
    told = telegrams([6000] * QUARTER)
    (window,) = read(RegisterMeter(), [*told[:-1], told[-1]._replace(demand=9.0)])
    assert window.source is Source.COUNTER
    assert window.complete
    assert window.demand == pytest.approx(6.0, abs=TOTALS)


def test_a_held_ramp_before_a_silence_says_nothing_of_its_window() -> None:
    """It was the last one's, and nothing came after it."""
    house = [5000] * QUARTER + [1000] * (2 * QUARTER)
    told = telegrams(house, hold=20)
    meter = RegisterMeter()
    window, _ = read(
        meter, told[QUARTER + 5 : QUARTER + 15] + told[2 * QUARTER + 100 :]
    )
    assert window.source is Source.COUNTER
    assert not window.complete
    assert window.certain < 0.01
    assert meter.doubts == 0


def test_a_register_that_restarts_within_a_window_is_not_believed() -> None:
    """A meter that lost its mains forgets its ramp, not its totals."""
    house = [6000] * QUARTER
    told = telegrams(house)
    told = told[:400] + [
        item._replace(demand=(item.demand or 0.0) - 2.667) for item in told[400:]
    ]
    (window,) = read(RegisterMeter(), told)
    assert window.source is Source.COUNTER
    assert window.demand == pytest.approx(6.0, abs=TOTALS)


def test_the_running_window_is_the_meters_ramp() -> None:
    """With a projection from its power."""
    meter = RegisterMeter()
    read(meter, telegrams([9000] * 386)[300:])
    running = meter.running(BEGIN + 386)
    assert running is not None
    assert running.demand == pytest.approx(9.0 * 386 / QUARTER)
    assert running.projected == pytest.approx(9.0)
    assert running.coverage == 1.0
    assert running.remaining == QUARTER - 386


def test_the_running_window_is_still_known_in_a_silence() -> None:
    """What came before it was seen, what comes now is not."""
    meter = RegisterMeter()
    read(meter, telegrams([9000] * 300)[200:])
    running = meter.running(BEGIN + 600)
    assert running is not None
    assert running.demand == pytest.approx(3.0)
    assert running.projected is None
    assert running.coverage == pytest.approx(0.5)


def test_the_running_window_goes_on_without_the_register() -> None:
    """A telegram without it moves by the totals where those know more."""
    meter = RegisterMeter()
    told = telegrams([9000] * 400)
    read(meter, told[:301])
    read(meter, map(without_demand, told[301:]))
    running = meter.running(BEGIN + 400)
    assert running is not None
    assert running.demand == pytest.approx(4.0, abs=TOTALS)


@pytest.mark.parametrize("now", [BEGIN, BEGIN + 5000])
def test_nothing_runs_before_the_first_telegram_or_long_after(now: int) -> None:
    """There is nothing to tell."""
    meter = RegisterMeter()
    assert meter.running(now) is None
    read(meter, telegrams([1000] * 60))
    assert meter.running(BEGIN + 5000) is None
