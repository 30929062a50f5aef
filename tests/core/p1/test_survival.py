"""What makes other readers fail costs one field here, or one telegram, never more."""

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.flukso.core.p1.collected import short_hash
from custom_components.flukso.core.p1.family import Family
from custom_components.flukso.core.p1.fields import FIELDS
from custom_components.flukso.core.p1.readings import (
    Breaker,
    DroppedField,
    FieldFault,
    Telegram,
)
from custom_components.flukso.core.p1.telegram import NoTelegram, read_telegram

from .support import (
    GENERATION_D,
    THIRTEEN_MONTHS,
    belgian,
    body,
    moment,
    read,
    read_fixture,
    sealed,
    telegram,
    texts_of,
)

POWER = "1-0:2.7.0(01.234*kW)"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("1-0:1.7.0(abc*kW)", FieldFault.MALFORMED),
        ("1-0:1.7.0(*kW)", FieldFault.MALFORMED),
        ("1-0:1.7.0(00.3 8*kW)", FieldFault.MALFORMED),
        ("1-0:1.7.0(00,338*kW)", FieldFault.MALFORMED),
        ("1-0:1.7.0(00.338*kW*kW)", FieldFault.MALFORMED),
        ("1-0:1.7.0(00.338*kW)(00.338*kW)", FieldFault.MALFORMED),
        ("1-0:1.7.0(", FieldFault.MALFORMED),
        ("1-0:1.7.0(00.3\xb28*kW)", FieldFault.MALFORMED),
        ("1-0:1.7.0(sNaN*kW)", FieldFault.MALFORMED),
        ("1-0:1.7.0(1E9999999999999999999*kW)", FieldFault.MALFORMED),
        ("1-0:1.7.0(NaN*kW)", FieldFault.OUT_OF_RANGE),
        ("1-0:1.7.0(Infinity*kW)", FieldFault.OUT_OF_RANGE),
        ("1-0:1.7.0(1E400*kW)", FieldFault.OUT_OF_RANGE),
        ("1-0:1.7.0(1E400*W)", FieldFault.OUT_OF_RANGE),
        ("1-0:1.7.0(-00.338*kW)", FieldFault.OUT_OF_RANGE),
        (f"1-0:1.7.0({'9' * 5000}*kW)", FieldFault.OUT_OF_RANGE),
        ("1-0:1.7.0(338)", FieldFault.UNIT),
        ("1-0:1.7.0(00.338*)", FieldFault.UNIT),
        ("1-0:1.7.0(00.338*kWh)", FieldFault.UNIT),
        ("1-0:1.7.0(00.338*horse)", FieldFault.UNIT),
        ("0-0:96.14.0(one)", FieldFault.MALFORMED),
        ("0-0:96.14.0(1.5)", FieldFault.MALFORMED),
        (f"0-0:96.14.0({'9' * 5000})", FieldFault.MALFORMED),
        ("0-0:96.14.0(-1)", FieldFault.OUT_OF_RANGE),
        ("0-0:96.14.0(1*V)", FieldFault.UNIT),
        ("0-0:96.1.1()()", FieldFault.MALFORMED),
        ("1-0:1.6.0()", FieldFault.MALFORMED),
        ("1-0:1.6.0(632525252525W)(00.000*kW)", FieldFault.STAMP),
        ("1-0:1.6.0(241115084500W)(x*kW)", FieldFault.MALFORMED),
        ("1-0:1.6.0()(25.891*kW)", FieldFault.STAMP),
        ("0-1:24.2.3(241119162000W)(00000.000)", FieldFault.UNIT),
        ("0-1:24.3.0(161107190000)(00)(60)", FieldFault.MALFORMED),
        ("0-0:98.1.0(x)", FieldFault.MALFORMED),
    ],
)
def test_bad_field_is_left_out_and_the_others_are_read(
    line: str, fault: FieldFault
) -> None:
    found = read(belgian(line, POWER))
    assert found.dropped == (DroppedField(line.partition("(")[0], fault),)
    assert found.power_export == 1.234
    assert found.power_import is None
    assert found.tariff is None
    assert found.month_peak is None


@pytest.mark.parametrize(
    "line",
    ["1-0:1.7.0()", "0-0:96.14.0()", "0-0:96.1.1()", "1-0:1.6.0()()", "0-0:98.1.0()"],
)
def test_empty_field_is_no_fault(line: str) -> None:
    found = read(belgian(line, POWER))
    assert found.dropped == ()
    assert found.power_export == 1.234


def test_impossible_time_leaves_the_rest() -> None:
    found = read(telegram("0-0:96.1.4(50217)", "0-0:1.0.0(632525252525W)", POWER))
    assert (found.stamp, found.timestamp) == (None, None)
    assert found.power_export == 1.234
    assert found.dropped == (DroppedField("0-0:1.0.0", FieldFault.STAMP),)


