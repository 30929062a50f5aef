"""What a meter's telegram looks like, family by family."""

from datetime import datetime
import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from dsmr_parser.exceptions import DecryptionError
from hypothesis import given, settings, strategies as st
import pytest

from simulator import FAMILIES, Household, Meter, make_meter
from simulator.p1_settings import MeterOptions

from .p1_support import (
    EVENING,
    FIXTURES,
    START,
    milli,
    number,
    parsed,
    printed_crc,
    sent,
    telegrams,
    true_crc,
    values,
)

# The clocks change, a month and a year turn; and an ordinary moment.
_MOMENTS = st.one_of(
    st.integers(1_774_746_000 - 7200, 1_774_746_000 + 7200),
    st.integers(1_792_890_000 - 7200, 1_792_890_000 + 7200),
    st.integers(1_767_222_000 - 900, 1_767_222_000 + 900),
    st.integers(START, START + 365 * 86_400),
)
_IDENTIFIERS = re.compile(r"0-\d:(96\.1\.[012]|42\.0\.0)\(")
_LISTS = re.compile(r"(0-0:98\.1\.0|1-0:99\.97\.0)\(")


def _plain(meter: Meter, frame: bytes) -> bytes:
    """Decrypt a frame as counter mode does, which needs no tag."""
    assert meter.key is not None
    iv = frame[2:10] + frame[14:18]
    cipher = Cipher(
        algorithms.AES(bytes.fromhex(meter.key)), modes.CTR(iv + b"\0\0\0\2")
    )
    return cipher.decryptor().update(frame[18:-12])


def _shapes(telegram: bytes) -> list[str]:
    """Return the lines with digits and season letters made equal."""
    lines = telegram.decode("latin-1").removesuffix("\r\n").split("\r\n")[1:-1]
    return [_shape(line) for line in lines if not _IDENTIFIERS.match(line)]


def _shape(line: str) -> str:
    if _LISTS.match(line):
        return line.partition("(")[0]
    code, bracket, rest = line.partition("(")
    return code + bracket + re.sub(r"\d[SW]\)", "9X)", re.sub(r"\d", "9", rest))


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=12, deadline=None)
@given(start=_MOMENTS, seed=st.integers(0, 10_000), phases=st.sampled_from([1, 3]))
def test_an_outside_parser_takes_every_line(
    family: str, start: int, seed: int, phases: int
) -> None:
    meter = make_meter(family, seed=seed, start=start, phases=phases)
    telegram = parsed(meter, sent(meter, start))
    watts = float(telegram.CURRENT_ELECTRICITY_USAGE.value) * 1000
    back = float(telegram.CURRENT_ELECTRICITY_DELIVERY.value) * 1000
    assert min(watts, back) == 0
    # DSMR 2.2 tells tens of watts.
    assert watts - back == pytest.approx(Household(seed).at(start - 1).power, abs=10)


@pytest.mark.parametrize("family", ["be-50213", "be-50217", "be-50221", "nl-4.2", "se"])
def test_the_checksum_is_that_of_the_standard(family: str) -> None:
    meter = make_meter(family, start=START)
    for _, telegram in telegrams(meter, START, START + 60):
        assert re.fullmatch("[0-9A-F]{4}", printed_crc(telegram))
        assert printed_crc(telegram) == true_crc(telegram)


def test_the_checksum_test_agrees_with_a_live_telegram() -> None:
    live = FIXTURES / "be_fluvius_50217_20241119_3ph_9kw_13months.txt"
    assert true_crc(live.read_bytes()) == "62E6"


def test_dsmr2_has_neither_time_nor_checksum() -> None:
    meter = make_meter("nl-2.2", start=START)
    telegram = sent(meter, START)
    assert telegram.endswith(b"\r\n!\r\n")
    assert "0-0:1.0.0" not in values(telegram)


