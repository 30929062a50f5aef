"""Telegrams of real meters give the values that they were known to give."""

from typing import NamedTuple

import pytest

from custom_components.flukso.core.p1.collected import short_hash
from custom_components.flukso.core.p1.family import Family
from custom_components.flukso.core.p1.month_maxima import Peak
from custom_components.flukso.core.p1.readings import (
    Amount,
    Breaker,
    Child,
    ChildKind,
    DroppedField,
    Energy,
    FieldFault,
    Phase,
)
from custom_components.flukso.core.p1.stamps import parse_stamp
from custom_components.flukso.core.p1.tariffs import Tariff
from custom_components.flukso.core.running import projected

from .support import (
    AUSTRIA,
    DSMR_2,
    DSMR_5,
    FOLDER,
    GAS_AND_WATER,
    GENERATION_D,
    LUXEMBOURG,
    POWER_FAILURES,
    THIRTEEN_MONTHS,
    belgian,
    body,
    moment,
    read,
    read_fixture,
    sealed,
    telegram,
)

GAS_ID = short_hash("3030303030303030303030303030")
DUTCH_GAS_ID = short_hash("3030303030303030303030303030303030")


class Belgian(NamedTuple):
    """A Belgian telegram: its version, stamps, powers in kW, and months."""

    name: str
    version: str
    stamp: str
    elapsed: int
    power_import: float
    power_export: float
    demand: float | None
    projected: float | None
    peak: tuple[str, float] | None
    months: int | None


BELGIAN = [
    Belgian(
        "be_fluvius_emucs171_spec_example_3ph_gas_water",
        *("50217", "200512135409S", 549, 0.0, 0.0, 2.351, 2.351),
        *(("200509134558S", 2.589), 3),
    ),
    Belgian(
        GAS_AND_WATER,
        *("50217", "231102121548W", 48, 0.338, 0.0, 0.052, 0.372),
        *(("231102114500W", 3.064), 4),
    ),
    Belgian(
        "be_fluvius_50213_mono_gas",
        *("50213", "200807082711S", 731, 0.0, 0.611, None, None, None, None),
    ),
    Belgian(
        THIRTEEN_MONTHS,
        *("50217", "241119162126W", 386, 9.258, 0.0, 4.065, 9.352),
        *(("241115084500W", 25.891), 13),
    ),
    Belgian(
        "be_fluvius_50217_20240708_3x230_import_export_phases_13months_gas",
        *("50217", "240708200756S", 476, 0.153, 0.0, 0.118, 0.190),
        *(("240707191500S", 1.811), 13),
    ),
    Belgian(
        "be_fluvius_50217_20221220_mono_gas_empty_history",
        *("50217", "221220204556W", 56, 0.524, 0.0, 0.032, 0.523),
        *(("221203174500W", 3.716), 0),
    ),
    Belgian(
        "be_ores_50217_20230319_mono_empty_history_anonymised",
        *("50217", "230319201739W", 159, 2.959, 0.0, 0.377, 2.813),
        *(("230318200000W", 4.470), 0),
    ),
    Belgian(
        "be_fluvius_50213_20200305_3ph_gas_invalid_gas",
        *("50213", "200305222945W", 885, 0.638, 0.0, None, None, None, None),
    ),
    Belgian(
        GENERATION_D,
        *("50221", "241018091500S", 0, 0.988, 0.0, 1.880, 2.868),
        *(("241010204500S", 7.416), 10),
    ),
]


@pytest.mark.parametrize("known", BELGIAN, ids=lambda known: known.name)
def test_belgian_telegram_gives_the_known_values(known: Belgian) -> None:
    found = read_fixture(known.name)
    assert found.family is Family.BELGIUM
    assert found.version == known.version
    assert found.stamp == parse_stamp(known.stamp)
    assert found.timestamp is not None
    assert found.timestamp % 900 == known.elapsed
    assert found.power_import == known.power_import
    assert found.power_export == known.power_export
    assert found.demand == known.demand
    assert (None if found.history is None else len(found.history)) == known.months


@pytest.mark.parametrize(
    "known",
    [known for known in BELGIAN if known.peak is not None],
    ids=lambda known: known.name,
)
def test_belgian_telegram_gives_the_known_demand(known: Belgian) -> None:
    found = read_fixture(known.name)
    assert known.peak is not None
    assert found.month_peak is not None
    assert found.month_peak == Peak(found.month_peak.stamp, known.peak[1])
    assert found.month_peak.stamp == parse_stamp(known.peak[0])
    assert found.demand is not None
    assert found.power_import is not None
    heading = projected(found.demand, found.power_import, 900 - known.elapsed, 900)
    assert heading == pytest.approx(known.projected, abs=0.0006)


