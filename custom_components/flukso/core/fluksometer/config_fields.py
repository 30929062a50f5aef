"""Read the fields of `/device/<id>/config/*` payloads, one bad field at a time.

The device passes every option through Lua's `tonumber`: a name such as "007" arrives
as the number 7, flags as 0 or 1, and an empty table as `[]`.
"""

from collections.abc import Mapping
import math
import re
from typing import Final

from ..decoding import decode_json
from ..drops import Dropped, DropReason
from .topics import Stream, is_hex_id

type Section = Mapping[str, object]

_MAX_NAME_CHARACTERS: Final = 64
_MAX_NUMBER: Final = 10**6
_MAX_PORT: Final = 64
_SLOT_NUMBER: Final = re.compile("[1-9][0-9]{0,2}")


def clean_text(text: str) -> str | None:
    """Return text fit to be shown: trimmed, printable, short; None when empty."""
    printable = "".join(filter(str.isprintable, text)).strip()
    return printable[:_MAX_NAME_CHARACTERS].rstrip() or None


class Sections:
    """The sections of one configuration payload, by number and by name.

    `skipped` counts what could not be used so far: sections here, fields as they are
    read.
    """

    def __init__(self, payload: bytes) -> None:
        """Decode the payload; raise Dropped unless it is an object of objects."""
        decoded = decode_json(payload)
        if not isinstance(decoded, dict):
            raise Dropped(DropReason.MALFORMED, "no object")
        self.skipped = 0
        self._sections: dict[str, Section] = {}
        for key, section in decoded.items():
            if isinstance(section, dict):
                self._sections[key] = section
            elif section == []:
                self._sections[key] = {}
            else:
                self.skipped += 1
        if decoded and not self._sections:
            raise Dropped(DropReason.MALFORMED, "no sections")

    def named(self, name: str) -> Fields:
        """Return the fields of a named section, empty when there is none."""
        return Fields(self, self._sections.get(name, {}))

    def numbered(self, last: int) -> dict[int, Fields]:
        """Return the fields of the sections numbered 1 to `last`, in that order."""
        numbers: list[int] = []
        for key in self._sections:
            if _SLOT_NUMBER.fullmatch(key) and int(key) <= last:
                numbers.append(int(key))
            elif key.isdecimal():
                self.skipped += 1
        return {
            number: Fields(self, self._sections[str(number)])
            for number in sorted(numbers)
        }


class Fields:
    """One section; a field that is absent or unusable reads as None."""

    def __init__(self, sections: Sections, section: Section) -> None:
        """Read from a section and count what is skipped with its payload."""
        self._sections = sections
        self._section = section

    def skip(self) -> None:
        """Count one more thing that could not be used."""
        self._sections.skipped += 1

    def has(self, name: str) -> bool:
        """Tell whether the field is there, usable or not."""
        return name in self._section

    def text(self, name: str) -> str | None:
        """Return a text, also when it looked like a number to the device."""
        match self._section.get(name, ""):
            case str(text):
                return clean_text(text)
            case bool():
                pass
            case int(number):
                return clean_text(str(number))
            case float(number) if math.isfinite(number):
                return clean_text(f"{number:.14g}")
        self.skip()
        return None

    def number(self, name: str, low: float, high: float) -> float | None:
        """Return a number within bounds."""
        match self._section.get(name):
            case None if not self.has(name):
                return None
            case bool():
                pass
            case int(number) | float(number) if low <= number <= high:
                return float(number)
        self.skip()
        return None

    def positive(self, name: str) -> float | None:
        """Return a number above zero."""
        if (number := self.number(name, 0, _MAX_NUMBER)) == 0:
            self.skip()
            return None
        return number

    def integer(self, name: str, low: int, high: int) -> int | None:
        """Return a whole number within bounds."""
        number = self.number(name, low, high)
        if number is not None and not number.is_integer():
            self.skip()
            return None
        return None if number is None else int(number)

    def flag(self, name: str) -> bool | None:
        """Return a flag, written as 0 or 1."""
        if isinstance(switch := self._section.get(name), bool):
            return switch
        value = self.integer(name, 0, 1)
        return None if value is None else bool(value)

    def stream(self, name: str) -> Stream | None:
        """Return the name of a stream."""
        match self._section.get(name):
            case "gauge" | "counter" as value:
                return Stream(value)
            case None if not self.has(name):
                return None
        self.skip()
        return None

    def hex_id(self, name: str) -> str | None:
        """Return an id."""
        if is_hex_id(value := self._section.get(name)):
            return value
        self.skip()
        return None

    def ports(self, name: str) -> tuple[int, ...]:
        """Return port numbers; none for the serial port, which is named `ttyS0`."""
        match self._section.get(name):
            case str():
                return ()
            case list(elements):
                ports = [Fields(self._sections, {name: item}) for item in elements]
                numbers = [port.integer(name, 1, _MAX_PORT) for port in ports]
                return tuple(dict.fromkeys(n for n in numbers if n is not None))
        port = self.integer(name, 1, _MAX_PORT)
        return () if port is None else (port,)
