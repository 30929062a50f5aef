"""Month peaks and their mean."""

from datetime import datetime
import json
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.demand.history.statistics import (
    HourRow,
    hourly_rows,
    month_row,
)
from custom_components.flukso.core.demand.peaks.ledger import (
    Ledger,
    LedgerChange,
    MonthPeak,
)
from custom_components.flukso.core.tariff.rule import Profile
from custom_components.flukso.core.windows import Source, Window

BRUSSELS = ZoneInfo("Europe/Brussels")
OCTOBER = int(datetime(2026, 10, 1, tzinfo=BRUSSELS).timestamp())
NOVEMBER = int(datetime(2026, 11, 1, tzinfo=BRUSSELS).timestamp())
QUARTERS = (NOVEMBER - OCTOBER) // 900
NOTHING = LedgerChange(None, None)
TWELVE = Profile(rolling=12, floor=2.5)


def window(
    number: int,
    demand: float,
    coverage: float = 1.0,
    source: Source = Source.COUNTER,
    month: int = OCTOBER,
) -> Window:
    """Return the n-th quarter of a month, of which so many kW are known."""
    return Window(month + number * 900, 900, demand / 4, demand / 4, source, coverage)


def stored(ledger: Ledger) -> Ledger:
    """Return the ledger as it comes back from a file."""
    return Ledger.from_dict(json.loads(json.dumps(ledger.to_dict())), BRUSSELS)


def test_the_highest_window_is_the_peak() -> None:
    """A lower one changes nothing."""
    ledger = Ledger(BRUSSELS)
    peak = MonthPeak(4.0, OCTOBER, Source.COUNTER, exact=True)
    assert ledger.add(window(0, 4.0)) == LedgerChange(peak, None)
    assert ledger.add(window(1, 3.0)) == NOTHING
    assert ledger.peak("2026-10") == peak
    assert ledger.months == {"2026-10": peak}


def test_ties_keep_the_first() -> None:
    """The first in time, whatever order they come in."""
    ledger = Ledger(BRUSSELS)
    ledger.add(window(5, 4.0))
    assert ledger.add(window(9, 4.0 + 1e-12)) == NOTHING
    assert ledger.add(window(2, 4.0)) == NOTHING
    peak = ledger.peak("2026-10")
    assert peak is not None
    assert peak.start == OCTOBER + 2 * 900


@given(
    demands=st.lists(st.integers(0, 40), min_size=1, max_size=120),
    seed=st.integers(0, 99),
)
def test_the_order_of_windows_does_not_matter(demands: list[int], seed: int) -> None:
    """Windows come late, twice, and through a restart."""
    windows = [window(number, demand / 4) for number, demand in enumerate(demands)]
    ledger = Ledger(BRUSSELS)
    for item in Random(seed).sample(windows * 2, len(windows) * 2):
        ledger.add(item)
    peak = stored(ledger).peak("2026-10")
    assert peak is not None
    highest = max(demands)
    assert peak.demand == highest / 4
    assert peak.start == OCTOBER + 900 * demands.index(highest)
    assert ledger.unseen("2026-10") == 0


def test_a_torn_window_counts_for_what_is_known_of_it() -> None:
    """A peak that was not wholly seen is at least that."""
    ledger = Ledger(BRUSSELS)
    torn = Window(OCTOBER, 900, 2.0, 0.5, Source.COUNTER, 0.6)
    change = ledger.add(torn)
    assert change.new_peak == MonthPeak(2.0, OCTOBER, Source.COUNTER, exact=False)
    assert ledger.unseen("2026-10") == 1


def test_a_window_of_which_nothing_was_seen_is_no_peak() -> None:
    """It is counted as unseen, and that is all."""
    ledger = Ledger(BRUSSELS)
    assert ledger.add(window(0, 0.0, coverage=0.0)) == NOTHING
    assert ledger.peak("2026-10") is None
    assert ledger.unseen("2026-10") == 1
    assert ledger.months == {}
    assert ledger.billed_demand("2026-10", TWELVE) is None


