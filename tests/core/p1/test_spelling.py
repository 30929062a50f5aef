"""What a line says does not depend on how the meter spells it."""

from hypothesis import given, strategies as st
import pytest

from custom_components.flukso.core.p1.collected import short_hash
from custom_components.flukso.core.p1.fields import UNITS, UNITS_IN_LOWER_CASE
from custom_components.flukso.core.p1.readings import (
    Amount,
    Breaker,
    Child,
    ChildKind,
    DroppedField,
    FieldFault,
)
from custom_components.flukso.core.p1.stamps import newer
from custom_components.flukso.core.p1.tariffs import Tariff

from .support import belgian, moment, read, telegram

DUTCH = "1-3:0.2.8(50)"


def test_no_two_units_differ_in_their_case_alone() -> None:
    for name, unit in UNITS.items():
        assert UNITS_IN_LOWER_CASE[name.lower()] == unit


@given(
    number=st.decimals(0, 9999, places=3).map(lambda number: f"{number:09.3f}"),
    unit=st.sampled_from([("kW", 1), ("W", 0.001)]),
    star=st.sampled_from(["*", "", " ", " * ", "* "]),
    spell=st.sampled_from([str, str.lower, str.upper]),
    around=st.sampled_from(["", " ", "  "]),
    plus=st.sampled_from(["", "+"]),
    code=st.sampled_from(["1-0:1.7.0", "1-0:1.7.0*255", "1-0:1.7.0.255", "1-3:1.7.0"]),
)
def test_number_is_read_however_it_is_spelt(
    *,
    number: str,
    unit: tuple[str, float],
    star: str,
    spell: type[str],
    around: str,
    plus: str,
    code: str,
) -> None:
    name, factor = unit
    sent = f"{around}{plus}{number}{star}{spell(name)}{around}"
    found = read(belgian(f"{code}({sent})"))
    assert found.power_import == pytest.approx(float(number) * factor)
    assert found.dropped == ()


@pytest.mark.parametrize(
    "sent",
    [
        "0.338kW kW",
        "0.338kWkW2*",
        "kW",
        "0.3.38kW",
        "0.338kW)(",
        "--0.338kW",
        "0.338(kW",
        "0.338 5kW",
        "241119162126W",
    ],
)
def test_what_is_no_number_with_a_unit_stays_malformed(sent: str) -> None:
    found = read(belgian(f"1-0:1.7.0({sent})", "1-0:2.7.0(01.234*kW)"))
    assert found.power_import is None
    assert found.power_export == 1.234
    assert found.dropped == (DroppedField("1-0:1.7.0", FieldFault.MALFORMED),)


def test_code_may_say_now_instead_of_its_last_number() -> None:
    found = read(
        belgian(
            "1-0:1.8.255(000301.548*kWh)",
            "1-1:2.8.255(000012.500*kWh)",
            "1-0:1.7.255(00.338*kW)",
            "1-0:32.7.255*255(234.5*V)",
            "0-0:96.14.255(0002)",
            "0-1:24.1.255(003)",
            "0-1:96.1.255(31)",
            "0-1:24.2.3(241119162000W)(00996.617*m3)",
        )
    )
    assert found.energy_import.total == 301.548
    assert found.energy_export.total == 12.5
    assert found.power_import == 0.338
    assert found.phases[0].voltage == 234.5
    assert found.tariff is Tariff.LOW
    assert [(child.kind, child.meter) for child in found.children] == [
        (ChildKind.GAS, short_hash("31"))
    ]
    assert found.dropped == ()


def test_group_of_255_that_is_a_field_of_its_own_stays_one() -> None:
    found = read(telegram("0-0:96.1.255(31)", "1-0:1.8.0(1.0*kWh)", header="ABC5"))
    assert found.meter == short_hash("31")


@pytest.mark.parametrize("code", ["1-0:1.8.0*00", "1-0:1.8.0*62", "1-0:1.8.0.1"])
def test_value_of_another_day_is_not_the_one_of_now(code: str) -> None:
    lines = [f"{code}(0018750.0*kWh)", "1-0:1.8.0(0018788.9*kWh)"]
    assert read(belgian(*lines)).energy_import.total == 18788.9


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ("1-0:32.7.0(234)", None),
        ("1-0:31.7.0(5)", None),
        ("1-0:1.8.0(001234.5)", None),
        # Whole watts or kilowatts?
        ("1-0:1.7.0(000338)", FieldFault.UNIT),
        ("1-0:1.7.0(338*)", FieldFault.UNIT),
        ("1-0:1.7.0(Infinity)", FieldFault.UNIT),
        ("0-1:24.2.1(241119162000W)(00001.234)", FieldFault.UNIT),
    ],
)
def test_unit_may_be_missing_where_the_code_leaves_but_one(
    line: str, unit: FieldFault | None
) -> None:
    dropped = () if unit is None else (DroppedField(line.partition("(")[0], unit),)
    assert read(telegram(DUTCH, line)).dropped == dropped


