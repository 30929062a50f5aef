"""Times in a telegram go by their letter."""

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.p1.stamps import WESTERN_EUROPEAN, parse_stamp

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


def test_ireland_is_an_hour_behind() -> None:
    assert parse_stamp("240708200756S", WESTERN_EUROPEAN) == moment(
        "2024-07-08T19:07:56Z"
    )
    assert parse_stamp("241119162126W", WESTERN_EUROPEAN) == moment(
        "2024-11-19T16:21:26Z"
    )


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
