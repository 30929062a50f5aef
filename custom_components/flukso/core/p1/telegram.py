"""Read telegrams with dsmr-parser, line by line.

Its parsers of single lines are used, not its parser of telegrams: that one searches the
text once for each line it knows, takes the time of a stamp from a time zone and not
from its letter, keeps what it should forget, and lets one bad field end everything.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from operator import itemgetter
import re
from typing import Final

from dsmr_parser.exceptions import DecryptionError, ParseError
from dsmr_parser.objects import MBusObject
from dsmr_parser.parsers import CosemParser, MBusParser, TelegramParser, ValueParser

from .assembly import assemble
from .collected import Collected, Stamped, Values
from .fields import UNITLESS, UNITS, UNITS_IN_LOWER_CASE, Field, Kind, Unit, line_of
from .places import UNKNOWN_HOME, Home
from .readings import Amount, FieldFault, Telegram
from .spelling import respelled
from .stamps import newer

_NUMBER: Final = CosemParser(ValueParser(Decimal))
_COUNT: Final = CosemParser(ValueParser(int))
_TEXT: Final = CosemParser(ValueParser(str))
_STAMPED: Final = MBusParser(ValueParser(str), ValueParser(Decimal))
# Time, four fields of no interest, unit, number.
_OLD_GAS: Final = MBusParser(*[ValueParser(str)] * 6, ValueParser(Decimal))

# No meter gets beyond this in any unit.
_LARGEST: Final = 1e9

# Beside its own error the library lets those of int() and Decimal() through.
_MALFORMED: Final = (ParseError, ValueError, InvalidOperation)

# The number of an old gas record belongs to the line before it.
_CONTINUED: Final = re.compile(r"\r?\n\(")


class _WholeText:
    """Stands for a line's parser where the whole text is wanted."""

    @staticmethod
    def parse(text: str) -> str:
        """Return the text as it is."""
        return text


_DECRYPTION: Final = TelegramParser(
    {
        "general_global_cipher": True,
        "checksum_support": False,
        "objects": [
            {
                "obis_reference": r"\A.+\Z",
                "value_parser": _WholeText,
                "value_name": "TEXT",
            }
        ],
    }
)


class NoTelegram(Exception):
    """Not one field of it is known."""


class _BadField(Exception):
    """Leave a field out."""

    def __init__(self, fault: FieldFault) -> None:
        """Keep the reason for the account."""
        super().__init__(fault)
        self.fault = fault


def read_telegram(
    text: bytes, home: Home = UNKNOWN_HOME, now: float | None = None
) -> Telegram:
    """Return what a telegram, from `/` to `!`, says; raise NoTelegram if nothing.

    home: that of the meter, for what its telegrams do not prove. now: about when it was
    sent, unix s.
    """
    decoded = text.decode("latin-1")
    if "\n(" in decoded:
        decoded = _CONTINUED.sub("(", decoded)
    header, *lines = decoded.split("\n")
    collected = Collected(header[1:].rstrip("\r"))
    codes = collected.codes
    elsewhere: list[tuple[int, str, Field, str]] = []
    for line in lines:
        sent, _, rest = line.partition("(")
        code, field, channel = line_of(sent)
        codes.add(code)
        if field is None:
            continue
        if channel:
            elsewhere.append((channel, code, field, line))
        else:
            _read_field(code, field, line, rest, collected)
    if elsewhere:
        _read_elsewhere(elsewhere, collected)
    if not collected.channels:
        raise NoTelegram
    return assemble(collected, home, now)


def _read_elsewhere(
    found: list[tuple[int, str, Field, str]], collected: Collected
) -> None:
    """Take what a meter of electricity says of itself under another channel than 0.

    found: channel, code, field and line. Of a quantity that comes under several, its
    tariffs included, the lowest counts.
    """
    channels = {_quantity(code): 0 for code in collected.codes if code[:4] == "1-0:"}
    for channel, code, field, line in sorted(found, key=itemgetter(0)):
        if channels.setdefault(_quantity(code), channel) == channel:
            collected.registers.add(f"1-0:{code.partition(':')[2]}")
            _read_field(code, field, line, line.partition("(")[2], collected)


def _quantity(code: str) -> str:
    """Return the part of a code that is alike for all tariffs."""
    return code.partition(":")[2].rpartition(".")[0]


def _read_field(
    code: str, field: Field, line: str, rest: str, collected: Collected
) -> None:
    """Take the field on a line."""
    values = collected.channels[field.channel]
    try:
        _READERS[field.kind](field, line, rest, values)
    except _BadField as bad:
        collected.drop(code, bad.fault)
    except _MALFORMED:
        _read_respelled(code, field, rest, collected)


