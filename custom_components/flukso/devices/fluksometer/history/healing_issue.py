"""Tell that a device could not tell of what was missed."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ....const import DOMAIN


@callback
def async_report_missing(
    hass: HomeAssistant, entry_id: str, device: str, missing: int
) -> None:
    """Report windows that stay marked."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry_id),
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="history_missing",
        translation_placeholders={"device": device, "count": str(missing)},
    )


@callback
def async_report_whole(hass: HomeAssistant, entry_id: str) -> None:
    """Take the report back."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(entry_id))


def _issue_id(entry_id: str) -> str:
    return f"history_missing_{entry_id}"
