"""The peak that the household allows itself: for good, or this month only."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from ..const import CONF_GOAL, CONF_GOAL_SCOPE
from ..core.stored import Damaged, amount, record, text


class GoalScope(StrEnum):
    """How long a goal stands."""

    ALWAYS = "always"
    MONTH = "month"


class Goal:
    """A goal in kW that stands until it is changed, and one of a single month.

    On the 1st the goal of the month before is void, and the lasting one stands again.
    """

    def __init__(self, configured: float | None, scope: GoalScope, month: str) -> None:
        """Begin in a month with what is configured; later settings are of that scope."""
        self._configured = [configured, scope.value]
        self._lasting: float | None = None
        self._passing: float | None = None
        self._month = ""
        self.scope = scope
        self.set(configured, month)

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any], month: str) -> Goal:
        """Return the goal that the settings of a demand meter begin a month with."""
        scope = GoalScope(settings.get(CONF_GOAL_SCOPE, GoalScope.ALWAYS))
        return cls(settings.get(CONF_GOAL), scope, month)

    def of(self, month: str) -> float | None:
        """Return the goal in a month (YYYY-MM), None without one."""
        return self._passing if self._month == month else self._lasting

    def set(self, goal: float | None, month: str) -> None:
        """Set the goal, as the scope says; None for none."""
        if self.scope is GoalScope.MONTH:
            self._passing, self._month = goal, month
        else:
            self._lasting, self._month = goal, ""

    def set_scope(self, scope: GoalScope, month: str) -> None:
        """Let the goal of this month last, or end with the month."""
        if scope is self.scope:
            return
        current = self.of(month)
        if scope is GoalScope.MONTH:
            self._lasting = None
        self.scope = scope
        self.set(current, month)

    def to_dict(self) -> dict[str, Any]:
        """Return what a restart needs."""
        return {
            "configured": self._configured,
            "lasting": self._lasting,
            "passing": self._passing,
            "month": self._month,
            "scope": self.scope.value,
        }

    def restore(self, data: object) -> None:
        """Take what was stored, unless it is damaged or another goal is configured."""
        try:
            stored = record(data)
            if stored.get("configured") != self._configured:
                return
            lasting = _optional(stored.get("lasting"))
            passing = _optional(stored.get("passing"))
            month, scope = text(stored.get("month")), GoalScope(text(stored["scope"]))
        except Damaged, KeyError, ValueError:
            return
        self._lasting, self._passing = lasting, passing
        self._month, self.scope = month, scope


def _optional(value: object) -> float | None:
    return None if value is None else amount(value)
