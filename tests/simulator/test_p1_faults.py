"""What goes wrong on the line, against a twin of the meter with which nothing does."""

from collections.abc import Sequence
from datetime import datetime

from dsmr_parser.clients.telegram_buffer import TelegramBuffer
import pytest

from simulator import FAMILIES, P1_FAULTS, Meter, make_meter

from .p1_support import (
    START,
    milli,
    parsed,
    printed_crc,
    sent,
    telegrams,
    true_crc,
    values,
)

_SPAN = 120
_POSSIBLE = [
    (family, name) for name, fault in P1_FAULTS.items() for family in fault.models
]
_IMPOSSIBLE = [
    (family, name)
    for name, fault in P1_FAULTS.items()
    for family in FAMILIES
    if family not in fault.models
]
_DEMAND = ("1-0:1.4.0", "1-0:1.6.0", "0-0:98.1.0")


def _pairs(
    name: str, family: str = "be-50217", span: int = _SPAN
) -> Sequence[tuple[bytes, bytes]]:
    """Return what arrives under a fault beside what should have."""
    meter = make_meter(family, start=START)
    meter.faults.start(name)
    twin = make_meter(family, start=START)
    arrived = dict(telegrams(meter, START, START + span))
    return [
        (arrived[second], telegram)
        for second, telegram in telegrams(twin, START, START + span)
    ]


def _differences(one: bytes, other: bytes) -> list[int]:
    assert len(one) == len(other)
    return [a for a, b in zip(one, other, strict=True) if a != b]


@pytest.mark.parametrize(("family", "name"), _POSSIBLE)
def test_a_fault_lasts_as_long_as_it_was_told_and_leaves_nothing(
    family: str, name: str
) -> None:
    meter = make_meter(family, start=START)
    twin = make_meter(family, start=START)
    meter.faults.start(name, at=START + 20, duration=30)
    states = []
    for second in range(START, START + 80):
        meter.telegram(second)
        states.append(meter.faults.since(name))
    assert states == [None] * 20 + [START + 20] * 30 + [None] * 30
    assert sent(meter, START + 80) == sent(twin, START + 80)


@pytest.mark.parametrize(("family", "name"), _POSSIBLE)
def test_a_fault_is_the_same_every_time(family: str, name: str) -> None:
    assert _run(family, name) == _run(family, name)


def _run(family: str, name: str) -> list[tuple[int, bytes]]:
    meter = make_meter(family, start=START)
    meter.faults.start(name)
    return list(telegrams(meter, START, START + 40))


@pytest.mark.parametrize(("family", "name"), _IMPOSSIBLE)
def test_a_fault_that_a_meter_cannot_have_is_refused(family: str, name: str) -> None:
    meter = make_meter(family, start=START)
    with pytest.raises(ValueError, match="cannot have"):
        meter.faults.start(name)


def test_an_unknown_fault_is_refused() -> None:
    meter = make_meter("se", start=START)
    with pytest.raises(ValueError, match="unknown fault reboot"):
        meter.faults.start("reboot")


def test_silence_is_silent_and_the_meter_measures_on() -> None:
    meter = make_meter("be-50217", start=START)
    twin = make_meter("be-50217", start=START)
    meter.faults.start("silence")
    assert list(telegrams(meter, START, START + 600)) == []
    meter.faults.stop("silence")
    assert sent(meter, START + 600) == sent(twin, START + 600)


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_a_share_of_the_telegrams_is_lost(share: float) -> None:
    meter = make_meter("be-50217", start=START, loss=share)
    meter.faults.start("loss")
    twin = dict(telegrams(make_meter("be-50217", start=START), START, START + 1000))
    arrived = dict(telegrams(meter, START, START + 1000))
    assert 1 - len(arrived) / 1000 == pytest.approx(share, abs=0.04)
    assert arrived.items() <= twin.items()


def test_noise_comes_before_the_whole_telegram() -> None:
    noises = [arrived.removesuffix(good) for arrived, good in _pairs("noise")]
    assert all(0 < len(noise) <= 60 for noise in noises)
    assert len(set(noises)) == _SPAN
    assert any(max(noise) >= 0x80 for noise in noises)


