"""Quarters, month peaks and history against the household, computed here anew."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from simulator import QUIRKS, Household, Meter, make_meter

from .p1_support import EVENING, START, milli, number, parsed, sent, telegrams, values

BRUSSELS = ZoneInfo("Europe/Brussels")
QUARTER = 900
IMPOSSIBLE = "632525252525W"


def _time(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


# The last quarter of January is about to end.
MIDNIGHT = _time("2026-02-01T00:00:00+01:00")
# Twelve months before the one of MIDNIGHT's last second, oldest first.
LABELS = [
    *("250201000000W", "250301000000W", "250401000000S", "250501000000S"),
    *("250601000000S", "250701000000S", "250801000000S", "250901000000S"),
    *("251001000000S", "251101000000W", "251201000000W", "260101000000W"),
]


def _import(home: Household, first: int, last: int) -> float:
    """Return the Wh that the sum of the phases takes from the grid."""
    return sum(max(home.at(second).power, 0.0) for second in range(first, last)) / 3600


def _peak(telegram: bytes) -> tuple[str, int]:
    stamp, _ = values(telegram)["1-0:1.6.0"]
    return stamp, milli(telegram, "1-0:1.6.0")


def _history(telegram: bytes) -> list[tuple[str, str, int]]:
    """Return label, time and W of each month; the count is right."""
    count, first, second, *rest = values(telegram)["0-0:98.1.0"]
    assert first == second == "1-0:1.6.0"
    entries = list(zip(rest[::3], rest[1::3], rest[2::3], strict=False))
    assert len(entries) == int(count)
    return [
        (label, when, round(float(kilowatts.removesuffix("*kW")) * 1000))
        for label, when, kilowatts in entries
    ]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), start=st.integers(START, START + 300 * 86_400))
def test_the_ramp_is_the_energy_of_the_quarter_over_a_whole_one(
    seed: int, start: int
) -> None:
    meter = make_meter("be-50217", seed=seed, start=start)
    home = Household(seed)
    for second in (start, start + 60, start + 700, start + 950):
        began = second - second % QUARTER
        watts = _import(home, began, second) * 4
        assert watts - 1 < milli(sent(meter, second), "1-0:1.4.0") <= watts


def test_the_ramp_starts_at_zero_and_ends_at_the_quarters_value() -> None:
    meter = make_meter("be-50217", start=START + 890)
    ramp = [
        milli(telegram, "1-0:1.4.0")
        for _, telegram in telegrams(meter, START + 890, START + 2710)
    ]
    assert ramp[10] == ramp[910] == ramp[1810] == 0
    assert ramp[10:910] == sorted(ramp[10:910])
    assert ramp[909] <= meter.windows[START + 900] * 4000
    assert ramp[909] == pytest.approx(meter.windows[START + 900] * 4000, rel=0.01)


def test_the_windows_are_the_import_of_each_finished_quarter() -> None:
    meter = make_meter("be-50217", start=EVENING)
    meter.telegram(EVENING + 4000)
    first = EVENING - EVENING % QUARTER
    assert list(meter.windows) == [first + QUARTER * n for n in range(4)]
    for began, energy in meter.windows.items():
        expected = _import(Household(1), began, began + QUARTER) / 1000
        assert energy == pytest.approx(expected, abs=1e-12)
    assert sum(meter.windows.values()) > 0


def test_a_meter_that_starts_with_a_quarter_knows_the_one_before() -> None:
    meter = make_meter("be-50217", start=START)
    assert milli(sent(meter, START), "1-0:1.4.0") == 0
    assert list(meter.windows) == [START - QUARTER]


@pytest.mark.parametrize("hour", ["12:00", "18:00"])
def test_registers_grow_by_what_the_household_takes_and_gives(hour: str) -> None:
    start = _time(f"2026-06-16T{hour}:00+02:00")
    meter = make_meter("be-50217", seed=5, start=start)
    before, after = sent(meter, start), sent(meter, start + 5400)
    home = Household(5)
    net = sum(home.at(second).power for second in range(start, start + 5400)) / 3600
    taken, given_ = (
        milli(after, f"1-0:{code}.8.1") - milli(before, f"1-0:{code}.8.1")
        for code in (1, 2)
    )
    assert taken == pytest.approx(_import(home, start, start + 5400), abs=1)
    assert taken - given_ == pytest.approx(net, abs=2)
    assert taken > 0 or given_ > 0


def test_energy_changes_registers_with_the_tariff() -> None:
    evening = _time("2026-01-15T22:00:00+01:00")
    meter = make_meter("be-50217", start=evening - 60)
    first, turn, last = (
        sent(meter, second) for second in (evening - 60, evening, evening + 600)
    )
    assert milli(first, "1-0:1.8.2") == milli(turn, "1-0:1.8.2")
    assert milli(turn, "1-0:1.8.1") == milli(last, "1-0:1.8.1")
    grown = milli(last, "1-0:1.8.2") - milli(turn, "1-0:1.8.2")
    expected = _import(Household(1), evening, evening + 600)
    assert grown == pytest.approx(expected, abs=1)


def test_the_parser_reads_peak_and_history_as_they_are() -> None:
    meter = make_meter("be-50217", start=START)
    telegram = parsed(meter, sent(meter, START))
    *months, running = meter.peaks
    peak = telegram.BELGIUM_MAXIMUM_DEMAND_MONTH
    assert running.until is not None
    assert peak.datetime == datetime.fromtimestamp(running.until, UTC)
    assert peak.value * 1000 == running.watts
    history = telegram.BELGIUM_MAXIMUM_DEMAND_13_MONTHS
    assert len(history) == len(months) == 13
    for entry, month in zip(history, months, strict=True):
        label = entry.datetime.astimezone(BRUSSELS)
        began = datetime.fromtimestamp(month.month, BRUSSELS)
        assert (label.day, label.hour, label.minute) == (1, 0, 0)
        assert label.year * 12 + label.month == began.year * 12 + began.month + 1
        assert month.month < entry.occurred.timestamp() <= label.timestamp()
        assert entry.value * 1000 == month.watts


def test_a_higher_quarter_becomes_the_months_peak_at_its_end() -> None:
    meter = make_meter("be-50217", start=EVENING, peaks={"2026-10": 1})
    ended = EVENING - EVENING % QUARTER + QUARTER
    before, after = sent(meter, ended - 1), sent(meter, ended)
    assert _peak(before)[1] == 1
    stamp, watts = _peak(after)
    assert stamp == "261027181500W"
    assert watts == int(meter.windows[ended - QUARTER] * 4000)


def test_a_lower_quarter_changes_nothing() -> None:
    meter = make_meter("be-50217", start=EVENING, peaks={"2026-10": 20_000})
    before = sent(meter, EVENING)
    assert _peak(before)[1] == 20_000
    assert _peak(sent(meter, EVENING + 1800)) == _peak(before)


def test_the_months_peak_begins_anew_at_local_midnight() -> None:
    meter = make_meter("be-50217", start=MIDNIGHT - 10, peaks={"2026-01": 1})
    old, new = sent(meter, MIDNIGHT - 1), sent(meter, MIDNIGHT)
    later = sent(meter, MIDNIGHT + QUARTER)
    last = int(meter.windows[MIDNIGHT - QUARTER] * 4000)
    assert _peak(old)[1] == 1
    assert [label for label, _, _ in _history(old)][-12:] == LABELS
    # The month's last quarter ends with the month: its time is the label's.
    assert _history(new)[-1] == ("260201000000W", "260201000000W", last)
    assert _history(new)[:-1] == _history(old)[1:]
    assert _peak(new) == ("260201000000W", 0)
    assert _peak(later) == (
        "260201001500W",
        int(meter.windows[MIDNIGHT] * 4000),
    )


def test_a_label_keeps_the_season_of_its_own_date() -> None:
    midnight = _time("2026-11-01T00:00:00+01:00")
    meter = make_meter("be-50217", start=midnight - 1, peaks={"2026-10": 9_000})
    sent(meter, midnight)
    # October 2026 begins in summer and its label is in winter.
    label, when, watts = _history(sent(meter, midnight + 1))[-1]
    assert (label, watts) == ("261101000000W", 9_000)
    assert when.startswith("2610")


@pytest.mark.parametrize(
    ("around", "last", "first"),
    [
        ("2026-03-29T01:00:00+00:00", "260329015959W", "260329030000S"),
        ("2026-10-25T01:00:00+00:00", "261025025959S", "261025020000W"),
    ],
)
def test_stamps_follow_both_changes_of_the_clock(
    around: str, last: str, first: str
) -> None:
    change = _time(around)
    meter = make_meter("be-50217", start=change - 1)
    stamps = [values(sent(meter, s))["0-0:1.0.0"] for s in (change - 1, change)]
    assert stamps == [[last], [first]]


def test_the_doubled_hour_has_eight_quarters() -> None:
    begin = _time("2026-10-25T00:00:00+00:00")
    meter = make_meter("be-50217", start=begin + 1, peaks={"2026-10": 1})
    peaks = [_peak(sent(meter, begin + QUARTER * quarter)) for quarter in range(1, 9)]
    assert list(meter.windows) == [begin + QUARTER * n for n in range(8)]
    assert {stamp[6:10] + stamp[-1] for stamp, _ in peaks} <= {
        *("0215S", "0230S", "0245S", "0200W"),
        *("0215W", "0230W", "0245W", "0300W"),
    }
    best = max(meter.windows, key=lambda start: int(meter.windows[start] * 4000))
    ended = datetime.fromtimestamp(best + QUARTER, BRUSSELS)
    letter = "S" if ended.dst() else "W"
    assert peaks[-1] == (
        f"{ended:%y%m%d%H%M%S}{letter}",
        int(meter.windows[best] * 4000),
    )


@pytest.mark.parametrize("offset", [-37, 95, 86_400])
def test_quarters_are_those_of_the_meters_clock(offset: int) -> None:
    meter = make_meter("be-50217", start=EVENING, clock_offset=offset)
    telegram = sent(meter, EVENING)
    clock = EVENING + offset
    stamp = f"{datetime.fromtimestamp(clock, BRUSSELS):%y%m%d%H%M%S}W"
    assert values(telegram)["0-0:1.0.0"] == [stamp]
    began = clock - clock % QUARTER - offset
    watts = _import(Household(1), began, EVENING) * 4
    assert watts - 1 < milli(telegram, "1-0:1.4.0") <= watts
    meter.telegram(EVENING + 1800)
    for start, energy in meter.windows.items():
        assert start % QUARTER == 0
        real = start - offset
        expected = _import(Household(1), real, real + QUARTER) / 1000
        assert energy == pytest.approx(expected, abs=1e-12)


def test_a_clock_that_is_ahead_turns_the_month_early() -> None:
    meter = make_meter("be-50217", start=MIDNIGHT - 60, clock_offset=30)
    assert _history(sent(meter, MIDNIGHT - 31))[-1][0] == "260101000000W"
    assert _history(sent(meter, MIDNIGHT - 30))[-1][0] == "260201000000W"


@pytest.mark.parametrize("months", [0, 1, 5, 13])
def test_a_young_meter_remembers_fewer_months(months: int) -> None:
    meter = make_meter("be-50217", start=START, months=months)
    telegram = sent(meter, START)
    assert len(_history(telegram)) == months
    parsed(meter, telegram)


def test_an_empty_history_is_written_as_live_meters_do() -> None:
    meter = make_meter("be-50217", start=START, months=0)
    assert b"\r\n0-0:98.1.0(0)(1-0:1.6.0)(1-0:1.6.0)()\r\n" in sent(meter, START)


def test_chosen_peaks_replace_the_seeds() -> None:
    meter = make_meter("be-50217", start=START, peaks={"2025-03": 4321, "2025-04": 0})
    entries = {
        label: (when, watts) for label, when, watts in _history(sent(meter, START))
    }
    assert entries["250401000000S"][1] == 4321
    # A month without a peak has its own beginning for a time.
    assert entries["250501000000S"] == ("250401000000S", 0)


def test_the_seed_decides_the_past_whenever_the_meter_starts() -> None:
    early = make_meter("be-50217", start=START)
    late = make_meter("be-50217", start=START + 40 * 86_400)
    assert early.peaks[2:13] == late.peaks[1:12]


def _months_turn(quirk: str, *, months: int = 13) -> Meter:
    return make_meter(
        "be-50217",
        start=MIDNIGHT - 1,
        peaks={"2026-01": 6000},
        quirks=[quirk],
        months=months,
    )


def test_a_late_reset_shows_the_old_peak_for_an_hour() -> None:
    meter = _months_turn("peak-late")
    old = _peak(sent(meter, MIDNIGHT - 1))
    assert old[1] == 6000
    assert _peak(sent(meter, MIDNIGHT)) == old
    assert _peak(sent(meter, MIDNIGHT + 3599)) == old
    stamp, watts = _peak(sent(meter, MIDNIGHT + 3600))
    assert stamp.startswith("2602010") and watts < 6000


@pytest.mark.slow
def test_a_stuck_peak_stays_until_a_quarter_is_higher() -> None:
    meter = _months_turn("peak-stuck")
    old = _peak(sent(meter, MIDNIGHT - 1))
    shown = [_peak(sent(meter, MIDNIGHT + hour * 3600)) for hour in range(48)]
    assert shown[0] == old
    changed = [peak for peak in shown if peak != old]
    assert changed and all(watts > 6000 for _, watts in changed)
    assert shown.index(changed[0]) == shown.count(old)


def test_a_peak_without_value_comes_with_the_first_quarter() -> None:
    meter = _months_turn("peak-null")
    assert _peak(sent(meter, MIDNIGHT + QUARTER - 1)) == (IMPOSSIBLE, 0)
    assert _peak(sent(meter, MIDNIGHT + QUARTER))[0] == "260201001500W"


def test_a_missing_peak_comes_with_the_first_quarter() -> None:
    meter = _months_turn("peak-missing")
    assert "1-0:1.6.0" in values(sent(meter, MIDNIGHT - 1))
    assert "1-0:1.6.0" not in values(sent(meter, MIDNIGHT + QUARTER - 1))
    assert "1-0:1.6.0" in values(sent(meter, MIDNIGHT + QUARTER))


def test_a_late_quarter_shows_the_finished_one_for_a_while() -> None:
    meter = make_meter("be-50217", start=EVENING, quirks=["quarter-late"])
    turn = EVENING - EVENING % QUARTER + QUARTER
    finished = [number(sent(meter, turn + after), "1-0:1.4.0") for after in (0, 19)]
    assert finished == [int(meter.windows[turn - QUARTER] * 4000) / 1000] * 2
    ramp = milli(sent(meter, turn + 20), "1-0:1.4.0")
    assert ramp == int(_import(Household(1), turn, turn + 20) * 4)


def _shown_history(*quirks: str, months: int = 13) -> list[tuple[str, str, int]]:
    meter = make_meter("be-50217", start=START, quirks=quirks, months=months)
    telegram = sent(meter, START)
    parsed(meter, telegram)
    return _history(telegram)


def test_the_history_can_be_empty() -> None:
    assert _shown_history("history-empty") == []


def test_the_history_can_lack_months() -> None:
    whole = _shown_history()
    assert _shown_history("history-gap") == [*whole[:2], *whole[6:]]


def test_the_history_can_have_a_month_without_a_peak() -> None:
    whole = _shown_history()
    zero = (whole[0][0], "241201000000W", 0)
    assert _shown_history("history-zero") == [zero, *whole[1:]]


def test_the_history_can_have_an_impossible_time() -> None:
    whole = _shown_history()
    impossible = (whole[0][0], IMPOSSIBLE, 0)
    assert _shown_history("history-impossible") == [impossible, *whole[1:]]


def test_the_history_can_begin_with_the_newest() -> None:
    assert _shown_history("history-newest-first") == _shown_history()[::-1]


def test_the_quirks_of_the_history_go_together() -> None:
    whole = _shown_history()
    zero = (whole[0][0], "241201000000W", 0)
    impossible = (whole[1][0], IMPOSSIBLE, 0)
    assert _shown_history(
        "history-zero", "history-impossible", "history-gap", "history-newest-first"
    ) == [*whole[:5:-1], impossible, zero]


@pytest.mark.parametrize("quirk", QUIRKS)
@pytest.mark.parametrize("months", [0, 1])
def test_a_young_meter_can_have_every_quirk(quirk: str, months: int) -> None:
    meter = _months_turn(quirk, months=months)
    for second in (MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + 3600):
        parsed(meter, sent(meter, second))
