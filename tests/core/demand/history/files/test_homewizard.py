"""Readings every 15 minutes, as the app of HomeWizard exports them."""

from collections.abc import Sequence
from datetime import datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.demand.history.files.errors import Wrong, WrongFile
from custom_components.flukso.core.demand.history.files.formats import (
    Format,
    lines_windows,
)
from custom_components.flukso.core.tariff.rule import Direction
from custom_components.flukso.core.windows import Source, Window

from .exports import BRUSSELS, FIXTURES, QUARTER, at

FIXTURE = FIXTURES.parent / "homewizard" / "p1_15min.csv"
START = at("2026-01-12 18:00")
IMPORT = "time,Import kWh"


def table(
    titles: str, *lines: str, direction: Direction = Direction.IMPORT
) -> list[Window]:
    """Return what a table comes to."""
    return lines_windows(
        [f"{line}\n" for line in (titles, *lines)], BRUSSELS, direction
    )


def energies(windows: Sequence[Window]) -> list[tuple[int, float]]:
    """Return the quarters since START, and their energy."""
    return [((window.start - START) // 900, window.energy) for window in windows]


def local(moment: int, form: str = "%Y-%m-%d %H:%M") -> str:
    return datetime.fromtimestamp(moment, BRUSSELS).strftime(form)


def counters(
    start: int, amounts: Sequence[object], form: str = "%Y-%m-%d %H:%M"
) -> list[str]:
    """Return a line for each amount, a quarter apart."""
    return [
        f"{local(start + place * QUARTER, form)},{amount}"
        for place, amount in enumerate(amounts)
    ]


@pytest.mark.parametrize("format_", [Format.AUTO, Format.HOMEWIZARD])
def test_the_counters_of_a_p1_meter_make_windows(format_: Format) -> None:
    """Both tariffs together; the last line only ends the window before."""
    with FIXTURE.open(encoding="utf-8-sig", newline="") as file:
        windows = lines_windows(file, BRUSSELS, format_=format_)
    assert [(window.start, round(window.demand, 6)) for window in windows] == [
        (START, 1.208),
        (START + QUARTER, 1.772),
    ]
    assert all(window.complete for window in windows)
    assert {window.source for window in windows} == {Source.COUNTER}


def test_export_is_read_where_export_is_billed() -> None:
    """Of the same file."""
    with FIXTURE.open(encoding="utf-8-sig", newline="") as file:
        windows = lines_windows(file, BRUSSELS, Direction.EXPORT)
    assert energies(windows) == [(0, 0.174), (1, 0.32)]


@pytest.mark.parametrize(
    ("titles", "lines"),
    [
        ("time,Import kWh", ("2026-01-12 18:00,32.1", "2026-01-12 18:15,32.6")),
        ("time,Import Wh", ("2026-01-12 18:00,32100", "2026-01-12 18:15,32600")),
        ("\ufefftime;Import kWh", ("2026-01-12 18:00;32,1", "2026-01-12 18:15;32,6")),
        (
            '"Export kWh","Import kWh","Time"',
            ('"9","32,1","2026-01-12 18:00"', '"9","32,6","2026-01-12 18:15"'),
        ),
        (
            "Datum;Tijd;Afname T1 (kWh);Afname T2 (kWh)",
            ("12-01-2026;18:00;32,1;5", "12-01-2026;18:15;32,2;5,4"),
        ),
        (
            "Tijd;Datum;Afname T1 (kWh);Afname T2 (kWh)",
            ("18:00;12/1/2026;32,1;5", "18:15;12/1/2026;32,1;5,5", "0:00;13/1/2026;;"),
        ),
        (
            "timestamp,import_kwh",
            ("2026-01-12T18:00:00+01:00,1", "2026-01-12T17:15:00Z,1.5"),
        ),
        ("time,Import kWh", ("2026-01-12 18:15,32.6", "2026-01-12 18:00,32.1")),
        (
            "time,Import T1 kWh,Import T2 kWh,Import kWh",
            ("2026-01-12 18:00,1,2,3", "2026-01-12 18:15,1.1,2.4,3.5"),
        ),
        (
            "time,Import T1 kWh,Import T2 kWh",
            ("2026-01-12 18:00,1,", "2026-01-12 18:15,1.5,"),
        ),
    ],
)
def test_titles_order_units_and_separators_do_not_matter(
    titles: str, lines: tuple[str, ...]
) -> None:
    """A total stands for its tariffs; a tariff that is never told is none."""
    assert energies(table(titles, *lines)) == [(0, 0.5)]


def test_what_is_not_told_leaves_the_quarters_beside_it_out() -> None:
    """Nothing is invented over a gap."""
    lines = counters(START, ["1", "1.1", "", "1.5", "1.6", "1.8"])
    del lines[4]
    assert energies(table(IMPORT, *lines)) == [(0, 0.1)]


def test_a_dip_or_a_peak_of_a_counter_is_no_energy() -> None:
    """The quarters beside it are left out."""
    rising = [100 + place / 10 for place in range(12)]
    dip, peak = [*rising], [*rising]
    dip[4], peak[4] = 0.0, 140.0
    expected = [(place, 0.1) for place in range(11) if place not in (3, 4)]
    assert energies(table(IMPORT, *counters(START, dip))) == expected
    assert energies(table(IMPORT, *counters(START, peak))) == expected


def test_another_meter_counts_from_where_it_begins() -> None:
    """What stays lower is no dip."""
    lines = counters(START, [8000, 8000.5, 8001, 0.5, 1, 1.5, 2, 2.5, 3])
    found = dict(energies(table(IMPORT, *lines)))
    assert set(found.values()) == {0.5}
    assert 2 not in found
    assert {3, 4, 5, 6, 7} <= found.keys()


def test_the_energy_of_each_time_may_be_told_in_place_of_counters() -> None:
    """It falls as often as it rises."""
    lines = counters(START, ["0.3", "0.1", "0.4", "0.2"])
    assert energies(table("time,usage import kWh", *lines)) == [
        (0, 0.3), (1, 0.1), (2, 0.4), (3, 0.2),
    ]  # fmt: skip


def test_shorter_times_are_added_up_to_quarters() -> None:
    """Where all of them are told."""
    lines = [
        f"{local(START + place * 300)},{amount}"
        for place, amount in enumerate(
            ["0.3", "0.1", "0.4", "0.2", "0.1", "0.3", "0.1"]
        )
    ]
    stray = f"{local(START + 420)},0.9"
    assert energies(table(IMPORT, *lines, stray)) == [(0, 0.8), (1, 0.6)]
    counted = [f"{local(START + place * 300)},{place}" for place in range(5)]
    assert energies(table(IMPORT, *counted)) == [(0, 3)]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([f"{local(START + place * 3600)},{place}" for place in range(3)], Wrong.NOT_A_QUARTER),
        ([f"{local(START + place * 3600)},{(3, 1, 2, 0)[place]}" for place in range(4)], Wrong.NOT_A_QUARTER),
        ([], Wrong.NO_WINDOWS),
        (counters(START, ["1"]), Wrong.NO_WINDOWS),
        (counters(START, ["", ""]), Wrong.NO_WINDOWS),
        (counters(START, ["1", "9000"]), Wrong.NO_WINDOWS),
    ],
)  # fmt: skip
def test_a_file_without_quarters_is_refused(lines: list[str], said: Wrong) -> None:
    """Nothing imported is not a success."""
    with pytest.raises(WrongFile) as refused:
        table(IMPORT, *lines)
    assert refused.value.wrong is said


