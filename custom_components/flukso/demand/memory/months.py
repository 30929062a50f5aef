"""Repairs for damaged files of demand meters."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ...const import DOMAIN


@callback
def async_report_damage(
    hass: HomeAssistant,
    subentry_id: str,
    key: str,
    *,
    translation_key: str,
    name: str,
    month: str,
) -> None:
    """Report that a part of a demand meter's file of a month (YYYY-MM) is lost."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{_issue_prefix(subentry_id)}{key.rpartition('/')[2]}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=translation_key,
        translation_placeholders={"file": key, "name": name, "month": month},
    )


@callback
def async_delete_issues(hass: HomeAssistant, subentry_id: str) -> None:
    """Take back what was reported of a demand meter that is gone."""
    prefix = _issue_prefix(subentry_id)
    for domain, issue_id in tuple(ir.async_get(hass).issues):
        if domain == DOMAIN and issue_id.startswith(prefix):
            ir.async_delete_issue(hass, domain, issue_id)


def _issue_prefix(subentry_id: str) -> str:
    return f"damaged_store_{subentry_id}_"
