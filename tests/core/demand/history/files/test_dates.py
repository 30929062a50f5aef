"""Exports of Fluvius that a spreadsheet saved again, with dates of its own form."""

from collections.abc import Callable
from datetime import datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.demand.history.files.errors import Wrong, WrongFile
from custom_components.flukso.core.demand.history.files.formats import lines_windows

from .exports import BRUSSELS, QUARTER, TITLES, Line, at, export, read

FORMS = {
    "as the portal": "%d-%m-%Y;%H:%M:%S",
    "iso": "%Y-%m-%d;%H:%M:%S",
    "iso with midnight": "%Y-%m-%d 00:00:00;%H:%M",
    "year first, slashes": "%Y/%m/%d;%H:%M",
    "day first, slashes": "%d/%m/%Y;%H:%M:%S",
    "day first, dots": "%d.%m.%Y;%H:%M",
    "us": "%m/%d/%Y;%I:%M:%S %p",
    "us, dashes": "%m-%d-%Y;%H:%M",
}


def saved(start: int, form: str, volume: str = "0,500") -> str:
    """Return a line with dates of some form; `start` unix s."""
    begin, end = (
        datetime.fromtimestamp(moment, BRUSSELS).strftime(form)
        for moment in (start, start + QUARTER)
    )
    return (
        f'{begin};{end};="540000000000000000";1SAG0000000000;Digitale meter;'
        f"Afname Dag;{volume};kWh;Uitgelezen;"
    )


def whole_day(day: str, form: str) -> list[str]:
    """Return the lines of a day, each with another volume."""
    starts = range(at(f"{day} 00:00"), at(f"{day} 23:45") + QUARTER, QUARTER)
    return [
        saved(start, form, f"0,{place:03}")
        for place, start in enumerate(starts, start=1)
    ]


def test_one_quarter_that_was_saved_again_is_two_kilowatts() -> None:
    """The first line of a real one, with other ids."""
    line = saved(at("2026-01-12 18:00"), FORMS["iso"])
    assert line.startswith("2026-01-12;18:00:00;2026-01-12;18:15:00;")
    [window] = lines_windows(["\ufeff" + TITLES + "\r\n", line + "\r\n"], BRUSSELS)
    assert window.start == at("2026-01-12 18:00")
    assert window.demand == 2.0
    assert window.complete


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize(
    "day", ["2026-01-12", "2026-02-03", "2026-05-05", "2026-03-29", "2026-10-25"]
)
def test_a_day_is_read_whatever_the_form_of_its_dates(form: str, day: str) -> None:
    """Its midnight is a quarter in one order only; also where clocks change."""
    if form == FORMS["us, dashes"] and day == "2026-05-05":
        day = "2026-05-06"
    lines = whole_day(day, form)
    assert read([*lines]) == read([*whole_day(day, FORMS["as the portal"])])


def test_dashes_are_day_first_where_nothing_tells() -> None:
    """As the portal writes them."""
    [window] = read([saved(at("2026-02-03 12:00"), FORMS["as the portal"])])
    assert window.start == at("2026-02-03 12:00")


@pytest.mark.parametrize("form", ["%d/%m/%Y;%H:%M", "%m/%d/%Y;%H:%M"])
def test_a_date_that_may_be_two_days_is_named(form: str) -> None:
    """Nothing in the file tells which."""
    with pytest.raises(WrongFile) as refused:
        read([saved(at("2026-05-05 12:00"), form), saved(at("2026-02-03 12:00"), form)])
    error = refused.value
    assert (error.wrong, error.line, error.column) == (Wrong.BAD_DATE, 3, "Van (datum)")


@pytest.mark.parametrize(
    ("form", "moment"),
    [("%d/%m/%Y;%H:%M", "2026-02-23 12:00"), ("%m/%d/%Y;%H:%M", "2026-02-23 12:00")],
)
def test_one_date_that_can_only_be_one_day_tells_of_all(form: str, moment: str) -> None:
    """Before it and after it."""
    starts = [at("2026-02-03 12:00"), at(moment), at("2026-03-04 12:00")]
    windows = read([saved(start, form) for start in starts])
    assert [window.start for window in windows] == starts


def test_dates_of_both_orders_are_a_fault_of_the_second() -> None:
    """There is no file with both."""
    with pytest.raises(WrongFile) as refused:
        read(
            [
                saved(at("2026-02-23 12:00"), "%d/%m/%Y;%H:%M"),
                saved(at("2026-02-24 12:00"), "%m/%d/%Y;%H:%M"),
            ]
        )
    assert (refused.value.wrong, refused.value.line) == (Wrong.BAD_DATE, 3)


@pytest.mark.parametrize(
    "date",
    [
        *("12-jan-2026", "46034", "2026-13-12", "13/13/2026", "2026-02-30"),
        *("", "2026-10/23", "########"),
    ],
)
def test_what_is_no_date_is_named_as_the_date(date: str) -> None:
    """Not as the time, which is right."""
    good = str(Line(at("2026-10-23 12:00"), "0,1"))
    for place, name in ((0, "Van (datum)"), (2, "Tot (datum)")):
        parts = good.split(";")
        parts[place] = date
        line = ";".join(parts)
        with pytest.raises(WrongFile) as refused:
            read([line])
        error = refused.value
        assert (error.wrong, error.line, error.column) == (Wrong.BAD_DATE, 2, name)


@pytest.mark.parametrize("time", ["13:00 PM", "0:15 AM", "24:00", "12:60", "12:00 XM"])
def test_what_is_no_time_is_named_as_the_time(time: str) -> None:
    """There are twelve hours before and after noon."""
    line = str(Line(at("2026-10-23 12:00"), "0,1")).replace("12:00:00", time, 1)
    with pytest.raises(WrongFile) as refused:
        read([line])
    error = refused.value
    assert (error.wrong, error.column) == (Wrong.BAD_TIME, "Van (tijdstip)")


def forms(form: str) -> Callable[[int], str]:
    return lambda start: saved(start, form)


@given(
    st.sets(
        st.integers(at("2026-01-01 00:00") // 900, at("2026-12-31 00:00") // 900),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([*FORMS.values()]),
)
def test_any_quarters_are_those_of_the_portal_or_the_date_is_named(
    quarters: set[int], form: str
) -> None:
    """Never those of another day."""
    doubled = range(at("2026-10-25 02:00") // 900, at("2026-10-25 03:00") // 900)
    starts = [item * 900 for item in sorted(quarters) if item not in doubled]
    if not starts:
        return
    starts_read = _read(starts, form)
    if starts_read is None:
        assert "/" in form
    elif form != FORMS["us, dashes"]:
        # Where nothing tells, dates with dashes are taken for the portal's.
        assert starts_read == starts


def _read(starts: list[int], form: str) -> list[int] | None:
    """Return the quarters that are read; None if a date is said to be the fault."""
    try:
        windows = lines_windows(export(map(forms(form), starts)), BRUSSELS)
    except WrongFile as err:
        if err.wrong is Wrong.BAD_DATE:
            return None
        raise
    return [window.start for window in windows]