@pytest.mark.parametrize(
    ("family", "live", "options"),
    [
        (
            "be-50217",
            "be_fluvius_50217_20231102_3ph_gas_water_4months_invalidstamp",
            {"water": True},
        ),
        ("be-50217", "be_fluvius_50217_20241119_3ph_9kw_13months", {"gas": False}),
        (
            "be-50217",
            "be_fluvius_50217_20221220_mono_gas_empty_history",
            {"phases": 1},
        ),
        ("be-50213", "be_fluvius_50213_mono_gas", {"phases": 1}),
        (
            "be-50221",
            "be_fluvius_50221_generation_D_template_recomputed",
            {"water": True},
        ),
        ("nl-2.2", "nl_dsmr22_kamstrup_gas", {}),
        ("nl-4.2", "nl_dsmr42_kaifa_gas_powerfailurelog", {}),
        ("se", "se_kamstrup_han", {}),
    ],
)
def test_the_lines_are_those_of_a_live_telegram(
    family: str, live: str, options: MeterOptions
) -> None:
    meter = make_meter(family, start=START, **options)
    expected = (FIXTURES / f"{live}.txt").read_bytes()
    assert _shapes(sent(meter, START)) == _shapes(expected)


def test_the_dutch_lines_are_those_of_a_live_telegram() -> None:
    meter = make_meter("nl-5.0", start=START)
    live = _shapes((FIXTURES / "nl_dsmr50_iskra_two_mbus.txt").read_bytes())
    # The live one's gas meter is on channel 2; channel 1 has been given up.
    expected = [line.replace("0-2:", "0-1:") for line in live if line[:4] != "0-1:"]
    assert _shapes(sent(meter, START)) == expected


def test_the_plain_text_of_luxembourg_is_that_of_a_live_telegram() -> None:
    meter = make_meter("lu", start=START)
    plain = _plain(meter, sent(meter, START))
    live = (FIXTURES / "lu_smarty_plain.txt").read_bytes()
    assert _shapes(plain) == _shapes(live)
    assert printed_crc(plain) == true_crc(plain)


def test_luxembourg_frames_are_authentic_and_never_alike() -> None:
    meter = make_meter("lu", start=START, key="0123456789ABCDEF" * 2)
    frames = [frame for _, frame in telegrams(meter, START, START + 30)]
    for frame in frames:
        assert frame[:2] == b"\xdb\x08"
        assert frame[10] == 0x82
        assert int.from_bytes(frame[11:13], "big") == len(frame) - 13
        parsed(meter, frame)
    assert len({frame[14:18] for frame in frames}) == 3
    forged = frames[0][:-1] + bytes([frames[0][-1] ^ 1])
    with pytest.raises(DecryptionError):
        parsed(meter, forged)


@pytest.mark.parametrize("family", FAMILIES)
def test_telegrams_come_at_the_familys_pace(family: str) -> None:
    meter = make_meter(family, start=START)
    seconds = [second for second, _ in telegrams(meter, START, START + 31)]
    step = 1 if family.startswith("be") or family == "nl-5.0" else 10
    assert seconds == list(range(START, START + 31, step))


@pytest.mark.parametrize("family", FAMILIES)
def test_equal_meters_send_the_same(family: str) -> None:
    whole = make_meter(family, seed=7, start=EVENING)
    hasty = make_meter(family, seed=7, start=EVENING)
    other = make_meter(family, seed=8, start=EVENING)
    last = EVENING + 2000
    everything = dict(telegrams(whole, EVENING, last + 1))
    assert sent(hasty, last) == everything[last]
    assert sent(other, last) != everything[last]


def test_a_second_that_is_over_does_not_come_again() -> None:
    meter = make_meter("se", start=START)
    meter.telegram(START + 5)
    with pytest.raises(ValueError, match="is over"):
        meter.telegram(START + 5)


def test_phases_are_summed_before_the_sign_is_taken() -> None:
    meter = make_meter("be-50217", seed=1, start=START)
    telegram = sent(meter, START)
    taken = [milli(telegram, f"1-0:{code}.7.0") for code in (21, 41, 61)]
    given_ = [milli(telegram, f"1-0:{code}.7.0") for code in (22, 42, 62)]
    assert taken[0] == 0 < given_[0]
    assert taken[1] > 0 == given_[1]
    net = milli(telegram, "1-0:1.7.0") - milli(telegram, "1-0:2.7.0")
    # Every figure is cut to whole watts.
    assert net == pytest.approx(sum(taken) - sum(given_), abs=3)
    assert milli(telegram, "1-0:1.7.0") == 0 < milli(telegram, "1-0:2.7.0")


