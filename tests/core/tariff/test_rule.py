"""Which windows a tariff counts, and which of them make the demand."""

from dataclasses import replace
from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.demand.peaks.ledger import Ledger
from custom_components.flukso.core.tariff.known import PROFILES
from custom_components.flukso.core.tariff.rule import (
    WORKDAYS,
    Band,
    Calendar,
    Direction,
    Profile,
    Rule,
)
from custom_components.flukso.core.windows import Source, Window

from .tariffs import BRUSSELS, House, local, stored, window

NIGHT = Band(weight=0.5, hours=(22, 6))
SUMMER_NOON = Band(months=frozenset({7}), days=WORKDAYS, hours=(12, 14), weight=0.75)


def weight(stamp: str, *bands: Band) -> float:
    """Return what a window counts for, with a public holiday on 21 July."""
    calendar = Calendar(
        Rule(bands=bands), BRUSSELS, lambda day: day == date(2026, 7, 21)
    )
    return calendar.weight(local(BRUSSELS, stamp))


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        # A Monday.
        ("2026-07-20 12:00", 0.75),
        ("2026-07-20 13:45", 0.75),
        ("2026-07-20 11:45", 0.0),
        ("2026-07-20 14:00", 0.0),
        ("2026-07-20 22:00", 0.5),
        ("2026-07-20 05:45", 0.5),
        ("2026-07-20 06:00", 0.0),
        ("2026-07-20 21:45", 0.0),
        # A Tuesday, but a holiday; a Saturday; another month.
        ("2026-07-21 12:00", 0.0),
        ("2026-07-25 12:00", 0.0),
        ("2026-08-03 12:00", 0.0),
    ],
)
def test_a_window_counts_by_the_band_that_holds_it(stamp: str, expected: float) -> None:
    """What none holds does not count."""
    assert weight(stamp, SUMMER_NOON, NIGHT) == expected


def test_without_bands_every_window_counts() -> None:
    assert weight("2026-07-21 12:00") == 1.0


def test_the_first_of_several_bands_counts() -> None:
    assert weight("2026-07-20 23:00", NIGHT, Band()) == 0.5
    assert weight("2026-07-20 23:00", Band(), NIGHT) == 1.0


def test_months_that_count_are_those_of_the_bands() -> None:
    assert Rule(bands=(SUMMER_NOON,)).months == {7}
    assert len(Rule().months) == 12
    assert len(Rule(bands=(SUMMER_NOON, NIGHT)).months) == 12


@pytest.mark.parametrize(
    ("rule", "plain"),
    [
        (Rule(), True),
        (Rule(reference=3.0), True),
        # One per day is no less the highest.
        (Rule(different_days=True), True),
        (Rule(top=3), False),
        (Rule(window=1800), False),
        (Rule(direction=Direction.EXPORT), False),
        (Rule(bands=(Band(),)), False),
    ],
)
def test_meters_keep_the_highest_quarter_of_import(rule: Rule, *, plain: bool) -> None:
    """Their word on another figure does not count."""
    assert rule.plain is plain
    house = House(Profile(rule=rule))
    start = house.at("2026-10-05 12:00")
    house.ledger.add(window(start, 2.0, rule.window))
    house.ledger.bill("2026-10", 5.0, start)
    assert house.demand("2026-10") == (5.0 if plain else 2.0)
    house.ledger.seed("2026-11", 5.0, house.at("2026-11-05 12:00"))
    assert house.demand("2026-11") == (5.0 if plain else None)


@pytest.mark.parametrize(
    "changed",
    [
        Rule(window=3600),
        Rule(direction=Direction.EXPORT),
        Rule(bands=(NIGHT,)),
        Rule(bands=(replace(NIGHT, days=WORKDAYS),)),
        Rule(top=3),
        Rule(different_days=True),
        Rule(reference=3.0),
    ],
)
def test_every_field_of_a_rule_is_told_apart(changed: Rule) -> None:
    """So that windows that were counted by another are counted anew."""
    assert changed.to_text() != Rule().to_text()
    assert changed.to_text() == replace(changed).to_text()


# --- The same as when all windows are looked at -------------------------------------

RULES = {
    "highest quarter": Rule(),
    "highest three": Rule(top=3),
    "three days": Rule(top=3, different_days=True),
    "three days, night at half": Rule(
        top=3, different_days=True, bands=(NIGHT, Band())
    ),
    "hours of workdays": Rule(
        window=3600, top=2, different_days=True, bands=(Band(days=WORKDAYS),)
    ),
}