@pytest.mark.parametrize(
    ("lines", "limiter"),
    [
        (["1-3:0.2.8(50)"], Amount(16.1, "kW")),
        (["0-0:96.1.4(50217)"], Amount(16.1, "kW")),
        (["1-3:0.2.8(42)", "0-0:42.0.0(31)"], Amount(16.1, "kVA")),
        # Kilowatts or amperes?
        (["1-0:1.8.1(1.0*kWh)"], None),
    ],
)
def test_limit_without_unit_is_in_that_of_the_standard(
    lines: list[str], limiter: Amount | None
) -> None:
    found = read(telegram(*lines, "0-0:17.0.0(16.1)", header="ABC5"))
    assert found.limiter == limiter
    dropped = DroppedField("0-0:17.0.0", FieldFault.UNIT)
    assert found.dropped == (() if limiter else (dropped,))


def test_months_are_read_however_they_are_spelt() -> None:
    found = read(
        belgian(
            "0-0:98.1.0*255(2)(1-0:1.6.0*255)(1-0:1.6.0*255)"
            "(231101000000W)(231026084500S)(12.195kW)"
            "(231201000000W)(231114161500W)(17.457*kw)"
        )
    )
    assert found.history is not None
    assert [entry.demand for entry in found.history] == [12.195, 17.457]
    assert found.dropped == ()


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        (["1-0:1.8.1(000301.548*kWh)"], 301.548),
        (["1-0:1.8.2(000301.548*kWh)"], 301.548),
        (["1-1:1.8.1(000301.548*kWh)"], 301.548),
        (["1-0:1.8.1(000301.548*kWh)", "1-0:1.8.2()"], None),
        (["1-1:1.8.1(000301.548*kWh)", "1-1:1.8.2(bad)"], None),
        ([f"1-0:1.8.{number}(000001.500*kWh)" for number in (1, 2, 3, 4)], 6.0),
        (["1-0:1.8.1(000001.500*kWh)", "1-0:1.8.0(000009.500*kWh)"], 9.5),
        # The total may be more than the only tariff.
        (["1-0:1.8.1(000001.500*kWh)", "1-0:1.8.0(bad)"], None),
        (["1-1:1.8.1(000001.500*kWh)", "1-1:1.8.0()"], None),
        (
            [f"1-0:1.8.{number}({number}.5*kWh)" for number in (1, 2)]
            + ["1-0:1.8.0(x)"],
            4.0,
        ),
        ([], None),
    ],
)
def test_total_is_the_sum_of_all_registers_that_were_sent(
    lines: list[str], total: float | None
) -> None:
    assert read(belgian(*lines)).energy_import.total == total


def test_swiss_meter_counts_itself_as_channel_1() -> None:
    found = read(
        belgian(
            "1-1:1.8.1(000025.600*kWh)",
            "1-1:1.8.2(000020.655*kWh)",
            "1-1:1.7.0(00.000*kW)",
            "1-1:2.7.0(00.006*kW)",
            "1-1:1.6.0(240906083000S)(03.468*kW)",
            "1-0:1.4.0(00.004*kW)",
        )
    )
    assert found.energy_import.total == 46.255
    assert (found.power_import, found.power_export) == (0.0, 0.006)
    assert found.month_peak == (moment("2024-09-06T08:30:00+02:00"), 3.468)
    assert found.demand == 0.004


@pytest.mark.parametrize("turned", [False, True])
def test_lowest_channel_that_has_a_quantity_counts(*, turned: bool) -> None:
    lines = [
        "1-2:1.7.0(02.000*kW)",
        "1-1:1.7.0(01.000*kW)",
        "1-1:1.8.1(000001.000*kWh)",
        "1-0:1.8.0(000009.000*kWh)",
        "1-2:2.7.0(bad)",
    ]
    found = read(belgian(*(reversed(lines) if turned else lines)))
    assert (found.power_import, found.power_export) == (1.0, None)
    assert found.energy_import.total == 9.0
    assert found.energy_import.tariffs == {}
    assert found.dropped == (DroppedField("1-2:2.7.0", FieldFault.MALFORMED),)


