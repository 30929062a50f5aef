"""Telegrams are found in a stream of bytes, however it comes."""

from itertools import pairwise

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.flukso.core.p1.crc import crc16
from custom_components.flukso.core.p1.framing import (
    MAX_BYTES,
    EncryptedFrame,
    Frame,
    FrameReader,
    PlainFrame,
)
from custom_components.flukso.core.p1.telegram import read_telegram

from .support import (
    DSMR_2,
    DSMR_5,
    FOLDER,
    LUXEMBOURG,
    THIRTEEN_MONTHS,
    belgian,
    body,
    encrypted,
    fixture,
    frames_of,
    sealed,
    telegram,
    texts_of,
)

WITHOUT_CHECKSUM = {
    "nl_ace4000_gas_by_the_hour",
    "nl_dsmr22_kamstrup_gas",
    "nl_dsmr30_gas",
}
REFUSED = {
    "be_fluvius_50213_20200305_3ph_gas_invalid_gas",
    "be_fluvius_50213_mono_gas",
    "be_ores_50217_20230319_mono_empty_history_anonymised",
    "hu_holley_slash_in_header_x25",
    "hu_holley_x25",
    "hw_p1_telegram_api_fixture_lf",
}
FRAGMENTS = {"frag_981_13months_2024"}
VALID = {path.stem for path in FOLDER.glob("*.txt")} - REFUSED - FRAGMENTS

SMALL = belgian("1-0:1.7.0(00.338*kW)")
OTHER = belgian("1-0:1.7.0(01.234*kW)")
OLD = fixture(DSMR_2)
PARITY = bytes(byte | (byte.bit_count() % 2) << 7 for byte in OLD)
SECRET = encrypted(fixture(LUXEMBOURG))


@pytest.mark.parametrize("name", sorted(VALID))
def test_valid_telegram_is_framed_and_vouched_for(name: str) -> None:
    reader = FrameReader()
    expected = PlainFrame(body(name) + b"!", checked=name not in WITHOUT_CHECKSUM)
    assert reader.feed(fixture(name) + b"\r\n") == [expected]
    assert reader.refused == {}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_telegram_with_another_checksum_is_refused(name: str) -> None:
    reader = FrameReader()
    assert reader.feed(fixture(name) + b"\r\n") == []
    assert reader.refused == {"checksum": 1}


def with_short_checksum() -> bytes:
    """Return lines of data whose checksum begins with a zero."""
    return next(
        data
        for number in range(10_000)
        if crc16((data := belgian(f"0-0:96.13.0({number})")[:-7]) + b"!") < 0x1000
    )


@pytest.mark.parametrize("digits", ["{:04X}", "{:04x}", "{:X}", "{:x}"])
def test_checksum_may_be_in_either_case_and_unpadded(digits: str) -> None:
    data = with_short_checksum()
    assert texts_of(sealed(data, digits)) == [data + b"!"]


def test_zero_byte_after_a_short_checksum_does_no_harm() -> None:
    data = with_short_checksum()
    padded = sealed(data, "{:X}").replace(b"\r\n", b"\0\r\n")
    ended = data + padded[padded.rindex(b"!") :]
    assert texts_of(ended) == [data + b"!"]


def test_lines_may_end_without_carriage_return() -> None:
    data = body(THIRTEEN_MONTHS).replace(b"\r\n", b"\n")
    assert texts_of(sealed(data)) == [data + b"!"]


def test_telegram_ends_with_the_last_digit_of_its_checksum() -> None:
    reader = FrameReader()
    assert reader.feed(SMALL[:-3]) == []
    assert len(reader.feed(SMALL[-3:-2])) == 1


def test_telegram_with_a_time_needs_a_checksum() -> None:
    reader = FrameReader()
    assert reader.feed(body(DSMR_5) + b"!\r\n") == []
    assert reader.refused == {"no_checksum": 1}


@pytest.mark.parametrize("code", ["0-0:1.0.0.255", "0-0:1.0.0*255"])
def test_telegram_with_a_time_by_its_code_in_full_needs_one_too(code: str) -> None:
    reader = FrameReader()
    assert reader.feed(body(DSMR_5).replace(b"0-0:1.0.0", code.encode()) + b"!\n") == []
    assert reader.refused == {"no_checksum": 1}


