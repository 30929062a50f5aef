"""Read the daily self-test report of an FLM03E (`/device/<id>/test/tap`).

The report is in the Test Anything Protocol, with serial and firmware in comments.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
import re
from typing import Final

from ..drops import Dropped, DropReason
from .config_fields import clean_text

_MAX_BYTES: Final = 16384
_MAX_LINES: Final = 64

_PLAN: Final = re.compile(r"1\.\.[0-9]+")
_FACT: Final = re.compile(r"# (serial|firmware|date): (.+)")
_DATE: Final = re.compile(
    r"[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} [+-][0-9]{4}"
)
_RESULT: Final = re.compile(r"(not )?ok\b(?: +[0-9]+)?(?: +-)?(.*)")


@dataclass(frozen=True, slots=True)
class SelfTest:
    """The outcome of one run; `failed` names the tests that failed."""

    serial: str | None
    firmware: str | None
    date: datetime | None
    passed: int
    failed: tuple[str, ...]


def parse_tap(payload: bytes) -> SelfTest:
    """Return the outcome in a report; raise Dropped when it is none."""
    if len(payload) > _MAX_BYTES:
        raise Dropped(DropReason.TOO_LARGE)
    try:
        lines = [line.strip() for line in payload.decode().splitlines()]
    except UnicodeDecodeError as error:
        raise Dropped(DropReason.MALFORMED, "not UTF-8") from error
    if len(lines) > _MAX_LINES:
        raise Dropped(DropReason.TOO_LARGE, "too many lines")
    facts = {match[1]: match[2] for match in map(_FACT.fullmatch, lines) if match}
    results = [match for match in map(_RESULT.fullmatch, lines) if match]
    if not (facts or results or any(map(_PLAN.fullmatch, lines))):
        raise Dropped(DropReason.MALFORMED, "no test report")
    return SelfTest(
        serial=clean_text(facts.get("serial", "")),
        firmware=clean_text(facts.get("firmware", "")),
        date=_parse_date(facts.get("date", "")),
        passed=sum(match[1] is None for match in results),
        failed=tuple(clean_text(match[2]) or "?" for match in results if match[1]),
    )


def _parse_date(text: str) -> datetime | None:
    """Return a date in the form of an e-mail header; None when it is not one."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
