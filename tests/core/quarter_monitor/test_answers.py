"""Month peaks, listings, and the files of a card."""

from collections.abc import Callable
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.quarter_monitor.answers import (
    DAYS,
    MONTHS,
    YEARS,
    parse_listing,
    parse_peak,
    parse_quarter,
    parse_quarters,
)
from custom_components.flukso.core.quarter_monitor.quarter_id import QuarterId

from .test_quarter import NUMBER


def peak(**fields: object) -> bytes:
    """Return a month peak of 4321 W, but for some fields."""
    said = {"quarter_id": NUMBER, "power": 4321} | fields
    return json.dumps({"memory": {"free": 1}, "peak": said}).encode()


def test_a_month_peak_has_a_quarter_and_a_power() -> None:
    """In W."""
    found = parse_peak(peak())
    assert found is not None
    assert (found.id, found.watts) == (QuarterId.from_number(NUMBER), 4321)


def test_a_month_peak_may_be_unknown() -> None:
    """Missing, or of the quarter that means unknown."""
    assert parse_peak(b'{"memory": {}}') is None
    assert parse_peak(peak(quarter_id=0)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'{"peak": 17}',
        b'{"peak": {}}',
        peak(power=None),
        peak(power=-1),
        peak(power=1e7),
        peak(quarter_id=NUMBER | 96),
    ],
)
def test_what_cannot_be_a_month_peak_is_refused(body: bytes) -> None:
    """With the error that all readers raise."""
    with pytest.raises(ValueError):
        parse_peak(body)


def test_listings_are_in_order_whatever_the_card_says() -> None:
    """Each once, and only what can be."""
    assert parse_listing(b'{"years": [2024, 2023, 2024, 1999]}', YEARS) == [2023, 2024]
    assert parse_listing(b'{"year": 2024, "months": [12, 1, 13]}', MONTHS) == [1, 12]
    assert parse_listing(b'{"days": [31, 0, 1.0]}', DAYS) == [1, 31]


def test_quarters_are_listed_by_their_numbers() -> None:
    """In the order of time; 0 is none."""
    body = json.dumps({"quarters": [NUMBER + 1, 0, NUMBER, NUMBER]}).encode()
    assert [item.number for item in parse_quarters(body)] == [NUMBER, NUMBER + 1]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'{"days": {}}',
        b'{"days": ["1"]}',
        b'{"days": [1, null]}',
        json.dumps({"days": [1] * 32}).encode(),
    ],
)
def test_what_cannot_be_a_listing_is_refused(body: bytes) -> None:
    """With the error that all readers raise."""
    with pytest.raises(ValueError):
        parse_listing(body, DAYS)


def test_quarters_that_cannot_be_are_refused() -> None:
    """More than a day has, or no number of one."""
    for listed in ([NUMBER] * 101, [NUMBER | 96], [True]):
        with pytest.raises(ValueError):
            parse_quarters(json.dumps({"quarters": listed}).encode())


@pytest.mark.parametrize("parse", [parse_quarter, parse_peak, parse_quarters])
@given(body=st.binary(max_size=300))
def test_no_answer_does_more_than_be_refused(
    parse: Callable[[bytes], object], body: bytes
) -> None:
    """Whatever the bytes are."""
    try:
        parse(body)
    except ValueError:
        return
    assert json.loads(body) is not None