@pytest.mark.parametrize(
    ("lines", "powers"),
    [
        (["1-0:16.7.0(-000123*W)"], (0.0, 0.123)),
        (["1-0:16.7.0(000123*W)"], (0.123, 0.0)),
        (["1-0:16.7.0( 000.00*kW)"], (0.0, 0.0)),
        (["1-1:16.7.0(-007.66*kW)"], (0.0, 7.66)),
        (["1-0:16.7.0(-0.2*kW)", "1-0:15.7.0(0.2*kW)"], (0.0, 0.2)),
        (["1-0:16.7.0(-0.2*kW)", "1-0:2.7.0(0.3*kW)"], (0.1, 0.3)),
        (["1-0:16.7.0(-0.2*kW)", "1-0:1.7.0(0.1*kW)"], (0.1, 0.3)),
        (["1-0:16.7.0(9*kW)", "1-0:1.7.0(1*kW)", "1-0:2.7.0(0*kW)"], (1.0, 0.0)),
        (["1-0:15.7.0(000123*W)"], (0.123, None)),
        (["1-0:15.7.0(0.5*kW)", "1-0:2.7.0(0.5*kW)"], (0.0, 0.5)),
        (["1-0:15.7.0(0.5*kW)", "1-0:1.7.0(0.4*kW)"], (0.4, None)),
        (["1-0:15.7.0(0.5*kW)", "1-0:2.8.0(000000.000*kWh)"], (0.5, None)),
        # It may be an export.
        (["1-0:15.7.0(0.5*kW)", "1-0:2.8.0(000001.000*kWh)"], (None, None)),
        (["1-0:15.7.0(0.5*kW)", "1-0:2.8.1(1.0*kWh)", "1-0:2.8.2()"], (None, None)),
        (["1-0:15.7.0(-0.5*kW)"], (None, None)),
    ],
)
def test_net_power_and_power_either_way_are_powers(
    lines: list[str], powers: tuple[float | None, float | None]
) -> None:
    found = read(belgian(*lines))
    assert (found.power_import, found.power_export) == powers


def test_phases_may_be_net_and_their_currents_signed() -> None:
    found = read(
        belgian(
            "1-0:36.7.0(-000.82*kW)",
            "1-0:56.7.0( 001.67*kW)",
            "1-0:31.7.0(-003.54*A)",
            "1-0:51.7.0(+007*A)",
            "1-0:71.7.0(-0.002kA)",
            "1-0:52.7.0(-230.0*V)",
        )
    )
    assert [phase.current for phase in found.phases] == [-3.54, 7.0, -2.0]
    assert [phase.power_import for phase in found.phases] == [0.0, 1.67, None]
    assert [phase.power_export for phase in found.phases] == [0.82, 0.0, None]
    assert found.dropped == (DroppedField("1-0:52.7.0", FieldFault.OUT_OF_RANGE),)


@pytest.mark.parametrize(
    ("sent", "tariff"),
    [
        ("TARIFF 1", Tariff.NORMAL),
        ("tariff 2", Tariff.LOW),
        ("Tariff02", Tariff.LOW),
        ("T1", Tariff.NORMAL),
        (" 0002 ", Tariff.LOW),
    ],
)
def test_tariff_may_be_a_word(sent: str, tariff: Tariff) -> None:
    found = read(belgian(f"0-0:96.14.0({sent})"))
    assert (found.tariff, found.dropped) == (tariff, ())


@pytest.mark.parametrize(
    ("sent", "breaker"),
    [
        ("ON", Breaker.ON),
        ("off", Breaker.OFF),
        ("Connected", Breaker.ON),
        ("DISCONNECTED", Breaker.OFF),
        ("Ready_for_reconnection", Breaker.READY),
    ],
)
def test_switch_may_be_a_word(sent: str, breaker: Breaker) -> None:
    found = read(belgian(f"0-0:96.3.10({sent})", "0-1:96.1.0(1)", "0-1:24.4.0(ON)"))
    assert (found.breaker, found.dropped) == (breaker, ())
    assert [child.valve for child in found.children] == [1]


@pytest.mark.parametrize(
    "line", ["0-0:96.3.10(MAYBE)", "0-0:96.14.0(ON)", "0-0:96.7.21(ON)"]
)
def test_other_words_are_no_numbers(line: str) -> None:
    code = line.partition("(")[0]
    assert read(belgian(line)).dropped == (DroppedField(code, FieldFault.MALFORMED),)