def test_all_of_a_belgian_telegram_is_read() -> None:
    found = read_fixture(GAS_AND_WATER)
    assert found.energy_import == Energy(
        571.562, {Tariff.NORMAL: 301.548, Tariff.LOW: 270.014}
    )
    assert found.energy_export == Energy(0.005, {Tariff.NORMAL: 0.005, Tariff.LOW: 0.0})
    assert found.tariff is Tariff.NORMAL
    assert found.phases == (
        Phase(0.047, 0.0, 232.9, 0.27, None, None),
        Phase(0.179, 0.0, 228.1, 0.88, None, None),
        Phase(0.111, 0.0, 228.1, 0.52, None, None),
    )
    assert found.breaker is Breaker.ON
    assert found.limiter is None
    assert found.fuse is None
    assert found.children == (
        Child(
            *(1, ChildKind.GAS, GAS_ID, Amount(92.287, "m3")),
            *(moment("2023-11-02T11:10:02Z"), 1),
        ),
        Child(
            *(2, ChildKind.WATER, GAS_ID, Amount(8.579, "m3")),
            *(moment("2023-11-02T11:15:32Z"), None),
        ),
    )
    assert found.dropped == ()


def test_all_of_a_dutch_telegram_is_read() -> None:
    found = read_fixture(POWER_FAILURES)
    assert found.family is Family.NETHERLANDS
    assert found.version == "42"
    assert found.stamp == moment("2016-11-13T19:57:57Z")
    assert found.energy_import == Energy(
        3016.829, {Tariff.LOW: 1581.123, Tariff.NORMAL: 1435.706}
    )
    assert found.tariff is Tariff.NORMAL
    assert (found.power_import, found.power_export) == (2.027, 0.0)
    assert (found.short_failures, found.long_failures) == (15, 7)
    assert found.phases == (
        Phase(0.17, 0.0, None, 0.0, 0, 0),
        Phase(1.247, 0.0, None, 6.0, 0, 0),
        Phase(0.209, 0.0, None, 2.0, 0, 0),
    )
    assert found.demand is None
    assert found.month_peak is None
    assert found.history is None
    assert found.children == (
        Child(
            *(1, ChildKind.GAS, DUTCH_GAS_ID, Amount(981.443, "m3")),
            *(moment("2016-11-29T19:00:00Z"), None),
        ),
    )


def test_all_of_an_old_dutch_telegram_is_read() -> None:
    found = read_fixture(DSMR_2)
    assert found.family is Family.NETHERLANDS_OLD
    assert (found.version, found.stamp, found.timestamp) == (None, None, None)
    assert found.energy_import == Energy(
        2.002, {Tariff.LOW: 1.001, Tariff.NORMAL: 1.001}
    )
    assert (found.power_import, found.power_export) == (1.01, 0.0)
    assert found.tariff is Tariff.LOW
    assert found.limiter is None
    assert found.children == (
        Child(
            *(1, ChildKind.GAS, short_hash("303030303030"), Amount(1.001, "m3")),
            *(None, 1),
        ),
    )
    assert found.dropped == ()


def test_limit_of_an_old_dutch_meter_is_a_current() -> None:
    assert read_fixture("nl_dsmr30_gas").limiter == Amount(16.0, "A")


def test_dead_channel_of_a_replaced_gas_meter_is_no_child() -> None:
    found = read_fixture(DSMR_5)
    assert [child.channel for child in found.children] == [2]
    assert found.dropped == (DroppedField("0-1:24.2.1", FieldFault.UNIT),)


def test_empty_channel_is_no_child() -> None:
    found = read_fixture("nl_dsmr50_spec_style_3ph_gas")
    assert [child.channel for child in found.children] == [1]


def test_heat_meter_without_electricity_is_read() -> None:
    found = read_fixture("nl_warmtelink_unpadded_crc")
    assert found.energy_import == Energy(None, {})
    assert found.power_import is None
    (heat,) = found.children
    assert (heat.kind, heat.reading) == (ChildKind.HEAT, Amount(240.86, "GJ"))


def test_gas_without_unit_and_time_is_left_out() -> None:
    found = read_fixture("be_fluvius_50213_20200305_3ph_gas_invalid_gas")
    (gas,) = found.children
    assert (gas.kind, gas.reading, gas.stamp) == (ChildKind.GAS, None, None)
    assert found.dropped == (DroppedField("0-1:24.2.3", FieldFault.UNIT),)