def test_a_month_without_use_has_a_peak_of_zero() -> None:
    """Zero is a value."""
    ledger = Ledger(BRUSSELS)
    change = ledger.add(window(0, 0.0))
    assert change.new_peak is not None
    assert change.new_peak.demand == 0.0


def test_a_better_measurement_takes_its_place_even_if_lower() -> None:
    """Then the next highest is the peak."""
    ledger = Ledger(BRUSSELS)
    ledger.add(window(0, 5.0, source=Source.POWER))
    ledger.add(window(1, 4.5))
    assert ledger.add(window(0, 4.0)) == NOTHING
    peak = ledger.peak("2026-10")
    assert peak is not None
    assert (peak.demand, peak.start) == (4.5, OCTOBER + 900)


def test_where_peaks_are_lowered_lower_windows_count_again() -> None:
    """Those that come after it, however many were higher before."""
    ledger = Ledger(BRUSSELS)
    for number in range(20):
        ledger.add(window(number, 20.0 - number))
    ledger.add(window(0, 1.0, source=Source.METER))
    ledger.add(window(30, 4.5))
    for number in range(1, 20):
        ledger.add(window(number, 0.5, source=Source.METER))
    peak = ledger.peak("2026-10")
    assert peak is not None
    assert (peak.demand, peak.start) == (4.5, OCTOBER + 30 * 900)


def test_a_whole_measurement_ends_being_unseen() -> None:
    """What was fetched back later counts as seen."""
    ledger = Ledger(BRUSSELS)
    ledger.add(window(0, 2.0, coverage=0.5))
    change = ledger.add(window(0, 3.0))
    assert change.new_peak == MonthPeak(3.0, OCTOBER, Source.COUNTER, exact=True)
    assert ledger.unseen("2026-10") == 0


def test_a_worse_measurement_is_ignored() -> None:
    """Also when the good one is not among the runners-up any more."""
    ledger = Ledger(BRUSSELS)
    for number in range(40):
        ledger.add(window(number, 1.0 + number))
    for number in (0, 39):
        assert ledger.add(window(number, 99.0, coverage=0.9)) == NOTHING
    assert ledger.unseen("2026-10") == 0


def test_a_revised_month_is_counted_anew() -> None:
    """More revisions than runners-up are kept; seeds stay."""
    ledger = Ledger(BRUSSELS)
    for number in range(40):
        ledger.add(window(number, 9.0 + number))
    ledger.seed("2026-10", 2.0, OCTOBER)
    revised = [window(number, 1.0 + number / 100) for number in range(40)]
    others = [window(0, 50.0, month=NOVEMBER)]
    peak = ledger.rebuild("2026-10", revised + others)
    assert peak == MonthPeak(2.0, OCTOBER, Source.SEED, exact=True)
    assert ledger.rebuild("2026-09", []) is None


@pytest.mark.parametrize(
    ("number", "month"),
    [(0, "2026-10"), (QUARTERS - 1, "2026-10"), (QUARTERS, "2026-11")],
)
def test_a_window_belongs_to_the_local_month_of_its_start(
    number: int, month: str
) -> None:
    """The last quarter of October has an hour of clock change before it."""
    ledger = Ledger(BRUSSELS)
    ledger.add(window(number, 4.0))
    assert list(ledger.months) == [month]


def test_a_month_ends_with_its_last_window() -> None:
    """At midnight of the 1st, not with the first window of the next month."""
    ledger = Ledger(BRUSSELS)
    assert ledger.add(window(QUARTERS - 2, 4.0)).closed_month is None
    assert stored(ledger).add(window(QUARTERS - 1, 4.0)).closed_month == "2026-10"
    assert ledger.add(window(QUARTERS - 1, 4.0)).closed_month == "2026-10"
    assert ledger.add(window(QUARTERS, 4.0)).closed_month is None
    assert ledger.add(window(3, 4.0)).closed_month is None


def test_a_month_whose_end_was_missed_ends_later() -> None:
    """With the first window that comes of another month."""
    ledger = Ledger(BRUSSELS)
    ledger.add(window(5, 4.0))
    assert ledger.add(window(QUARTERS + 300, 4.0)).closed_month == "2026-10"


