"""Quarter-hour totals as the portal of Fluvius exports them."""

from collections.abc import Iterator
import csv

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.demand.history.files.errors import Wrong, WrongFile
from custom_components.flukso.core.demand.history.files.formats import (
    Format,
    lines_windows,
)
from custom_components.flukso.core.tariff.rule import Direction
from custom_components.flukso.core.windows import Source, Window

from .exports import (
    BRUSSELS,
    FIXTURES,
    QUARTER,
    TITLES,
    Line,
    at,
    export,
    fixture,
    read,
)

NOON = at("2026-10-23 12:00")
STARTS = st.integers(at("2026-10-01 00:00") // 900, at("2026-11-01 00:00") // 900)


def volumes(name: str, words: tuple[str, ...]) -> Iterator[float]:
    """Yield the volumes of the registers that begin with a word."""
    with (FIXTURES / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in list(csv.reader(file, delimiter=";"))[1:]:
            if row[7].startswith(words) and row[8]:
                yield float(row[8].replace(",", "."))


@pytest.mark.parametrize(
    ("name", "first", "quarters"),
    [
        ("nl_20261023_weekday", "2026-10-23 00:00", 95),
        ("nl_20261025_100_quarters", "2026-10-25 00:00", 100),
        ("fr_20260329_92_quarters", "2026-03-29 00:00", 92),
        ("en_20260612_weekday", "2026-06-12 00:00", 96),
    ],
)
def test_a_day_of_any_length_is_read_whole_in_every_language(
    name: str, first: str, quarters: int
) -> None:
    """All offtake, no injection, a quarter each, in order."""
    windows = fixture(name)
    starts = [window.start for window in windows]
    assert len(windows) == quarters
    assert starts[0] == at(first)
    assert starts == sorted(set(starts))
    assert {window.length for window in windows} == {QUARTER}
    assert {window.source for window in windows} == {Source.COUNTER}
    energy = sum(volumes(name, ("Afname", "Prélèvement", "Offtake")))
    assert sum(window.energy for window in windows) == pytest.approx(energy)


def test_measured_estimated_and_unknown_quarters_are_told_apart() -> None:
    """An estimate keeps its energy and is no demand; nothing is invented."""
    windows = {window.start: window for window in fixture("nl_20261023_weekday")}
    estimated = [at("2026-10-23 09:30"), at("2026-10-23 09:45")]
    for start in estimated:
        window = windows.pop(start)
        assert (window.coverage, window.certain) == (0, 0)
        assert window.energy > 0
    assert at("2026-10-23 12:30") not in windows
    assert all(window.complete for window in windows.values())
    assert all(window.certain == window.energy for window in windows.values())


@pytest.mark.parametrize(
    ("status", "coverage"),
    [
        *((status, 1) for status in ("Uitgelezen", "Gevalideerd", "Gemeten")),
        *((status, 1) for status in ("Read", "Validated", "Relevé", "validé", "Lu")),
        *((status, 0) for status in ("Geschat", "Estimated", "Estimé", "Geschätzt")),
        *((status, 0) for status in ("", "Niet gevalideerd", "Vervangwaarde")),
    ],
)
def test_only_what_is_said_to_be_measured_counts_as_seen(
    status: str, coverage: float
) -> None:
    """A status that is not known is no measurement."""
    [window] = read([Line(NOON, "1,000", status=status)])
    assert window.coverage == coverage
    assert window.energy == 1


def test_a_file_without_statuses_is_taken_as_measured() -> None:
    """Older exports have eleven columns, others fewer."""
    titles = "Van datum;Van tijdstip;Tot datum;Tot tijdstip;Register;Volume;Eenheid"
    line = "23-10-2026;12:00;23-10-2026;12:15;Afname Actief;0,5;kWh"
    [window] = read([line], titles)
    assert window == Window(NOON, QUARTER, 0.5, 0.5, Source.COUNTER, 1.0)


def test_registers_and_meters_of_a_quarter_are_added_up() -> None:
    """Day and night, and an old and a new meter on the day between them."""
    [window] = read(
        [
            Line(NOON, "0,100"),
            Line(NOON, "0,200", register="Afname Nacht"),
            Line(NOON, "0,040", meter="1SAG0000000001"),
            Line(NOON, "9,000", register="Injectie Dag", ean="0"),
        ]
    )
    assert window.energy == 0.34
    assert window.complete


def test_a_register_without_volume_takes_nothing_from_the_other() -> None:
    """The meter counts in one of them at a time."""
    [window] = read(
        [
            Line(NOON, "0,100"),
            Line(NOON, "", register="Afname Nacht", status="Geen verbruik"),
        ]
    )
    assert window == Window(NOON, QUARTER, 0.1, 0.1, Source.COUNTER, 1.0)


def test_one_estimated_register_marks_the_quarter() -> None:
    """The whole is as sure as its least sure part."""
    lines = [
        Line(NOON, "0,100"),
        Line(NOON, "0,200", register="Afname Nacht", status="Geschat"),
    ]
    [window] = read(lines)
    assert (window.energy, window.certain, window.coverage) == (0.3, 0, 0)


def test_what_is_not_energy_is_left_out() -> None:
    """Reactive energy and gas have lines of their own."""
    [window] = read(
        [
            Line(NOON, "0,1"),
            Line(NOON, "7,0", register="Afname Reactief", unit="kVArh"),
            Line(NOON, "7,0", register="Afname", unit="m³"),
        ]
    )
    assert window.energy == 0.1


def test_export_is_read_where_export_is_billed() -> None:
    """Some tariffs bill what is fed in."""
    lines = [Line(NOON, "0,1"), Line(NOON, "0,2", register="Injectie Dag")]
    [window] = lines_windows(export(lines), BRUSSELS, Direction.EXPORT)
    assert window.energy == 0.2


@pytest.mark.parametrize("apart", [False, True])
def test_the_order_tells_the_passes_of_the_doubled_hour_apart(apart: bool) -> None:
    """In pairs, as the portal writes them, or one hour after the other."""
    first = at("2026-10-25 02:00")
    starts = [first + place * QUARTER for place in range(8)]
    lines = [Line(start, f"0,{place}") for place, start in enumerate(starts)]
    if not apart:
        lines = [lines[place] for pair in range(4) for place in (pair, pair + 4)]
    assert [(window.start, round(window.energy * 10)) for window in read(lines)] == [
        (start, place) for place, start in enumerate(starts)
    ]


@given(
    st.dictionaries(STARTS, st.integers(0, 9999), min_size=1, max_size=40), st.data()
)
def test_the_order_of_lines_does_not_matter_and_no_energy_is_lost(
    loads: dict[int, int], data: st.DataObject
) -> None:
    """But in the doubled hour, where only the order can tell."""
    doubled = range(at("2026-10-25 02:00"), at("2026-10-25 03:00"))
    lines = [
        Line(quarter * 900, f"{load / 1000:.3f}".replace(".", ","), register)
        for quarter, load in sorted(loads.items())
        for register in ("Afname Dag", "Afname Nacht")
        if quarter * 900 not in doubled
    ]
    windows = read(data.draw(st.permutations(lines))) if lines else []
    expected = sum(
        2 * load for quarter, load in loads.items() if quarter * 900 not in doubled
    )
    assert windows == (read(lines) if lines else [])
    assert sum(window.energy for window in windows) * 1000 == pytest.approx(expected)


def wrong(lines: list[Line | str], titles: str = TITLES) -> WrongFile:
    """Return what is said of a file that is wrong."""
    with pytest.raises(WrongFile) as refused:
        read(lines, titles)
    return refused.value


GOOD = str(Line(NOON, "0,100"))


@pytest.mark.parametrize(
    ("good", "bad", "said", "column"),
    [
        ("0,100", "0,1oo", Wrong.BAD_AMOUNT, "Volume"),
        ("0,100", "-0,100", Wrong.BAD_AMOUNT, "Volume"),
        ("0,100", "1.234,5", Wrong.BAD_AMOUNT, "Volume"),
        ("0,100", "nan", Wrong.BAD_AMOUNT, "Volume"),
        ("0,100", "250,001", Wrong.BAD_AMOUNT, "Volume"),
        ("12:00", "24:00", Wrong.BAD_TIME, "Van (tijdstip)"),
        ("12:00", "noon", Wrong.BAD_TIME, "Van (tijdstip)"),
        ("23-10-2026;12:00", "31-02-2026;12:00", Wrong.BAD_DATE, "Van (datum)"),
        ("23-10-2026;12:00", "23-10-1926;12:00", Wrong.BAD_DATE, "Van (datum)"),
        ("23-10-2026;12:00", "2026;12:00", Wrong.BAD_DATE, "Van (datum)"),
        ("23-10-2026;12:00", "29-03-2026;02:00", Wrong.BAD_TIME, "Van (tijdstip)"),
        ("12:15", "13:00", Wrong.NOT_A_QUARTER, ""),
        ("12:15", "00:00", Wrong.NOT_A_QUARTER, ""),
        ("12:15", "late", Wrong.NOT_A_QUARTER, ""),
        (
            "12:00:00;23-10-2026;12:15",
            "12:01:00;23-10-2026;12:16",
            Wrong.NOT_A_QUARTER,
            "",
        ),
        ("Afname Dag", "Productie Dag", Wrong.UNKNOWN_REGISTER, "Register"),
        ("Afname Dag", "", Wrong.UNKNOWN_REGISTER, "Register"),
        (";kWh;Uitgelezen;", "", Wrong.BROKEN_LINE, ""),
    ],
)
def test_a_wrong_line_is_named(good: str, bad: str, said: Wrong, column: str) -> None:
    """The line, and the column that is wrong in it; never what stands there."""
    before = str(Line(NOON - QUARTER, "0,100"))
    error = wrong([before, "", GOOD.replace(good, bad)])
    assert (error.wrong, error.line, error.column) == (said, 4, column)
    assert str(error) == said


def test_a_quarter_that_is_there_twice_is_named_with_the_first() -> None:
    """Outside of the doubled hour there is no second."""
    error = wrong([GOOD, str(Line(NOON + QUARTER, "0,1")), GOOD])
    assert (error.wrong, error.line, error.first) == (Wrong.TWICE, 4, 2)


def test_a_third_pass_of_the_doubled_hour_is_too_many() -> None:
    """There are two."""
    line = Line(at("2026-10-25 02:15"), "0,1")
    error = wrong([line, line, line])
    assert (error.wrong, error.line, error.first) == (Wrong.TWICE, 4, 2)


def test_two_connections_in_a_file_are_named_by_their_lines() -> None:
    """An EAN is personal: it is told where it is, not what it is."""
    other = Line(NOON + QUARTER, "0,1", ean="111111111111111111")
    error = wrong([GOOD, other])
    assert (error.wrong, error.line, error.first) == (Wrong.OTHER_CONNECTION, 3, 2)
    assert error.places == {"line": "3", "first": "2", "column": ""}
    assert "1111" not in repr(error)


@pytest.mark.parametrize(
    ("titles", "column"),
    [
        ("Register;Volume", "Van (datum)"),
        ("Van (datum);Register;Volume", "Van (tijdstip)"),
        ("Van (datum);Van (tijdstip);Tot (datum);Register;Volume", "Tot (tijdstip)"),
        (TITLES.replace("Eenheid", "Iets"), "Eenheid"),
    ],
)
def test_a_column_that_is_needed_is_named(titles: str, column: str) -> None:
    """By its Dutch title."""
    error = wrong([], titles)
    assert (error.wrong, error.column) == (Wrong.NO_COLUMN, column)


def test_a_file_that_is_said_to_be_an_export_has_its_columns() -> None:
    """What the user says counts before what the titles look like."""
    with pytest.raises(WrongFile) as refused:
        lines_windows(["start;energy\n"], BRUSSELS, format_=Format.FLUVIUS)
    assert refused.value.wrong is Wrong.NO_COLUMN


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [Line(NOON, "", status="Geen verbruik")],
        [Line(NOON, "1,0", register="Injectie Dag")],
    ],
)
def test_a_file_without_offtake_is_refused(lines: list[Line | str]) -> None:
    """Nothing imported is not a success."""
    assert wrong(lines).wrong is Wrong.NO_WINDOWS


@pytest.mark.slow
@given(st.lists(st.text(), max_size=10), st.sampled_from([TITLES, "", "start,energy"]))
def test_any_lines_are_windows_or_a_wrong_file(lines: list[str], titles: str) -> None:
    """Nothing else is raised."""
    try:
        windows = read(list(lines), titles)
    except WrongFile:
        return
    assert windows != []


FIELDS = st.sampled_from(
    [
        *("25-10-2026", "29/03/2026", "9-9-2026", "02:45:00", "02:00", "2:15", "03:00"),
        *(
            '="1"',
            "",
            "Afname Dag",
            "Injectie",
            "0,5",
            "1e3",
            "kWh",
            "Geschat",
            '"',
            "\0",
        ),
    ]
)


@given(st.lists(st.lists(FIELDS, min_size=11, max_size=13).map(";".join), max_size=8))
def test_any_fields_are_an_export_or_a_wrong_file(lines: list[str]) -> None:
    """Nothing else is raised for what looks like an export."""
    try:
        windows = read(list(lines))
    except WrongFile:
        return
    assert all(window.start % QUARTER == 0 for window in windows)
