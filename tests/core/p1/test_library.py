"""Our readings agree with dsmr-parser's own, wherever it has one."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from dsmr_parser import telegram_specifications as specifications
from dsmr_parser.parsers import TelegramParser
import pytest

from custom_components.flukso.core.p1.family import Family
from custom_components.flukso.core.p1.readings import Telegram
from custom_components.flukso.core.p1.tariffs import MEANINGS

from .support import (
    AUSTRIA,
    DSMR_2,
    DSMR_5,
    GAS_AND_WATER,
    GENERATION_D,
    LUXEMBOURG,
    POWER_FAILURES,
    THIRTEEN_MONTHS,
    fixture,
    read_fixture,
)

SPECIFICATIONS: Mapping[str, dict[str, Any]] = {
    DSMR_2: specifications.V2_2,
    "nl_dsmr30_gas": specifications.V3,
    POWER_FAILURES: specifications.V4,
    DSMR_5: specifications.V5,
    "nl_dsmr50_spec_style_3ph_gas": specifications.V5,
    THIRTEEN_MONTHS: specifications.BELGIUM_FLUVIUS,
    GAS_AND_WATER: specifications.BELGIUM_FLUVIUS,
    GENERATION_D: specifications.BELGIUM_FLUVIUS,
    LUXEMBOURG: specifications.LUXEMBOURG_SMARTY,
    "se_kamstrup_han": specifications.SWEDEN,
    "hu_eon_sagemcom": specifications.EON_HUNGARY,
    "be_iskra_ie5": specifications.ISKRA_IE,
    AUSTRIA: {
        "checksum_support": True,
        "objects": specifications.SAGEMCOM_T210_D_R["objects"],
    },
}


def of_tariff(direction: str, number: int) -> Callable[[Telegram], float | None]:
    """Return what gets a tariff's counter by its number."""

    def get(found: Telegram) -> float | None:
        energy = found.energy_import if direction == "import" else found.energy_export
        return energy.tariffs.get(MEANINGS[found.numbering][number])

    return get


def of_phase(number: int, key: str) -> Callable[[Telegram], float | None]:
    """Return what gets a field of a phase."""
    return lambda found: getattr(found.phases[number - 1], key)


OURS: Mapping[str, Callable[[Telegram], float | None]] = {
    "ELECTRICITY_IMPORTED_TOTAL": lambda found: found.energy_import.total,
    "ELECTRICITY_EXPORTED_TOTAL": lambda found: found.energy_export.total,
    "ELECTRICITY_USED_TARIFF_1": of_tariff("import", 1),
    "ELECTRICITY_USED_TARIFF_2": of_tariff("import", 2),
    "ELECTRICITY_DELIVERED_TARIFF_1": of_tariff("export", 1),
    "ELECTRICITY_DELIVERED_TARIFF_2": of_tariff("export", 2),
    "ELECTRICITY_REACTIVE_IMPORTED_TOTAL": lambda found: found.reactive_energy_import,
    "ELECTRICITY_REACTIVE_EXPORTED_TOTAL": lambda found: found.reactive_energy_export,
    "CURRENT_ELECTRICITY_USAGE": lambda found: found.power_import,
    "CURRENT_ELECTRICITY_DELIVERY": lambda found: found.power_export,
    "CURRENT_REACTIVE_IMPORTED": lambda found: found.reactive_power_import,
    "CURRENT_REACTIVE_EXPORTED": lambda found: found.reactive_power_export,
    "BELGIUM_CURRENT_AVERAGE_DEMAND": lambda found: found.demand,
    "SHORT_POWER_FAILURE_COUNT": lambda found: found.short_failures,
    "LONG_POWER_FAILURE_COUNT": lambda found: found.long_failures,
} | {
    name.format(phase): of_phase(phase, key)
    for phase in (1, 2, 3)
    for name, key in (
        ("INSTANTANEOUS_VOLTAGE_L{}", "voltage"),
        ("INSTANTANEOUS_CURRENT_L{}", "current"),
        ("INSTANTANEOUS_ACTIVE_POWER_L{}_POSITIVE", "power_import"),
        ("INSTANTANEOUS_ACTIVE_POWER_L{}_NEGATIVE", "power_export"),
        ("VOLTAGE_SAG_L{}_COUNT", "sags"),
        ("VOLTAGE_SWELL_L{}_COUNT", "swells"),
    )
}

FACTORS = {"Wh": 1000, "W": 1000, "varh": 1000, "var": 1000}


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_numbers_agree_with_the_library(name: str) -> None:
    text = fixture(name).decode()
    # A dict too, whose own keys are patterns.
    theirs = dict([*TelegramParser(SPECIFICATIONS[name]).parse(text)])
    ours = read_fixture(name)
    shared = theirs.keys() & OURS.keys()
    assert {key: OURS[key](ours) for key in shared} == {
        key: float(Decimal(theirs[key].value) / FACTORS.get(theirs[key].unit, 1))
        for key in shared
    }
    assert len(shared) >= 4


@pytest.mark.parametrize("name", [THIRTEEN_MONTHS, GAS_AND_WATER, GENERATION_D])
def test_peaks_and_their_times_agree_with_the_library(name: str) -> None:
    theirs = TelegramParser(specifications.BELGIUM_FLUVIUS).parse(
        fixture(name).decode()
    )
    ours = read_fixture(name)
    assert ours.family is Family.BELGIUM
    assert ours.stamp == theirs.P1_MESSAGE_TIMESTAMP.value
    month = theirs.BELGIUM_MAXIMUM_DEMAND_MONTH
    assert ours.month_peak == (month.datetime, float(month.value))
    assert ours.history == tuple(
        (entry.datetime, entry.occurred, float(entry.value))
        for entry in theirs.BELGIUM_MAXIMUM_DEMAND_13_MONTHS
    )
