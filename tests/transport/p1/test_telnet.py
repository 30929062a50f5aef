"""Telnet's commands, and streams that only look as if they had some."""

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.transport.p1.telnet import TelnetFilter

from .ports import TELEGRAM

WILL_ECHO = b"\xff\xfb\x01"
DO_BINARY = b"\xff\xfd\x00"
NOP = b"\xff\xf1"
SUBNEGOTIATION = b"\xff\xfa\x2c\x01\xff\xff\x00\xff\xf0"
NEGOTIATIONS = st.sampled_from([WILL_ECHO, DO_BINARY, SUBNEGOTIATION])
COMMANDS = st.sampled_from([b"", NOP, WILL_ECHO, DO_BINARY, SUBNEGOTIATION])
CUTS = st.lists(st.integers(0, 200), max_size=20)


def fed(stream: bytes, cuts: list[int]) -> bytes:
    """Return what a filter makes of a stream that comes in pieces."""
    telnet = TelnetFilter()
    ends = [*sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    return b"".join(telnet.feed(piece) for piece in pieces if piece)


@given(
    negotiation=NEGOTIATIONS,
    parts=st.lists(st.tuples(st.binary(), COMMANDS)),
    cuts=CUTS,
)
def test_a_telnet_stream_carries_the_line_whatever_the_pieces(
    negotiation: bytes, parts: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    sent = negotiation + b"".join(
        data.replace(b"\xff", b"\xff\xff") + command for data, command in parts
    )
    assert fed(sent, cuts) == b"".join(data for data, _ in parts)


@given(first=st.integers(0, 0xFE), rest=st.binary(), cuts=CUTS)
def test_a_plain_stream_passes_untouched(
    first: int, rest: bytes, cuts: list[int]
) -> None:
    stream = bytes([first]) + rest
    assert fed(stream, cuts) == stream


@pytest.mark.parametrize("start", [b"\xff\x00", b"\xff\xff", b"\xff\xf0"])
@given(rest=st.binary(), cuts=CUTS)
def test_a_stream_may_begin_amid_a_frame_with_a_high_byte(
    start: bytes, rest: bytes, cuts: list[int]
) -> None:
    assert fed(start + rest, cuts) == start + rest


def test_noise_around_a_telegram_is_taken_out() -> None:
    sent = WILL_ECHO + DO_BINARY + TELEGRAM[:20] + NOP + TELEGRAM[20:]
    assert fed(sent, []) == TELEGRAM


@pytest.mark.parametrize("odd", [b"\xff\x00", b"\xff\xef"])
def test_what_no_telnet_server_sends_ends_the_belief_in_telnet(odd: bytes) -> None:
    telnet = TelnetFilter()
    assert telnet.feed(WILL_ECHO) == b""
    assert telnet.feed(b"a" + odd + NOP) == b"a" + odd + NOP
    assert telnet.feed(WILL_ECHO) == WILL_ECHO


def test_an_endless_command_ends_the_belief_in_telnet() -> None:
    telnet = TelnetFilter()
    begun = b"\xff\xfa" + bytes(300)
    assert telnet.feed(begun[:200]) == b""
    assert telnet.feed(begun[200:]) == begun
    assert telnet.feed(NOP) == NOP