def test_phase_that_has_no_voltage_reads_zero() -> None:
    found = read_fixture(
        "be_fluvius_50217_20240708_3x230_import_export_phases_13months_gas"
    )
    assert found.phases == (
        Phase(0.0, 0.055, 233.0, 0.63, None, None),
        Phase(0.0, 0.0, 0.0, 0.75, None, None),
        Phase(0.208, 0.0, 233.9, 1.03, None, None),
    )


def test_single_phase_meter_has_no_other_phases() -> None:
    found = read_fixture("be_fluvius_50217_20221220_mono_gas_empty_history")
    nothing = Phase(None, None, None, None, None, None)
    assert found.phases == (Phase(0.524, 0.0, 231.6, 2.72, None, None), *[nothing] * 2)


def test_austrian_watts_become_kilowatts_exactly() -> None:
    found = read_fixture(AUSTRIA)
    assert found.family is Family.AUSTRIA
    assert found.energy_import == Energy(
        6545.766, {Tariff.TARIFF_1: 5017.12, Tariff.TARIFF_2: 1528.646}
    )
    assert found.energy_export == Energy(
        0.058, {Tariff.TARIFF_1: 0.0, Tariff.TARIFF_2: 0.058}
    )
    assert (found.power_import, found.power_export) == (0.286, 0.0)
    assert found.reactive_energy_import == 0.747
    assert found.reactive_energy_export == 3897.726
    assert found.reactive_power_import == 0.0
    assert found.reactive_power_export == 0.166


def test_luxembourgish_telegram_is_read() -> None:
    found = read_fixture(LUXEMBOURG)
    assert found.family is Family.LUXEMBOURG
    assert found.energy_import == Energy(5675.956, {})
    assert found.energy_export == Energy(0.002, {})
    assert found.reactive_energy_import == 120.721
    assert found.power_import == 3.074
    assert found.limiter == Amount(27.6, "kVA")
    assert found.breaker is Breaker.ON
    assert found.meter == short_hash("12345678901234567890123456789012")


def test_swedish_telegram_is_read() -> None:
    found = read_fixture("se_kamstrup_han")
    assert found.family is Family.SWEDEN
    assert found.stamp == moment("2021-11-15T09:09:40Z")
    assert found.energy_import == Energy(3.997, {})
    assert found.reactive_power_import == 0.0
    assert found.phases[2] == Phase(0.0, 0.0, 240.7, 0.0, None, None)
    assert found.meter == short_hash("KAM5")


def test_hungarian_telegram_is_read_without_a_history() -> None:
    found = read_fixture("hu_eon_sagemcom")
    assert found.family is Family.HUNGARY
    assert found.energy_import == Energy(
        173.64,
        {
            Tariff.TARIFF_1: 47.719,
            Tariff.TARIFF_2: 125.921,
            Tariff.TARIFF_3: 0.0,
            Tariff.TARIFF_4: 0.0,
        },
    )
    assert (found.power_import, found.power_export) == (0.0, 2.601)
    assert found.limiter == Amount(90.0, "kW")
    assert found.fuse == Amount(200.0, "A")
    assert found.history is None
    assert found.dropped == ()


def test_telegram_of_the_walloon_iskra_is_read() -> None:
    found = read_fixture("be_iskra_ie5")
    assert found.family is Family.BELGIUM
    assert found.stamp == moment("2023-02-02T12:27:47Z")
    assert found.energy_import == Energy(
        20.363, {Tariff.NORMAL: 10.181, Tariff.LOW: 10.182}
    )
    assert found.tariff is Tariff.NORMAL
    assert found.phases[0] == Phase(0.217, 0.227, 242.5, 0.0, None, None)
    assert found.meter == short_hash("09610")
    assert found.children == ()


def test_q3d_telegram_is_read() -> None:
    found = read(
        telegram(
            "1-0:0.0.0*255(0000000000000)",
            "1-0:1.8.0*255(00052185.7825309*kWh)",
            "1-0:2.8.0*255(00019949.3221493*kWh)",
            "1-0:21.7.0*255(000747.85*W)",
            "1-0:1.7.0*255(002124.86*W)",
            "1-0:96.5.5*255(80)",
            "0-0:96.1.255*255(1ESY0000000000)",
            header="ESY5Q3DB1024 V3.04",
        )
    )
    assert found.family is Family.Q3D
    assert found.energy_import == Energy(52185.7825309, {})
    assert found.power_import == 2.12486
    assert found.phases[0].power_import == 0.74785
    assert found.meter == short_hash("1ESY0000000000")