def test_bytes_above_ascii_cost_nothing_but_their_field() -> None:
    found = read(belgian("0-0:96.13.0(caf\xe9)", "0-0:96.1.1(\xff)", POWER))
    assert found.power_export == 1.234
    assert found.dropped == (DroppedField("0-0:96.1.1", FieldFault.MALFORMED),)


def test_letter_of_a_time_in_the_skipped_hour_counts() -> None:
    found = read(telegram("0-0:96.1.4(50217)", "0-0:1.0.0(260329020000W)"))
    assert found.stamp == moment("2026-03-29T01:00:00Z")


@pytest.mark.parametrize(
    ("before", "after", "seconds"),
    [
        ("261025025959S", "261025020000W", 1),
        ("261025023000S", "261025023000W", 3600),
        ("260329015959W", "260329030000S", 1),
    ],
)
def test_meter_counts_on_through_a_clock_change(
    before: str, after: str, seconds: int
) -> None:
    first, second = (
        read(sealed(body(THIRTEEN_MONTHS).replace(b"241119162126W", stamp.encode())))
        for stamp in (before, after)
    )
    assert first.timestamp is not None
    assert second.timestamp is not None
    assert second.timestamp - first.timestamp == seconds


def test_switches_of_other_outputs_are_not_the_breaker() -> None:
    found = read_fixture(GENERATION_D)
    assert found.breaker is Breaker.ON
    assert [child.channel for child in found.children] == [1, 2]
    assert found.dropped == ()


def test_first_of_two_equal_fields_counts() -> None:
    found = read(belgian("1-0:1.7.0(00.338*kW)", "1-0:1.7.0(09.000*kW)"))
    assert found.power_import == 0.338


def test_line_of_another_medium_is_another_field() -> None:
    found = read(
        belgian("1-1:31.4.0(060*A)(-060*A)", "1-1:0.0.0(1)", "9-0:1.7.0(00.338*kW)")
    )
    assert (found.fuse, found.power_import) == (None, None)
    assert found.meter == short_hash("FLU5\\253769484_A")
    assert found.dropped == ()


def test_order_of_the_lines_does_not_matter() -> None:
    header, blank, *lines = body(THIRTEEN_MONTHS).split(b"\r\n")[:-1]
    turned = b"\r\n".join([header, blank, *reversed(lines), b""])
    assert read(sealed(turned)) == read_fixture(THIRTEEN_MONTHS)


def test_lines_without_carriage_return_are_read_alike() -> None:
    unix = body(THIRTEEN_MONTHS).replace(b"\r\n", b"\n")
    assert read(sealed(unix)) == read_fixture(THIRTEEN_MONTHS)


@pytest.mark.parametrize(
    "lines", [(), ("3:0.2.8(50)", "7-7:99.99.99(1)", "1-0:1.7.0", "junk")]
)
def test_telegram_without_a_known_field_is_none(lines: tuple[str, ...]) -> None:
    (text,) = texts_of(telegram(*lines, header="ABC5"))
    with pytest.raises(NoTelegram):
        read_telegram(text)


def test_family_that_is_not_known_is_read_by_its_codes() -> None:
    found = read(telegram("0-0:1.0.0(241119162126W)", POWER, header="ABC5"))
    assert (found.family, found.power_export) == (Family.OTHER, 1.234)


groups = st.lists(
    st.text(alphabet="0123456789.*-+:kWhAVmNaEfSTRIO_ ", max_size=16)
    | st.sampled_from(
        ["00.338*kW", "241119162126W", "", "4", "1-0:1.6.0", "TARIFF 1", "ON"]
    )
    | st.sampled_from(["01240.560 m3", "19-01-01 12:00:00", "-1.5kA", "234.5v"]),
    max_size=8,
)
lines = st.builds(
    lambda code, content, end: f"{code}{end}({')('.join(content)})",
    st.sampled_from(
        sorted(FIELDS) + sorted(code.replace("1-0", "1-1") for code in FIELDS)
    ),
    groups,
    st.sampled_from(["", ".255", "*255", "*00"]),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(st.lists(lines, min_size=1, max_size=12))
def test_no_fields_raise(content: list[str]) -> None:
    (text,) = texts_of(telegram(*content, POWER))
    assert isinstance(read_telegram(text), Telegram)


@settings(deadline=None)
@given(
    code=st.sampled_from(sorted(FIELDS.keys() - {"1-0:2.7.0"})),
    content=st.text(st.characters(codec="latin-1", exclude_characters="\r\n")),
)
def test_whatever_a_field_says_costs_no_other(code: str, content: str) -> None:
    found = read(belgian(f"{code}{content}", f"{code}({content})", POWER))
    assert found.power_export == 1.234
    assert {dropped.code for dropped in found.dropped} <= {code}


def test_a_unit_that_is_none_is_told_also_without_its_star() -> None:
    found = read(belgian("1-0:1.7.0(00.338 horse)", POWER))
    assert found.dropped == (DroppedField("1-0:1.7.0", FieldFault.UNIT),)
    assert found.power_export == 1.234