def test_reading_of_water_is_no_time() -> None:
    data = OLD.replace(b"!", b"8-0:1.0.0(161107190000)(00012.345*m3)\r\n!")
    assert len(texts_of(data)) == 1


def test_telegram_without_checksum_must_be_ascii() -> None:
    reader = FrameReader()
    assert reader.feed(OLD.replace(b"kWh", b"k\xd7h", 1)) == []
    assert reader.refused == {"not_ascii": 1}


def test_rest_of_a_telegram_is_refused_and_the_next_one_read() -> None:
    reader = FrameReader()
    assert len(reader.feed(fixture(THIRTEEN_MONTHS)[700:] + SMALL)) == 1
    assert reader.refused == {"incomplete": 1}


@pytest.mark.parametrize("cut", [10, 30, 60, len(SMALL) - 7, len(SMALL) - 4])
def test_telegram_that_lost_its_end_does_not_cost_the_next(cut: int) -> None:
    reader = FrameReader()
    frames = reader.feed(SMALL[:cut] + OTHER)
    assert frames[-1:] == frames_of(OTHER)
    assert sum(reader.refused.values()) <= 1


def test_telegram_without_checksum_that_lost_its_end_does_not_cost_the_next() -> None:
    reader = FrameReader()
    assert reader.feed(OLD[:150] + OLD) == frames_of(OLD)


@pytest.mark.parametrize(
    "message",
    ["see a/b", "/FLU5", "/ABC5x\r\n", "wow!", "!\r", "/ABC5\r\n\r\n0-0:1.0.0(1)"],
)
def test_marks_inside_a_text_message_do_not_cut_the_telegram(message: str) -> None:
    data = belgian(f"0-0:96.13.0({message})", "1-0:1.7.0(00.338*kW)")
    (text,) = texts_of(data)
    assert text == data[: data.rindex(b"!") + 1]
    assert read_telegram(text).power_import == 0.338


def test_stream_that_never_ends_a_telegram_is_kept_within_bounds() -> None:
    reader = FrameReader()
    for _ in range(400):
        assert reader.feed(b"/FLU5\\253769484_A\r\n" + b"0-0:96.13.0(" * 700) == []
        assert reader.pending <= MAX_BYTES
    assert reader.refused.keys() == {"incomplete", "too_large"}
    assert reader.feed(b"\r\n" + SMALL) == frames_of(SMALL)


def test_noise_is_kept_within_bounds() -> None:
    reader = FrameReader()
    for _ in range(100):
        assert reader.feed(b"\xff" * 5000) == []
        assert reader.pending <= MAX_BYTES
    assert reader.refused.keys() == {"too_large"}
    assert reader.feed(SMALL) == frames_of(SMALL)


def test_telegram_above_the_limit_is_refused() -> None:
    large = belgian(f"0-0:96.13.0({'0' * MAX_BYTES})")
    reader = FrameReader()
    assert reader.feed(large + SMALL) == frames_of(SMALL)


def test_encrypted_frame_goes_by_its_length() -> None:
    reader = FrameReader()
    assert reader.feed(SECRET[:-1]) == []
    assert reader.feed(SECRET[-1:] + b"\r\n") == [EncryptedFrame(SECRET)]


def test_marks_inside_cipher_text_do_not_end_it() -> None:
    content = b"\x30" + bytes(40) + b"\n!ABCD\r\n/FLU5\r\n\n!\r\n" + bytes(40)
    frame = b"\xdb\x08" + bytes(8) + b"\x82" + len(content).to_bytes(2) + content
    reader = FrameReader()
    assert reader.feed(frame + SMALL) == [EncryptedFrame(frame), *frames_of(SMALL)]
    assert reader.refused == {}


@pytest.mark.parametrize("length", [0, 32, 0xFFFF])
def test_impossible_length_is_refused_and_the_next_telegram_read(length: int) -> None:
    reader = FrameReader()
    start = b"\xdb\x08" + bytes(8) + b"\x82" + length.to_bytes(2) + b"\x30"
    assert reader.feed(start + bytes(8) + SMALL) == frames_of(SMALL)
    assert reader.refused == {"length": 1}


