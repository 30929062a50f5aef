"""Telegrams of Belgian meters (e-MUCS), in the order of live ones."""

from collections.abc import Iterable

from .p1_page import (
    Page,
    amperes,
    cubic_metres,
    energy_lines,
    exported,
    fine_amperes,
    imported,
    phase_lines,
    power_lines,
    tariff_line,
    time_line,
    volts,
)
from .p1_text import fixed, hexadecimal, obis, stamp


def _fluvius_children(page: Page, *, ean: bool = False) -> Iterable[str]:
    kinds = (("gas", "003", "24.2.3"), ("water", "007", "24.2.1"))
    present = [kind for kind in kinds if kind[0] in page.reading.children]
    for channel, (name, code, register) in enumerate(present, 1):
        child = page.reading.children[name]
        yield obis(f"0-{channel}:24.1.0", code)
        yield obis(f"0-{channel}:96.1.1", page.serial(name))
        if ean:
            yield obis(f"0-{channel}:96.1.2", hexadecimal("000000000"))
        if name == "gas":
            yield obis(f"0-{channel}:24.4.0", "1")
        yield obis(
            f"0-{channel}:{register}", stamp(child.clock), cubic_metres(child.litres)
        )


def fluvius_50213(page: Page) -> Iterable[str]:
    """Write what meters tell that know no demand."""
    yield ""
    yield obis("0-0:96.1.4", page.family.version)
    yield obis("0-0:96.1.1", page.serial("electricity"))
    yield time_line(page)
    yield from energy_lines(page)
    yield tariff_line(page)
    yield from power_lines(page)
    yield from phase_lines(page, 32, volts)
    yield from phase_lines(page, 31, amperes)
    yield from _fluvius_limits(page, "999.9*kW", "999*A")
    yield from _fluvius_children(page)


def _fluvius_limits(page: Page, power: str, current: str) -> Iterable[str]:
    yield obis("0-0:96.3.10", "1")
    yield obis("0-0:17.0.0", power)
    yield obis("1-0:31.4.0", current)
    if page.family.version == "50221":
        for channel in range(1, 5):
            yield obis(f"0-{channel}:96.3.10", "0")
    yield obis("0-0:96.13.0", page.message)


def _fluvius_powers(page: Page) -> Iterable[str]:
    yield from energy_lines(page)
    yield tariff_line(page)
    yield from page.demand
    yield from power_lines(page)
    yield from phase_lines(page, 21, imported)
    yield from phase_lines(page, 22, exported)


def fluvius_50217(page: Page) -> Iterable[str]:
    """Write what meters tell since the capacity tariff."""
    yield ""
    yield obis("0-0:96.1.4", page.family.version)
    yield obis("0-0:96.1.1", page.serial("electricity"))
    yield time_line(page)
    yield from _fluvius_powers(page)
    yield from phase_lines(page, 32, volts)
    yield from phase_lines(page, 31, fine_amperes)
    yield from _fluvius_limits(page, "999.9*kW", "999*A")
    yield from _fluvius_children(page)


def fluvius_50221(page: Page) -> Iterable[str]:
    """Write what the new generation of meters tells."""
    # The one known telegram of this version has no blank line after its header.
    yield obis("0-0:96.1.4", page.family.version)
    yield obis("1-0:94.32.1", "400")
    yield obis("0-0:96.1.1", page.serial("electricity"))
    yield obis("0-0:96.1.2", "")
    yield time_line(page)
    yield from _fluvius_powers(page)
    yield from phase_lines(page, 32, lambda phase: f"{fixed(phase.decivolts, 4, 1)}*V")
    yield from phase_lines(page, 31, fine_amperes)
    yield from _fluvius_limits(page, "99.999*kW", "999.99*A")
    yield from _fluvius_children(page, ean=True)