def test_meter_is_known_by_a_hash_and_never_by_its_id() -> None:
    identity = "3153414731303030303030303030"
    found = read(belgian(f"0-0:96.1.1({identity})"))
    assert found.meter == short_hash(identity)
    assert len(found.meter) == 16
    assert identity not in repr(found)


def test_dial_reading_of_gas_counts_before_the_corrected_one() -> None:
    lines = [
        "0-1:24.2.1(241119162000W)(00002.000*m3)",
        "0-1:24.2.3(241119162000W)(00001.000*m3)",
    ]
    for order in (lines, lines[::-1]):
        (gas,) = read(belgian("0-1:24.1.0(003)", *order)).children
        assert gas.reading == Amount(1.0, "m3")


@pytest.mark.parametrize(
    ("sent", "reading"),
    [
        ("12.345*GJ", Amount(12.345, "GJ")),
        ("12345*MJ", Amount(12.345, "GJ")),
        ("00.125*MWh", Amount(125.0, "kWh")),
        ("125000*Wh", Amount(125.0, "kWh")),
    ],
)
def test_unit_of_a_child_is_one_of_few(sent: str, reading: Amount) -> None:
    (heat,) = read(belgian(f"0-3:24.2.1(241119162000W)({sent})")).children
    assert heat == Child(3, None, None, reading, moment("2024-11-19T15:20:00Z"), None)


def test_active_tariff_is_numbered_the_other_way_round_in_belgium() -> None:
    tariff = "0-0:96.14.0(0002)"
    assert read(belgian(tariff)).tariff is Tariff.LOW
    assert read(telegram("1-3:0.2.8(50)", tariff)).tariff is Tariff.LOW
    assert read(telegram("1-3:0.2.8(50)", tariff, header="ISK5x")).tariff is (
        Tariff.NORMAL
    )
    assert read(telegram(tariff, header="EST5x")).tariff is Tariff.TARIFF_2
    assert read(telegram("0-0:96.14.0(9)", header="EST5x")).tariff is None


@pytest.mark.parametrize(
    ("sent", "breaker"),
    [
        ("0", Breaker.OFF),
        ("1", Breaker.ON),
        ("2", Breaker.READY),
        ("3", None),
        ("", None),
    ],
)
def test_breaker_has_three_positions(sent: str, breaker: Breaker | None) -> None:
    found = read(belgian(f"0-0:96.3.10({sent})"))
    assert found.breaker is breaker
    assert found.dropped == ()


@pytest.mark.parametrize(
    ("limiter", "fuse"),
    [("999.9*kW", "999*A"), ("99.999*kW", "999.99*A"), ("0999.00*kW", "999.0*A")],
)
def test_limits_that_are_off_are_none(limiter: str, fuse: str) -> None:
    found = read(belgian(f"0-0:17.0.0({limiter})", f"1-0:31.4.0({fuse})"))
    assert (found.limiter, found.fuse) == (None, None)


def test_limits_that_are_set_are_read() -> None:
    found = read(belgian("0-0:17.0.0(00.000*kW)", "1-0:31.4.0(025*A)"))
    assert (found.limiter, found.fuse) == (Amount(0.0, "kW"), Amount(25.0, "A"))


def test_half_of_the_tariffs_makes_no_total() -> None:
    found = read(belgian("1-0:1.8.1(000301.548*kWh)", "1-0:1.8.2(bad*kWh)"))
    assert found.energy_import == Energy(None, {Tariff.NORMAL: 301.548})


@pytest.mark.parametrize(
    "name",
    [
        THIRTEEN_MONTHS,
        DSMR_2,
        DSMR_5,
        AUSTRIA,
        LUXEMBOURG,
        "se_kamstrup_han",
        "hu_eon_sagemcom",
        "be_iskra_ie5",
    ],
)
def test_fields_tell_the_family_of_a_meter_of_another_maker(name: str) -> None:
    _, lines = body(name).split(b"\r\n", 1)
    other = sealed(b"/ABC5\\2M1\r\n" + lines)
    assert read(other).family is read_fixture(name).family


def test_every_stored_telegram_is_read() -> None:
    names = {path.stem for path in FOLDER.glob("*.txt")}
    names -= {"frag_981_13months_2024", "hw_p1_telegram_api_fixture_lf"}
    families = {read_fixture(name).family for name in names}
    assert families == set(Family) - {Family.Q3D, Family.D0}