pieces = st.sampled_from(
    [
        SMALL,
        OTHER,
        OLD,
        SECRET,
        fixture(THIRTEEN_MONTHS),
        SMALL[:-5],
        SMALL[20:],
        OLD[:-2],
        PARITY,
        PARITY[:-9],
        SECRET[:-30],
        b"\n!",
        b"!\r\n",
        b"/",
        b"/ABC5\r\n",
        b"\xdb\x08",
        b"\x82\x01\x00\x30",
        b"\xdb\x08abcdefgh\x82\xff\xff\x30",
        b"\xff" * 300,
    ]
) | st.binary(max_size=40)


def in_chunks(data: bytes, cuts: list[int], limit: int) -> tuple[list[Frame], object]:
    """Return what is found, and what is refused, in data cut at these places."""
    reader = FrameReader(limit)
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    frames = [
        frame
        for start, end in pairwise(places)
        for frame in reader.feed(data[start:end])
    ]
    return frames, (reader.refused, reader.pending)


@settings(deadline=None, max_examples=200)
@given(
    stream=st.lists(pieces, min_size=1, max_size=12).map(b"".join),
    cuts=st.lists(st.integers(0, 20_000), max_size=30),
    limit=st.sampled_from([200, 700, MAX_BYTES]),
)
@example(stream=b"\xdb\x08\n!ABCDab\x82\x01\x00\x30", cuts=[9], limit=200)
def test_chopping_changes_nothing(stream: bytes, cuts: list[int], limit: int) -> None:
    assert in_chunks(stream, cuts, limit) == in_chunks(stream, [], limit)


@pytest.mark.parametrize("limit", [200, MAX_BYTES])
def test_bytes_one_by_one_change_nothing(limit: int) -> None:
    stream = b"".join([SMALL[30:], SMALL, SECRET, OLD, SMALL[:50], OTHER])
    one_by_one = in_chunks(stream, list(range(len(stream))), limit)
    assert one_by_one == in_chunks(stream, [], limit)


@settings(deadline=None, max_examples=300)
@given(
    name=st.sampled_from([THIRTEEN_MONTHS, DSMR_5, LUXEMBOURG]),
    place=st.integers(0, 2000),
    byte=st.integers(0, 255),
)
def test_a_corrupted_byte_is_refused_or_harmless(
    name: str, place: int, byte: int
) -> None:
    good = fixture(name).rstrip() + b"\r\n"
    bad = bytearray(good)
    bad[place % len(bad)] = byte
    readings = [read_telegram(text) for text in texts_of(bytes(bad) + SMALL)]
    assert readings[-1] == read_telegram(texts_of(SMALL)[0])
    assert readings[:-1] in ([], [read_telegram(texts_of(good)[0])])


@given(data=st.binary(max_size=400), limit=st.integers(1, 100))
def test_no_bytes_raise_or_stay_for_good(data: bytes, limit: int) -> None:
    reader = FrameReader(limit)
    reader.feed(data)
    assert reader.pending <= min(len(data), limit)


def test_telegram_of_another_country_is_framed_alike() -> None:
    q3d = telegram("1-0:1.8.0*255(00052185.7825309*kWh)", header="ESY5Q3DB1024 V3.04")
    (frame,) = frames_of(q3d[: q3d.rindex(b"!") + 1] + b"\r\n")
    assert frame == PlainFrame(q3d[: q3d.rindex(b"!") + 1], checked=False)


BEGINNING_A_LINE = ["?-5\\x", "5", "A-5/x!(y)"]
HEADERS = [
    "HLY5/D545-METER",
    "HLY5\\D545-METER",
    "ABC5(x)",
    "ABC5!x",
    "ABC5/DEF5/GHI5",
    "ABC5 " + "x" * 200,
    *BEGINNING_A_LINE,
]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize(
    "before", [b"", b"/FLU5\\2537", b"0-0:96.13.0(a/bcd", SMALL[20:]]
)
@pytest.mark.parametrize("message", ["", "see a/bcd", "/ABC5"])
def test_header_may_be_any_text(header: str, before: bytes, message: str) -> None:
    if before and header in BEGINNING_A_LINE:
        before += b"\r\n"
    data = telegram(f"0-0:96.13.0({message})", "1-0:1.7.0(1*kW)", header=header)
    expected = PlainFrame(data[: data.rindex(b"!") + 1], checked=True)
    assert frames_of(before + data)[-1:] == [expected]


