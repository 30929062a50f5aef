"""The month peaks of the meter's own list, 0-0:98.1.0, and of the running month."""

from datetime import datetime
import json
from zoneinfo import ZoneInfo

import pytest

from custom_components.flukso.core.demand.peaks.ledger import Ledger
from custom_components.flukso.core.demand.peaks.seeds import (
    Disagreement,
    MonthMaximum,
    Seed,
    agree,
    labelled_month,
    moved,
    moved_peak,
    observed_seed,
    running_seed,
    seeds,
    settle,
)
from custom_components.flukso.core.tariff.rule import Profile
from custom_components.flukso.core.windows import Source, Window

from ..house import QUARTER

BRUSSELS = ZoneInfo("Europe/Brussels")
TWELVE = Profile(rolling=12, floor=2.5)


def at(
    year: int, month: int, day: int, hour: int, minute: int, *, second: int = 0
) -> int:
    """Return a local moment in unix s."""
    local = datetime(year, month, day, hour, minute, second, tzinfo=BRUSSELS)
    return int(local.timestamp())


NOW = at(2023, 11, 2, 12, 15, second=48)
# A live list: one month before the meter was in service, then three.
LIVE = [
    MonthMaximum("2023-07", 0.0, None),
    MonthMaximum("2023-08", 1.862, at(2023, 8, 31, 18, 15)),
    MonthMaximum("2023-09", 4.229, at(2023, 9, 4, 19, 30)),
    MonthMaximum("2023-10", 4.927, at(2023, 10, 22, 12, 0)),
]
SEEDS = [
    Seed("2023-08", 1.862, at(2023, 8, 31, 18, 0), final=True),
    Seed("2023-09", 4.229, at(2023, 9, 4, 19, 15), final=True),
    Seed("2023-10", 4.927, at(2023, 10, 22, 11, 45), final=True),
]


def window(start: int, demand: float, coverage: float = 1.0) -> Window:
    """Return a window of so many kW."""
    energy = demand / 4
    return Window(start, QUARTER, energy, energy, Source.METER, coverage)


@pytest.mark.parametrize(
    ("label", "month"),
    [
        (at(2023, 11, 1, 0, 0), "2023-10"),
        (at(2023, 4, 1, 0, 0), "2023-03"),
        (at(2024, 1, 1, 0, 0), "2023-12"),
        (at(2023, 8, 1, 0, 0) + 3600, "2023-07"),
    ],
    ids=["winter", "summer", "new year", "wrong letter"],
)
def test_a_label_names_the_month_before(label: int, month: str) -> None:
    """It is the first day of the following one."""
    assert labelled_month(label, BRUSSELS) == month


@pytest.mark.parametrize("order", [1, -1], ids=["oldest first", "newest first"])
def test_a_list_becomes_seeds_in_order(order: int) -> None:
    """Without the months the meter was not in service."""
    assert seeds(LIVE[::order], NOW, BRUSSELS) == SEEDS


def test_an_empty_list_has_no_seeds() -> None:
    """A new meter says so."""
    assert seeds([], NOW, BRUSSELS) == []


@pytest.mark.parametrize(
    "entry",
    [
        MonthMaximum("2023-07", 0.0, at(2023, 7, 1, 0, 0)),
        MonthMaximum("2023-07", 3.0, None),
        MonthMaximum("2023-07", 3.0, at(2023, 9, 1, 12, 0)),
        MonthMaximum("2023-07", 3.0, at(2023, 6, 30, 23, 45)),
        MonthMaximum("2023-11", 3.0, at(2023, 11, 1, 12, 0)),
        MonthMaximum("2023-12", 3.0, at(2023, 12, 1, 12, 0)),
    ],
    ids=["zero", "impossible", "later", "earlier", "running", "to come"],
)
def test_an_entry_that_cannot_be_is_left_out(entry: MonthMaximum) -> None:
    """The others stand, with a gap between them."""
    assert seeds([*LIVE, entry], NOW, BRUSSELS) == SEEDS


def test_a_peak_at_the_end_of_a_month_belongs_to_it() -> None:
    """Its stamp is midnight of the next."""
    (seed,) = seeds(
        [MonthMaximum("2023-09", 3.0, at(2023, 10, 1, 0, 0))], NOW, BRUSSELS
    )
    assert seed.start == at(2023, 9, 30, 23, 45)


def test_a_peak_at_the_begin_of_a_month_belongs_to_it() -> None:
    """As an end it would contradict its label, which says where it is billed."""
    (seed,) = seeds([MonthMaximum("2023-09", 3.0, at(2023, 9, 1, 0, 0))], NOW, BRUSSELS)
    assert seed == Seed("2023-09", 3.0, at(2023, 9, 1, 0, 0), final=True)


