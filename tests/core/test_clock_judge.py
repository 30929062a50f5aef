"""A demand register that begins anew says when windows begin, whatever the stamps say."""

import json

import pytest

from custom_components.flukso.core.clock import ClockChoice, ClockFault, Mode, phase_of
from custom_components.flukso.core.clock_judge import ClockJudge

from .clocks import BEGIN, QUARTER, Clock, ahead, right, standing


def judged(
    clock: Clock, seconds: range, choice: ClockChoice = ClockChoice.AUTOMATIC
) -> ClockJudge:
    """Return a judge that has heard a clock at these moments."""
    judge = ClockJudge(choice)
    for second in seconds:
        judge.note(clock(second), second)
    return judge


@pytest.mark.parametrize(
    ("moment", "shift"),
    [(0, 0), (1, -1), (449, -449), (450, 450), (451, 449), (899, 1), (900, 0)],
)
def test_a_moment_is_moved_to_the_nearest_quarter(moment: int, shift: int) -> None:
    assert phase_of(BEGIN + moment) == shift


@pytest.mark.parametrize(
    ("offset", "shift"), [(1200, 900), (-1250, -900), (40 * 86400 + 400, 40 * 86400)]
)
def test_stamps_that_run_with_the_register_tell_the_boundaries(
    offset: int, shift: int
) -> None:
    began = BEGIN + QUARTER - offset % QUARTER + 3
    judge = judged(ahead(offset), range(began - 200, began))
    assert judge.by_host
    judge.note(began + offset, began)
    judge.began(began + offset, began)
    assert judge.mode == Mode(host=False, shift=shift)
    assert judge.fault is ClockFault.SHIFTED or shift == 0
    assert judge.offset == offset
    later = began + 100
    judge.note(later + offset, later)
    assert judge.time(later + offset, later) == later + offset - shift


def test_stamps_that_do_not_run_with_the_register_tell_nothing() -> None:
    judge = judged(ahead(1200), range(BEGIN, BEGIN + 200))
    judge.began(BEGIN + 1400, BEGIN + 200)
    assert judge.by_host


@pytest.mark.parametrize("phase", [-440, -120, 0, 333])
def test_the_register_alone_tells_the_boundaries_of_a_clock_that_stands(
    phase: int,
) -> None:
    clock = standing(BEGIN + 86400)
    judge = judged(clock, range(BEGIN, BEGIN + 1800))
    for place in (2, 3):
        assert judge.by_host
        moment = BEGIN + place * QUARTER - phase
        judge.note(clock(moment), moment)
        judge.began(clock(moment), moment)
    assert judge.mode == Mode(host=True, shift=phase)
    assert not judge.by_host
    assert judge.fault is ClockFault.REGISTER
    moment = BEGIN + 3 * QUARTER - phase
    assert judge.now(moment) == judge.time(clock(moment), moment)
    assert judge.now(moment) % QUARTER == 0

    moment += QUARTER + 4
    judge.began(clock(moment), moment)
    assert judge.mode == Mode(host=True, shift=phase)
    moment += QUARTER + 10
    judge.began(clock(moment), moment)
    assert judge.mode == Mode(host=True, shift=phase_of(moment))


def test_what_begins_anew_at_any_moment_tells_no_boundary() -> None:
    clock = standing(BEGIN)
    judge = judged(clock, range(BEGIN + 86400, BEGIN + 86500))
    for moment in (BEGIN + 86500, BEGIN + 87000, BEGIN + 88800):
        judge.note(clock(moment), moment)
        judge.began(clock(moment), moment)
    assert judge.by_host


@pytest.mark.parametrize("choice", [ClockChoice.METER, ClockChoice.HOME_ASSISTANT])
def test_whoever_chose_a_clock_needs_no_register(choice: ClockChoice) -> None:
    judge = judged(standing(BEGIN), range(BEGIN + 86400, BEGIN + 86500), choice)
    for place in range(3):
        judge.began(BEGIN, BEGIN + 86500 + place * QUARTER)
    assert judge.by_host


def test_a_clock_that_rules_needs_no_register() -> None:
    judge = judged(right, range(BEGIN, BEGIN + 100))
    judge.began(BEGIN + 100, BEGIN + 100)
    assert judge.mode == Mode(host=False, shift=0)


def test_boundaries_that_the_register_told_outlive_a_restart() -> None:
    clock = standing(BEGIN)
    judge = judged(clock, range(BEGIN + 86400, BEGIN + 86500))
    for place in range(2):
        moment = BEGIN + 86520 + place * QUARTER
        judge.note(clock(moment), moment)
        judge.began(clock(moment), moment)
    stored = json.loads(json.dumps(judge.to_dict()))
    again = ClockJudge()
    again.restore(stored)
    assert again.mode == judge.mode
    assert not again.by_host
    forced = ClockJudge(ClockChoice.HOME_ASSISTANT)
    forced.restore(stored)
    assert forced.mode == Mode(host=True, shift=0)


def test_a_clock_that_is_mostly_wrong_does_not_rule() -> None:
    """Also where it is right now and then."""
    judge = judged(
        lambda second: second if second % 30 == 0 else second + 977 * (second % 100),
        range(BEGIN, BEGIN + 600, 5),
    )
    assert judge.fault is ClockFault.JUMPS


def test_a_host_that_is_set_back_meanwhile_begins_to_judge_anew() -> None:
    judge = ClockJudge()
    for second in range(BEGIN, BEGIN + 10):
        judge.note(second + 10**6, second)
    assert judge.undecided
    for second in range(BEGIN - 5000, BEGIN - 4900):
        judge.note(second + 600, second)
    assert judge.fault is ClockFault.WRONG
    assert judge.offset == 600


def test_a_clock_that_drifts_is_followed_while_the_host_rules() -> None:
    judge = judged(
        lambda second: second + 1200 + (second - BEGIN) // 60,
        range(BEGIN, BEGIN + 1800),
    )
    assert judge.fault is ClockFault.WRONG
    assert judge.offset == pytest.approx(1230, abs=6)


def test_an_old_reading_right_after_a_restart_is_no_clock_that_stands() -> None:
    """Brokers keep the last reading of a sensor that rests."""
    judge = judged(right, range(BEGIN, BEGIN + 100))
    again = ClockJudge()
    again.restore(json.loads(json.dumps(judge.to_dict())))
    back = BEGIN + 3600
    again.note(BEGIN + 99, back)
    assert not again.by_host
    for second in range(back + 1, back + 10):
        again.note(right(second), second)
    assert again.fault is None
    assert not again.undecided
