"""Telegrams of the meters of Luxembourg and Sweden, in the order of live ones."""

from collections.abc import Iterable

from .p1_metrology import PhaseReading
from .p1_page import Page, phase_lines, power_lines, time_line, unsigned, volts
from .p1_text import fixed, obis


def _totals(page: Page, digits: int, reactive: str) -> Iterable[str]:
    day_in, night_in, day_out, night_out = page.reading.energy
    for code, value in (("1.8.0", day_in + night_in), ("2.8.0", day_out + night_out)):
        yield obis(f"1-0:{code}", f"{fixed(value, digits, 3)}*kWh")
    for code, value in zip(("3.8.0", "4.8.0"), page.reading.reactive, strict=True):
        yield obis(f"1-0:{code}", f"{fixed(value, digits, 3)}*{reactive}h")


def smarty(page: Page) -> Iterable[str]:
    """Write what the meters of Luxembourg tell."""
    yield ""
    yield obis("1-3:0.2.8", page.family.version)
    yield time_line(page)
    yield obis("0-0:42.0.0", page.serial("electricity"))
    yield from _totals(page, 6, "kvar")
    yield from power_lines(page)
    for code, sign in (("3.7.0", 1), ("4.7.0", -1)):
        value = fixed(unsigned(sign * page.reading.vars), 2, 3)
        yield obis(f"1-0:{code}", f"{value}*kvar")
    yield obis("0-0:17.0.0", "27.600*kVA")
    yield obis("0-0:96.3.10", "1")
    yield obis("0-0:96.13.0", page.message)
    for number in range(2, 6):
        yield obis(f"0-0:96.13.{number}", "")


def _wide(value: int, unit: str) -> str:
    return f"{fixed(unsigned(value), 4, 3)}*{unit}"


def han(page: Page) -> Iterable[str]:
    """Write what Swedish meters tell."""
    reading = page.reading
    yield ""
    yield time_line(page)
    yield from _totals(page, 8, "kVAr")
    yield obis("1-0:1.7.0", _wide(reading.watts, "kW"))
    yield obis("1-0:2.7.0", _wide(-reading.watts, "kW"))
    yield obis("1-0:3.7.0", _wide(reading.vars, "kVAr"))
    yield obis("1-0:4.7.0", _wide(-reading.vars, "kVAr"))
    yield from phase_lines(page, 21, lambda phase: _wide(phase.watts, "kW"))
    yield from phase_lines(page, 22, lambda phase: _wide(-phase.watts, "kW"))
    yield from phase_lines(page, 23, lambda phase: _wide(phase.vars, "kVAr"))
    yield from phase_lines(page, 24, lambda phase: _wide(-phase.vars, "kVAr"))
    yield from phase_lines(page, 32, volts)
    yield from phase_lines(page, 31, _deciamperes)


def _deciamperes(phase: PhaseReading) -> str:
    return f"{fixed(round(phase.centiamperes / 10), 3, 1)}*A"
