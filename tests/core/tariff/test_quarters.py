"""Longer windows, put together from quarters of an hour."""

from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.running import Running, projected
from custom_components.flukso.core.tariff.quarters import (
    merged,
    running_window,
    windows_of,
)
from custom_components.flukso.core.tariff.rule import Calendar, Profile, Rule
from custom_components.flukso.core.windows import Source, Window

from .tariffs import BRUSSELS, House, local, stored, window

KOLKATA = ZoneInfo("Asia/Kolkata")
ADELAIDE = ZoneInfo("Australia/Adelaide")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
ST_JOHNS = ZoneInfo("America/St_Johns")
# Its summer is half an hour ahead of its winter.
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")

NOON = local(BRUSSELS, "2026-10-01 12:00")
HOUR = Calendar(Rule(window=3600), BRUSSELS)
HALF_HOUR = Calendar(Rule(window=1800), BRUSSELS)


def quarters(*demands: float, start: int = NOON) -> dict[int, Window]:
    """Return quarters one after the other."""
    windows = [
        window(start + number * 900, demand) for number, demand in enumerate(demands)
    ]
    return {item.start: item for item in windows}


def test_an_hour_is_four_quarters() -> None:
    """(1 + 2 + 3 + 6) / 4 kW."""
    assert merged(quarters(1.0, 2.0, 3.0, 6.0), NOON, 3600) == Window(
        NOON, 3600, 3.0, 3.0, Source.COUNTER, 1.0
    )


def test_half_an_hour_is_two() -> None:
    found = windows_of(quarters(1.0, 2.0, 3.0, 6.0), [NOON, NOON + 2700], HALF_HOUR)
    assert [(item.start, item.demand) for item in found] == [
        (NOON, 1.5),
        (NOON + 1800, 4.5),
    ]


def test_a_quarter_stays_as_it_is() -> None:
    known = quarters(1.0, 2.0)
    calendar = Calendar(Rule(), BRUSSELS)
    assert windows_of(known, [NOON + 900], calendar) == [known[NOON + 900]]
    assert windows_of(known, [NOON + 1800], calendar) == []


def test_what_is_missing_is_not_seen_and_not_certain() -> None:
    """Of an hour two quarters are known, one of them for half: 1 + 0.5 of 4."""
    known = {
        NOON: window(NOON, 4.0),
        NOON + 900: Window(NOON + 900, 900, 2.0, 0.5, Source.POWER, 0.5),
    }
    hour = merged(known, NOON, 3600)
    assert hour == Window(NOON, 3600, 3.0, 1.5, Source.POWER, 0.375)
    assert hour.known_demand == 1.5
    assert not hour.complete


def test_of_nothing_comes_no_window() -> None:
    assert merged({}, NOON, 3600) is None
    assert windows_of({}, [NOON], HOUR) == []


@pytest.mark.parametrize(
    ("zone", "length", "stamp", "start"),
    [
        (BRUSSELS, 3600, "2026-07-01 12:59", "2026-07-01 12:00"),
        (KOLKATA, 3600, "2026-07-01 12:59", "2026-07-01 12:00"),
        (KOLKATA, 1800, "2026-07-01 12:59", "2026-07-01 12:30"),
        (ADELAIDE, 3600, "2026-07-01 12:00", "2026-07-01 12:00"),
        (ADELAIDE, 3600, "2026-01-01 12:59", "2026-01-01 12:00"),
        (KATHMANDU, 3600, "2026-07-01 12:10", "2026-07-01 12:00"),
        (KATHMANDU, 1800, "2026-07-01 12:40", "2026-07-01 12:30"),
        (KATHMANDU, 900, "2026-07-01 12:40", "2026-07-01 12:30"),
        (ST_JOHNS, 3600, "2026-07-01 12:59", "2026-07-01 12:00"),
        (LORD_HOWE, 3600, "2026-07-01 12:59", "2026-07-01 12:00"),
        # In summer its clock is half an hour ahead of the hours of its winter.
        (LORD_HOWE, 3600, "2026-01-01 12:59", "2026-01-01 12:30"),
    ],
)
def test_windows_follow_the_hours_of_the_zone(
    zone: ZoneInfo, length: int, stamp: str, start: str
) -> None:
    """Which are not whole hours from UTC everywhere."""
    calendar = Calendar(Rule(window=length), zone)
    assert calendar.window_start(local(zone, stamp)) == local(zone, start)
    assert calendar.window_start(local(zone, start)) == local(zone, start)


def test_hours_of_a_half_hour_zone_are_kept() -> None:
    """They begin at half past in unix time."""
    house = House(Profile(rule=Rule(window=3600)), KOLKATA)
    start = house.at("2026-10-01 18:00")
    assert start % 3600 == 1800
    known = quarters(1.0, 2.0, 3.0, 6.0, 9.0, start=start)
    for item in windows_of(known, known, house.calendar):
        house.ledger.add(item)
    assert house.demand("2026-10") == 3.0
    back = stored(house.ledger, house.calendar)
    assert back.peak("2026-10") == house.ledger.peak("2026-10")
    assert back.saw(start)
    assert back.unseen("2026-10") == 1


