"""When a refused telegram deserves a line in the log."""

from collections.abc import Mapping

LOG_INTERVAL = 3600.0


class RefusalLog:
    """Says which refusals deserve a log line: each reason once an hour."""

    def __init__(self) -> None:
        """Begin with nothing refused."""
        self._counts: dict[str, int] = {}
        self._logged: dict[str, float] = {}

    def news(self, counts: Mapping[str, int], now: float) -> list[str]:
        """Return the reasons to log, of counts that only grow."""
        grown = [
            reason
            for reason, count in counts.items()
            if count > self._counts.get(reason, 0)
            and now - self._logged.get(reason, -LOG_INTERVAL) >= LOG_INTERVAL
        ]
        self._counts.update(counts)
        self._logged.update(dict.fromkeys(grown, now))
        return grown
