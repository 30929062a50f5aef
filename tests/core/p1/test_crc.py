"""The checksum of a telegram."""

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.p1.crc import MeterChecksum, crc16, crc16_x25


@pytest.mark.parametrize(
    ("data", "checksum"),
    [(b"", 0), (b"\0", 0), (b"\x80", 0xA001), (b"123456789", 0xBB3D)],
)
def test_known_checksums_are_met(data: bytes, checksum: int) -> None:
    assert crc16(data) == checksum


@given(st.binary(max_size=64))
def test_bytes_followed_by_their_checksum_leave_nothing(data: bytes) -> None:
    assert crc16(data + crc16(data).to_bytes(2, "little")) == 0


# The check values of the catalogue of parametrised CRC algorithms.
@pytest.mark.parametrize(
    ("data", "checksum"), [(b"", 0), (b"\0", 0xF078), (b"123456789", 0x906E)]
)
def test_known_checksums_of_hdlc_are_met(data: bytes, checksum: int) -> None:
    assert crc16_x25(data) == checksum


def outcomes(kinds: str) -> str:
    """Return what becomes of telegrams: a by ARC, x by X25, - by neither; + is taken."""
    checksum = MeterChecksum()
    taken = ""
    for number, kind in enumerate(kinds):
        data = b"junk/%d" % number
        right = {"a": crc16(data[4:]), "x": crc16_x25(data[4:])}
        stated = right.get(kind, right["a"] ^ right["x"] ^ 0x5555)
        taken += "+" if checksum.find(data, [0, 4], stated) == 4 else "."
    return taken


@pytest.mark.parametrize(
    ("kinds", "taken"),
    [
        ("aaaa", "++++"),
        ("xxxx", ".+++"),
        # Not in a row.
        ("x-x-xx", ".....+"),
        ("xaxaxa", ".+.+.+"),
        # Once proven, damage that fits the other by chance changes nothing.
        ("axxxxxxxxxa", "+.........+"),
        ("xxaaaaaaaaax", ".+.........+"),
        # Another meter on the same port.
        ("a" + "x" * 12, "+.........+++"),
        ("xx" + "a" * 12, ".+.........+++"),
        ("----", "...."),
    ],
)
def test_meter_uses_one_checksum_always(kinds: str, taken: str) -> None:
    assert outcomes(kinds) == taken
