"""Quarters of an hour as rows of a table, of JSON, or written down."""

from datetime import UTC, datetime
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.demand.history.files.errors import Wrong, WrongFile
from custom_components.flukso.core.demand.history.files.formats import (
    Format,
    lines_windows,
)
from custom_components.flukso.core.demand.history.files.rows import (
    json_windows,
    row_windows,
)
from custom_components.flukso.core.windows import Source, Window

from .exports import BRUSSELS, QUARTER

START = 1_789_200_000
ISO = datetime.fromtimestamp(START, BRUSSELS).isoformat()
WINDOW = Window(START, QUARTER, 0.5, 0.5, Source.COUNTER, 1.0)


def table(*lines: str) -> list[Window]:
    """Return what a table comes to."""
    return lines_windows([f"{line}\n" for line in lines], BRUSSELS)


@pytest.mark.parametrize(
    "row",
    [
        {"start": START, "energy": 0.5},
        {"start": float(START), "demand": 2},
        {"start": str(START), "energy": "0.5"},
        {"start": f"{START}.0", "energy": " 0,5 "},
        {"start": ISO, "demand": "2.0"},
        {"start": ISO.replace("T", " "), "demand": 2, "energy": None},
        {"start": datetime.fromtimestamp(START, UTC), "energy": 0.5, "note": "x"},
    ],
)
def test_a_row_is_a_start_and_an_energy_or_a_demand(row: dict[str, Any]) -> None:
    """Unix seconds or ISO 8601; kWh or kW."""
    assert row_windows([row]) == [WINDOW]


@pytest.mark.parametrize(
    "lines",
    [
        ("start;energy", f"{START};0,5"),
        ("Start,Demand", f"{ISO},2.0"),
        ("energy\tstart\tnote", f"0.5\t{START}\twarm", "\t\t"),
        ("", "start;energy;demand", "", f'"{ISO}";;2,0', ""),
    ],
)
def test_a_table_is_read_with_any_separator(lines: tuple[str, ...]) -> None:
    """Titles in any order; empty lines do not count."""
    assert table(*lines) == [WINDOW]


def test_json_is_an_array_of_rows() -> None:
    """As another program writes it."""
    assert json_windows(json.dumps([{"start": ISO, "energy": 0.5}])) == [WINDOW]


def test_rows_come_back_in_order() -> None:
    """Whatever the order they were in."""
    rows = [{"start": START + place * 900, "energy": place} for place in (2, 0, 1)]
    assert [window.energy for window in row_windows(rows)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("row", "said", "column"),
    [
        (None, Wrong.BROKEN_LINE, ""),
        ([START, 0.5], Wrong.BROKEN_LINE, ""),
        ({"energy": 0.5}, Wrong.BAD_TIME, "start"),
        ({"start": "yesterday", "energy": 0.5}, Wrong.BAD_TIME, "start"),
        ({"start": "2026-10-23 12:00:00", "energy": 0.5}, Wrong.BAD_TIME, "start"),
        ({"start": "0001-01-01T00:00:00+14:00", "energy": 1}, Wrong.BAD_TIME, "start"),
        ({"start": START * 1000, "energy": 0.5}, Wrong.BAD_TIME, "start"),
        ({"start": -900, "energy": 0.5}, Wrong.BAD_TIME, "start"),
        ({"start": True, "energy": 0.5}, Wrong.BAD_TIME, "start"),
        ({"start": START + 1, "energy": 0.5}, Wrong.NOT_A_QUARTER, ""),
        ({"start": START}, Wrong.NO_ENERGY, ""),
        ({"start": START, "energy": None, "demand": ""}, Wrong.NO_ENERGY, ""),
        ({"start": START, "energy": 0.5, "demand": 2}, Wrong.NO_ENERGY, ""),
        ({"start": START, "energy": -0.5}, Wrong.BAD_AMOUNT, "energy"),
        ({"start": START, "energy": float("nan")}, Wrong.BAD_AMOUNT, "energy"),
        ({"start": START, "energy": 10**400}, Wrong.BAD_AMOUNT, "energy"),
        ({"start": START, "energy": True}, Wrong.BAD_AMOUNT, "energy"),
        ({"start": START, "energy": [0.5]}, Wrong.BAD_AMOUNT, "energy"),
        ({"start": START, "energy": "1_0"}, Wrong.BAD_AMOUNT, "energy"),
        ({"start": START, "demand": 1000.1}, Wrong.BAD_AMOUNT, "demand"),
        ({"start": START - 900, "demand": 1}, Wrong.TWICE, ""),
    ],
)
def test_a_wrong_row_is_named(row: object, said: Wrong, column: str) -> None:
    """By its number, and by the field that is wrong."""
    with pytest.raises(WrongFile) as refused:
        row_windows([{"start": START - 900, "energy": 0.1}, row])
    error = refused.value
    assert (error.wrong, error.line, error.column) == (said, 2, column)


@pytest.mark.parametrize(
    ("lines", "said", "column"),
    [
        ((), Wrong.NO_FORMAT, ""),
        (("", " "), Wrong.NO_FORMAT, ""),
        (("x;y", "1;2"), Wrong.NO_FORMAT, ""),
        (("start;note",), Wrong.NO_COLUMN, "energy"),
        (("start;energy",), Wrong.NO_WINDOWS, ""),
    ],
)
def test_a_table_without_quarters_is_refused(
    lines: tuple[str, ...], said: Wrong, column: str
) -> None:
    """It is told what it lacks."""
    with pytest.raises(WrongFile) as refused:
        table(*lines)
    assert (refused.value.wrong, refused.value.column) == (said, column)


def test_a_file_that_is_said_to_be_a_table_has_its_columns() -> None:
    """What the user says counts before what the titles look like."""
    with pytest.raises(WrongFile) as refused:
        lines_windows(["Register;Volume\n"], BRUSSELS, format_=Format.CSV)
    assert (refused.value.wrong, refused.value.column) == (Wrong.NO_COLUMN, "start")


def test_a_field_that_never_ends_is_a_broken_line() -> None:
    """A quote that is not closed swallows the rest of a file."""
    with pytest.raises(WrongFile) as refused:
        table("start;energy", f'{START};"' + "x" * 200_000)
    assert (refused.value.wrong, refused.value.line) == (Wrong.BROKEN_LINE, 2)


@pytest.mark.parametrize("text", ["", "{", "{}", "3", "[" * 100_000, "[" + "9" * 5000])
def test_what_is_no_array_is_no_json(text: str) -> None:
    """Deep or long, it is said and not raised."""
    with pytest.raises(WrongFile) as refused:
        json_windows(text)
    assert refused.value.wrong is Wrong.NO_JSON


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["start", "energy", "demand"]), inner)
    ),
)


@pytest.mark.slow
@given(st.lists(JSON))
def test_any_rows_are_windows_or_a_wrong_file(rows: list[object]) -> None:
    """Nothing else is raised."""
    try:
        windows = row_windows(rows)
    except WrongFile:
        return
    assert len(windows) == len(rows)


@given(
    st.dictionaries(st.integers(0, 8_000_000), st.floats(0, 250), min_size=1),
    st.randoms(use_true_random=False),
)
def test_no_energy_is_lost_and_the_order_does_not_matter(
    loads: dict[int, float], random: Any
) -> None:
    """As many windows as rows, with the energy of the rows."""
    rows = [{"start": place * 900, "energy": load} for place, load in loads.items()]
    windows = row_windows(rows)
    random.shuffle(rows)
    assert row_windows(rows) == windows
    assert sum(window.energy for window in windows) == pytest.approx(
        sum(loads.values())
    )