def brute(rule: Rule, windows: list[Window]) -> tuple[float, list[int]] | None:
    """Return the demand and the starts of its windows, from all of a month's."""
    scores = []
    for item in windows:
        moment = datetime.fromtimestamp(item.start, BRUSSELS)
        night = moment.hour >= 22 or moment.hour < 6
        share = 0.5 if NIGHT in rule.bands and night else 1.0
        if rule.bands and NIGHT not in rule.bands and moment.weekday() > 4:
            continue
        if item.coverage > 0:
            scores.append(
                (-round(item.known_demand * share, 6), item.start, moment.day)
            )
    chosen: list[tuple[float, int, int]] = []
    for candidate in sorted(scores):
        taken = rule.different_days and candidate[2] in {day for _, _, day in chosen}
        if not taken and len(chosen) < rule.top:
            chosen.append(candidate)
    if not chosen:
        return None
    mean = sum(-negative for negative, _, _ in chosen) / len(chosen)
    return mean, [start for _, start, _ in chosen]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@given(
    data=st.dictionaries(
        st.integers(0, 744), st.tuples(st.integers(0, 60), st.booleans()), max_size=90
    ),
    seed=st.integers(0, 99),
)
def test_a_month_is_what_all_its_windows_make_it(
    rule: Rule, data: dict[int, tuple[int, bool]], seed: int
) -> None:
    """In whatever order they come, twice, and through a restart.

    Far more windows than are kept, over the clock change of October.
    """
    begin = local(BRUSSELS, "2026-10-01")
    windows = [
        window(
            begin + hour * 3600,
            tenths / 10,
            rule.window,
            coverage=1.0 if whole else 0.5,
        )
        for hour, (tenths, whole) in data.items()
    ]
    house = House(Profile(rule=rule))
    random = Random(seed)
    ledger = house.ledger
    for half in (windows, windows[::2]):
        for item in random.sample(half, len(half)):
            ledger.add(item)
        ledger = stored(ledger, house.calendar)
    expected = brute(rule, windows)
    peak = ledger.peak("2026-10")
    if expected is None or peak is None:
        assert (expected, peak) == (None, None)
        return
    demand, starts = expected
    assert peak.demand == pytest.approx(demand, abs=1e-6)
    assert [item.start for item in ledger.chosen("2026-10")] == starts
    assert peak.start == starts[0]


def test_a_mean_is_as_good_as_the_worst_of_its_windows() -> None:
    house = House(Profile(rule=Rule(top=2)))
    house.ledger.add(window(house.at("2026-10-01 12:00"), 4.0, source=Source.METER))
    house.ledger.add(window(house.at("2026-10-02 12:00"), 3.0, source=Source.POWER))
    peak = house.ledger.peak("2026-10")
    assert peak is not None
    assert (peak.demand, peak.source, peak.exact) == (3.5, Source.POWER, True)
    house.ledger.add(window(house.at("2026-10-03 12:00"), 3.5, coverage=0.9))
    peak = house.ledger.peak("2026-10")
    assert peak is not None
    assert (peak.demand, peak.source, peak.exact) == (3.75, Source.COUNTER, False)


def test_nothing_is_chosen_of_a_month_that_is_not_known() -> None:
    house = House(PROFILES["sweden"])
    assert house.ledger.chosen("2026-10") == []
    assert house.ledger.energy("2026-10") == (0.0, 0)
    assert not house.ledger.overridden("2026-10")


def test_a_month_of_which_nothing_counts_is_known_by_its_energy() -> None:
    house = House(PROFILES["sweden_workdays"], ZoneInfo("Europe/Stockholm"))
    house.live("2026-07-01", "2026-07-02")
    assert house.ledger.months == {}
    assert house.ledger.known_months == ["2026-07"]
    assert house.ledger.energy("2026-07") == (0.0, 96)
    assert stored(house.ledger, house.calendar).known_months == ["2026-07"]


# --- A rule that changes ------------------------------------------------------------


def counted(ledger: Ledger, windows: list[Window]) -> Ledger:
    """Return the ledger after counting its months anew."""
    for month in ("2026-09", "2026-10"):
        ledger.rebuild(month, windows)
    ledger.stale = False
    return ledger


@pytest.mark.parametrize("old", RULES.values(), ids=RULES)
@pytest.mark.parametrize("new", RULES.values(), ids=RULES)
def test_a_ledger_that_changed_its_rule_is_as_if_it_always_had_it(
    old: Rule, new: Rule
) -> None:
    """Seeds, what was billed, what somebody said and the energy are kept."""
    random = Random(7)
    hours = range(local(BRUSSELS, "2026-09-20"), local(BRUSSELS, "2026-10-12"), 3600)

    def ledger_of(rule: Rule) -> tuple[Ledger, Calendar, list[Window]]:
        house = House(Profile(rule=rule))
        random.seed(7)
        windows = [
            window(at, random.randrange(1500) / 250, rule.window) for at in hours
        ]
        house.ledger.seed("2026-07", 5.0, house.at("2026-07-01"))
        house.ledger.bill("2026-08", 6.0, house.at("2026-08-01"))
        house.ledger.override("2026-09", house.at("2026-09-25"), (1.0, hours[0]))
        for item in windows:
            house.ledger.add(item)
        house.ledger.count_energy("2026-10", 50.0, 44)
        return house.ledger, house.calendar, windows

    ledger, _, _ = ledger_of(old)
    straight, calendar, windows = ledger_of(new)
    changed = stored(ledger, calendar)
    assert changed.stale is (old != new)
    if changed.stale:
        assert changed.measured("2026-10") is None
        # A restart before all is counted does not forget that.
        changed = stored(changed, calendar)
        assert changed.stale
    changed = counted(changed, windows)
    assert changed.months == straight.months
    assert changed.billed_demands("2026-10", PROFILES["flanders"]) == (
        straight.billed_demands("2026-10", PROFILES["flanders"])
    )
    assert changed.energy("2026-10") == (50.0, 44)
    assert changed.overridden("2026-09")
    again = stored(changed, calendar)
    assert not again.stale
    assert again.months == straight.months


def test_a_reference_that_changes_counts_the_excess_anew() -> None:
    """5 kW in a quarter are 0.5 kWh above 3 kW and none above 7 kW."""
    low, high = (House(Profile(rule=Rule(reference=kw))) for kw in (3.0, 7.0))
    item = window(low.at("2026-10-01 12:00"), 5.0)
    low.ledger.add(item)
    assert low.ledger.excess("2026-10") == 0.5
    assert stored(low.ledger, low.calendar).excess("2026-10") == 0.5
    changed = stored(low.ledger, high.calendar)
    assert changed.stale
    assert counted(changed, [item]).excess("2026-10") == 0.0