def test_an_odd_stamp_lies_in_its_window() -> None:
    """A document's example has seconds; meters have none."""
    (seed,) = seeds(
        [MonthMaximum("2023-09", 3.0, at(2023, 9, 9, 13, 45, second=58))], NOW, BRUSSELS
    )
    assert seed.start == at(2023, 9, 9, 13, 45)


def test_of_two_entries_for_a_month_the_higher_counts() -> None:
    """In either order."""
    extra = MonthMaximum("2023-09", 2.0, at(2023, 9, 9, 13, 45))
    assert seeds([extra, *LIVE, extra], NOW, BRUSSELS) == SEEDS


@pytest.mark.parametrize(
    ("month_peak", "start"),
    [
        ((at(2023, 11, 2, 11, 45), 3.064), at(2023, 11, 2, 11, 30)),
        ((at(2023, 11, 1, 0, 15), 3.064), at(2023, 11, 1, 0, 0)),
        ((NOW, 3.064), at(2023, 11, 2, 12, 15)),
    ],
)
def test_the_running_month_has_its_peak_so_far(
    month_peak: tuple[int, float], start: int
) -> None:
    """It is not final."""
    seed = running_seed(month_peak, NOW, BRUSSELS)
    assert seed == Seed("2023-11", 3.064, start, final=False)


@pytest.mark.parametrize(
    "month_peak",
    [
        None,
        (at(2023, 10, 22, 12, 0), 4.927),
        (at(2023, 11, 1, 0, 0), 4.1),
        (at(2023, 11, 1, 0, 15), 0.0),
        (at(2023, 11, 2, 12, 30), 3.0),
    ],
    ids=["null", "frozen", "end of the month before", "zero", "to come"],
)
def test_a_peak_of_another_month_is_not_the_running_ones(
    month_peak: tuple[int, float] | None,
) -> None:
    """Then no window of this month is known to be closed."""
    assert running_seed(month_peak, NOW, BRUSSELS) is None


def test_the_mean_is_right_at_once() -> None:
    """Three months and the running one, each floored."""
    ledger = Ledger(BRUSSELS)
    running = running_seed((at(2023, 11, 2, 11, 45), 3.064), NOW, BRUSSELS)
    assert running is not None
    assert settle(ledger, [*seeds(LIVE, NOW, BRUSSELS), running]) == []
    assert ledger.billed_demand("2023-11", TWELVE) == pytest.approx(3.680)
    assert {peak.source for peak in ledger.months.values()} == {Source.SEED}


def test_the_meter_wins_over_a_higher_window() -> None:
    """Both figures are kept for diagnostics, and it lasts."""
    ledger = Ledger(BRUSSELS)
    ledger.add(window(at(2023, 9, 10, 10, 0), 4.5))
    assert settle(ledger, SEEDS) == [Disagreement("2023-09", 4.5, 4.229)]
    assert settle(ledger, SEEDS) == [Disagreement("2023-09", 4.5, 4.229)]
    peaks = Ledger.from_dict(json.loads(json.dumps(ledger.to_dict())), BRUSSELS).months
    assert peaks["2023-09"].demand == 4.229
    assert peaks["2023-09"].start == at(2023, 9, 4, 19, 15)
    ledger.add(window(at(2023, 9, 10, 11, 0), 6.0))
    assert ledger.months == peaks


def test_the_meter_wins_over_the_window_it_names() -> None:
    """We saw it wholly, and lower."""
    ledger = Ledger(BRUSSELS)
    ledger.add(window(at(2023, 9, 4, 19, 15), 3.9))
    assert settle(ledger, SEEDS) == [Disagreement("2023-09", 3.9, 4.229)]


@pytest.mark.parametrize(
    "seen",
    [
        window(at(2023, 9, 10, 10, 0), 3.0),
        window(at(2023, 9, 4, 19, 15), 3.0, coverage=0.5),
        window(at(2023, 9, 4, 19, 15), 4.210),
    ],
    ids=["another window", "half of it", "within a percent"],
)
def test_what_was_not_seen_is_no_disagreement(seen: Window) -> None:
    """The meter knows more, or the same."""
    ledger = Ledger(BRUSSELS)
    ledger.add(seen)
    assert settle(ledger, SEEDS) == []
    peak = ledger.peak("2023-09")
    assert peak is not None
    assert peak.demand == 4.229


