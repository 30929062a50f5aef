"""What tariffs mean, and which clock a meter has: as proven, then as at home."""

from datetime import timedelta

import pytest

from custom_components.flukso.core.p1.family import Family
from custom_components.flukso.core.p1.places import Home
from custom_components.flukso.core.p1.readings import Telegram
from custom_components.flukso.core.p1.tariffs import Numbering, Tariff, keys_of_family
from custom_components.flukso.core.p1.telegram import read_telegram

from .support import FOLDER, moment, telegram, texts_of

CENTRAL, EASTERN = timedelta(hours=1), timedelta(hours=2)
BELGIUM = Home("BE", CENTRAL)
NETHERLANDS = Home("NL", CENTRAL)
HUNGARY = Home("HU", CENTRAL)
SLOVENIA = Home("SI", CENTRAL)
LITHUANIA = Home("LT", EASTERN)
ELSEWHERE = Home("US", timedelta(hours=-8))
NOBODY_KNOWS = Home()

DSMR = ("1-3:0.2.8(50)", "0-0:1.0.0(260115130000W)", "0-0:96.14.0(0001)")
ONE = "1-0:1.8.1(000100.000*kWh)"
TWO = "1-0:1.8.2(000050.000*kWh)"
THREE = "1-0:1.8.3(000025.000*kWh)"
DUTCH_ID = "0-0:96.1.1(4530303438303030303030303030303030)"
FAILURES = "0-0:96.7.21(00005)"


def read(home: Home, *lines: str, header: str = r"ABC5\2M1") -> Telegram:
    """Return what a meter says in a home."""
    (text,) = texts_of(telegram(*lines, header=header))
    return read_telegram(text, home)


def stored(name: str, home: Home) -> Telegram:
    """Return what a stored telegram says in a home."""
    (text,) = texts_of((FOLDER / f"{name}.txt").read_bytes())
    return read_telegram(text, home)


@pytest.mark.parametrize(
    ("home", "first", "second"),
    [
        (BELGIUM, Tariff.TARIFF_1, Tariff.TARIFF_2),
        (NETHERLANDS, Tariff.LOW, Tariff.NORMAL),
        (HUNGARY, Tariff.NORMAL, Tariff.LOW),
        (SLOVENIA, Tariff.TARIFF_1, Tariff.TARIFF_2),
        (LITHUANIA, Tariff.TARIFF_1, Tariff.TARIFF_2),
        (ELSEWHERE, Tariff.TARIFF_1, Tariff.TARIFF_2),
        (NOBODY_KNOWS, Tariff.TARIFF_1, Tariff.TARIFF_2),
    ],
)
def test_home_tells_what_a_telegram_that_many_countries_send_means(
    home: Home, first: Tariff, second: Tariff
) -> None:
    found = read(home, *DSMR, ONE, TWO, THREE)
    assert found.family is Family.DSMR
    assert found.energy_import.tariffs == {
        first: 100.0,
        second: 50.0,
        Tariff.TARIFF_3: 25.0,
    }
    assert found.energy_import.total == 175.0
    assert found.tariff is first


@pytest.mark.parametrize("home", [BELGIUM, SLOVENIA, ELSEWHERE, NOBODY_KNOWS])
def test_id_of_a_dutch_meter_proves_its_tariffs_and_its_time(home: Home) -> None:
    found = read(home, *DSMR, DUTCH_ID, ONE, TWO)
    assert found.energy_import.tariffs == {Tariff.LOW: 100.0, Tariff.NORMAL: 50.0}
    eastern = Home(home.country, EASTERN)
    assert read(eastern, *DSMR, DUTCH_ID).stamp == moment("2026-01-15T12:00:00Z")


@pytest.mark.parametrize(
    ("home", "numbering"),
    [
        (BELGIUM, Numbering.LOW_FIRST),
        (ELSEWHERE, Numbering.LOW_FIRST),
        (NOBODY_KNOWS, Numbering.LOW_FIRST),
        (SLOVENIA, Numbering.UNKNOWN),
        (Home("IE", timedelta()), Numbering.UNKNOWN),
        (HUNGARY, Numbering.NORMAL_FIRST),
    ],
)
@pytest.mark.parametrize(
    ("header", "lines"),
    [(r"ISK5\2M550T-1012", DSMR), ("ABC5", (*DSMR, FAILURES))],
)
def test_what_is_usual_in_the_netherlands_counts_unless_the_home_is_elsewhere(
    header: str, lines: tuple[str, ...], home: Home, numbering: Numbering
) -> None:
    assert read(home, *lines, ONE, header=header).numbering is numbering


@pytest.mark.parametrize("home", [NETHERLANDS, HUNGARY, LITHUANIA, NOBODY_KNOWS])
def test_belgian_meter_is_belgian_anywhere(home: Home) -> None:
    found = read(home, "0-0:96.1.4(50217)", "0-0:1.0.0(260115130000W)", ONE, TWO, THREE)
    assert found.energy_import.tariffs == {
        Tariff.NORMAL: 100.0,
        Tariff.LOW: 50.0,
        Tariff.TARIFF_3: 25.0,
    }
    assert found.energy_import.total == 175.0
    assert found.stamp == moment("2026-01-15T12:00:00Z")


