"""Reads what a simulated meter sends, without its code and with an outside parser."""

from collections.abc import Iterator
from pathlib import Path
import re

from dsmr_parser import telegram_specifications as specifications
from dsmr_parser.objects import Telegram
from dsmr_parser.parsers import TelegramParser

from simulator import Meter

FIXTURES = Path(__file__).parents[1] / "fixtures" / "telegrams"

# 15 January 2026 at noon UTC, a Thursday: the beginning of a quarter.
START = 1_768_478_400
# 27 October 2026 at 17:05:07 UTC, a Tuesday evening: in the midst of a quarter.
EVENING = 1_793_120_707

SPECIFICATIONS = {
    "be-50213": specifications.BELGIUM_FLUVIUS,
    "be-50217": specifications.BELGIUM_FLUVIUS,
    "be-50221": specifications.BELGIUM_FLUVIUS,
    "nl-2.2": specifications.V2_2,
    "nl-4.2": specifications.V4,
    "nl-5.0": specifications.V5,
    "lu": specifications.MSN,
    "se": specifications.SWEDEN,
}


def bitwise_crc(data: bytes) -> int:
    """Divide bit by bit by x16+x15+x2+1, both ways round reflected."""
    crc = 0
    for byte in data:
        for bit in range(8):
            low = (crc ^ byte >> bit) & 1
            crc = crc >> 1 ^ 0xA001 * low
    return crc


def printed_crc(telegram: bytes) -> str:
    """Return what stands behind the exclamation mark."""
    return telegram.rpartition(b"!")[2].decode().removesuffix("\r\n")


def true_crc(telegram: bytes) -> str:
    """Return what should stand there."""
    return f"{bitwise_crc(telegram[: telegram.rindex(b'!') + 1]):04X}"


def telegrams(meter: Meter, first: int, last: int) -> Iterator[tuple[int, bytes]]:
    """Return seconds of [first, last) and what the line carries at them."""
    for second in range(first, last):
        data = meter.telegram(second)
        if data is not None:
            yield second, data


def sent(meter: Meter, second: int) -> bytes:
    """Return the telegram of a second at which there is one."""
    data = meter.telegram(second)
    assert data is not None
    return data


def parsed(meter: Meter, telegram: bytes) -> Telegram:
    """Return what the outside parser makes of a telegram; errors are raised."""
    parser = TelegramParser(SPECIFICATIONS[meter.family.name])
    if meter.key is None:
        return parser.parse(telegram.decode("ascii"), throw_ex=True)
    return parser.parse(telegram.hex(), encryption_key=meter.key, throw_ex=True)


def values(telegram: bytes) -> dict[str, list[str]]:
    """Return what stands in the parentheses of each line."""
    found: dict[str, list[str]] = {}
    for line in telegram.decode("latin-1").split("\r\n"):
        code, bracket, _ = line.partition("(")
        if bracket and code:
            found[code] = re.findall(r"\(([^()]*)\)", line)
    return found


def number(telegram: bytes, code: str) -> float:
    """Return the last value of a line without its unit."""
    return float(values(telegram)[code][-1].partition("*")[0])


def milli(telegram: bytes, code: str) -> int:
    """Return the last value of a line in thousandths."""
    return round(number(telegram, code) * 1000)
