"""What a telegram tells, and the lines that most families share."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from .identity import Identity
from .p1_family import Family
from .p1_metrology import PhaseReading, Reading
from .p1_settings import REGISTERS
from .p1_text import fixed, hexadecimal, obis, stamp


class Page(NamedTuple):
    """What a telegram tells.

    header: the first line. demand: the lines of the demand registers. message: the
    text for the consumer.
    """

    family: Family
    header: str
    identity: Identity
    reading: Reading
    demand: tuple[str, ...] = ()
    message: str = ""

    def serial(self, name: str) -> str:
        """Return the invented identifier of a meter in hexadecimal."""
        number = self.identity.number("serial", name, below=10**10)
        return hexadecimal(f"0SIM{number:010d}")


def unsigned(value: int) -> int:
    """Return 0 for what flows the other way."""
    return max(value, 0)


def phase_lines(
    page: Page, first: int, write: Callable[[PhaseReading], str]
) -> Iterable[str]:
    """Write one line per phase; L2 and L3 are 20 and 40 after L1."""
    for index, phase in enumerate(page.reading.phases):
        yield obis(f"1-0:{first + 20 * index}.7.0", write(phase))


def kilowatts(watts: int) -> str:
    """Write W, 0 for what flows the other way."""
    return f"{fixed(unsigned(watts), 2, 3)}*kW"


def imported(phase: PhaseReading) -> str:
    """Write the power that a phase takes."""
    return kilowatts(phase.watts)


def exported(phase: PhaseReading) -> str:
    """Write the power that a phase gives."""
    return kilowatts(-phase.watts)


def volts(phase: PhaseReading) -> str:
    """Write a phase's voltage."""
    return f"{fixed(phase.decivolts, 3, 1)}*V"


def amperes(phase: PhaseReading) -> str:
    """Write a phase's current without decimals."""
    return f"{fixed(round(phase.centiamperes / 100), 3, 0)}*A"


def fine_amperes(phase: PhaseReading) -> str:
    """Write a phase's current with two decimals."""
    return f"{fixed(phase.centiamperes, 3, 2)}*A"


def energy_lines(page: Page, digits: int = 6) -> Iterable[str]:
    """Write the four registers by tariff."""
    for name, value in zip(REGISTERS, page.reading.energy, strict=True):
        yield obis(f"1-0:{name}", f"{fixed(value, digits, 3)}*kWh")


def power_lines(page: Page) -> Iterable[str]:
    """Write the power of all phases."""
    yield obis("1-0:1.7.0", kilowatts(page.reading.watts))
    yield obis("1-0:2.7.0", kilowatts(-page.reading.watts))


def tariff_line(page: Page) -> str:
    """Write which tariff is active."""
    return obis("0-0:96.14.0", f"{page.reading.tariff:04d}")


def time_line(page: Page) -> str:
    """Write the time of the telegram."""
    return obis("0-0:1.0.0", stamp(page.reading.clock))


def cubic_metres(value: int) -> str:
    """Write litres."""
    return f"{fixed(value, 5, 3)}*m3"