def _read_respelled(code: str, field: Field, rest: str, collected: Collected) -> None:
    """Take the field on a line that is not in the standard's spelling."""
    line = respelled(code, field.kind, rest)
    if line is None:
        collected.drop(code, FieldFault.MALFORMED)
        return
    values = collected.channels[field.channel]
    try:
        _READERS[field.kind](field, line, line.partition("(")[2], values)
    except _BadField as bad:
        collected.drop(code, bad.fault)
    except _MALFORMED:
        collected.drop(code, FieldFault.MALFORMED)


def _read_number(field: Field, line: str, _rest: str, values: Values) -> None:
    parsed = _NUMBER.parse(line)
    if parsed.value is not None:
        amount = _amount(parsed.value, parsed.unit, field)
        values.numbers.setdefault(field.key, amount)


def _read_count(field: Field, line: str, _rest: str, values: Values) -> None:
    parsed = _COUNT.parse(line)
    if parsed.unit is not None:
        raise _BadField(FieldFault.UNIT)
    count: int | None = parsed.value
    if count is None:
        return
    if not 0 <= count <= _LARGEST:
        raise _BadField(FieldFault.OUT_OF_RANGE)
    values.counts.setdefault(field.key, count)


def _read_text(field: Field, line: str, _rest: str, values: Values) -> None:
    text: str | None = _TEXT.parse(line).value
    if text:
        values.texts.setdefault(field.key, text)


def _read_stamped(field: Field, line: str, rest: str, values: Values) -> None:
    if "*" in rest.partition(")")[0]:
        raise ParseError("The number comes first")
    _keep_stamped(_STAMPED.parse(line), field, values)


def _read_old_gas(field: Field, line: str, _rest: str, values: Values) -> None:
    _keep_stamped(_OLD_GAS.parse(line), field, values)


def _read_raw(field: Field, _line: str, rest: str, values: Values) -> None:
    values.texts.setdefault(field.key, f"({rest}")


_READERS: Final[Mapping[Kind, Callable[[Field, str, str, Values], None]]] = {
    Kind.NUMBER: _read_number,
    Kind.COUNT: _read_count,
    Kind.SWITCH: _read_count,
    Kind.TARIFF: _read_count,
    Kind.TEXT: _read_text,
    Kind.STAMPED: _read_stamped,
    Kind.OLD_GAS: _read_old_gas,
    Kind.RAW: _read_raw,
}


def _keep_stamped(parsed: MBusObject, field: Field, values: Values) -> None:
    """Keep a number and its time, unless both groups are empty.

    Of a meter behind this one the newest counts: some send those of several hours, in
    a ring.
    """
    if parsed.value is None:
        return
    sent = Stamped(parsed.datetime or "", _amount(parsed.value, parsed.unit, field))
    kept = values.stamped.setdefault(field.key, sent)
    if kept is not sent and field.channel and newer(sent.stamp, kept.stamp):
        values.stamped[field.key] = sent


def _amount(value: Decimal, sent: str | None, field: Field) -> Amount:
    """Return a number in the unit that it is shown in."""
    if sent is None:
        unit = _unit_of_code(value, field)
    else:
        unit = UNITS.get(sent) or UNITS_IN_LOWER_CASE.get(sent.lower())
    if unit is None or unit.shown not in field.units:
        raise _BadField(FieldFault.UNIT)
    number = float(value if unit.factor is None else value * unit.factor)
    if not (-_LARGEST if field.signed else 0) <= number <= _LARGEST:
        raise _BadField(FieldFault.OUT_OF_RANGE)
    return Amount(number, unit.shown)


def _unit_of_code(value: Decimal, field: Field) -> Unit | None:
    """Return the unit of a number that came without, if its code leaves but one.

    Whole numbers of what comes in thousands may as well be of the unit without kilo.
    """
    if len(field.units) != 1:
        return UNITLESS if UNITLESS.shown in field.units else None
    (name,) = field.units
    exponent = value.as_tuple().exponent
    fraction = isinstance(exponent, int) and exponent < 0
    return UNITS[name] if fraction or not name.startswith("k") else None


def open_apdu(apdu: bytes, key: bytes, authentication_key: bytes | None) -> str | None:
    """Return the text in an encrypted frame, None where the keys do not fit.

    Without authentication key the signature is not looked at, and only a text that
    begins with `/` counts.
    """
    signed = None if authentication_key is None else authentication_key.hex()
    try:
        opened = _DECRYPTION.parse(apdu.hex(), key.hex(), signed)
    except DecryptionError, UnicodeDecodeError:
        return None
    text: str = opened.TEXT
    return text
