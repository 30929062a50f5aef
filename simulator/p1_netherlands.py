"""Telegrams of Dutch meters (DSMR), in the order of live ones."""

from collections.abc import Iterable

from .p1_page import (
    Page,
    amperes,
    cubic_metres,
    energy_lines,
    exported,
    imported,
    phase_lines,
    power_lines,
    tariff_line,
    time_line,
    unsigned,
    volts,
)
from .p1_text import fixed, obis, stamp

_FAILURES = (
    "1-0:99.97.0(2)(0-0:96.7.19)"
    "(190326095015W)(0000002014*s)(240614211408S)(0000000611*s)"
)


def _dutch_gas(page: Page) -> Iterable[str]:
    if "gas" in page.reading.children:
        gas = page.reading.children["gas"]
        yield obis("0-1:24.1.0", "003")
        yield obis("0-1:96.1.0", page.serial("gas"))
        yield obis("0-1:24.2.1", stamp(gas.clock), cubic_metres(gas.litres))


def _dutch_quality(page: Page) -> Iterable[str]:
    """Write power failures, voltage sags and swells; this grid has few."""
    yield obis("0-0:96.7.21", "00005")
    yield obis("0-0:96.7.9", "00002")
    yield _FAILURES
    for code in (32, 36):
        for index in range(len(page.reading.phases)):
            yield obis(f"1-0:{32 + 20 * index}.{code}.0", "00001")


def dsmr2(page: Page) -> Iterable[str]:
    """Write what DSMR 2.2 meters tell: no time, and gas on two lines."""
    yield ""
    yield obis("0-0:96.1.1", page.serial("electricity"))
    yield from energy_lines(page, digits=5)
    yield tariff_line(page)
    for code, sign in (("1.7.0", 1), ("2.7.0", -1)):
        dekawatts = unsigned(sign * page.reading.watts) // 10
        yield obis(f"1-0:{code}", f"{fixed(dekawatts, 4, 2)}*kW")
    yield obis("0-0:17.0.0", "0999.00*kW")
    yield obis("0-0:96.3.10", "1")
    yield obis("0-0:96.13.1", "")
    yield obis("0-0:96.13.0", page.message)
    if "gas" in page.reading.children:
        gas = page.reading.children["gas"]
        yield obis("0-1:24.1.0", "3")
        yield obis("0-1:96.1.0", page.serial("gas"))
        values = (stamp(gas.clock)[:-1], "00", "60", "1", "0-1:24.2.1", "m3")
        yield obis("0-1:24.3.0", *values)
        yield f"({fixed(gas.litres, 5, 3)})"
        yield obis("0-1:24.4.0", "1")


def dsmr4(page: Page) -> Iterable[str]:
    """Write what DSMR 4.2 meters tell."""
    yield ""
    yield obis("1-3:0.2.8", page.family.version)
    yield time_line(page)
    yield obis("0-0:96.1.1", page.serial("electricity"))
    yield from energy_lines(page)
    yield tariff_line(page)
    yield from power_lines(page)
    yield from _dutch_quality(page)
    yield obis("0-0:96.13.1", "")
    yield obis("0-0:96.13.0", page.message)
    yield from phase_lines(page, 31, amperes)
    taken, given = phase_lines(page, 21, imported), phase_lines(page, 22, exported)
    for pair in zip(taken, given, strict=True):
        yield from pair
    yield from _dutch_gas(page)


def dsmr5(page: Page) -> Iterable[str]:
    """Write what DSMR 5.0 meters tell."""
    yield ""
    yield obis("1-3:0.2.8", page.family.version)
    yield time_line(page)
    yield obis("0-0:96.1.1", page.serial("electricity"))
    yield from energy_lines(page)
    yield tariff_line(page)
    yield from power_lines(page)
    yield from _dutch_quality(page)
    yield obis("0-0:96.13.0", page.message)
    yield from phase_lines(page, 32, volts)
    yield from phase_lines(page, 31, amperes)
    yield from phase_lines(page, 21, imported)
    yield from phase_lines(page, 22, exported)
    yield from _dutch_gas(page)
