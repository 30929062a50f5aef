"""What a person has to mend on the device."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ...const import DOMAIN
from .hub import FluksometerHub


@callback
def async_update_issues(
    hass: HomeAssistant, entry_id: str, hub: FluksometerHub
) -> None:
    """Report that the device is told to keep its counters to itself, or take it back.

    An FLM02 publishes counters only while it sends them to its cloud (fluksod).
    """
    issue_id = f"no_counters_{entry_id}"
    if hub.config.sends_counters:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="no_counters",
    )