def test_a_seed_counts_beside_the_windows() -> None:
    """The highest of what the meter tells and what was seen is the peak."""
    ledger = Ledger(BRUSSELS)
    ledger.add(window(0, 3.0))
    seed = MonthPeak(3.4, OCTOBER + 9000, Source.SEED, exact=True)
    assert ledger.seed("2026-10", 3.4, OCTOBER + 9000).new_peak == seed
    assert ledger.peak("2026-10") == seed
    assert ledger.add(window(1, 3.2)) == NOTHING
    change = ledger.add(window(2, 3.6))
    assert change.new_peak is not None
    assert change.new_peak.source is Source.COUNTER
    assert ledger.seed("2026-10", 3.0, OCTOBER) == NOTHING
    assert ledger.seed("2026-09", 0.0, OCTOBER - 900).new_peak is not None


def test_a_forgotten_month_is_gone() -> None:
    """Forgetting what is not known is no error."""
    ledger = Ledger(BRUSSELS)
    ledger.add(window(0, 3.0))
    ledger.forget("2026-10")
    ledger.forget("2026-10")
    assert ledger.peak("2026-10") is None
    assert ledger.unseen("2026-10") == 0


def seeded(peaks: dict[str, float]) -> Ledger:
    """Return a ledger of seeds."""
    ledger = Ledger(BRUSSELS)
    for month, demand in peaks.items():
        ledger.seed(month, demand, OCTOBER)
    return ledger


def test_the_mean_is_over_the_months_that_exist() -> None:
    """Fewer than twelve are not filled up; each has the floor."""
    ledger = seeded({"2026-08": 1.0, "2026-10": 4.5})
    assert ledger.billed_demand("2026-10", TWELVE) == pytest.approx(3.5)
    assert ledger.billed_demand("2026-09", TWELVE) == 2.5
    assert ledger.billed_demand("2026-07", TWELVE) is None


def test_the_mean_has_twelve_months_with_this_one() -> None:
    """A peak counts in the month it was made and eleven more."""
    ledger = seeded({"2025-10": 14.0, "2025-11": 5.0, "2026-10": 3.0})
    assert ledger.billed_demand("2026-10", TWELVE) == pytest.approx(4.0)
    assert ledger.billed_demand("2026-09", TWELVE) == pytest.approx(9.5)


def test_the_floor_is_of_each_month_not_of_the_mean() -> None:
    """A low month does not make up for a high one."""
    ledger = seeded({"2026-09": 0.632, "2026-10": 4.546})
    assert ledger.billed_demand("2026-10", TWELVE) == pytest.approx((2.5 + 4.546) / 2)


def test_the_months_of_the_mean_can_be_asked_for() -> None:
    ledger = seeded({"2025-10": 14.0, "2025-11": 5.0, "2026-10": 3.0, "2026-11": 1.0})
    profile = Profile(rolling=12)
    assert ledger.billed_names("2026-10", profile) == ["2025-11", "2026-10"]


def test_a_month_is_exact_when_all_that_is_known_of_it_was_seen() -> None:
    ledger = seeded({"2026-09": 3.0})
    assert ledger.exact("2026-09")
    assert not ledger.exact("2026-10")
    ledger.add(window(0, 1.0))
    assert ledger.exact("2026-10")
    ledger.add(window(1, 0.5, coverage=0.9))
    assert not ledger.exact("2026-10")
    ledger.bill("2026-10", 1.2, OCTOBER)
    assert ledger.exact("2026-10")


def test_a_month_of_which_nothing_was_seen_is_not_exact() -> None:
    ledger = Ledger(BRUSSELS)
    ledger.add(window(0, 0.0, coverage=0.0))
    assert not ledger.exact("2026-10")


def full_ledger() -> Ledger:
    """Return a ledger of three months."""
    ledger = seeded({"2026-08": 3.0})
    for number in range(30):
        ledger.add(window(number, number / 10, coverage=1 - number % 2 / 10))
    ledger.add(window(0, 4.0, month=NOVEMBER))
    return ledger