def test_a_running_month_is_only_raised() -> None:
    """Its peak may be behind: a higher window of ours stands, and is told."""
    ledger = Ledger(BRUSSELS)
    ledger.add(window(at(2023, 11, 2, 12, 0), 5.0))
    behind = Seed("2023-11", 3.064, at(2023, 11, 2, 11, 30), final=False)
    assert settle(ledger, [behind]) == [Disagreement("2023-11", 5.0, 3.064)]
    peak = ledger.peak("2023-11")
    assert peak is not None
    assert (peak.demand, peak.source) == (5.0, Source.METER)


def test_a_seed_by_hand_is_not_lowered_while_the_month_runs() -> None:
    """A meter that was replaced does not know the former one's peak."""
    ledger = Ledger(BRUSSELS)
    ledger.seed("2023-11", 6.0, at(2023, 11, 1, 18, 0))
    settle(ledger, [Seed("2023-11", 3.064, at(2023, 11, 2, 11, 30), final=False)])
    peak = ledger.peak("2023-11")
    assert peak is not None
    assert peak.demand == 6.0


def test_counting_a_month_anew_keeps_what_was_billed() -> None:
    """It is not ours to revise."""
    ledger = Ledger(BRUSSELS)
    settle(ledger, SEEDS)
    peak = ledger.rebuild("2023-09", [window(at(2023, 9, 10, 10, 0), 9.0)])
    assert peak is not None
    assert peak.demand == 4.229


def test_a_window_of_an_unknown_month_was_not_seen() -> None:
    """Nor is a peak of it measured."""
    ledger = Ledger(BRUSSELS)
    assert not ledger.saw(NOW)
    assert ledger.measured("2023-11") is None


@pytest.mark.parametrize(
    ("ours", "meter", "same"),
    [
        (0.0, 0.010, True),
        (0.0, 0.011, False),
        (4.96, 5.0, True),
        (4.94, 5.0, False),
        (5.06, 5.0, False),
    ],
)
def test_a_percent_or_10_watts_are_the_same(
    ours: float, meter: float, same: bool
) -> None:
    """Whichever is more."""
    assert agree(ours, meter) is same


def test_a_peak_without_a_stamp_is_of_the_window_before_it_was_seen() -> None:
    seen = at(2023, 11, 2, 12, 15, second=20)
    start = at(2023, 11, 2, 12, 0)
    assert observed_seed(5.5, seen, BRUSSELS) == Seed(
        "2023-11", 5.5, start, final=False
    )


@pytest.mark.parametrize("minute", [0, 14])
def test_in_the_first_window_of_a_month_a_peak_may_be_the_last_months(
    minute: int,
) -> None:
    assert observed_seed(5.5, at(2023, 11, 1, 0, minute), BRUSSELS) is None
    first = observed_seed(5.5, at(2023, 11, 1, 0, 15), BRUSSELS)
    assert first == Seed("2023-11", 5.5, at(2023, 11, 1, 0, 0), final=False)


@pytest.mark.parametrize("demand", [0.0, -1.0, 1e6])
def test_what_no_connection_carries_is_no_peak(demand: float) -> None:
    assert observed_seed(demand, NOW, BRUSSELS) is None


@pytest.mark.parametrize("ahead", [1200, -1200, 3600, -3607, 4])
def test_a_peak_of_a_clock_that_is_off_is_of_the_window_on_ours(ahead: int) -> None:
    """Its windows end with quarters of its clock."""
    stamp = at(2026, 3, 10, 12, 0)
    found = moved_peak((stamp, 3.2), ahead, BRUSSELS)
    assert found is not None
    assert found[0] % QUARTER == 0
    assert abs(found[0] - (stamp - ahead)) <= QUARTER / 2
    assert found[1] == 3.2


def test_a_peak_that_may_be_of_another_month_is_left_out() -> None:
    """Whoever is an hour ahead may mean the month before."""
    assert moved_peak((at(2026, 3, 1, 0, 30), 3.2), 3600, BRUSSELS) is None
    assert moved_peak((at(2026, 3, 1, 1, 30), 3.2), 3600, BRUSSELS) is not None
    entries = [
        MonthMaximum("2026-02", 4.0, at(2026, 2, 1, 0, 15)),
        MonthMaximum("2026-01", 5.0, at(2026, 1, 20, 18, 0)),
        MonthMaximum("2025-12", 6.0, None),
    ]
    assert moved(entries, 3600, BRUSSELS) == [
        MonthMaximum("2026-01", 5.0, at(2026, 1, 20, 17, 0))
    ]
