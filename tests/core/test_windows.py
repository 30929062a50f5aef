"""Clock windows, their months, their stored form."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.windows import (
    Source,
    Window,
    month_of,
    month_start,
    window_start,
)

BRUSSELS = ZoneInfo("Europe/Brussels")


def window(
    coverage: float = 1.0, source: Source = Source.COUNTER, certain: float = 1.0
) -> Window:
    """Return a window of 1 kWh."""
    return Window(1_789_200_000, 900, 1.0, certain, source, coverage)


def test_demand_is_four_times_the_energy_of_a_quarter() -> None:
    """The kW of a window is its kWh over its share of an hour."""
    half_known = window(coverage=0.5, certain=0.25)
    assert half_known.demand == 4.0
    assert half_known.known_demand == 1.0
    assert half_known.end == 1_789_200_900
    assert not half_known.complete


def test_a_window_of_the_hosts_clock_is_stored_as_one() -> None:
    """Others are stored as ever."""
    ours = replace(window(), by_host=True)
    assert Window.from_row(ours.to_row(), 900) == ours
    assert ours.to_row()[:5] == window().to_row()
    assert len(window().to_row()) == 5
    assert replace(ours, energy=1.23456789).rounded().by_host


@pytest.mark.parametrize("more", [["meter"], ["host", 1], [None]])
def test_a_row_with_anything_else_in_it_is_damaged(more: list[object]) -> None:
    with pytest.raises(ValueError):
        Window.from_row([*window().to_row(), *more], 900)


def test_thirty_minutes_count_double() -> None:
    """Other profiles have longer windows."""
    assert Window(0, 1800, 1.5, 1.5, Source.METER, 1.0).demand == 3.0


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (window(), window(coverage=0.99)),
        (window(source=Source.POWER), window(coverage=0.99, source=Source.METER)),
        (window(source=Source.METER), window()),
        (window(), window(source=Source.POWER)),
        (window(coverage=0.5), window(coverage=0.4, source=Source.METER)),
    ],
)
def test_seen_counts_before_source(better: Window, worse: Window) -> None:
    """A whole window beats a torn one, a better source an equal one."""
    assert better.supersedes(worse)
    assert not worse.supersedes(better)


def test_a_window_supersedes_its_equal() -> None:
    """The newer of two equal measurements stays."""
    assert window().supersedes(window())


@given(
    start=st.integers(0, 4_000_000).map(lambda number: number * 900),
    energy=st.floats(0, 250),
    share=st.floats(0, 1),
    coverage=st.floats(0, 1),
    source=st.sampled_from(Source),
)
def test_a_stored_window_comes_back_to_a_milliwatt_hour(
    start: int, energy: float, share: float, coverage: float, source: Source
) -> None:
    """Rows are compact and lose less than any meter shows."""
    stored = Window(start, 900, energy, energy * share, source, coverage)
    back = Window.from_row(stored.to_row(), 900)
    assert (back.start, back.length, back.source) == (start, 900, source)
    assert back.energy == pytest.approx(energy, abs=1e-6)
    assert back.certain == pytest.approx(energy * share, abs=1e-6)
    assert back.coverage == pytest.approx(coverage, abs=1e-6)


@pytest.mark.parametrize(
    "row",
    [
        None,
        "row",
        {},
        [],
        [900, 1.0, 1.0, "counter"],
        [900, 1.0, 1.0, "counter", 1.0, 1],
        [901, 1.0, 1.0, "counter", 1.0],
        [900.5, 1.0, 1.0, "counter", 1.0],
        [-900, 1.0, 1.0, "counter", 1.0],
        [9e18, 1.0, 1.0, "counter", 1.0],
        ["900", 1.0, 1.0, "counter", 1.0],
        [900, float("nan"), 1.0, "counter", 1.0],
        [900, float("inf"), 1.0, "counter", 1.0],
        [900, 10**400, 1.0, "counter", 1.0],
        [900, True, 1.0, "counter", 1.0],
        [900, -1.0, -1.0, "counter", 1.0],
        [900, 1.0, 1.1, "counter", 1.0],
        [900, 1.0, 1.0, "guess", 1.0],
        [900, 1.0, 1.0, 7, 1.0],
        [900, 1.0, 1.0, "counter", 1.1],
        [900, 1.0, 1.0, "counter", -0.1],
    ],
)
def test_a_bad_row_is_a_value_error(row: object) -> None:
    """Nothing that cannot be a window becomes one."""
    with pytest.raises(ValueError):
        Window.from_row(row, 900)


def test_windows_lie_on_the_clock() -> None:
    """A moment belongs to the quarter it is in; a boundary opens the next."""
    assert window_start(1_789_200_899.9, 900) == 1_789_200_000
    assert window_start(1_789_200_900, 900) == 1_789_200_900
    assert window_start(1_789_200_900, 1800) == 1_789_200_000


@pytest.mark.parametrize(
    ("local", "month"),
    [
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=BRUSSELS), "2026-03"),
        (datetime(2026, 4, 1, tzinfo=BRUSSELS), "2026-04"),
        (datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), "2026-12"),
        (datetime(2026, 12, 31, 23, tzinfo=UTC), "2027-01"),
    ],
)
def test_a_month_begins_at_local_midnight(local: datetime, month: str) -> None:
    """The month is the local one, in winter and in summer."""
    assert month_of(local.timestamp(), BRUSSELS) == month


def test_month_start_is_local_midnight() -> None:
    """Summer months begin at 22:00 UTC of the day before."""
    assert (
        month_start("2026-07", BRUSSELS)
        == datetime(2026, 6, 30, 22, tzinfo=UTC).timestamp()
    )


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "x-y", "2026-1-1"])
def test_no_month_is_a_value_error(text: str) -> None:
    """A month is a year and a month."""
    with pytest.raises(ValueError):
        month_start(text, BRUSSELS)