@pytest.mark.parametrize(
    "line",
    [
        "0-2:24.2.1(00012.345*GJ)",
        "0-2:24.2.1(00012.345GJ)",
        "0-2:24.2.1()(00012.345*GJ)",
        "0-2:24.2.1(00012.345*gj)()",
    ],
)
def test_heat_meter_may_have_no_time(line: str) -> None:
    found = read(belgian("0-2:24.1.0(004)", line))
    heat = Child(2, ChildKind.HEAT, None, Amount(12.345, "GJ"), None, None)
    assert (found.children, found.dropped) == ((heat,), ())


@pytest.mark.parametrize(
    "stamp",
    [
        "19-01-01 13:00:00",
        "2019-01-01T13:00",
        "2019/01/01 13:00:00 W",
        "190101130000",
        "190101130000W",
    ],
)
def test_time_of_a_reading_may_follow_it_and_have_separators(stamp: str) -> None:
    (gas,) = read(belgian(f"0-1:24.2.3(01240.690*m3)({stamp})")).children
    assert gas.reading == Amount(1240.69, "m3")
    letter = stamp.endswith("W")
    assert gas.stamp == (moment("2019-01-01T13:00:00+01:00") if letter else None)


@given(
    hours=st.permutations(range(24)),
    spelling=st.sampled_from(["({value})({time})", "({time})({value})"]),
)
def test_newest_of_a_ring_counts_wherever_it_stands(
    hours: list[int], spelling: str
) -> None:
    lines = [
        "7-0:23.1.0"
        + spelling.format(value=f"{hour:05}.5*m3", time=f"19-01-01 {hour:02}:00:00")
        for hour in hours
    ]
    (gas,) = read(belgian(*lines)).children
    assert gas.reading == Amount(23.5, "m3")


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        ("190101130000", "190101120000", True),
        ("190101120000", "190101120000", False),
        ("231029023000W", "231029023000S", True),
        ("231029023000S", "231029023000W", False),
        ("190101120000", "632525252525W", True),
        ("632525252525W", "190101120000", False),
        ("", "632525252525W", False),
        ("700101010000W", "190101120000W", False),
    ],
)
def test_newer_of_two_stamps_is_told(text: str, other: str, *, expected: bool) -> None:
    assert newer(text, other) is expected


GAS = "7-0:23.1.0(190101120000)(00012.345*m3)"


@pytest.mark.parametrize(
    ("lines", "children"),
    [
        # Its own id, on the first free channel.
        (["7-0:0.0.0(31)", GAS], [(1, "gas", "31", 12.345)]),
        (
            ["7-0:0.0.0(31)", GAS, "0-1:96.1.0(32)"],
            [(1, None, "32", None), (2, "gas", "31", 12.345)],
        ),
        # The only id that has no reading is its own.
        ([GAS, "0-3:96.1.0(31  )"], [(3, "gas", "31", 12.345)]),
        ([GAS, "0-3:96.1.0(31)", "0-3:24.1.0(3)"], [(3, "gas", "31", 12.345)]),
        # Of two nobody knows which.
        (
            [GAS, "0-1:96.1.0(31)", "0-3:96.1.0(32)"],
            [(1, None, "31", None), (2, "gas", None, 12.345), (3, None, "32", None)],
        ),
        (
            [GAS, "0-1:96.1.0(31)", "0-1:24.1.0(7)"],
            [(1, "water", "31", None), (2, "gas", None, 12.345)],
        ),
        # A number says where it is.
        (["7-2:23.2.0(190101120000)(00012.345*m3)"], [(2, "gas", None, 12.345)]),
        (["8-0:1.0.0(190101120000)(00012.345*m3)"], [(1, "water", None, 12.345)]),
        (["9-0:1.0.0(00012.345*m3)"], [(1, "hot_water", None, 12.345)]),
        (["5-0:1.0.0(190101120000)(00012.345*GJ)"], [(1, None, None, 12.345)]),
        # Nowhere left.
        (
            [
                GAS,
                *(f"0-{channel}:96.1.0({channel})" for channel in range(1, 9)),
                "0-9:24.4.0(1)",
            ],
            [
                *((channel, None, str(channel), None) for channel in range(1, 9)),
                (9, "gas", None, 12.345),
            ],
        ),
    ],
)
def test_meter_that_goes_by_its_medium_is_a_child(
    lines: list[str], children: list[tuple[int, str | None, str | None, float | None]]
) -> None:
    for order in (lines, lines[::-1]):
        found = read(belgian(*order))
        assert [
            (
                child.channel,
                child.kind,
                child.meter,
                child.reading and child.reading.value,
            )
            for child in found.children
        ] == [
            (channel, kind, identity and short_hash(identity), reading)
            for channel, kind, identity, reading in children
        ]
        assert found.dropped == ()