@pytest.mark.parametrize(
    ("line", "said", "column"),
    [
        ("2026-01-12 18:15,x", Wrong.BAD_AMOUNT, "Import kWh"),
        ("2026-01-12 18:15,-1", Wrong.BAD_AMOUNT, "Import kWh"),
        ("2026-02-31 18:15,1", Wrong.BAD_DATE, "time"),
        ("yesterday,1", Wrong.BAD_DATE, "time"),
        ("2026-01-12 25:15,1", Wrong.BAD_TIME, "time"),
        ("2026-03-29 02:15,1", Wrong.BAD_TIME, "time"),
        ("2026-01-12 18:00,1", Wrong.TWICE, ""),
        ("2026-01-12 18:15", Wrong.BROKEN_LINE, ""),
    ],
)
def test_a_wrong_line_is_named(line: str, said: Wrong, column: str) -> None:
    """By its number, and by the field that is wrong."""
    with pytest.raises(WrongFile) as refused:
        table(IMPORT, "2026-01-12 18:00,1", line)
    error = refused.value
    assert (error.wrong, error.line, error.column) == (said, 3, column)


def test_days_tell_whether_they_or_months_come_first() -> None:
    """One that can be only one, or how they follow each other."""
    for form in ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"):
        for day in ("2026-02-03", "2026-02-13"):
            start = at(f"{day} 22:00")
            lines = counters(start, [place / 10 for place in range(12)], form)
            windows = table(IMPORT, *lines)
            assert [window.start for window in windows] == [
                start + place * QUARTER for place in range(11)
            ]


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (("02/03/2026 18:00,1", "02/03/2026 18:15,2"), 2),
        (("05/05/2026 18:00,1", "06/05/2026 18:15,2", "02/24/2026 18:15,2", "25/02/2026 18:00,2"), 4),
    ],
)  # fmt: skip
def test_a_date_that_may_be_two_days_is_named(
    lines: tuple[str, ...], place: int
) -> None:
    """Nothing tells which, or it is told both ways."""
    with pytest.raises(WrongFile) as refused:
        table(IMPORT, *lines)
    error = refused.value
    assert (error.wrong, error.line, error.column) == (Wrong.BAD_DATE, place, "time")


