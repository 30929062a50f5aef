"""Times in a telegram go by their letter, and else by the clock on the wall."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.p1.stamps import (
    CENTRAL_EUROPEAN,
    EASTERN_EUROPEAN,
    parse_local_stamp,
    parse_stamp,
)

from .support import moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("241119162126W", "2024-11-19T15:21:26Z"),
        ("240708200756S", "2024-07-08T18:07:56Z"),
        ("261025023000S", "2026-10-25T00:30:00Z"),
        ("261025023000W", "2026-10-25T01:30:00Z"),
        ("260329015959W", "2026-03-29T00:59:59Z"),
        ("260329030000S", "2026-03-29T01:00:00Z"),
        ("260329020000W", "2026-03-29T01:00:00Z"),
        ("240229000000W", "2024-02-28T23:00:00Z"),
        ("240315120000S", "2024-03-15T10:00:00Z"),
    ],
)
def test_letter_gives_the_offset(text: str, expected: str) -> None:
    assert parse_stamp(text) == moment(expected)


def test_eastern_europe_is_an_hour_ahead() -> None:
    assert parse_stamp("240708200756S", EASTERN_EUROPEAN) == moment(
        "2024-07-08T17:07:56Z"
    )
    assert parse_stamp("241119162126W", EASTERN_EUROPEAN) == moment(
        "2024-11-19T14:21:26Z"
    )


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        # A second before and after the clocks are changed, and in between.
        ("260329015959", "Europe/Brussels"),
        ("260329030000", "Europe/Brussels"),
        ("260610120000", "Europe/Brussels"),
        ("261025015959", "Europe/Brussels"),
        ("261025030000", "Europe/Brussels"),
        ("260115120000", "Europe/Brussels"),
        ("260329025959", "Europe/Vilnius"),
        ("260329040000", "Europe/Vilnius"),
        ("261025025959", "Europe/Vilnius"),
        ("261025040000", "Europe/Vilnius"),
    ],
)
def test_time_without_letter_is_what_a_clock_on_the_wall_shows(
    text: str, zone: str
) -> None:
    wall = datetime.strptime(text, "%y%m%d%H%M%S").replace(tzinfo=ZoneInfo(zone))
    eastern = zone == "Europe/Vilnius"
    offsets = EASTERN_EUROPEAN if eastern else CENTRAL_EUROPEAN
    assert parse_local_stamp(text, offsets) == wall


@given(st.datetimes(datetime(2001, 1, 1), datetime(2069, 12, 31)))
def test_moments_have_one_time_on_the_wall(moment_: datetime) -> None:
    sent = moment_.replace(microsecond=0, tzinfo=UTC)
    wall = sent.astimezone(ZoneInfo("Europe/Brussels"))
    text = wall.strftime("%y%m%d%H%M%S")
    assert parse_local_stamp(text, near=sent.timestamp()) == sent


@pytest.mark.parametrize("hours", [0, 1])
def test_moment_of_its_arrival_tells_the_doubled_hour_apart(hours: int) -> None:
    first = moment("2026-10-25T00:30:00Z")
    sent = first + timedelta(hours=hours)
    arrived = sent.timestamp() + 200
    assert parse_local_stamp("261025023000", near=arrived) == sent
    assert parse_local_stamp("261025023000") == first


def test_time_with_a_letter_needs_no_clock_on_the_wall() -> None:
    assert parse_local_stamp("261025023000W") == moment("2026-10-25T01:30:00Z")
    assert parse_local_stamp("260230120000") is None
    assert parse_local_stamp("260230120000W") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "632525252525W",
        "230229000000W",
        "241119240000W",
        "700101010000W",
        "241119162126",
        "241119162126w",
        "241119162126X",
        "241119162126WW",
        "2411191621 6W",
        "+41119162126W",
        "24_119162126W",
        "24\u0661119162126W",
        "S",
    ],
)
def test_what_names_no_moment_is_none(text: str) -> None:
    assert parse_stamp(text) is None


@given(st.text(max_size=16) | st.from_regex(r"\A[0-9]{12}[SW]\Z"))
def test_no_text_raises(text: str) -> None:
    stamp = parse_stamp(text)
    assert stamp is None or stamp.utcoffset() is not None