def test_a_corrupted_telegram_has_one_other_byte_and_a_wrong_checksum() -> None:
    for arrived, good in _pairs("corrupt"):
        (byte,) = _differences(arrived, good)
        assert byte < 0x80
        assert printed_crc(arrived) != true_crc(arrived)


@pytest.mark.parametrize("family", ["be-50217", "nl-2.2", "se"])
def test_a_high_byte_is_above_seven_bits(family: str) -> None:
    for arrived, good in _pairs("high-byte", family):
        (byte,) = _differences(arrived, good)
        assert byte >= 0x80


@pytest.mark.parametrize("family", ["be-50217", "nl-2.2", "lu"])
def test_a_truncated_telegram_is_the_beginning_of_the_whole(family: str) -> None:
    for arrived, good in _pairs("truncate", family):
        assert good.startswith(arrived)
        assert 0 < len(arrived) < len(good)


@pytest.mark.parametrize(
    ("name", "sign"), [("slash", b"/"), ("accent", b"\xe9")], ids=["slash", "accent"]
)
def test_a_message_can_have_an_unusual_sign_and_a_right_checksum(
    name: str, sign: bytes
) -> None:
    for arrived, good in _pairs(name):
        assert sign in arrived[1:] and sign not in good[1:]
        assert printed_crc(arrived) == true_crc(arrived)
        told, usual = values(arrived), values(good)
        assert told.pop("0-0:96.13.0") != usual.pop("0-0:96.13.0") == [""]
        assert told == usual


def test_two_messages_go_together() -> None:
    meter = make_meter("nl-5.0", start=START)
    meter.faults.start("slash")
    meter.faults.start("accent")
    (message,) = values(sent(meter, START))["0-0:96.13.0"]
    assert "/" in message and "\xe9" in message


def test_a_lower_case_checksum_is_the_same_number() -> None:
    for arrived, good in _pairs("lower-case"):
        assert printed_crc(arrived) == printed_crc(good).lower()
        assert arrived[:-6] == good[:-6]


def test_a_closed_port_tells_no_demand() -> None:
    for arrived, good in _pairs("port-closed"):
        expected = {k: v for k, v in values(good).items() if k not in _DEMAND}
        assert values(arrived) == expected
        assert printed_crc(arrived) == true_crc(arrived)


def test_a_lapsed_port_keeps_the_peaks_of_the_old_month() -> None:
    midnight = int(datetime.fromisoformat("2026-02-01T00:00:00+01:00").timestamp())
    meter = make_meter("be-50217", start=midnight - 1)
    twin = make_meter("be-50217", start=midnight - 1)
    meter.faults.start("lapsed")
    old = values(sent(meter, midnight - 1))
    later = midnight + 1000
    lapsed, right = values(sent(meter, later)), values(sent(twin, later))
    kept = ("1-0:1.6.0", "0-0:98.1.0")
    assert [lapsed[code] for code in kept] == [old[code] for code in kept]
    assert all(lapsed[code] != right[code] for code in kept)
    assert lapsed["1-0:1.4.0"] == right["1-0:1.4.0"]
    meter.faults.stop("lapsed")
    assert sent(meter, later + 1) == sent(twin, later + 1)


def _damaged(names: Sequence[str]) -> Meter:
    meter = make_meter("nl-5.0", start=START)
    for name in names:
        meter.faults.start(name, at=START + 5, duration=20)
    return meter


@pytest.mark.parametrize(
    "names",
    [
        ["noise"],
        ["truncate"],
        ["corrupt"],
        ["slash"],
        ["lower-case"],
        ["noise", "truncate", "corrupt", "loss"],
    ],
    ids="+".join,
)
def test_a_reader_finds_its_way_back(names: Sequence[str]) -> None:
    buffer = TelegramBuffer()
    meter = _damaged(names)
    found: list[bytes] = []
    for _, data in telegrams(meter, START, START + 40):
        buffer.append(data.decode("latin-1"))
        found += [telegram.encode("latin-1") for telegram in buffer.get_all()]
    good = [
        data
        for _, data in telegrams(make_meter("nl-5.0", start=START), START, START + 40)
    ]
    assert found[:5] == good[:5]
    # One more may be lost to what the last damaged one leaves in the buffer.
    assert found[-14:] == good[-14:]
    assert milli(found[-1], "1-0:2.7.0") > 0
    parsed(meter, found[-1])
