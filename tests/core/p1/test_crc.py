"""The checksum of a telegram."""

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.p1.crc import crc16


@pytest.mark.parametrize(
    ("data", "checksum"),
    [(b"", 0), (b"\0", 0), (b"\x80", 0xA001), (b"123456789", 0xBB3D)],
)
def test_known_checksums_are_met(data: bytes, checksum: int) -> None:
    assert crc16(data) == checksum


@given(st.binary(max_size=64))
def test_bytes_followed_by_their_checksum_leave_nothing(data: bytes) -> None:
    assert crc16(data + crc16(data).to_bytes(2, "little")) == 0
