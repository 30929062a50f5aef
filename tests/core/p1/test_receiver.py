"""Bytes in, telegrams out, and an account of the rest."""

import pytest

from custom_components.flukso.core.p1.receiver import Receiver

from .support import DSMR_5, KEY, THIRTEEN_MONTHS, encrypted, fixture, telegram

OTHER_KEY = bytes(16)


def test_telegrams_are_read_in_the_order_they_came() -> None:
    found = Receiver().feed(fixture(THIRTEEN_MONTHS) + fixture(DSMR_5))
    assert [each.version for each in found] == ["50217", "50"]


def test_a_telegram_that_was_under_way_is_no_refusal_and_the_next_is_one() -> None:
    intake = Receiver()
    cut = fixture(DSMR_5)[300:]
    intake.feed(cut)
    assert intake.refused == {}
    intake.feed(cut)
    assert intake.refused == {"incomplete": 1}


def test_each_connection_may_begin_in_the_midst_of_a_telegram() -> None:
    intake = Receiver()
    for _ in range(3):
        intake.feed(fixture(DSMR_5)[300:])
        intake.restart()
    assert intake.refused == {}


def test_a_new_connection_does_not_continue_the_telegram_of_the_last() -> None:
    intake = Receiver()
    data = fixture(DSMR_5)
    intake.feed(data[:300])
    intake.restart()
    assert intake.feed(data[300:]) == []
    assert len(intake.feed(data)) == 1


def test_refusals_of_earlier_connections_are_kept() -> None:
    intake = Receiver()
    damaged = fixture(DSMR_5).replace(b"002130.115", b"002130.116")
    intake.feed(damaged)
    intake.restart()
    intake.feed(damaged)
    assert intake.refused == {"checksum": 2}


def test_a_telegram_without_a_known_field_is_refused() -> None:
    intake = Receiver()
    assert intake.feed(telegram("9-9:99.9.9(1)")) == []
    assert intake.refused == {"nothing_known": 1}


def test_the_key_opens_an_encrypted_telegram() -> None:
    intake = Receiver(KEY)
    (found,) = intake.feed(encrypted(fixture(DSMR_5)))
    assert found.version == "50"
    assert intake.locked is None


@pytest.mark.parametrize(
    ("key", "reason"), [(None, "no_key"), (OTHER_KEY, "wrong_key")]
)
def test_what_stays_shut_is_kept_and_counted(key: bytes | None, reason: str) -> None:
    intake = Receiver(key)
    frame = encrypted(fixture(DSMR_5))
    assert intake.feed(frame + frame) == []
    assert intake.refused == {reason: 2}
    assert intake.locked is not None
    assert intake.locked.apdu == frame
    assert intake.locked_in_a_row == 2


def test_a_telegram_ends_a_row_of_frames_that_stayed_shut() -> None:
    intake = Receiver(KEY)
    frame = encrypted(fixture(DSMR_5))
    intake.feed(frame[:20] + bytes(8) + frame[28:])
    assert intake.locked_in_a_row == 1
    intake.feed(frame)
    assert intake.locked_in_a_row == 0


def test_a_damaged_encrypted_telegram_does_not_make_the_key_wrong() -> None:
    intake = Receiver(KEY)
    frame = bytearray(encrypted(fixture(DSMR_5)))
    frame[400] ^= 1
    assert intake.feed(bytes(frame)) == []
    assert intake.refused == {"damaged": 1}
    assert intake.locked_in_a_row == 0


HDLC = fixture("hu_holley_x25")


def test_checksum_of_a_meter_is_known_through_connections_and_messages() -> None:
    intake = Receiver()
    assert intake.feed(HDLC) == []
    intake.restart()
    assert len(intake.feed(HDLC)) == 1
    assert len(intake.read_message(HDLC)) == 1
    assert intake.refused == {"checksum": 1}


def test_wrong_checksums_in_a_row_stay_refused() -> None:
    intake = Receiver()
    good = fixture(DSMR_5)
    for number in range(50):
        damaged = good.replace(b"002130.115", b"002130.%03d" % (200 + number))
        assert intake.feed(damaged) == []
    assert intake.refused == {"checksum": 50}
    assert len(intake.feed(good)) == 1
