"""The self-test report is read as far as it says something."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.drops import Dropped, DropReason
from custom_components.flukso.core.fluksometer.selftest import SelfTest, parse_tap

from .support import ANY_BYTES

REPORT = b"""1..12
# date: Mon, 29 Jan 2018 14:12:25 +0000
# serial: FL00000001
# firmware: 382
ok 1 - flxd daemon running
ok 2 - sensor board communication
ok 3 - /flukso/tmpo dir present
ok 4 - serial number loaded
ok 5 - sensor config loaded
ok 6 - wifi connection
ok 7 - ping flukso.net
ok 8 - api.flukso.net tcp port 22 [ssh]
ok 9 - api.flukso.net tcp port 80 [http]
ok 10 - api.flukso.net tcp port 443 [https]
ok 11 - api.flukso.net tcp port 8883 [mqtt/ssl]
ok 12 - 0.openwrt.pool.ntp.org udp port 123 [ntp]
"""
DATE = datetime(2018, 1, 29, 14, 12, 25, tzinfo=UTC)


def test_report_of_a_sound_device_has_no_failures() -> None:
    assert parse_tap(REPORT) == SelfTest(
        serial="FL00000001", firmware="382", date=DATE, passed=12, failed=()
    )


def test_failed_tests_are_named() -> None:
    report = REPORT.replace(b"ok 7 -", b"not ok 7 -").replace(b"ok 9 -", b"not ok 9 -")
    outcome = parse_tap(report)
    assert outcome.passed == 10
    assert outcome.failed == ("ping flukso.net", "api.flukso.net tcp port 80 [http]")


def test_failed_test_without_a_name_still_counts() -> None:
    assert parse_tap(b"1..2\r\nok 1\r\nnot ok 2\r\n").failed == ("?",)


def test_report_may_leave_everything_out_but_its_plan() -> None:
    assert parse_tap(b"1..12\n") == SelfTest(None, None, None, 0, ())


@pytest.mark.parametrize(
    ("text", "date"),
    [
        (
            "Mon, 29 Jan 2018 15:12:25 +0100",
            datetime(2018, 1, 29, 15, 12, 25, tzinfo=timezone(timedelta(hours=1))),
        ),
        ("Mon, 29 Jan 2018 14:12:25 -0000", DATE),
        ("Mon, 29 Jan 2018 14:12:25 +9999", None),
        ("Mon, 99 Jan 2018 14:12:25 +0000", None),
        ("Mon, 29 Xyz 2018 14:12:25 +0000", None),
        ("yesterday", None),
    ],
)
def test_date_is_read_or_absent(text: str, date: datetime | None) -> None:
    assert parse_tap(f"1..1\n# date: {text}\n".encode()).date == date


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        pytest.param(b"1..1\n" + b" " * 16384, DropReason.TOO_LARGE, id="large"),
        (b"ok\n" * 65, DropReason.TOO_LARGE),
        (b"\xff", DropReason.MALFORMED),
        (b"", DropReason.MALFORMED),
        (b"okay", DropReason.MALFORMED),
    ],
)
def test_what_is_no_report_is_dropped_by_reason(
    report: bytes, reason: DropReason
) -> None:
    with pytest.raises(Dropped) as drop:
        parse_tap(report)
    assert drop.value.reason is reason


@given(ANY_BYTES)
def test_no_bytes_raise_anything_but_a_drop(report: bytes) -> None:
    with suppress(Dropped):
        assert parse_tap(report).passed >= 0


@given(
    st.from_regex(
        r"# date: [A-Z][a-z]{2}, [0-9]{1,2} (Jan|Feb|Xyz) [0-9]{4} "
        r"[0-9:]{8} [+-][0-9]{4}",
        fullmatch=True,
    )
)
def test_no_date_raises(line: str) -> None:
    date = parse_tap(line.encode()).date
    assert date is None or date.tzinfo is not None