def test_a_stored_ledger_comes_back() -> None:
    """Peaks, seeds, runners-up and what was unseen."""
    ledger = full_ledger()
    back = stored(ledger)
    assert back.months == ledger.months
    assert back.unseen("2026-10") == ledger.unseen("2026-10") == 15
    assert back.to_dict() == ledger.to_dict()
    assert back.add(window(29, 0.1)) == ledger.add(window(29, 0.1))
    assert back.months == ledger.months


@pytest.mark.parametrize("data", [5, [], {}, {"months": 5}, {"months": {1: {}}}])
def test_what_is_no_ledger_is_empty(data: object) -> None:
    """Nothing is raised."""
    assert Ledger(BRUSSELS, data).months == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("highest", 5),
        ("highest", [[900]]),
        ("highest", [[0, OCTOBER, 1.0, 1.0, "counter", 1.0]]),
        ("highest", [[1000, OCTOBER, 1.0, 1.0, "counter", 1.0]]),
        ("highest", [[900, OCTOBER, 1.0, 1.0, "counter", 1.0]] * 17),
        ("seed", 5),
        ("seed", [-1.0, OCTOBER]),
        ("seed", [1.0, None]),
        ("seen", 5),
        ("seen", "x"),
        ("seen", "-1"),
        ("torn", "f" * 800),
        ("other", 1),
    ],
)
def test_a_damaged_month_is_left_out(field: str, value: object) -> None:
    """The others stay."""
    data = json.loads(json.dumps(full_ledger().to_dict()))
    data["months"]["2026-10"][field] = value
    assert list(Ledger(BRUSSELS, data).months) == ["2026-08", "2026-11"]


def test_a_month_that_is_none_is_left_out() -> None:
    """Its name is not a month."""
    data = json.loads(json.dumps(full_ledger().to_dict()))
    data["months"]["2026-13"] = data["months"]["2026-10"]
    assert list(Ledger(BRUSSELS, data).months) == ["2026-08", "2026-10", "2026-11"]


@pytest.mark.parametrize("value", [None, 5, "soon"])
def test_a_ledger_that_forgot_the_running_month_goes_on(value: object) -> None:
    """No month is closed twice for that."""
    data = json.loads(json.dumps(full_ledger().to_dict()))
    data["open"] = value
    ledger = Ledger(BRUSSELS, data)
    assert ledger.add(window(1, 1.0, month=NOVEMBER)).closed_month is None


def test_hours_have_the_mean_and_the_bounds_of_their_windows() -> None:
    """Of closed windows that begin in the hour; an hour without any has no row."""
    windows = [
        window(4, 3.0),
        window(0, 1.0),
        window(1, 4.0),
        window(2, 1.0, coverage=0.5),
        window(3, 0.0, coverage=0.0),
    ]
    assert hourly_rows(windows) == [
        HourRow(OCTOBER, 2.0, 1.0, 4.0),
        HourRow(OCTOBER + 3600, 3.0, 3.0, 3.0),
    ]
    assert hourly_rows([]) == []


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 1)), min_size=1, max_size=60))
def test_the_highest_hour_of_a_month_is_the_month_peak(
    drawn: list[tuple[float, float]],
) -> None:
    """To the last digit: the statistics card shows what is billed."""
    windows = [
        window(number, demand, coverage)
        for number, (demand, coverage) in enumerate(drawn)
    ]
    ledger = Ledger(BRUSSELS)
    for item in windows:
        ledger.add(item)
    peak = ledger.peak("2026-10")
    highest = max((row.max for row in hourly_rows(windows)), default=None)
    assert highest == (None if peak is None else peak.demand)


def test_the_row_of_a_month_is_at_its_first_hour() -> None:
    """Local midnight."""
    assert month_row("2026-10", 3.4, BRUSSELS) == HourRow(OCTOBER, 3.4, 3.4, 3.4)


def test_the_row_of_a_month_is_on_the_hour_everywhere() -> None:
    """Long-term statistics know whole UTC hours alone."""
    half_past = ZoneInfo("Asia/Kolkata")
    assert month_row("2026-10", 3.4, half_past).start % 3600 == 0
