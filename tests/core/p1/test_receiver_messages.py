"""Messages in, each a whole telegram or none."""

import pytest

from custom_components.flukso.core.p1.receiver import Receiver

from .support import DSMR_5, THIRTEEN_MONTHS, encrypted, fixture, telegram

TELEGRAM = fixture(DSMR_5)


def versions(intake: Receiver, message: bytes) -> list[str | None]:
    return [found.version for found in intake.read_message(message)]


@pytest.mark.parametrize("end", [b"", b"\r", b"\n", b"\r\n", b"\r\n\r\n"])
def test_a_message_is_read_whatever_its_last_line_ends_with(end: bytes) -> None:
    intake = Receiver()
    assert versions(intake, TELEGRAM.rstrip() + end) == ["50"]
    assert intake.refused == {}


@pytest.mark.parametrize(
    "name", ["nl_warmtelink_unpadded_crc", "nl_dsmr22_kamstrup_gas"]
)
def test_a_short_or_missing_checksum_may_end_a_message(name: str) -> None:
    assert len(Receiver().read_message(fixture(name).rstrip())) == 1


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        pytest.param(b"", "incomplete", id="empty"),
        pytest.param(b"online", "incomplete", id="a word"),
        pytest.param(bytes(range(256)), "incomplete", id="all bytes"),
        pytest.param(TELEGRAM[:400], "incomplete", id="no end"),
        pytest.param(TELEGRAM[400:], "incomplete", id="no beginning"),
        pytest.param(
            TELEGRAM.replace(b"002130.115", b"002130.116"), "checksum", id="damaged"
        ),
        pytest.param(telegram("9-9:99.9.9(1)"), "nothing_known", id="no meter"),
        pytest.param(TELEGRAM + bytes(8192), "too_large", id="too large"),
        pytest.param(encrypted(TELEGRAM), "no_key", id="encrypted"),
        pytest.param(encrypted(TELEGRAM)[:-20], "incomplete", id="half a frame"),
    ],
)
def test_what_is_no_telegram_is_counted_once_and_not_kept(
    message: bytes, reason: str
) -> None:
    intake = Receiver()
    assert intake.read_message(message) == []
    assert intake.refused == {reason: 1}
    assert versions(intake, TELEGRAM) == ["50"]
    assert intake.refused == {reason: 1}


def test_the_largest_message_is_read() -> None:
    lines = "\r\n".join(["9-9:99.9.9(1)"] * 540)
    message = telegram("1-3:0.2.8(50)", lines)
    padded = message.rstrip() + b"\r\n" * ((8192 - len(message.rstrip())) // 2)
    assert 8191 <= len(padded) <= 8192
    assert versions(Receiver(), padded) == ["50"]


def test_halves_in_two_messages_do_not_make_a_telegram() -> None:
    intake = Receiver()
    assert intake.read_message(TELEGRAM[:400]) == []
    assert intake.read_message(TELEGRAM[400:]) == []
    assert intake.refused == {"incomplete": 2}


def test_a_telegram_that_lost_its_end_does_not_spoil_the_next_in_its_message() -> None:
    intake = Receiver()
    message = TELEGRAM[:400] + b"\r\n" + fixture(THIRTEEN_MONTHS)
    assert versions(intake, message) == ["50217"]
    assert intake.refused == {"incomplete": 1}
