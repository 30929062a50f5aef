"""Account for what is dropped, by reason."""

from collections import Counter
from enum import StrEnum
from typing import Final

_LOG_INTERVAL: Final = 3600.0


class DropReason(StrEnum):
    """Why a message did not become a reading or a configuration."""

    TOPIC = "topic"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    NOT_FINITE = "not_finite"
    TIMESTAMP = "timestamp"
    UNIT = "unit"
    OUT_OF_RANGE = "out_of_range"
    SENSOR_ERROR = "sensor_error"
    OUT_OF_ORDER = "out_of_order"
    UNKNOWN_SENSOR = "unknown_sensor"
    DOUBTFUL = "doubtful"


class Dropped(Exception):
    """Refuse a message; `detail` never holds payload content or an id."""

    def __init__(self, reason: DropReason, detail: str = "") -> None:
        """Keep the reason for the count and the detail for the log."""
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class DropCounter:
    """Count drops and say which of them deserve a log line."""

    def __init__(self) -> None:
        """Start with nothing dropped."""
        self._counts: Counter[DropReason] = Counter()
        self._logged: dict[DropReason, float] = {}

    def count(self, reason: DropReason, now: float) -> bool:
        """Count one drop; True for the first of a reason, then once an hour.

        `now` is in seconds of any clock that does not step back.
        """
        self._counts[reason] += 1
        logged = self._logged.get(reason)
        if logged is not None and now - logged < _LOG_INTERVAL:
            return False
        self._logged[reason] = now
        return True

    @property
    def totals(self) -> dict[str, int]:
        """Return the drops so far by reason, without the reasons never seen."""
        return {
            reason.value: self._counts[reason]
            for reason in DropReason
            if self._counts[reason]
        }
