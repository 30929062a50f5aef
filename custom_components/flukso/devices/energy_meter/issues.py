"""Sources of a meter that are gone."""

import time
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ...helpers.issues import async_delete_issues, async_report, async_take_back
from .sources import entity_name

# Other integrations may take their time to start, s.
PATIENCE: Final = 300.0


class MissingSources:
    """Report entities that Home Assistant no longer has, and take it back."""

    def __init__(self, hass: HomeAssistant, entry_id: str, name: str) -> None:
        """Begin with nothing missing."""
        self._hass = hass
        self._prefix = f"source_missing_{entry_id}_"
        self._name = name
        self._since: dict[str, float] = {}
        self._reported: set[str] = set()
        async_delete_issues(hass, entry_id)

    @callback
    def update(self, missing: set[str]) -> None:
        """Compare with what is missing now."""
        now = time.time()
        self._since = {source: self._since.get(source, now) for source in missing}
        overdue = {
            source for source, since in self._since.items() if now - since > PATIENCE
        }
        for source in overdue - self._reported:
            async_report(
                self._hass,
                f"{self._prefix}{source}",
                translation_key="source_missing",
                severity=ir.IssueSeverity.ERROR,
                entity_id=entity_name(self._hass, source),
                name=self._name,
            )
        for source in self._reported - overdue:
            async_take_back(self._hass, f"{self._prefix}{source}")
        self._reported = overdue
