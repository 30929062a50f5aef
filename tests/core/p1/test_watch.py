"""What a person has to mend is told once it has lasted, and no longer than it lasts."""

from zoneinfo import ZoneInfo

import pytest

from custom_components.flukso.core.p1.readings import Telegram
from custom_components.flukso.core.p1.watch import (
    Fault,
    Watch,
    clock_fault,
    register_fault,
)

from .support import DSMR_5, THIRTEEN_MONTHS, belgian, read, read_fixture, telegram

BRUSSELS = ZoneInfo("Europe/Brussels")
OLD_SOFTWARE = "be_fluvius_50213_mono_gas"
DEMAND = "1-0:1.4.0(00.100*kW)"
JANUARY = "1-0:1.6.0(260131180000W)(04.000*kW)"

BARE = belgian()
WHOLE = belgian(DEMAND, "1-0:1.6.0(241119101500W)(04.000*kW)")
FROZEN = belgian(DEMAND, "1-0:1.6.0(241031101500W)(04.000*kW)")


def at(stamp: str, *lines: str) -> Telegram:
    """Return a Belgian telegram that the meter sends at a time of its clock."""
    return read(telegram("0-0:96.1.4(50217)", f"0-0:1.0.0({stamp})", *lines))


def watch() -> Watch:
    return Watch(0.0, BRUSSELS)


def test_missing_registers_are_told_after_ten_telegrams_and_a_minute() -> None:
    looker, bare = watch(), read(BARE)
    assert looker.registers(bare, 1, 100.0) is None
    assert looker.registers(bare, 61, 159.0) is None
    assert looker.registers(bare, 62, 160.0) is Fault.NO_DEMAND_REGISTERS
    slow = watch()
    assert slow.registers(bare, 1, 100.0) is None
    assert slow.registers(bare, 9, 300.0) is None
    assert slow.registers(bare, 10, 301.0) is Fault.NO_DEMAND_REGISTERS


def test_a_register_that_returns_ends_it_and_begins_the_count_anew() -> None:
    looker, bare = watch(), read(BARE)
    looker.registers(bare, 1, 0.0)
    assert looker.registers(bare, 60, 60.0) is Fault.NO_DEMAND_REGISTERS
    assert looker.registers(read(WHOLE), 61, 61.0) is None
    assert looker.registers(bare, 62, 62.0) is None
    assert looker.registers(bare, 121, 121.0) is None
    assert looker.registers(bare, 122, 122.0) is Fault.NO_DEMAND_REGISTERS


def test_a_peak_that_stands_still_is_told_when_a_quarter_brought_no_other() -> None:
    """A meter that is new has none until the first quarter has ended."""
    looker, frozen = watch(), read(FROZEN)
    looker.registers(read(BARE), 1, 0.0)
    assert looker.registers(frozen, 30, 30.0) is None
    assert looker.registers(frozen, 989, 989.0) is None
    assert looker.registers(frozen, 990, 990.0) is Fault.MONTH_PEAK_FROZEN


def test_old_software_lacks_the_registers() -> None:
    fault = register_fault(read_fixture(OLD_SOFTWARE), BRUSSELS)
    assert fault is Fault.NO_DEMAND_REGISTERS


@pytest.mark.parametrize("name", [DSMR_5, THIRTEEN_MONTHS])
def test_meters_that_owe_none_or_have_them_are_right(name: str) -> None:
    assert register_fault(read_fixture(name), BRUSSELS) is None


@pytest.mark.parametrize("line", [DEMAND, JANUARY])
def test_one_of_the_two_registers_is_enough(line: str) -> None:
    assert register_fault(at("260201120000W", line), BRUSSELS) is None


@pytest.mark.parametrize(
    ("stamp", "peak"),
    [
        pytest.param("260202000000W", JANUARY, id="a-day-old"),
        pytest.param("260202000000W", "", id="null-for-a-day"),
        pytest.param("260215120000W", "1-0:1.6.0(260201001500W)(00.010*kW)", id="own"),
        pytest.param("260215120000W", "1-0:1.6.0(260301001500W)(1*kW)", id="future"),
    ],
)
def test_a_peak_may_stay_for_a_day_and_be_of_the_first_window(
    stamp: str, peak: str
) -> None:
    assert register_fault(at(stamp, DEMAND, peak), BRUSSELS) is None


@pytest.mark.parametrize(
    "peak",
    [
        pytest.param(JANUARY, id="old"),
        pytest.param("1-0:1.6.0(260201000000W)(04.000*kW)", id="end-of-old-month"),
        pytest.param("1-0:1.6.0(632525252525W)(00.000*kW)", id="null"),
        pytest.param("", id="missing"),
    ],
)
def test_a_peak_of_no_window_of_the_month_is_frozen_after_a_day(peak: str) -> None:
    fault = register_fault(at("260202000001W", DEMAND, peak), BRUSSELS)
    assert fault is Fault.MONTH_PEAK_FROZEN


def test_without_a_time_no_peak_is_old() -> None:
    untimed = read(telegram("0-0:96.1.4(50217)", DEMAND, JANUARY))
    assert register_fault(untimed, BRUSSELS) is None


def test_an_hour_without_a_telegram_is_silence() -> None:
    looker = Watch(1000.0, BRUSSELS)
    assert not looker.silent(0, 4599.0)
    assert looker.silent(0, 4600.0)
    assert not looker.silent(1, 4601.0)
    assert not looker.silent(1, 8200.0)
    assert looker.silent(1, 8201.0)


@pytest.mark.parametrize(
    ("offset", "told", "seconds"),
    [
        (None, None, None),
        (30, None, None),
        (-30, -40, None),
        (31, None, 30),
        (-44, None, -40),
        (52, 40, 40),
        (56, 40, 60),
        (-56, 40, -60),
    ],
)
def test_a_clock_that_is_off_is_told_in_steps(
    offset: int | None, told: int | None, seconds: int | None
) -> None:
    assert clock_fault(offset, told) == seconds