@pytest.mark.parametrize("header", HEADERS[:6])
@pytest.mark.parametrize(
    "before", [b"", OLD[:150], b"/ABC5x\r\n\r\n", b"0-0:96.13.0(a/bcd)\r\n"]
)
def test_header_without_checksum_may_be_any_text(header: str, before: bytes) -> None:
    data = f"/{header}\r\n\r\n0-0:96.13.0(a/bcd)\r\n1-0:1.7.0(1*kW)\r\n!".encode()
    (text,) = texts_of(before + data + b"\r\n")
    whole = header != "ABC5/DEF5/GHI5"
    assert text == (data if whole else data[data.index(b"/GHI5") :])


def test_message_is_no_beginning() -> None:
    reader = FrameReader()
    data = b"0-0:96.13.0(/ABC5x)\r\n1-0:1.7.0(1*kW)\r\n!\r\n"
    assert reader.feed(data) == []
    assert reader.refused == {"incomplete": 1}


@given(
    st.text(
        st.characters(codec="latin-1", exclude_categories=["Cc"]),
        min_size=1,
        max_size=255,
    )
)
def test_header_that_begins_a_line_may_be_any_text(header: str) -> None:
    data = telegram("1-0:1.7.0(1*kW)", header=header)
    assert frames_of(b"x\r\n" + data) == [
        PlainFrame(data[: data.rindex(b"!") + 1], checked=True)
    ]


def test_wrong_checksum_gets_few_chances() -> None:
    header = "/".join(["ABC5"] * 50)
    data = telegram("1-0:1.7.0(1*kW)", header=header)
    assert len(texts_of(data)) == 1
    inner = telegram("1-0:1.7.0(1*kW)", header="/".join(["ABC5"] * 25))
    assert texts_of(data[:125] + inner) == []


def with_parity(data: bytes) -> bytes:
    """Return bytes of seven bits with an even parity in the eighth."""
    return bytes(byte | (byte.bit_count() % 2) << 7 for byte in data)


@pytest.mark.parametrize("name", sorted(VALID))
def test_parity_of_seven_bits_is_taken_off(name: str) -> None:
    reader = FrameReader()
    expected = PlainFrame(body(name) + b"!", checked=name not in WITHOUT_CHECKSUM)
    sent = with_parity(fixture(name) + b"\r\n")
    assert reader.feed(sent[200:] + sent + sent) == [expected, expected]
    assert reader.refused == {"incomplete": 1}


def test_wrong_parity_is_refused_and_the_next_telegram_read() -> None:
    sent = with_parity(OLD)
    for place in range(len(OLD) - 4):
        reader = FrameReader()
        bad = bytearray(sent)
        bad[place] ^= 1 << place % 8
        assert reader.feed(bytes(bad) + sent)[-1:] == frames_of(OLD)
        assert len(reader.feed(bytes(bad))) == 0


def test_wrong_checksum_with_parity_is_refused() -> None:
    reader = FrameReader()
    assert reader.feed(with_parity(SMALL.replace(b"00.338", b"00.339"))) == []
    assert reader.refused == {"checksum": 1}


def test_cipher_text_is_not_looked_at_for_parity() -> None:
    content = b"\x30" + bytes(40) + b"\r\n" + with_parity(OLD) + bytes(40)
    frame = b"\xdb\x08" + bytes(8) + b"\x82" + len(content).to_bytes(2) + content
    reader = FrameReader()
    assert reader.feed(frame + with_parity(OLD)) == [
        EncryptedFrame(frame),
        *frames_of(OLD),
    ]
    assert reader.refused == {}


def test_letters_above_ascii_are_no_parity() -> None:
    data = belgian("0-0:96.13.0(\xaf)", "1-0:1.7.0(1*kW)").replace(b"\r\n", b"\n")
    data = sealed(data[: data.rindex(b"!")])
    assert texts_of(data) == [data[: data.rindex(b"!") + 1]]