@pytest.mark.parametrize("number", [3, 4])
def test_further_tariffs_of_a_belgian_meter_are_shown_by_number(number: int) -> None:
    found = read(BELGIUM, "0-0:96.1.4(50217)", f"0-0:96.14.0(000{number})")
    assert found.tariff == f"tariff_{number}"


@pytest.mark.parametrize(
    ("home", "stamp"),
    [
        (LITHUANIA, "2026-01-15T13:00:00+02:00"),
        (Home("FI", None), "2026-01-15T13:00:00+02:00"),
        (Home(None, EASTERN), "2026-01-15T13:00:00+02:00"),
        (BELGIUM, "2026-01-15T13:00:00+01:00"),
        (ELSEWHERE, "2026-01-15T13:00:00+01:00"),
        (NOBODY_KNOWS, "2026-01-15T13:00:00+01:00"),
    ],
)
def test_time_that_nothing_proves_is_that_of_the_home(home: Home, stamp: str) -> None:
    found = stored("lt_eso_kilo_units", home)
    assert found.stamp == moment(stamp)
    assert found.tariff is None
    assert found.energy_import.tariffs == {
        Tariff.TARIFF_1 if home != BELGIUM else Tariff.NORMAL: 9548.086,
        Tariff.TARIFF_2 if home != BELGIUM else Tariff.LOW: 0.0,
    }


@pytest.mark.parametrize(
    ("home", "first", "second"),
    [
        (HUNGARY, Tariff.NORMAL, Tariff.LOW),
        (NOBODY_KNOWS, Tariff.TARIFF_1, Tariff.TARIFF_2),
        (NETHERLANDS, Tariff.LOW, Tariff.NORMAL),
    ],
)
def test_hungarian_meter_with_dutch_codes_is_named_by_its_home(
    home: Home, first: Tariff, second: Tariff
) -> None:
    found = stored("hu_holley", home)
    assert found.energy_import.tariffs == {first: 1826.031, second: 2018.886}
    assert found.energy_export.tariffs == {first: 2656.205, second: 984.696}


@pytest.mark.parametrize("home", [BELGIUM, NETHERLANDS, HUNGARY, NOBODY_KNOWS])
def test_meter_of_another_country_is_not_named_by_the_home(home: Home) -> None:
    assert stored("at_sagemcom_t210dr_plain", home).numbering is Numbering.UNKNOWN
    hungarian = stored("hu_eon_sagemcom", home).numbering
    at_home = home == HUNGARY
    assert hungarian is (Numbering.NORMAL_FIRST if at_home else Numbering.UNKNOWN)


@pytest.mark.parametrize("home", [BELGIUM, NOBODY_KNOWS, ELSEWHERE])
def test_walloon_iskra_is_belgian_and_shows_the_time_on_the_wall(home: Home) -> None:
    summer = stored("be_iskra_ie5_summer", home)
    assert summer.family is Family.BELGIUM
    assert summer.stamp == moment("2026-06-10T12:00:00+02:00")
    assert summer.tariff is Tariff.NORMAL
    winter = stored("be_iskra_ie5_winter", home)
    assert winter.stamp == moment("2026-01-15T12:00:00+01:00")
    assert winter.energy_import.tariffs == {Tariff.NORMAL: 16.854, Tariff.LOW: 40.107}
    assert winter.energy_import.total == 56.961
    assert winter.tariff is Tariff.NORMAL
    assert winter.dropped == ()


@pytest.mark.parametrize("owner", ["1-0:0.0.0*255(1EBZ0100000000)", "1-0:96.5.0(1C)"])
def test_german_meter_without_p1_is_read(owner: str) -> None:
    lines = (
        "1-0:96.1.0*255(1EBZ0100000000)",
        "1-0:1.8.0*255(000125.25688570*kWh)",
        "1-0:1.8.1*255(000100.00000000*kWh)",
        "1-0:1.8.2*255(000025.25688570*kWh)",
        "1-0:2.8.0*255(000003.50000000*kWh)",
        "1-0:16.7.0*255(-00123.25*W)",
        "1-0:36.7.0*255(000100.00*W)",
        "1-0:32.7.0*255(229.5*V)",
    )
    found = read(Home("DE", CENTRAL), owner, *lines, header="EBZ5DD32R10ETA_104")
    assert found.family is Family.D0
    assert found.stamp is None
    assert found.energy_import.total == 125.2568857
    assert found.energy_import.tariffs == {
        Tariff.TARIFF_1: 100.0,
        Tariff.TARIFF_2: 25.2568857,
    }
    assert found.energy_export.total == 3.5
    assert (found.power_import, found.power_export) == (0.0, 0.12325)
    assert (found.phases[0].power_import, found.phases[0].voltage) == (0.1, 229.5)
    assert found.dropped == ()


@pytest.mark.parametrize(
    ("family", "keys"),
    [
        ("belgium", Numbering.NORMAL_FIRST),
        ("netherlands", Numbering.LOW_FIRST),
        ("netherlands_old", Numbering.LOW_FIRST),
        ("ireland", Numbering.UNKNOWN),
        ("hungary", Numbering.UNKNOWN),
    ],
)
def test_keys_of_what_earlier_versions_stored_stay(
    family: str, keys: Numbering
) -> None:
    assert keys_of_family(family) is keys


def test_what_was_called_irish_is_belgian() -> None:
    assert Family("ireland") is Family.BELGIUM
    with pytest.raises(ValueError, match="atlantis"):
        Family("atlantis")
