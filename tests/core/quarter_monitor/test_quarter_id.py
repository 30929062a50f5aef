"""Numbers, files and moments of quarters of an hour."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.quarter_monitor.quarter_id import QuarterId
from simulator.quarter_monitor import file_of, quarter_id

BRUSSELS = ZoneInfo("Europe/Brussels")
FIRST = int(datetime(2001, 1, 1, tzinfo=BRUSSELS).timestamp()) // 900
LAST = int(datetime(2099, 1, 1, tzinfo=BRUSSELS).timestamp()) // 900
OCTOBER = int(datetime(2026, 10, 25, 2, tzinfo=BRUSSELS).timestamp())


def test_a_number_is_what_the_monitor_means_by_it() -> None:
    """1 December 2023, 16:15 in winter time."""
    number = 23 << 24 | 12 << 16 | 1 << 8 | 65
    found = QuarterId.from_number(number)
    assert found.local.isoformat() == "2023-12-01T16:15:00+01:00"
    assert found.file == "/meter/2023/12/01/1615W.json"
    assert found.number == number


@given(st.integers(FIRST, LAST))
def test_any_quarter_is_the_same_by_number_file_and_moment(place: int) -> None:
    """As the simulated monitor says, which shares no code."""
    start = place * 900
    found = QuarterId.at(start, BRUSSELS)
    assert found.start == start
    assert (found.number, found.file) == (quarter_id(start), file_of(start))
    assert QuarterId.from_number(found.number) == found
    assert QuarterId.from_file(found.file) == found


def test_the_hour_that_october_repeats_has_eight_quarters() -> None:
    """Twice from 2:00 to 2:45, in the order of time."""
    numbers = [quarter_id(OCTOBER + place * 900) for place in range(8)]
    found = [QuarterId.from_number(number) for number in numbers]
    assert [item.start for item in found] == [OCTOBER + i * 900 for i in range(8)]
    assert [item.summer for item in found] == [True] * 4 + [False] * 4
    assert len({item.file for item in found}) == 8


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(0, id="unknown"),
        pytest.param(-1, id="negative"),
        pytest.param(1 << 32, id="too-large"),
        pytest.param(23 << 24 | 13 << 16 | 1 << 8, id="month-13"),
        pytest.param(23 << 24 | 2 << 16 | 30 << 8, id="30-february"),
        pytest.param(23 << 24 | 2 << 16, id="no-day"),
        pytest.param(23 << 24 | 2 << 16 | 1 << 8 | 96, id="after-midnight"),
    ],
)
def test_what_numbers_no_quarter_is_refused(number: int) -> None:
    """With the error that all readers raise."""
    with pytest.raises(ValueError):
        QuarterId.from_number(number)


@pytest.mark.parametrize(
    "path",
    [
        "/meter/2023/12/01/1615.json",
        "/meter/2023/12/01/1615X.json",
        "/meter/2023/12/01/1616W.json",
        "/meter/2023/13/01/1615W.json",
        "/meter/2023/12/01/2415W.json",
        "/meter/2023/12/01/1615W.json.bak",
        "/meter/2023/12/01/1615W.json\n",
        "/meter/0001/01/01/0000S.json",
        "/index.html",
        "",
    ],
)
def test_what_is_no_file_of_a_quarter_is_refused(path: str) -> None:
    """Whatever else lies on the card."""
    with pytest.raises(ValueError):
        QuarterId.from_file(path)


@pytest.mark.parametrize(
    "path",
    [
        "2023/12/01/1615W.json",
        "copy of card/meter/2023/12/01/1615W.json",
        r"D:\meter\2023\12\01\1615W.json",
    ],
)
def test_a_copied_file_is_known_by_the_end_of_its_path(path: str) -> None:
    """Wherever it was copied to."""
    assert QuarterId.from_file(path).file == "/meter/2023/12/01/1615W.json"