def test_with_dashes_the_day_comes_first_where_nothing_tells() -> None:
    """Nobody who puts the month first writes dashes."""
    [window] = table(IMPORT, "02-03-2026 18:00,1", "02-03-2026 18:15,2")
    assert window.start == at("2026-03-02 18:00")


@pytest.mark.parametrize(
    ("titles", "column"),
    [("Import kWh", "time"), ("time,Export kWh", "Import kWh"), ("time,Import m3", "Import kWh")],
)  # fmt: skip
def test_a_column_that_is_needed_is_named(titles: str, column: str) -> None:
    """Where the user says what it is."""
    with pytest.raises(WrongFile) as refused:
        lines_windows([titles], BRUSSELS, format_=Format.HOMEWIZARD)
    assert (refused.value.wrong, refused.value.column) == (Wrong.NO_COLUMN, column)


@pytest.mark.parametrize(
    "titles", ["time,Total gas used", "time,Water L", "time;Import kW"]
)
def test_gas_and_water_are_no_windows(titles: str) -> None:
    """The same app exports them."""
    with pytest.raises(WrongFile) as refused:
        table(titles, "2026-01-12 18:00,1")
    assert refused.value.wrong is Wrong.NO_FORMAT


@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=120),
    st.sampled_from(["2026-01-12 18:00", "2026-03-28 20:00", "2026-10-24 20:00"]),
    st.booleans(),
)
def test_no_energy_is_lost_or_doubled(
    loads: list[int], first: str, backwards: bool
) -> None:
    """Wh of each quarter, also on days when the clocks change, newest first or last."""
    start = at(first)
    total, readings = 8_000_000, ["8000.000"]
    for load in loads:
        total += load
        readings.append(f"{total // 1000}.{total % 1000:03}")
    lines = counters(start, readings)
    windows = table(IMPORT, *(lines[::-1] if backwards else lines))
    assert [(window.start, round(window.energy * 1000)) for window in windows] == [
        (start + place * QUARTER, load) for place, load in enumerate(loads)
    ]


FIELDS = st.sampled_from(
    ["2026-10-25 02:15", "29/03/2026", "02/03/2026 2:15", "1,5", "-1", "9999", "", '"', "\0", "x"]
)  # fmt: skip


@given(st.lists(st.lists(FIELDS, min_size=1, max_size=3).map(";".join), max_size=8))
def test_any_fields_are_windows_or_a_wrong_file(lines: list[str]) -> None:
    """Nothing else is raised."""
    try:
        windows = table("time;Import kWh", *lines)
    except WrongFile:
        return
    assert windows
