"""Which profiles are kept: of a month's highest windows, and of the last two days."""

from collections.abc import Mapping
from typing import Final

from ...tariff.quarters import merged
from ...tariff.rule import Calendar
from ...windows import DECIMALS, QUARTER, Window
from .profile import PowerProfile

# Of each month those of so many of its highest windows are kept, and for so long all, s.
HIGHEST: Final = 10
RECENT: Final = 48 * 3600


class MonthProfiles:
    """The profiles of a month by the starts of their quarters."""

    def __init__(self, calendar: Calendar) -> None:
        """Begin with none; `calendar` tells which windows are the highest."""
        self._calendar = calendar
        self._profiles: dict[int, PowerProfile] = {}

    @property
    def by_start(self) -> Mapping[int, PowerProfile]:
        """The profiles by the starts of their quarters, unix s."""
        return self._profiles

    def put(self, start: int, profile: PowerProfile) -> bool:
        """Take a profile; False if more of the quarter is known already."""
        known = self._profiles.get(start)
        if known is not None and known.seen > profile.seen:
            return False
        self._profiles[start] = profile
        return True

    def prune(self, quarters: Mapping[int, Window], now: float) -> bool:
        """Let go what need not be kept; tell whether anything went.

        `quarters`: the month's windows. Kept are the quarters of its ten highest
        windows, and of those that began within 48 h before `now` (unix s). The highest
        are those that count for most, then those with the highest demand, then the first.
        """
        wholes = {self._calendar.window_start(start) for start in self._profiles}
        ranked = sorted(wholes, key=lambda start: self._rank(quarters, start))
        kept = set(ranked[:HIGHEST])
        gone = [
            start
            for start in self._profiles
            if start not in quarters
            or (self._calendar.window_start(start) not in kept and start < now - RECENT)
        ]
        for start in gone:
            del self._profiles[start]
        return bool(gone)

    def _rank(
        self, quarters: Mapping[int, Window], start: int
    ) -> tuple[float, float, int]:
        window = merged(quarters, start, self._calendar.rule.window)
        if window is None:
            return 0.0, 0.0, start
        demand = round(window.known_demand, DECIMALS)
        return -self._calendar.score(window), -demand, start

    def drop(self, before: int) -> None:
        """Let go the profiles of what began before a moment, unix s."""
        for start in [start for start in self._profiles if start < before]:
            del self._profiles[start]

    def to_dict(self) -> dict[str, object]:
        """Return the profiles for storage."""
        return {
            "profiles": [
                self._profiles[start].to_row(start) for start in sorted(self._profiles)
            ]
        }

    def restore(self, saved: object) -> bool:
        """Take what was stored; False if a part of it was damaged."""
        rows = saved.get("profiles", []) if isinstance(saved, dict) else None
        if not isinstance(rows, list):
            return False
        for row in rows:
            try:
                start, profile = PowerProfile.from_row(row)
            except ValueError:
                continue
            self._profiles[start] = profile
        return len(self._profiles) == len(rows)


def window_powers(
    profiles: Mapping[int, PowerProfile], start: int, length: int
) -> list[int | None] | None:
    """Return the powers of a window of some quarters, W; None if nothing is known."""
    places = range(start, start + length, QUARTER)
    if not any(place in profiles for place in places):
        return None
    unknown = PowerProfile(())
    return [power for place in places for power in profiles.get(place, unknown).powers]
