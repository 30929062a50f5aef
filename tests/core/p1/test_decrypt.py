"""Encrypted telegrams open with the right key, and a wrong key is no noise."""

import pytest

from custom_components.flukso.core.p1.decrypt import (
    LUXEMBOURG_AUTHENTICATION_KEY,
    DamagedFrame,
    WrongKey,
    decrypt,
    parse_key,
)
from custom_components.flukso.core.p1.framing import EncryptedFrame
from custom_components.flukso.core.p1.telegram import open_apdu, read_telegram

from .support import (
    AUSTRIA,
    DSMR_2,
    KEY,
    LUXEMBOURG,
    body,
    encrypted,
    fixture,
    frames_of,
    read_fixture,
)

OTHER_KEY = bytes(range(1, 17))


def framed(data: bytes) -> EncryptedFrame:
    """Return the only frame in bytes."""
    (frame,) = frames_of(data)
    assert isinstance(frame, EncryptedFrame)
    return frame


@pytest.mark.parametrize("name", [LUXEMBOURG, AUSTRIA])
@pytest.mark.parametrize("counter", [0, 1, 0xFFFFFFFF])
def test_right_key_opens_a_frame(name: str, counter: int) -> None:
    frame = framed(encrypted(fixture(name), counter=counter))
    plain = decrypt(frame, KEY, open_apdu)
    assert plain.checked
    assert read_telegram(plain.text) == read_fixture(name)


def test_known_authentication_key_is_used() -> None:
    frame = framed(encrypted(fixture(AUSTRIA), authentication_key=OTHER_KEY))
    assert decrypt(frame, KEY, open_apdu, OTHER_KEY).text == body(AUSTRIA) + b"!"


def test_checksum_vouches_where_the_authentication_key_is_not_known() -> None:
    frame = framed(encrypted(fixture(AUSTRIA), authentication_key=OTHER_KEY))
    assert decrypt(frame, KEY, open_apdu).text == body(AUSTRIA) + b"!"


@pytest.mark.parametrize("key", [OTHER_KEY, bytes(16), KEY[::-1]])
def test_wrong_key_is_told(key: bytes) -> None:
    frame = framed(encrypted(fixture(LUXEMBOURG)))
    with pytest.raises(WrongKey):
        decrypt(frame, key, open_apdu)


def damaged(place: int, flip: int) -> EncryptedFrame:
    """Return a frame of which one byte is not as it was sent."""
    data = bytearray(encrypted(fixture(LUXEMBOURG)))
    data[place] ^= flip
    return framed(bytes(data))


@pytest.mark.parametrize("place", [34, 100, 200, -13])
@pytest.mark.parametrize("flip", [0x01, 0x80])
def test_damage_is_not_taken_for_a_wrong_key(place: int, flip: int) -> None:
    with pytest.raises(DamagedFrame):
        decrypt(damaged(place, flip), KEY, open_apdu)


@pytest.mark.parametrize("place", [-12, -1])
def test_damaged_signature_leaves_it_to_the_checksum(place: int) -> None:
    plain = decrypt(damaged(place, 0x80), KEY, open_apdu)
    assert plain.text == body(LUXEMBOURG) + b"!"


@pytest.mark.parametrize(
    "plain", [body(LUXEMBOURG) + b"!0000\r\n", fixture(DSMR_2), b"/" + bytes(40)]
)
def test_text_without_a_valid_checksum_is_damage(plain: bytes) -> None:
    with pytest.raises(DamagedFrame):
        decrypt(framed(encrypted(plain)), KEY, open_apdu)


def test_text_with_bytes_above_ascii_is_damage() -> None:
    plain = fixture(LUXEMBOURG).replace(b"96.13.0()", b"96.13.0(\xff)")
    with pytest.raises(DamagedFrame):
        decrypt(framed(encrypted(plain)), KEY, open_apdu)


@pytest.mark.parametrize(
    "text",
    [
        "00112233445566778899AABBCCDDEEFF",
        "00112233445566778899aabbccddeeff",
        " 00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF\n",
    ],
)
def test_key_is_hex(text: str) -> None:
    assert parse_key(text) == LUXEMBOURG_AUTHENTICATION_KEY


@pytest.mark.parametrize("text", ["", "00", "0g" * 16, "00" * 15, "00" * 17, "é" * 32])
def test_what_is_no_key_is_a_wrong_key(text: str) -> None:
    with pytest.raises(WrongKey):
        parse_key(text)