@pytest.mark.parametrize("family", ["be-50217", "nl-5.0", "lu", "se"])
def test_the_power_is_that_of_the_last_second(family: str) -> None:
    meter = make_meter(family, seed=3, start=EVENING)
    telegram = parsed(meter, sent(meter, EVENING))
    power = Household(3).at(EVENING - 1).power / 1000
    assert float(telegram.CURRENT_ELECTRICITY_USAGE.value) == pytest.approx(
        power, abs=0.001
    )


@pytest.mark.parametrize(("family", "decimals"), [("be-50217", 2), ("be-50213", 0)])
def test_voltage_and_current_are_the_households(family: str, decimals: int) -> None:
    meter = make_meter(family, start=EVENING)
    telegram = sent(meter, EVENING)
    moment = Household(1).at(EVENING - 1)
    for index, phase in enumerate(moment.phases):
        volts = number(telegram, f"1-0:{32 + 20 * index}.7.0")
        amperes = number(telegram, f"1-0:{31 + 20 * index}.7.0")
        assert volts == pytest.approx(phase.voltage, abs=0.051)
        assert amperes == pytest.approx(phase.current, abs=0.51 * 10**-decimals)


def test_a_single_phase_carries_the_whole_household() -> None:
    three = sent(make_meter("be-50217", start=EVENING), EVENING)
    one = sent(make_meter("be-50217", start=EVENING, phases=1), EVENING)
    assert "1-0:41.7.0" not in values(one)
    assert milli(one, "1-0:21.7.0") == milli(three, "1-0:1.7.0")
    assert milli(one, "1-0:1.7.0") == milli(three, "1-0:1.7.0")


@pytest.mark.parametrize(
    ("family", "moment", "tariff"),
    [
        # Thursday and Friday in winter, then in summer: by the wall clock.
        ("be-50217", "2026-01-15T20:59:59", "0001"),
        ("be-50217", "2026-01-15T21:00:00", "0002"),
        ("be-50217", "2026-01-16T05:59:59", "0002"),
        ("be-50217", "2026-01-16T06:00:00", "0001"),
        ("be-50217", "2026-07-16T05:00:00", "0001"),
        ("be-50217", "2026-07-18T05:00:00", "0002"),
        ("nl-5.0", "2026-01-15T21:59:59", "0002"),
        ("nl-5.0", "2026-01-15T22:00:00", "0001"),
        ("nl-5.0", "2026-07-16T05:00:00", "0002"),
        ("nl-5.0", "2026-07-18T05:00:00", "0001"),
    ],
)
def test_the_belgians_count_the_day_first_and_the_dutch_the_night(
    family: str, moment: str, tariff: str
) -> None:
    start = int(datetime.fromisoformat(f"{moment}Z").timestamp())
    meter = make_meter(family, start=start)
    assert values(sent(meter, start))["0-0:96.14.0"] == [tariff]


def test_a_register_turns_over() -> None:
    meter = make_meter(
        "be-50217", start=EVENING, counters={"1.8.1": 999_999_999, "1.8.2": 5}
    )
    telegram = sent(meter, EVENING + 3600)
    assert 0 <= milli(telegram, "1-0:1.8.1") < 20_000
    assert milli(telegram, "1-0:1.8.2") == 5


@pytest.mark.parametrize(
    ("family", "options", "message"),
    [
        ("be", {}, "unknown family"),
        ("be-50217", {"phases": 2}, "phases"),
        ("be-50217", {"months": 14}, "months"),
        ("be-50217", {"loss": 1.5}, "loss"),
        ("be-50217", {"quirks": ["tired"]}, "unknown quirks"),
        ("be-50213", {"quirks": ["history-gap"]}, "no demand registers"),
        ("be-50217", {"peaks": {"2026-13": 1}}, "not a month"),
        ("be-50217", {"counters": {"1.8.0": 1}}, "unknown registers"),
        ("be-50217", {"key": "00" * 16}, "does not encrypt"),
        ("lu", {"key": "secret"}, "32 upper-case hex"),
        ("nl-5.0", {"water": True}, "no water"),
    ],
)
def test_what_no_meter_can_do_is_refused(
    family: str, options: MeterOptions, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make_meter(family, start=START, **options)