@pytest.mark.parametrize(
    ("day", "next_day", "hours"),
    [
        ("2026-03-29", "2026-03-30", 23),
        ("2026-10-25", "2026-10-26", 25),
        ("2026-10-24", "2026-10-25", 24),
    ],
)
def test_a_day_has_the_hours_it_has(day: str, next_day: str, hours: int) -> None:
    """The skipped hour is none, the doubled one is two."""
    start, end = local(BRUSSELS, day), local(BRUSSELS, next_day)
    known = quarters(*[2.0] * ((end - start) // 900), start=start)
    found = windows_of(known, known, HOUR)
    assert len(found) == hours
    assert {(item.demand, item.coverage) for item in found} == {(2.0, 1.0)}


@given(
    known=st.dictionaries(
        st.integers(0, 40).map(lambda number: NOON + number * 900),
        st.tuples(st.integers(0, 4000), st.floats(0, 1)),
    ),
    length=st.sampled_from([900, 1800, 3600]),
)
def test_energy_is_conserved(known: dict[int, tuple[int, float]], length: int) -> None:
    """Whatever is missing: the longer windows hold what the quarters hold."""
    parts = {
        start: Window(start, 900, watt_hours, watt_hours / 2, Source.METER, coverage)
        for start, (watt_hours, coverage) in known.items()
    }
    found = windows_of(parts, parts, Calendar(Rule(window=length), BRUSSELS))
    for name in ("energy", "certain"):
        whole = sum(getattr(item, name) for item in found)
        assert whole == sum(getattr(item, name) for item in parts.values())
    seen = sum(item.coverage * item.length for item in found)
    assert seen == pytest.approx(sum(part.coverage * 900 for part in parts.values()))
    assert [item.start for item in found] == sorted({item.start for item in found})


def running(start: int, elapsed: float, demand: float, power: float | None) -> Running:
    """Return a running quarter, half of which was seen."""
    ahead = None if power is None else projected(demand, power, 900 - elapsed, 900)
    return Running(
        start, start + 900, elapsed, 900 - elapsed, demand, power, ahead, 0.5
    )


def test_the_running_hour_goes_on_from_its_quarters() -> None:
    """Two quarters of 2 and 4 kW, then 2 kW so far and 6 kW at the moment."""
    quarter = running(NOON + 1800, 300.0, 2.0, 6.0)
    assert quarter.projected == pytest.approx(6.0)
    hour = running_window(quarter, quarters(2.0, 4.0), HOUR)
    assert (hour.start, hour.end) == (NOON, NOON + 3600)
    assert (hour.elapsed, hour.remaining) == (2100.0, 1500.0)
    # 0.5 + 1.0 + 0.5 kWh in an hour; then 6 kW for 1500 of 3600 s.
    assert hour.demand == pytest.approx(2.0)
    assert hour.projected == pytest.approx(2.0 + 2.5)
    assert hour.power == 6.0
    # 1800 s and half of 300.
    assert hour.coverage == pytest.approx(1950 / 2100)


def test_what_was_not_seen_of_the_running_hour_is_not_in_it() -> None:
    """Of the first two quarters the second alone is known."""
    known = {NOON + 900: window(NOON + 900, 4.0)}
    hour = running_window(running(NOON + 1800, 300.0, 2.0, None), known, HOUR)
    assert hour.demand == pytest.approx(1.5)
    assert hour.coverage == pytest.approx((900 + 150) / 2100)
    assert (hour.power, hour.projected) == (None, None)


def test_an_hour_that_begins_is_whole() -> None:
    """Quarters of the hour before are not in it."""
    hour = running_window(
        running(NOON, 0.0, 0.0, 6.0), quarters(9.0, start=NOON - 900), HOUR
    )
    assert (hour.start, hour.demand, hour.coverage) == (NOON, 0.0, 1.0)
    assert hour.projected == 6.0


def test_a_running_quarter_stays_as_it_is() -> None:
    quarter = running(NOON + 900, 300.0, 2.0, 6.0)
    calendar = Calendar(Rule(), BRUSSELS)
    assert running_window(quarter, quarters(2.0), calendar) is quarter


@given(
    demands=st.lists(st.floats(0, 20), max_size=3),
    elapsed=st.floats(1, 900),
    power=st.floats(0, 20),
)
def test_a_running_hour_ends_as_its_power_makes_it(
    demands: list[float], elapsed: float, power: float
) -> None:
    """What it has, and the power for the rest of its time."""
    start = NOON + 900 * len(demands)
    quarter = running(start, elapsed, power * elapsed / 900, power)
    hour = running_window(quarter, quarters(*demands), HOUR)
    energy = sum(demands) / 4 + power * elapsed / 3600
    assert hour.demand == pytest.approx(energy)
    assert hour.elapsed + hour.remaining == pytest.approx(3600)
    ahead = projected(hour.demand, power, hour.remaining, 3600)
    assert hour.projected == pytest.approx(ahead)


def test_an_hour_with_a_quarter_of_the_hosts_clock_is_one_of_it() -> None:
    quarters = {
        start: Window(start, 900, 1.0, 1.0, Source.METER, 1.0, by_host=start == 900)
        for start in range(0, 7200, 900)
    }
    found = [merged(quarters, start, 3600) for start in (0, 3600)]
    assert [window is not None and window.by_host for window in found] == [True, False]


@pytest.mark.parametrize(("now", "before"), [(True, False), (False, True)])
def test_a_running_hour_with_a_part_of_the_hosts_clock_is_one_of_it(
    now: bool, before: bool
) -> None:
    first = Window(NOON, 900, 1.0, 1.0, Source.METER, 1.0, by_host=before)
    quarter = Running(NOON + 900, NOON + 1800, 9, 891, 0.1, 1.0, 1.0, 1.0, by_host=now)
    assert running_window(quarter, {NOON: first}, HOUR).by_host
