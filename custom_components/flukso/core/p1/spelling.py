"""Respell lines that a meter wrote in its own way, as the standard has them.

A unit without star or with blanks around it, a plus, the number before its time or
without any, a time with separators, a word for a number. What is no such way stays as
it is.
"""

from collections.abc import Callable, Mapping
import re
from typing import Final

from .fields import Kind

_GROUPS: Final = re.compile(r"(?:\([^()]*\)\s*)+")
_GROUP: Final = re.compile(r"\(([^()]*)\)")
_AMOUNT: Final = re.compile(
    r"([+-]?)\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:\s*\*\s*|\s*)([A-Za-z][A-Za-z0-9]*)?"
)
# It would pass for a number of watts.
_STAMP: Final = re.compile(r"[0-9]{10,12}[SW]?")
_TIME: Final = re.compile(
    r"(?:[0-9]{2})?([0-9]{2})[-/.]([0-9]{2})[-/.]([0-9]{2})[ T]+"
    r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))? *([SW]?)"
)
_TARIFF: Final = re.compile(r"[A-Za-z]+[ ._:-]*([0-9]+)")
# The states of a switch (IEC 62056-6-2, disconnect control).
_SWITCH: Final[Mapping[str, str]] = {
    "off": "0",
    "disconnected": "0",
    "on": "1",
    "connected": "1",
    "ready": "2",
    "ready for reconnection": "2",
}


def respelled(code: str, kind: Kind, rest: str) -> str | None:
    """Return a line as the standard has it; None where it has no such line.

    rest: what follows the first parenthesis after the code.
    """
    sent = f"({rest}".strip()
    if _GROUPS.fullmatch(sent) is None:
        return None
    groups = [group.strip() for group in _GROUP.findall(sent)]
    spell = _SPELLINGS.get(kind)
    if spell is not None:
        groups = spell(groups)
    return f"{code}({')('.join(groups)})"


def _number(groups: list[str]) -> list[str]:
    return [_amount(group) or group for group in groups]


def _tariff(groups: list[str]) -> list[str]:
    found = [_TARIFF.fullmatch(group) for group in groups]
    return [
        group if word is None else word[1]
        for word, group in zip(found, groups, strict=True)
    ]


def _switch(groups: list[str]) -> list[str]:
    return [_SWITCH.get(group.lower().replace("_", " "), group) for group in groups]


def _stamped(groups: list[str]) -> list[str]:
    """Return time and amount, in this order, where they are recognised."""
    match groups:
        case [only] if "*" in (amount := _amount(only) or ""):
            return ["", amount]
        case [first, second] if "*" in (amount := _amount(first) or ""):
            return [_time(second), amount]
        case [first, second]:
            return [_time(first), _amount(second) or second]
        case _:
            return groups


def _amount(group: str) -> str | None:
    """Return a number and its unit, if it has one, with the star between them."""
    found = _AMOUNT.fullmatch(group)
    if found is None or _STAMP.fullmatch(group):
        return None
    sign, number, unit = found.groups()
    return f"{sign.strip('+')}{number}{f'*{unit}' if unit else ''}"


def _time(group: str) -> str:
    found = _TIME.fullmatch(group)
    return group if found is None else "".join(found.groups("00"))


_SPELLINGS: Final[Mapping[Kind, Callable[[list[str]], list[str]]]] = {
    Kind.NUMBER: _number,
    Kind.TARIFF: _tariff,
    Kind.SWITCH: _switch,
    Kind.STAMPED: _stamped,
}
